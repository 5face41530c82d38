#include "gate_command.hpp"

#include <algorithm>
#include <charconv>
#include <iostream>
#include <iterator>
#include <utility>

#include "arguments.hpp"
#include "child.hpp"
#include "environment.hpp"
#include "gate.hpp"
#include "installed.hpp"
#include "measures.hpp"
#include "start_state.hpp"
#include "sweep.hpp"
#include "text.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

const char* const gate_help = R"(usage: handoff gate --base BUILD --candidate BUILD [flags]
       handoff gate --base-ref GITREF --candidate BUILD [flags]
       handoff gate --base-program FILE --candidate-program FILE [flags] [-- ARGUMENTS]
       handoff gate --base-command COMMAND --candidate-command COMMAND [flags]
       handoff gate --self-test --base BUILD | --base-program FILE | --base-command COMMAND [flags]
       handoff gate --drill 10% --candidate BUILD | --candidate-program FILE | --candidate-command COMMAND [flags]

Measures two builds, programs or commands against each other, pair by pair, and says of every point whether it became
slower. docs/gate.md says what each verdict promises.

what is compared
  --base BUILD           a build folder with bin/bench_*
  --base-ref GITREF      or a commit that is checked out beside, and built as the candidate was
  --candidate BUILD      a build folder with bin/bench_*
  --sweep FILE           the points (default: sweeps/ci.json)
  --filter REGEX         only points whose name matches; again for more
  --except REGEX         no points whose name matches; again for more
  --measure WHAT         compare cpu_time_per_item, system_calls_per_item or allocations_per_item of each point instead
                         of its own measure; a block of the sweep may ask for one of its points
  --max-slowdown R       what is allowed where a block of the sweep does not say (default: 1.05)

any program of Google Benchmark's (1.5 or newer); each of its benchmarks is a point
  --base-program FILE    the program before
  --candidate-program FILE
                         the program after
  --measure WHAT         real_time (default; manual time, where the benchmark takes it), cpu_time, or a counter such as
                         items_per_second
  --better HOW           lower or higher; of a counter. Default: higher if its name ends in per_second, else lower
  -- ARGUMENTS           passed on to both programs

any command, run by /bin/sh; it is one point
  --base-command COMMAND, --candidate-command COMMAND
                         the command before, and the command after
  --measure WHAT         wall_time (default) or cpu_time, of the process and all that it waited for
  --measure-regex REGEX  a number that it prints instead: what the first group matches (ECMAScript) in the last line
                         that matches
  --better HOW           lower (default) or higher; of that number

how long
  --budget T             a fixed time, such as 60s or 2m, spent on what is nearest to a decision
  --require-proof        go on until each point has regressed or is proven unchanged
  --min-time S           seconds of a trial's window (default: the sweep's; of a program 0.05)
  --timeout S            seconds after which a trial counts as hung (default: the sweep's; of a program or a command
                         60), or a binary that lists its points (default: 60)
  --most-disturbance R   replace a pair when others use more than this share of its time (default: 0.1)
  --relink WHAT          measure binaries that are linked again, in another order, so that no change is reported that is
                         only the place of code: confirming (default): where a change is suspected, and both builds are
                         trees of Ninja's; all: every pair; none
  --seed N               of what trials draw by chance (default: 1)
  --env NAME             pass this variable of the environment on to trials; again for more. They get no others that
                         could change what is measured (OMP_*, LD_PRELOAD, MALLOC_*, ...)

what is said
  --json FILE            every pair; while it runs, FILE is valid and FILE.journal has the last pairs
  --markdown FILE        a table for a job summary
  --junit FILE           JUnit XML; inconclusive points are skipped. - for one of the three is standard output, which
                         then has nothing else
  --annotations          GitHub's ::error and ::warning lines
  --quiet                no table
  --allow-missing        a point that the candidate no longer has is no failure
  --allow-undecided      exit with 0, and not with 3, where nothing was decided, because all points are inconclusive
  --fail-on WHAT         undecided (default): a regression, and that nothing was decided at all; inconclusive: that any
                         point is inconclusive; regression: the same as --allow-undecided

  --self-test            the base against itself: how often it cries wolf, and what it can see
  --suites N             of a self-test (default: 20)
  --drill PERCENT        the candidate against itself, with all values of one side made worse by so much, such as 10%:
                         whether this gate would find such a slowdown of each point. The program runs as it is: the
                         slowdown is simulated, the scatter is real

