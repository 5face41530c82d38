#include "implementation_flags.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "environment.hpp"
#include "gate_command.hpp"
#include "measures.hpp"
#include "point.hpp"
#include "start_state.hpp"
#include "sweep.hpp"
#include "text.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

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

const char* const implementation_flags_help =
    R"(  --workload W,...       default: all of the family's but its controls
  --AXIS VALUE,...       --producers 1,2, --wait spin,park, ... (handoff axes); default: as the family's binary has them
  --binaries DIR         where the bench_* binaries are (default: those of this command)
  --measure WHAT         compare cpu_time_per_item, system_calls_per_item or allocations_per_item of each point instead
                         of its own measure
  --tie PERCENT          two that differ by less, either way, tie (default: 5%)

how long
  --budget T             a fixed time, such as 60s or 2m, spent on what is nearest to a decision
  --min-time S           seconds of a trial's window (default: 0.02)
  --timeout S            seconds after which a trial counts as hung (default: 30)
  --most-disturbance R   replace a pair when others use more than this share of its time (default: 0.1)
  --seed N               of what trials draw by chance (default: 1)
  --env NAME             pass this variable of the environment on to trials; again for more
)";

void implementation_flags::read(arguments& rest, gate_options& options) {
    const std::string flag = rest.flag();
    const std::string axis = flag.starts_with("--") ? flag.substr(2) : "";
    if (axis == "workload" || find_axis(axis) != nullptr) {
        if (!given_.insert(axis).second) {
            throw usage_error(command_ + ": " + flag + " stands twice; its values have commas between them");
        }
        options.point_flags.push_back("--" + axis + "=" + rest.value());
    } else if (flag == "--family") {
        options.family = rest.value();
    } else if (flag == "--binaries") {
        options.binaries = rest.value();
    } else if (flag == "--measure") {
        options.measure = rest.value();
        if (std::ranges::find(costs_of_any_point, options.measure) == std::end(costs_of_any_point)) {
            throw usage_error("--measure " + options.measure + ": legal: " + joined(costs_of_any_point));
        }
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
        variables_.push_back(rest.value());
    } else if (flag == "--json") {
        options.json_file = rest.value();
    } else if (flag == "--quiet") {
        options.quiet = rest.on();
    } else {
        throw usage_error(command_ + ": unknown argument " + rest.text() + " (handoff " + command_ +
                          " --help lists flags, handoff axes lists axes)");
    }
}

void implementation_flags::check(const gate_options& options) const {
    if (!build_info::measures()) {
        throw usage_error("refusing to judge: " + build_info::why_not() + " (use the release preset)");
    }
    if (!options.json_file.empty()) {
        check_output("--json", options.json_file);
    }
    pass_on(variables_);
}

}  // namespace handoff::harness
