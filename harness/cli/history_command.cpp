#include "history.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "arguments.hpp"
#include "compare_command.hpp"
#include "history_command.hpp"
#include "json.hpp"
#include "requested_value.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

const char* const history_help = R"(usage: handoff history add RESULT.json --reference REFERENCE.json [flags]
       handoff history add GATE.json [flags]
       handoff history show [POINT] [flags]

Keeps, from commit to commit, each point's ratio to a frozen reference build, and finds where a series changed. Ratios and
no times: what the machine does by itself moves both sides. Both results are measured on one machine, one after the other, or
in turns: what `handoff gate --base REFERENCE --json GATE.json` writes has both sides in it.

flags of add
  --reference FILE   the result of the reference build (required, but for a gate's file)
  --reference-commit TEXT   what the reference build was built from (default: what its result says)
  --commit TEXT      the commit that was measured (default: what the result says)
  --date TEXT        ISO 8601 (default: when the result was measured)
  --same-machine     two host names are one machine (containers get new ones)
flags of show
  --json FILE        the series for plot/plot.py (results/history.schema.json); - is standard output
  --false-alarms P   share of looks at an unchanged history that show any change (default: 0.05)
  --shortest N       adds on either side of a change, at least (default: 4)
  --seed N           of the permutations (default: 1)
flags of both
  --db FILE          the history (default: results/history.sqlite)

exit codes: 0 done (changes or not; a result that is there already is no error); 2 usage, or a file that cannot be used
)";

namespace {

constexpr const char* default_file = "results/history.sqlite";

bool is_date(const std::string& text) {
    int year = 0;
    int month = 0;
    int day = 0;
    char after = 0;
    const int found = std::sscanf(text.c_str(), "%4d-%2d-%2d%c", &year, &month, &day, &after);
    return (found == 3 || (found == 4 && (after == 'T' || after == ' '))) && month >= 1 && month <= 12 &&
           day >= 1 && day <= 31;
}

int add_command(arguments& given) {
    std::vector<std::string> files;
    std::string reference;
    std::string reference_commit;
    std::string commit;
    std::string date;
    std::string db = default_file;
    bool same_machine = false;
    while (given.next()) {
        if (given.flag() == "--reference") {
            reference = given.value();
        } else if (given.flag() == "--reference-commit") {
            reference_commit = given.value();
        } else if (given.flag() == "--commit") {
            commit = given.value();
        } else if (given.flag() == "--date") {
            date = given.value();
            if (!is_date(date)) {
                throw usage_error("--date " + date + ": expected ISO 8601, such as 2030-01-02T03:04:05+00:00");
            }
        } else if (given.flag() == "--db") {
            db = given.value();
        } else if (given.flag() == "--same-machine") {
            same_machine = given.on();
        } else if (given.is_flag()) {
            throw usage_error(
                "history add: unknown flag " + given.text() +
                ": legal: --reference, --reference-commit, --commit, --date, --db, --same-machine");
        } else {
            files.push_back(given.text());
        }
    }
    if (files.size() != 1) {
        throw usage_error("history add: name one result file; here " + std::to_string(files.size()));
    }
    const bool gate = is_gate_result(files[0]);
    if (gate && (!reference.empty() || same_machine)) {
        throw usage_error(std::string(reference.empty() ? "--same-machine" : "--reference " + reference) +
                          ": not for " + files[0] + ", a gate's file: its base is the reference");
    }
    if (!gate && reference.empty()) {
        throw usage_error(
            "history add " + files[0] +
            ": a history keeps ratios, no times: name the reference build's result with --reference FILE");
    }
    history_add add = gate ? make_add_of_gate(files[0], reference_commit)
                           : make_add(files[0], reference, reference_commit, same_machine);
    if (!commit.empty()) {
        add.commit = commit;
    }
    if (!date.empty()) {
        add.date = date;
    }
    const std::filesystem::path folder = std::filesystem::path(db).parent_path();
    std::error_code failed;
    if (!folder.empty() && !std::filesystem::create_directories(folder, failed) && failed) {
        throw usage_error("--db " + db + ": cannot make its folder: " + failed.message());
    }
    history file(db, true);
    if (!file.add(add)) {
        std::cout << db << ": has " << files[0] << " already; nothing added\n";
        return 0;
    }
    std::cout << db << ": added " << add.ratios.size() << " ratios of " << add.commit << "\n";
    for (const std::string& point : add.left_out) {
        std::cout << "  left out " << point << "\n";
    }
    return 0;
}

double parse_share(const std::string& flag, const std::string& text) {
    std::size_t end = 0;
    double value = 0;
    try {
        value = std::stod(text, &end);
    } catch (const std::exception&) {
        end = 0;
    }
    if (end != text.size() || !(value >= 1e-6 && value <= 0.5)) {
        throw usage_error(flag + " " + text + ": legal: 0.000001 to 0.5");
    }
    return value;
}

int show_command(arguments& given) {
    look how;
    std::string point;
    std::string json_file;
    std::string db = default_file;
    while (given.next()) {
        const auto count = [&](const char* what, unsigned long least, unsigned long most) {
            return parse_count(what, {given.value(), given.flag()}, least, most);
        };
        if (given.flag() == "--json") {
            json_file = given.value();
        } else if (given.flag() == "--db") {
            db = given.value();
        } else if (given.flag() == "--false-alarms") {
            how.false_alarms = parse_share(given.flag(), given.value());
        } else if (given.flag() == "--shortest") {
            how.shortest = count("shortest", 2, 100);
        } else if (given.flag() == "--seed") {
            how.seed = count("seed", 0, (1UL << 53) - 1);
        } else if (given.is_flag()) {
            throw usage_error("history show: unknown flag " + given.text() +
                              ": legal: --json, --db, --false-alarms, --shortest, --seed");
        } else if (!point.empty()) {
            throw usage_error("history show: one point, or none for all; here " + point + " and " +
                              given.text());
        } else {
            point = given.text();
        }
    }
    history file(db, false);
    history_view view{file.reference(), how, file.series()};
    if (view.series.empty()) {
        throw usage_error(db + ": an empty history; `handoff history add` fills it");
    }
    find_changes(view);  // in all series, whichever are shown: the level depends on how many there are
    if (!point.empty()) {
        std::erase_if(view.series, [&](const history_series& s) { return s.point != point; });
        if (view.series.empty()) {
            throw usage_error("point " + point + ": not in " + db +
                              " (`handoff history show` lists its points)");
        }
    }
    if (!json_file.empty()) {
        write_output("--json", json_file, indented_text_of(view));
    }
    if (json_file != "-") {
        std::cout << (point.empty() ? overview_of(view) : listing_of(view));
    }
    return 0;
}

}  // namespace

int history_command(const std::vector<std::string>& all) {
    arguments given(all);
    if (!given.next()) {
        throw usage_error("history: add or show (--help says more)");
    }
    if (std::ranges::find(all, "--help") != all.end() || given.text() == "-h") {
        std::cout << history_help;
        return 0;
    }
    if (!history::not_built.empty()) {
        throw usage_error("history: not built: " + history::not_built + "; install it and build again");
    }
    if (given.text() == "add") {
        return add_command(given);
    }
    if (given.text() == "show") {
        return show_command(given);
    }
    throw usage_error("history: unknown command " + given.text() + ": legal: add, show");
}

}  // namespace handoff::harness