exit codes: 0 fine; 1 a point regressed, failed or is missing; 2 usage, or the base's trials fail; 3 nothing was
decided, or a point is inconclusive under --fail-on inconclusive; 130 interrupted. Of a drill: 0 found of all points;
1 of some it was not
)";

double parse_number(const std::string& flag, const std::string& text, double above, double most) {
    double number = 0;
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);
    if (error != std::errc() || end != last || !(number > above) || number > most) {
        char legal[80];
        std::snprintf(legal, sizeof legal, "legal: a number above %g and at most %g", above, most);
        throw usage_error(flag + " " + (text.empty() ? "''" : text) + ": " + legal);
    }
    return number;
}

double parse_budget(const std::string& flag, std::string text) {
    const std::string whole = text;
    double unit = 1;
    if (!text.empty() && (text.back() == 's' || text.back() == 'm' || text.back() == 'h')) {
        unit = text.back() == 's' ? 1 : text.back() == 'm' ? 60 : 3600;
        text.pop_back();
    }
    try {
        return unit * parse_number(flag, text, 0, 86400 / unit);
    } catch (const usage_error&) {
        throw usage_error(flag + " " + (whole.empty() ? "''" : whole) +
                          ": legal: a time such as 60s, 2m or 1h, at most a day");
    }
}

namespace {

/// 10%, 2.5%: as a ratio.
double parse_drill(const std::string& flag, const std::string& text) {
    try {
        const bool has_sign = text.ends_with('%');
        return 1 + parse_number(flag, has_sign ? text.substr(0, text.size() - 1) : "", 0, 1000) / 100;
    } catch (const usage_error&) {
        throw usage_error(flag + " " + text + ": legal: a slowdown such as 10%, at most 1000%");
    }
}

/// The sides as the user named them, by the kind of flag.
struct named_sides {
    gate_sides kind;
    const char* base_flag;
    const char* candidate_flag;
    const char* example;
    std::string base;
    std::string candidate;

    bool any() const { return !base.empty() || !candidate.empty(); }
};

/// Which kind of sides the user named. Throws usage_error where flags of two kinds meet.
const named_sides& kind_of(const named_sides (&all)[3]) {
    const named_sides* found = &all[0];
    for (const named_sides& one : all) {
        if (one.any() && found->any() && &one != found) {
            const auto flag_of = [](const named_sides& s) {
                return s.base.empty() ? s.candidate_flag : s.base_flag;
            };
            throw usage_error(std::string("gate: ") + flag_of(*found) + " and " + flag_of(one) +
                              ": builds, programs and commands cannot be compared with each other");
        }
        found = one.any() ? &one : found;
    }
    return *found;
}

/// Checks the measure and what goes with some sides only. Throws usage_error.
void check_measure(const gate_options& options) {
    const bool has_regex = !options.measure_regex.empty();
    if (options.sides == gate_sides::builds) {
        if (!options.measure.empty() &&
            std::ranges::find(costs_of_any_point, options.measure) == std::end(costs_of_any_point)) {
            throw usage_error("--measure " + options.measure + ": legal: " + joined(costs_of_any_point));
        }
    } else if (options.sides == gate_sides::commands && !options.measure.empty()) {
        if (has_regex) {
            throw usage_error("gate: --measure and --measure-regex: name one of them");
        }
        if (options.measure != "wall_time" && options.measure != "cpu_time") {
            throw usage_error("--measure " + options.measure +
                              ": legal: wall_time, cpu_time; --measure-regex finds a number that is printed");
        }
    }
    if (has_regex && options.sides != gate_sides::commands) {
        throw usage_error("--measure-regex goes with --base-command and --candidate-command");
    }
    const bool is_number = options.sides == gate_sides::commands
                               ? has_regex
                               : options.sides == gate_sides::programs && !options.measure.empty() &&
                                     options.measure != "real_time" && options.measure != "cpu_time";
    if (options.higher_is_better && !is_number) {
        throw usage_error(
            "--better goes with --measure COUNTER of programs and with --measure-regex of commands; of times "
            "and "
            "costs, less is better");
    }
}

}  // namespace

