// The `handoff` command.
#include <algorithm>
#include <iostream>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "compare_command.hpp"
#include "doctor_command.hpp"
#include "duel_command.hpp"
#include "environment.hpp"
#include "gate_command.hpp"
#include "history_command.hpp"
#include "installed.hpp"
#include "output.hpp"
#include "point.hpp"
#include "rank_command.hpp"
#include "report_command.hpp"
#include "run.hpp"
#include "sweep.hpp"
#include "text.hpp"
#include "usage_error.hpp"

namespace {

using namespace handoff::harness;

constexpr const char* help = R"(usage: handoff COMMAND ...

Measures what it costs to hand work from one thread to another, and compares what was measured.

  handoff list SWEEP                 print the points of a sweep file, and what its product leaves out and why
  handoff axes                       print the table of axes: names, labels, legal values, units
  handoff run SWEEP [flags]          run a sweep: each trial in a process of its own, shuffled within each repetition
  handoff run --resume DIR           go on with an interrupted run; finished trials are kept
  handoff doctor                     what this machine is and could do at best, and what to change before measuring
  handoff gate --base BUILD --candidate BUILD
                                     whether one build is slower than another
  handoff duel IMPL IMPL [flags]     which of two implementations is faster, and by how much
  handoff rank [IMPL,...] [flags]    which of many is the fastest, with ties
  handoff report FILE [MORE ...]     one page that says which one to use, and why
  handoff compare BASE CANDIDATE     two result files point by point
  handoff history add|show           ratios to a frozen reference build, from commit to commit
  handoff --version                  the version, the commit, the compiler and the kind of build

`handoff COMMAND --help` lists the flags of a command and its exit codes.

exit codes: 0 fine; 1 standard output could not be written, or what the help of the command says; 2 usage; 130 interrupted
)";

constexpr const char* list_help = R"(usage: handoff list SWEEP [--binaries DIR]

Prints the points of a sweep file, and what its product leaves out and why. Measures nothing.

  --binaries DIR     where the bench_* binaries are (default: those of this command)

exit codes: 0 printed; 2 usage, or a sweep file that cannot be used
)";

constexpr const char* axes_help = R"(usage: handoff axes

Prints the table of axes in Markdown: names, labels in names of points, legal values, units and meanings.

exit codes: 0 printed; 2 usage
)";

constexpr const char* run_help = R"(usage: handoff run SWEEP [flags]
       handoff run --resume DIR [--binaries DIR] [--quiet]

Runs a sweep: each trial in a process of its own, shuffled within each repetition. Writes results.json into the results'
folder, and prints a ranking. SWEEP is a file; sweeps/NAME.json is also one of those that are installed with this command.

  --resume DIR       go on with the interrupted run in this folder; finished trials are kept
  --out DIR          where results go (default: results/<date>-<time>-<sweep>)
  --repetitions N    instead of the sweep's
  --min-time S       seconds of a trial's measured window, at least, instead of the sweep's
  --timeout S        seconds after which a trial counts as hung, instead of the sweep's
  --seed N           of the order of trials and of what they draw (default: drawn, and recorded)
  --retry-contaminated N
                     run a point's flagged trials again, at most N times a point, instead of the sweep's N (0)
  --retry-budget P   repeat at most P percent of the planned trials, instead of the sweep's P (10)
  --env NAME         pass this variable of the environment on to trials, and record it; again for more. Trials get
                     nothing else that could change what is measured (OMP_*, LD_PRELOAD, MALLOC_*, ...)
  --tested FILE      state in the result which implementations have passed their tests: the file that ./check writes
                     (build/tested.json; ./bench gives it by itself)
  --quiet            no ranking
  --binaries DIR     where the bench_* binaries are (default: those of this command)

exit codes: 0 every trial is ok; 1 a trial failed, or a ratio of the sweep was exceeded; 2 usage, or something that you
can mend (a full disk, a replaced binary): finished trials are kept, and a line says how to go on; 130 interrupted
)";

