#include "history.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string_view>

#include "arguments.hpp"
#include "compare_command.hpp"
#include "history_command.hpp"
#include "json.hpp"
#include "requested_value.hpp"
#include "text.hpp"
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
  --commit TEXT      the commit that was measured (default: what the result says). Programs and commands do not say
                     it: for a gate's file of these, both flags are required
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

/// Two digits in [least, most] in front of the text, which they leave.
bool takes_two(std::string_view& text, int least, int most) {
    int value = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + std::min<std::size_t>(2, text.size()), value);
    if (error != std::errc() || end != text.data() + 2 || value < least || value > most) {
        return false;
    }
    text.remove_prefix(2);
    return true;
}

bool takes(std::string_view& text, char c) {
    const bool is_there = text.starts_with(c);
    text.remove_prefix(is_there ? 1 : 0);
    return is_there;
}

/// A day of the calendar, and perhaps a time of it with its offset, in ISO 8601.
bool is_date(const std::string& text) {
    int year = 0;
    int month = 0;
    int day = 0;
    const auto is_digit = [&](std::size_t i) { return text[i] >= '0' && text[i] <= '9'; };
    for (std::size_t i = 0; i < 10; ++i) {
        if (i >= text.size() || !(i == 4 || i == 7 ? text[i] == '-' : is_digit(i))) {
            return false;
        }
    }
    if (std::sscanf(text.c_str(), "%4d-%2d-%2d", &year, &month, &day) != 3 ||
        !std::chrono::year_month_day(std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok()) {
        return false;
    }
    std::string_view rest = std::string_view(text).substr(10);
    if (rest.empty()) {
        return true;
    }
    if (!(takes(rest, 'T') || takes(rest, ' ')) || !takes_two(rest, 0, 23) || !takes(rest, ':') ||
        !takes_two(rest, 0, 59)) {
        return false;
    }
    if (takes(rest, ':')) {
        if (!takes_two(rest, 0, 59)) {
            return false;
        }
        if (takes(rest, '.')) {
            const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
            if (digits == 0) {
                return false;
            }
            rest.remove_prefix(digits);
        }
    }
    if (rest.empty() || takes(rest, 'Z')) {
        return rest.empty();
    }
    return (takes(rest, '+') || takes(rest, '-')) && takes_two(rest, 0, 14) && takes(rest, ':') &&
           takes_two(rest, 0, 59) && rest.empty();
}

/// SQLite's names for databases that nobody keeps.
void refuse_unkept(const std::string& db) {
    if (db.starts_with(":memory:") || db.find_first_not_of(' ') == std::string::npos) {
        throw usage_error("--db " + db + ": SQLite's name for a database that nobody keeps; name a file");
    }
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
                throw usage_error(
                    "--date " + date +
                    ": expected a day of the calendar in ISO 8601, such as 2030-01-02T03:04:05+00:00");
            }
        } else if (given.flag() == "--db") {
            db = given.value();
            refuse_unkept(db);
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
    const whole_file result = read_whole(files[0]);
    const bool gate = is_gate_result(result);
    if (gate && (!reference.empty() || same_machine)) {
        throw usage_error(std::string(reference.empty() ? "--same-machine" : "--reference " + reference) +
                          ": not for " + files[0] + ", a gate's file: its base is the reference");
    }
    if (!gate && reference.empty()) {
        throw usage_error(
            "history add " + files[0] +
            ": a history keeps ratios, no times: name the reference build's result with --reference FILE");
    }
    history_add add = gate ? make_add_of_gate(result, reference_commit, commit)
                           : make_add(result, read_whole(reference), reference_commit, same_machine);
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
        std::cout << printable(db) << ": has " << printable(files[0]) << " already; nothing added\n";
        return 0;
    }
    std::cout << printable(db) << ": added " << add.ratios.size()
              << (add.ratios.size() == 1 ? " ratio" : " ratios") << " of " << printable(add.commit) << "\n";
    for (const std::string& point : add.left_out) {
        std::cout << "  left out " << printable(point) << "\n";
    }
    for (const std::string& note : add.notes) {
        std::cout << "  " << printable(note) << "\n";
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
            refuse_unkept(db);
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
    find_changes(view, point);
    if (view.series.empty()) {
        throw usage_error("point " + point + ": not in " + db + " (`handoff history show` lists its points)");
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
