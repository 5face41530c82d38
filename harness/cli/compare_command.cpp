#include "compare_command.hpp"

#include <iostream>

#include "arguments.hpp"
#include "comparison.hpp"
#include "json.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

const char* const compare_help = R"(usage: handoff compare BASE.json CANDIDATE.json [flags]

Two result files, point by point: the ratio of the medians (candidate / base, above 1 is worse) over the trials that
count, worst first. Reads what `handoff run` writes, and plain Google Benchmark files. Says "no verdict", and why, where
environments or machine states differ, where repetitions share a process, and where they are too few.

  --markdown FILE    the same for a job summary (- is standard output, which then has nothing else)
  --json FILE        everything, with every value (results/compare.schema.json); - likewise
  --measure NAME     of plain Google Benchmark files: real_time (default) or cpu_time
  --same-machine     two host names are one machine (containers get new ones)

exit codes: 0 compared, whatever the difference (`handoff gate` is the gate); 2 usage, or a file that cannot be read
)";

int compare_command(const std::vector<std::string>& all) {
    std::vector<std::string> files;
    std::string markdown;
    std::string json_file;
    std::string measure = "real_time";
    bool same_machine = false;
    arguments given(all);
    while (given.next()) {
        if (given.flag() == "--help" || given.flag() == "-h") {
            std::cout << compare_help;
            return 0;
        }
        if (given.flag() == "--markdown") {
            markdown = given.value();
        } else if (given.flag() == "--json") {
            json_file = given.value();
        } else if (given.flag() == "--same-machine") {
            same_machine = given.on();
        } else if (given.flag() == "--measure") {
            measure = given.value();
            if (measure != "real_time" && measure != "cpu_time") {
                throw usage_error("--measure " + measure + ": legal: real_time, cpu_time");
            }
        } else if (given.is_flag()) {
            throw usage_error("compare: unknown flag " + given.text() +
                              ": legal: --markdown, --json, --measure, --same-machine, --help");
        } else {
            files.push_back(given.text());
        }
    }
    if (files.size() != 2) {
        throw usage_error("compare: name two files, the base and the candidate; here " +
                          std::to_string(files.size()));
    }
    if (markdown == "-" && json_file == "-") {
        throw usage_error("compare: --markdown - and --json - cannot both have standard output");
    }
    const auto measured = [&](const std::string& path) { return measured_file_of(read_whole(path), measure); };
    const measured_file base = measured(files[0]);
    const file_comparison compared = compare_files(base, measured(files[1]), same_machine);
    if (!json_file.empty()) {
        write_output("--json", json_file, indented_text_of(compared));
    }
    if (!markdown.empty()) {
        write_output("--markdown", markdown, markdown_of(compared));
    }
    if (markdown != "-" && json_file != "-") {
        std::cout << text_of(compared);
    }
    return 0;
}

}  // namespace handoff::harness
