#include "gate.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>

#include "build_pairs.hpp"
#include "child.hpp"
#include "command_pairs.hpp"
#include "implementation_pairs.hpp"
#include "json.hpp"
#include "line_file.hpp"
#include "pair_source.hpp"
#include "program_pairs.hpp"
#include "statistics.hpp"
#include "suite.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

share_of_suites share_of(std::size_t count, std::size_t of) {
    const chance_interval i = clopper_pearson(count, of, 0.95);
    return {count, of, i.low, i.high};
}

/// What the suites of a self-test said of one point.
struct point_tally {
    std::size_t suites = 0;
    std::map<finding, std::size_t> found;
    std::vector<double> could_see;

    self_tested_point summary(const std::string& name) const {
        const auto count = [&](finding f) {
            const auto seen = found.find(f);
            return seen == found.end() ? 0 : seen->second;
        };
        return {name,
                suites,
                share_of(count(finding::regressed), suites),
                share_of(count(finding::improved), suites),
                count(finding::unchanged),
                count(finding::inconclusive),
                could_see.empty() ? std::nullopt : std::optional(median(could_see))};
    }
};

int run_self_test(const gate_options& options, pair_source& source) {
    std::map<std::string, point_tally> points;
    std::size_t regressed = 0;
    std::size_t improved = 0;
    std::size_t suites = 0;
    bool any_broken = false;
    std::vector<double> seconds;
    self_test_result file;
    const gate_setup setup = setup_of(options, source);
    while (suites < options.suites && !interrupted()) {
        gate_setup one = setup;
        one.seed += suites;
        suite s(options, source, one);
        std::optional<line_file> none;
        s.run(none, {});
        if (s.was_interrupted()) {
            break;
        }
        const gate_result r = s.result();
        ++suites;
        seconds.push_back(r.wall_seconds);
        for (const gate_point& p : r.points) {
            point_tally& tally = points[p.name];
            ++tally.suites;
            ++tally.found[p.found];
            any_broken = any_broken || p.found == finding::broken || p.found == finding::failed;
            if (p.standing && p.standing->slowdown.could_see) {
                tally.could_see.push_back(*p.standing->slowdown.could_see);
            }
        }
        const auto any = [&](finding f) {
            return std::ranges::find(r.points, f, &gate_point::found) != r.points.end();
        };
        regressed += any(finding::regressed) ? 1 : 0;
        improved += any(finding::improved) ? 1 : 0;
        file.setup = setup;
        file.complete = suites == options.suites;
        file.regressed = share_of(regressed, suites);
        file.improved = share_of(improved, suites);
        file.seconds_per_suite = median(seconds);
        file.points.clear();
        for (const auto& [name, tally] : points) {
            file.points.push_back(tally.summary(name));
        }
        if (!options.json_file.empty() && (options.json_file != "-" || file.complete)) {
            write_output("--json", options.json_file, indented_text_of(file));
        }
        std::cerr << "suite " << suites << " of " << options.suites << ": " << regressed
                  << " with a false regression so far, " << seconds_text(std::round(seconds.back() * 10) / 10)
                  << " s\n";
    }
    if (suites == 0) {
        return 130;
    }
    char line[240];
    std::snprintf(line, sizeof line,
                  "base against itself: %zu of %zu suites said \"regressed\" (95%% interval %.1f%% to %.1f%%), "
                  "%.1f s a suite\n",
                  regressed, suites, 100 * file.regressed.low, 100 * file.regressed.high, median(seconds));
    std::cout << line;
    std::cout << "smallest slowdown that is found 4 times in 5:\n";
    for (const self_tested_point& p : file.points) {
        char found[32] = "   none";
        if (p.could_see) {
            std::snprintf(found, sizeof found, "%+6.1f%%", 100 * (*p.could_see - 1));
        }
        std::cout << "  " << found << "  " << p.name << "\n";
    }
    return interrupted() ? 130 : any_broken ? 2 : 0;
}

/// Measures the candidate against itself, with all values of one side multiplied: whether the gate finds what
/// is known to be there.
int run_drill(const gate_options& options, pair_source& source, const gate_setup& setup) {
    suite s(options, source, setup);
    std::optional<line_file> none;
    s.run(none, {});
    const gate_result result = s.result();
    if (!options.quiet) {
        std::cout << points_table(result);
    }
    std::cout << drill_summary(result, *options.drill) << "\n";
    return drill_exit_code(result);
}

std::unique_ptr<pair_source> source_of(const gate_options& options) {
    switch (options.sides) {
        case gate_sides::builds:
        case gate_sides::ranking:  // has a command of its own
            break;
        case gate_sides::programs:
            return pairs_of_programs(options);
        case gate_sides::commands:
            return pairs_of_commands(options);
        case gate_sides::implementations:
            return pairs_of_implementations(options);
    }
    return pairs_of_builds(options);
}

}  // namespace

int run_gate(const gate_options& options) {
    catch_interrupts();
    const std::unique_ptr<pair_source> source = source_of(options);
    if (options.self_test) {
        return run_self_test(options, *source);
    }
    const gate_setup setup = setup_of(options, *source);
    for (const std::string& difference : setup.differences) {
        std::cerr << "WARNING: the builds differ: " << difference << "\n";
    }
    if (options.drill) {
        return run_drill(options, *source, setup);
    }
    std::optional<line_file> log;
    const bool has_json_file = !options.json_file.empty() && options.json_file != "-";
    const std::string log_file = options.json_file + ".journal";
    if (has_json_file) {
        std::error_code ignored;
        fs::remove(log_file, ignored);
        try {
            log.emplace(line_file::create(log_file));
            log->append(line_of(gate_log_header{setup}));
        } catch (const std::system_error& e) {
            throw usage_error("--json " + options.json_file + ": cannot write: " + e.code().message());
        }
    }
    suite s(options, *source, setup);
    s.run(log, has_json_file
                   ? std::function<void()>([&] { write_file(options.json_file, indented_text_of(s.result())); })
                   : nullptr);
    const gate_result result = s.result();
    // The verdict is said whatever becomes of the files.
    const bool is_taken = options.json_file == "-" || options.markdown_file == "-" || options.junit_file == "-";
    std::ostream& terminal = is_taken ? std::cerr : std::cout;
    const bool is_duel = options.sides == gate_sides::implementations;
    if (!options.quiet) {
        terminal << (is_duel ? duel_table(result) : gate_table(result));
    }
    if (options.annotations) {
        terminal << gate_annotations(result);
    }
    terminal << (is_duel ? duel_summary(result) : gate_summary(result)) << "\n";
    std::string unwritten;
    const auto write = [&](const char* flag, const std::string& file, const auto& text) {
        try {
            if (!file.empty()) {
                write_output(flag, file, text(result));
            }
        } catch (const usage_error& e) {
            unwritten += (unwritten.empty() ? "" : "; ") + std::string(e.what());
        }
    };
    write("--json", options.json_file, [](const gate_result& r) { return indented_text_of(r); });
    write("--markdown", options.markdown_file, gate_markdown);
    write("--junit", options.junit_file, gate_junit);
    if (!unwritten.empty()) {
        throw usage_error(unwritten);
    }
    if (has_json_file) {
        log.reset();
        std::error_code ignored;
        fs::remove(log_file, ignored);  // the file says all of it
    }
    return is_duel ? duel_exit_code(result) : result.exit_code;
}

}  // namespace handoff::harness
