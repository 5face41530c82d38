#include "report_command.hpp"

#include <filesystem>
#include <iostream>
#include <utility>

#include "answer.hpp"
#include "arguments.hpp"
#include "json.hpp"
#include "measured_file.hpp"
#include "page.hpp"
#include "page_data.hpp"
#include "report_source.hpp"
#include "text.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

const char* const report_help = R"(usage: handoff report FILE [MORE ...] [--out PAGE.html]
       handoff report FILE [MORE ...] --summary [--markdown] [--out TEXT]

Writes one HTML page that answers "which one should I use, and why?" from the files. It works offline and fetches nothing.
A FILE is what `handoff run` wrote (its folder, or the results.json in it), what `handoff gate --json` and
`handoff history show --json` wrote, or what a Google Benchmark program wrote with --benchmark_out. Several files stand
side by side.

  --out FILE         the page (default: report.html beside the first file; - is standard output)
  --summary          instead of the page the answer it begins with, as text on standard output, or in the FILE of --out:
                     which one, by how much, and why, in each ranking group of each workload
  --markdown         the summary in Markdown, for a pull request

exit codes: 0 written, whatever the files say; 2 usage, or a file that cannot be read or written
)";

namespace {

namespace fs = std::filesystem;

/// A run's folder stands for its result.
std::string file_of(const std::string& path) {
    std::error_code ignored;
    if (!fs::is_directory(path, ignored)) {
        return path;
    }
    const fs::path inside = fs::path(path) / "results.json";
    if (!fs::exists(inside, ignored)) {
        throw usage_error(
            path + ": a folder without results.json; is it an interrupted run's? `handoff run --resume " +
            path + "` writes it");
    }
    return inside;
}

named_source source_of(const std::string& path) {
    const whole_file file = read_whole(path);
    try {
        return {path, read_report_source(file.text)};
    } catch (const no_benchmarks& e) {
        throw usage_error(path + ": " + e.what() + "; " + expected_files);
    } catch (const malformed& e) {
        throw usage_error(path + ": " + e.what());
    }
}

std::string default_out(const std::string& first) {
    std::error_code ignored;
    if (!fs::is_regular_file(first, ignored)) {
        throw usage_error(first + ": no regular file, beside which a page could stand; name one with --out");
    }
    return fs::path(first).parent_path() / "report.html";
}

}  // namespace

int report_command(const std::vector<std::string>& all) {
    std::vector<std::string> files;
    std::string out;
    bool summary = false;
    text_format how = text_format::plain;
    arguments given(all);
    while (given.next()) {
        if (given.flag() == "--help" || given.flag() == "-h") {
            std::cout << report_help;
            return 0;
        }
        if (given.flag() == "--out") {
            out = given.value();
        } else if (given.flag() == "--summary") {
            summary = given.on();
        } else if (given.flag() == "--markdown") {
            how = given.on() ? text_format::markdown : how;
        } else if (given.is_flag()) {
            throw usage_error("report: unknown flag " + given.text() +
                              ": legal: --out, --summary, --markdown, --help");
        } else {
            files.push_back(file_of(given.text()));
        }
    }
    if (files.empty()) {
        throw usage_error("report: name a file, or several; a run's is results/<run-id>/results.json");
    }
    if (how == text_format::markdown && !summary) {
        throw usage_error("report: --markdown: only of a --summary; the page is HTML");
    }
    std::vector<named_source> sources;
    for (const std::string& file : files) {
        sources.push_back(source_of(file));
        for (const std::string& note : sources.back().source.notes) {
            std::cerr << "handoff: " << printable(file) << ": " << printable(note) << "\n";
        }
    }
    if (out.empty()) {
        out = summary ? "-" : default_out(files.front());
    }
    for (const std::string& file : files) {
        std::error_code ignored;
        if (out != "-" && fs::equivalent(file, out, ignored)) {
            throw usage_error("--out " + out + ": is " + file +
                              ", which the page is made of; name another file");
        }
    }
    if (summary) {
        write_output("--out", out, summary_text(sources, how));
        return 0;
    }
    write_output("--out", out, page_of(page_data_of(std::move(sources))));
    if (out != "-") {
        std::cout << printable(out) << "\n";
    }
    return 0;
}

}  // namespace handoff::harness
