#include "result.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "flags.hpp"
#include "limits.hpp"
#include "merged_latency.hpp"
#include "point_humps.hpp"
#include "queue_level.hpp"
#include "retry.hpp"
#include "scaling.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

/// The CPUs that a probe lies between. What lies between other CPUs says nothing of the machine's state here.
using cpu_pair = std::optional<std::pair<int, int>>;

cpu_pair pair_of(const measured_trial& m) {
    return m.probe ? cpu_pair(m.probe->cpus) : std::nullopt;
}

bool has_flag(const std::vector<std::string>& flags, const char* flag) {
    return std::ranges::find(flags, flag) != flags.end();
}

/// The machine states of a run. Each pair of CPUs has states of its own.
class run_states {
public:
    explicit run_states(const std::vector<result_row>& rows) {
        std::map<cpu_pair, std::vector<double>> probes;
        for (const result_row& row : rows) {
            if (const auto& probe = row.measured().probe; probe && !has_flag(row.flags, "contaminated")) {
                probes[probe->cpus].push_back(probe->middle_ns());
            }
        }
        for (const auto& [pair, between] : probes) {
            states_[pair] = states_of(between);
        }
    }

    /// Those between two CPUs; none where nothing was probed there.
    std::vector<machine_state> between(const cpu_pair& pair) const {
        const auto found = states_.find(pair);
        return found == states_.end() ? std::vector<machine_state>{} : found->second;
    }

    /// Sets a row's state, and whether it counts: it has no flag, and was measured in the state in which most
    /// of the run took place. What differs in state is not pooled or ranked together.
    void judge(result_row& row) const {
        const auto& probe = row.measured().probe;
        const std::vector<machine_state> own = between(pair_of(row.measured()));
        if (!probe) {
            row.state = "unknown";
        } else if (has_flag(row.flags, "contaminated")) {
            row.state = "changed";
        } else {
            row.state = std::ranges::find_if(own, [&](const machine_state& s) {
                            return probe->middle_ns() <= s.greatest_ns;
                        })->label;
        }
        row.counted = !row.trial.vouches() && row.flags.empty() &&
                      (probe ? row.state == most_frequent(own) : states_.empty());
    }

    std::vector<state_seen> seen() const {
        std::vector<state_seen> all;
        for (const auto& [pair, of] : states_) {
            for (const machine_state& s : of) {
                all.push_back({s, s.label == most_frequent(of), states_.size() > 1 ? pair : std::nullopt});
            }
        }
        return all;
    }

private:
    static std::string most_frequent(const std::vector<machine_state>& of) {
        return of.empty() ? "" : std::ranges::max_element(of, {}, &machine_state::trials)->label;
    }

    std::map<cpu_pair, std::vector<machine_state>> states_;
};

ratio_result ratio_of(const ratio_request& asked, const std::vector<result_row>& rows) {
    std::map<unsigned, double> above;
    std::map<unsigned, double> below;
    for (const result_row& row : rows) {
        // A retry is no part of a repetition: it ran after all of them.
        if (row.counted && !row.trial.retry_of) {
            if (row.name() == asked.numerator) {
                above[row.trial.repetition] = row.measured().real_time_ns;
            }
            if (row.name() == asked.denominator) {
                below[row.trial.repetition] = row.measured().real_time_ns;
            }
        }
    }
    ratio_result result{asked, {}, "no pairs", {}, {}, {}, {}};
    for (const auto& [repetition, time] : above) {
        if (below.contains(repetition)) {
            result.pairs.push_back(time / below[repetition]);
        }
    }
    if (!result.pairs.empty()) {
        result.median = median(result.pairs);
        result.verdict = "too few pairs";
    }
    if (const auto interval = interval_of_median(result.pairs, 0.95)) {
        result.low = interval->low;
        result.high = interval->high;
        result.confidence = interval->confidence;
        result.verdict = !asked.at_most                     ? "reported"
                         : interval->high <= *asked.at_most ? "within"
                         : interval->low > *asked.at_most   ? "exceeded"
                                                            : "undecided";
    }
    return result;
}