int run(const std::vector<std::string>& arguments) {
    run_options options;
    bool tuned = false;
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        const auto equals = arguments[i].starts_with("--") ? arguments[i].find('=') : std::string::npos;
        const std::string flag = arguments[i].substr(0, equals);
        const auto value = [&]() -> std::string {
            const bool is_next = equals == std::string::npos;
            const std::string given = !is_next                    ? arguments[i].substr(equals + 1)
                                      : i + 1 == arguments.size() ? ""
                                                                  : arguments[++i];
            if (given.empty()) {
                throw usage_error(flag + ": needs a value");
            }
            return given;
        };
        if (flag == "--help" || flag == "-h") {
            std::cout << run_help;
            return 0;
        }
        if (flag == "--out") {
            options.out = value();
            if (options.out == "-") {
                throw usage_error(
                    "--out -: names a folder, and standard output is none; --out ./- is one called so");
            }
        } else if (flag == "--resume") {
            options.resume = value();
        } else if (flag == "--repetitions") {
            options.repetitions = static_cast<unsigned>(parse_count("repetitions", {value(), flag}, 1, 10000));
            tuned = true;
        } else if (flag == "--min-time") {
            options.min_time_seconds = parse_seconds("min-time", {value(), flag});
            tuned = true;
        } else if (flag == "--timeout") {
            options.timeout_seconds = parse_seconds("timeout", {value(), flag});
            tuned = true;
        } else if (flag == "--seed") {
            options.seed = parse_count("seed", {value(), flag}, 0, (1UL << 53) - 1);
            tuned = true;
        } else if (flag == "--retry-contaminated") {
            options.retry_contaminated =
                static_cast<unsigned>(parse_count("retry-contaminated", {value(), flag}, 0, 1000));
            tuned = true;
        } else if (flag == "--retry-budget") {
            options.retry_budget_percent =
                static_cast<unsigned>(parse_count("retry-budget", {value(), flag}, 1, 1000));
            tuned = true;
        } else if (flag == "--binaries") {
            options.binaries = value();
        } else if (flag == "--env") {
            options.variables.push_back(value());
        } else if (flag == "--tested") {
            options.tested = value();
        } else if (flag == "--quiet") {
            options.quiet = true;
        } else if (flag.starts_with("-") || !options.sweep_file.empty()) {
            throw usage_error("unknown argument " + arguments[i] +
                              ": legal: one sweep file, --out, --resume, --repetitions, --min-time, --timeout, "
                              "--seed, --retry-contaminated, --retry-budget, --env, --tested, --quiet, "
                              "--binaries");
        } else {
            options.sweep_file = here_or_installed(arguments[i]);
        }
    }
    if (options.resume.empty() == options.sweep_file.empty()) {
        throw usage_error("run: name either a sweep file, such as sweeps/quick.json, or --resume DIR");
    }
    if (!options.resume.empty() &&
        (tuned || !options.out.empty() || !options.variables.empty() || !options.tested.empty())) {
        throw usage_error(
            "--resume goes on as the run began: it takes no --out, --repetitions, --min-time, "
            "--timeout, --seed, --retry-contaminated, --retry-budget, --env or --tested");
    }
    return run_sweep(options);
}

int list(const std::vector<std::string>& all) {
    std::vector<std::string> sweeps;
    std::string binaries;
    arguments given(all);
    while (given.next()) {
        if (given.flag() == "--help" || given.flag() == "-h") {
            std::cout << list_help;
            return 0;
        }
        if (given.flag() == "--binaries") {
            binaries = given.value();
        } else if (given.is_flag()) {
            throw usage_error("list: unknown flag " + given.text() + ": legal: --binaries, --help");
        } else {
            sweeps.push_back(given.text());
        }
    }
    if (sweeps.size() != 1) {
        throw usage_error("list: name one sweep file, such as sweeps/quick.json; here " +
                          std::to_string(sweeps.size()));
    }
    return list_sweep(here_or_installed(sweeps[0]), binaries);
}

int print_axes(const std::vector<std::string>& given) {
    if (given == std::vector<std::string>{"--help"} || given == std::vector<std::string>{"-h"}) {
        std::cout << axes_help;
        return 0;
    }
    if (!given.empty()) {
        throw usage_error("axes: takes no arguments, and has " + given[0]);
    }
    std::cout << axes_table();
    return 0;
}

int command(const std::vector<std::string>& arguments) {
    if (arguments.empty()) {
        throw usage_error(
            "name a command: list, run, report, axes, gate, duel, rank, compare, history, doctor (--help says "
            "more)");
    }
    if (arguments[0] == "--help" || arguments[0] == "-h" || arguments[0] == "help") {
        std::cout << help;
        return 0;
    }
    if (arguments[0] == "--version") {
        std::cout << build_info::describe();
        return 0;
    }
    if (arguments[0] == "run") {
        return run(arguments);
    }
    if (arguments[0] == "report") {
        return report_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "compare") {
        return compare_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "history") {
        return history_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "doctor") {
        return doctor_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "gate") {
        return gate_command(arguments);
    }
    if (arguments[0] == "duel") {
        return duel_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "rank") {
        return rank_command({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "axes") {
        return print_axes({arguments.begin() + 1, arguments.end()});
    }
    if (arguments[0] == "list") {
        return list({arguments.begin() + 1, arguments.end()});
    }
    throw usage_error("unknown command " + arguments[0] +
                      ": legal: list, run, report, axes, gate, duel, rank, compare, history, doctor");
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
    return run_program("handoff", output_text::shown, [&] { return command(arguments); });
}
