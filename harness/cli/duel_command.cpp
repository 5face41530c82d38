#include "duel_command.hpp"

#include <charconv>
#include <iostream>
#include <set>

#include "arguments.hpp"
#include "child.hpp"
#include "environment.hpp"
#include "gate.hpp"
#include "gate_command.hpp"
#include "point.hpp"
#include "start_state.hpp"
#include "sweep.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

constexpr const char* help = R"(usage: handoff duel IMPL IMPL [flags]

Measures two implementations against each other, pair by pair, and says of every point which one is faster and by how
much, that they tie, or that it could not be decided. docs/gate.md says what the verdicts promise.

what is compared
  --family F             where several families have both
  --workload W,...       default: all of the family's but its controls
  --AXIS VALUE,...       --producers 1,2, --wait spin,park, ... (handoff axes); default: as the family's binary has them
  --binaries DIR         where the bench_* binaries are (default: those of this command)
  --tie PERCENT          two that differ by less, either way, tie (default: 5%)

how long
  --budget T             a fixed time, such as 60s or 2m, spent on what is nearest to a decision
  --min-time S           seconds of a trial's window (default: 0.02)
  --timeout S            seconds after which a trial counts as hung (default: 30)
  --most-disturbance R   replace a pair when others use more than this share of its time (default: 0.1)
  --seed N               of what trials draw by chance (default: 1)
  --env NAME             pass this variable of the environment on to trials; again for more

what is said
  --json FILE            every pair, in the format of the gate's file: base is the first implementation
  --quiet                the last line only

A bounded queue meets an unbounded one at each of its capacities, and a queue that waits by itself meets each wait
strategy; name both values then: --capacity 1024,unbounded --wait yield,native. Both sides of a paced point would be offered different rates, so those are left out.

exit codes: 0 decided, at one point at least; 1 a trial failed; 2 usage; 3 nothing was decided; 130 interrupted
)";

double parse_percent(const std::string& flag, const std::string& text) {
    double number = 0;
    const std::string digits = text.ends_with('%') ? text.substr(0, text.size() - 1) : "";
    const char* const last = digits.data() + digits.size();
    const auto [end, error] = std::from_chars(digits.data(), last, number);
    if (error != std::errc() || end != last || !(number > 0) || number > 100) {
        throw usage_error(flag + " " + text + ": legal: a difference such as 5%, at most 100%");
    }
    return number;
}

}  // namespace

int duel_command(const std::vector<std::string>& all) {
    arguments rest(all);
    gate_options options;
    options.sides = gate_sides::implementations;
    options.relink = relinks::none;
    std::vector<std::string> variables;
    std::vector<std::string> names;
    std::set<std::string> given;
    while (rest.next()) {
        if (!rest.is_flag()) {
            names.push_back(rest.text());
            continue;
        }
        const std::string flag = rest.flag();
        if (flag == "--help" || flag == "-h") {
            std::cout << help;
            return 0;
        }
        const std::string axis = flag.starts_with("--") ? flag.substr(2) : "";
        if (axis == "workload" || find_axis(axis) != nullptr) {
            if (!given.insert(axis).second) {
                throw usage_error("duel: " + flag + " stands twice; its values have commas between them");
            }
            options.point_flags.push_back("--" + axis + "=" + rest.value());
        } else if (flag == "--family") {
            options.family = rest.value();
        } else if (flag == "--binaries") {
            options.binaries = rest.value();
        } else if (flag == "--tie") {
            options.max_slowdown = 1 + parse_percent(flag, rest.value()) / 100;
        } else if (flag == "--budget") {
            options.budget_seconds = parse_budget(flag, rest.value());
        } else if (flag == "--min-time") {
            options.min_time_seconds = parse_seconds("min-time", {rest.value(), flag});
        } else if (flag == "--timeout") {
            options.timeout_seconds = parse_seconds("timeout", {rest.value(), flag});
        } else if (flag == "--most-disturbance") {
            options.most_disturbance = parse_number(flag, rest.value(), 0, 1000);
        } else if (flag == "--seed") {
            options.seed = parse_count("seed", {rest.value(), flag}, 0, (1UL << 32) - 1);
        } else if (flag == "--env") {
            variables.push_back(rest.value());
        } else if (flag == "--json") {
            options.json_file = rest.value();
        } else if (flag == "--quiet") {
            options.quiet = rest.on();
        } else {
            throw usage_error("duel: unknown argument " + rest.text() +
                              " (handoff duel --help lists flags, handoff axes lists axes)");
        }
    }
    if (names.size() != 2) {
        throw usage_error("duel: name two implementations, such as vyukov_ring mutex_queue; there " +
                          std::string(names.size() == 1 ? "is 1" : "are " + std::to_string(names.size())));
    }
    options.base = names[0];
    options.candidate = names[1];
    if (!build_info::measures()) {
        throw usage_error("refusing to judge: " + build_info::why_not() + " (use the release preset)");
    }
    if (!options.json_file.empty()) {
        check_output("--json", options.json_file);
    }
    pass_on(variables);
    return run_gate(options);
}

}  // namespace handoff::harness