/// A trial that passed, with what follows from it alone.
result_row row_of(const trial_line& trial, std::size_t point_index, unsigned repetitions) {
    result_row row;
    row.trial = trial;
    row.point_index = point_index;
    row.repetitions = repetitions;
    row.flags = flags_of_trial(trial);
    row.level = queue_level(row.measured().metrics);
    return row;
}

/// What the trials that check in full say of each point whose other trials check lightly.
std::map<std::string, std::string> full_checks_of(const run_header& header,
                                                  const std::vector<trial_line>& trials) {
    std::map<std::string, std::string> said;
    for (const listed_point& p : header.points) {
        if (p.light_check) {
            said.emplace(p.name, "pending");
        }
    }
    for (const trial_line& trial : trials) {
        if (const auto found = said.find(trial.point); found != said.end() && trial.vouches()) {
            found->second = trial.ok() && found->second != "failed" ? "passed" : "failed";
        }
    }
    return said;
}

result_point point_of(const listed_point& listed, std::size_t index, const std::vector<result_row>& rows) {
    result_point point;
    point.listed = listed;
    std::vector<const result_row*> counted;
    for (const result_row& row : rows) {
        if (row.point_index == index) {
            point.trials_ok += row.trial.vouches() ? 0 : 1;
            if (row.counted) {
                counted.push_back(&row);
            }
        }
    }
    point.trials_counted = counted.size();
    point.latency = merge_latencies(counted);
    add_humps(point, counted);
    return point;
}

}  // namespace

result_file make_results(const run_header& header, const std::vector<trial_line>& trials,
                         const std::vector<calibration_line>& calibrations) {
    std::map<std::string, std::size_t> place;
    for (const listed_point& p : header.points) {
        place.emplace(p.name, place.size());
    }

    result_file results;
    results.context = header.context;
    run_record& run = results.run;
    retries repeated(header);
    for (const trial_line& trial : trials) {
        repeated.enter(trial);
        run.wall_seconds += trial.trial_wall_seconds;
        if (!trial.ok()) {
            run.failed.push_back(trial);
            continue;
        }
        run.measured_seconds += trial.measurement->window_seconds;
        results.rows.push_back(
            row_of(trial, place.at(trial.measurement->listed.name), header.sweep.repetitions));
    }
    std::ranges::stable_sort(results.rows, {}, [](const result_row& row) {
        return std::pair(row.point_index, row.trial.repetition);
    });

    const auto full_checks = full_checks_of(header, trials);
    const run_states states(results.rows);
    const limits_of_run limits(calibrations, states.between(calibrated_pair(calibrations)));
    for (result_row& row : results.rows) {
        states.judge(row);
        const auto vouched = full_checks.find(row.name());
        row.counted = row.counted && (vouched == full_checks.end() || vouched->second == "passed");
        limits.put_beside(row, header.points[row.point_index]);
        run.retries.cured += row.counted && row.trial.retry_of ? 1 : 0;
        if (const auto& probe = row.measured().probe;
            probe && row.measured().listed.streams && row.state != "changed") {
            row.items_per_transfer = probe->middle_ns() / row.measured().real_time_ns;
        }
    }

    run.id = header.id;
    run.sweep = header.sweep;
    run.seed = header.seed;
    run.trials_planned = header.trials;
    run.trials_done = trials.size() - repeated.made();
    run.complete = run.trials_done == header.trials && !repeated.next();
    run.retries.budget = repeated.budget();
    run.retries.made = repeated.made();
    run.flag_limits = flag_limits::by_name();
    run.states = states.seen();
    run.implementations = header.implementations;
    for (std::size_t i = 0; i < header.points.size(); ++i) {
        run.points.push_back(point_of(header.points[i], i, results.rows));
        if (const auto vouched = full_checks.find(header.points[i].name); vouched != full_checks.end()) {
            run.points.back().full_check = vouched->second;
        }
    }
    run.left_out = header.left_out;
    run.not_built = header.not_built;
    for (const ratio_request& asked : header.ratios) {
        run.ratios.push_back(ratio_of(asked, results.rows));
    }
    run.scaling = scaling_of(results);
    if (header.limits) {
        run.limits = limits.seen(header.limits->absent);
        run.above_limit = limits.above(results);
    }
    return results;
}

}  // namespace handoff::harness