int gate_command(const std::vector<std::string>& all) {
    arguments rest({all.begin() + 1, all.end()});
    gate_options options;
    bool suites_given = false;
    bool allow_undecided = false;
    std::string fail_on;
    std::vector<std::string> variables;
    named_sides named[3] = {
        {gate_sides::builds, "--base", "--candidate", " BUILD, such as build/release", "", ""},
        {gate_sides::programs, "--base-program", "--candidate-program", " FILE, such as build/my_bench", "",
         ""},
        {gate_sides::commands, "--base-command", "--candidate-command", " COMMAND, such as './tool input'", "",
         ""}};
    std::string only_of_builds;  // a flag that was given and means nothing elsewhere
    std::string only_of_trials;  // the same, of commands
    while (rest.next()) {
        const std::string flag = rest.flag();
        if (rest.text() == "--") {
            while (rest.next()) {
                options.arguments.push_back(rest.text());
            }
            break;
        }
        if (const auto side = std::ranges::find_if(
                named, [&](const named_sides& s) { return flag == s.base_flag || flag == s.candidate_flag; });
            side != std::end(named)) {
            (flag == side->base_flag ? side->base : side->candidate) = rest.value();
            continue;
        }
        if (flag == "--sweep" || flag == "--relink" || flag == "--base-ref") {
            only_of_builds = flag;
        }
        if (flag == "--min-time") {
            only_of_trials = flag;
        }
        const auto value = [&] { return rest.value(); };
        if (flag == "--help" || flag == "-h") {
            std::cout << gate_help;
            return 0;
        }
        if (flag == "--base-ref") {
            options.base_ref = value();
        } else if (flag == "--sweep") {
            options.sweep_file = value();
        } else if (flag == "--filter") {
            options.filters.push_back(value());
        } else if (flag == "--except") {
            options.exceptions.push_back(value());
        } else if (flag == "--measure") {
            options.measure = value();
        } else if (flag == "--measure-regex") {
            options.measure_regex = value();
        } else if (flag == "--better") {
            const std::string how = value();
            if (how != "lower" && how != "higher") {
                throw usage_error("--better " + how + ": legal: lower, higher");
            }
            options.higher_is_better = how == "higher";
        } else if (flag == "--max-slowdown") {
            options.max_slowdown = parse_number(flag, value(), 1, 100);
        } else if (flag == "--budget") {
            options.budget_seconds = parse_budget(flag, value());
        } else if (flag == "--require-proof") {
            options.require_proof = rest.on();
        } else if (flag == "--min-time") {
            options.min_time_seconds = parse_seconds("min-time", {value(), flag});
        } else if (flag == "--timeout") {
            options.timeout_seconds = parse_seconds("timeout", {value(), flag});
        } else if (flag == "--most-disturbance") {
            options.most_disturbance = parse_number(flag, value(), 0, 1000);
        } else if (flag == "--seed") {
            options.seed = parse_count("seed", {value(), flag}, 0, (1UL << 32) - 1);
        } else if (flag == "--json") {
            options.json_file = value();
        } else if (flag == "--markdown") {
            options.markdown_file = value();
        } else if (flag == "--junit") {
            options.junit_file = value();
        } else if (flag == "--env") {
            variables.push_back(value());
        } else if (flag == "--annotations") {
            options.annotations = rest.on();
        } else if (flag == "--quiet") {
            options.quiet = rest.on();
        } else if (flag == "--allow-missing") {
            options.allow_missing = rest.on();
        } else if (flag == "--allow-undecided") {
            allow_undecided = rest.on();
        } else if (flag == "--fail-on") {
            const std::string what = value();
            fail_on = what;
            if (what != "regression" && what != "undecided" && what != "inconclusive") {
                throw usage_error("--fail-on " + what + ": legal: undecided, inconclusive, regression");
            }
            options.shuts = what == "regression"  ? fails_on::regression
                            : what == "undecided" ? fails_on::undecided
                                                  : fails_on::inconclusive;
        } else if (flag == "--relink") {
            const std::string what = value();
            if (what != "confirming" && what != "all" && what != "none") {
                throw usage_error("--relink " + what + ": legal: confirming, all, none");
            }
            options.relink = what == "none"  ? relinks::none
                             : what == "all" ? relinks::all
                                             : relinks::confirming;
        } else if (flag == "--self-test") {
            options.self_test = rest.on();
        } else if (flag == "--drill") {
            options.drill = parse_drill(flag, value());
        } else if (flag == "--suites") {
            options.suites = static_cast<unsigned>(parse_count("suites", {value(), flag}, 1, 100000));
            suites_given = true;
        } else {
            throw usage_error("gate: unknown argument " + rest.text() + " (handoff gate --help lists them)");
        }
    }
    const named_sides& sides = kind_of(named);
    options.sides = sides.kind;
    options.base = sides.base;
    options.candidate = sides.candidate;
    options.sweep_file = here_or_installed(options.sweep_file);
    if (sides.kind != gate_sides::builds && !only_of_builds.empty()) {
        throw usage_error("gate: " + only_of_builds + " goes with builds, not with " + sides.base_flag +
                          " or " + sides.candidate_flag);
    }
    if (sides.kind == gate_sides::commands && !only_of_trials.empty()) {
        throw usage_error("gate: " + only_of_trials + " means nothing to a command: it takes what it takes");
    }
    if (sides.kind != gate_sides::programs && !options.arguments.empty()) {
        throw usage_error("gate: arguments after -- go with --base-program and --candidate-program");
    }
    if (allow_undecided) {
        if (!fail_on.empty() && fail_on != "regression") {
            throw usage_error("gate: --allow-undecided and --fail-on " + fail_on +
                              " contradict each other: name one of them");
        }
        options.shuts = fails_on::regression;
    }
    check_measure(options);
    const std::string base_flag = std::string(sides.base_flag);
    const std::string candidate_flag = std::string(sides.candidate_flag);
    if (options.self_test && options.drill) {
        throw usage_error("gate: --self-test and --drill: name one of them");
    }
    if (options.drill) {
        if (!options.base.empty() || !options.base_ref.empty() || options.candidate.empty()) {
            throw usage_error("gate --drill measures the candidate against itself: name " + candidate_flag +
                              " and no base");
        }
        if (!options.json_file.empty() || !options.markdown_file.empty() || !options.junit_file.empty() ||
            options.annotations) {
            throw usage_error("gate --drill writes no files: what it finds is no news of the candidate");
        }
        options.base = std::exchange(options.candidate, "");
    } else if (options.base.empty() == options.base_ref.empty()) {
        throw usage_error(sides.kind == gate_sides::builds
                              ? "gate: name either --base BUILD or --base-ref GITREF"
                              : "gate: name " + base_flag + sides.example);
    } else if (options.self_test) {
        if (options.base.empty() || !options.candidate.empty()) {
            throw usage_error("gate --self-test measures " + base_flag + " " +
                              (sides.kind == gate_sides::builds ? "BUILD " : "") +
                              "against itself: it takes no " + candidate_flag + " or --base-ref");
        }
        if (!options.markdown_file.empty() || !options.junit_file.empty() || options.annotations) {
            throw usage_error("gate --self-test writes --json only");
        }
    } else if (options.candidate.empty()) {
        throw usage_error("gate: name " + candidate_flag + sides.example);
    }
    if (suites_given && !options.self_test) {
        throw usage_error("--suites goes with --self-test");
    }
    if (!build_info::measures()) {
        throw usage_error("refusing to judge: " + build_info::why_not() + " (use the release preset)");
    }
    const std::pair<const char*, const std::string*> outputs[] = {{"--json", &options.json_file},
                                                                  {"--markdown", &options.markdown_file},
                                                                  {"--junit", &options.junit_file}};
    const char* has_output = nullptr;
    for (const auto& [flag, file] : outputs) {
        if (!file->empty()) {
            check_output(flag, *file);
        }
        if (*file == "-") {
            if (has_output != nullptr) {
                throw usage_error(std::string("gate: ") + has_output + " - and " + flag +
                                  " - cannot both have standard output");
            }
            has_output = flag;
        }
    }
    pass_on(variables);
    try {
        return run_gate(options);
    } catch (const usage_error&) {
        throw;
    } catch (const std::exception& e) {
        std::cerr << "handoff: " << e.what() << "\n";
        return interrupted() ? 130 : 2;  // 1 is a verdict, and there is none
    }
}

}  // namespace handoff::harness
