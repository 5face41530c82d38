#include "result.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "flags.hpp"
#include "limits.hpp"
#include "measures.hpp"
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

/// The points of which a trial showed a fault. The other trials of such a point are those that happened to meet
/// no harm: their numbers are no promise of what the implementation can do, and none of them counts.
std::set<std::string> caught_points(const std::vector<trial_line>& failed) {
    std::set<std::string> caught;
    for (const trial_line& trial : failed) {
        if (shows_fault(trial)) {
            caught.insert(trial.point);
        }
    }
    return caught;
}

/// The values of trials in what they are ranked by; nothing where they have none.
std::optional<ranked_spread> spread_of(const std::string& measure,
                                       const std::vector<const result_row*>& trials) {
    std::vector<double> values;
    for (const result_row* row : trials) {
        if (const auto cost = cost_of(measure, row->measured())) {
            values.push_back(measure_named(measure).value_of_cost(*cost));
        }
    }
    if (values.empty()) {
        return std::nullopt;
    }
    return ranked_spread{median(values), std::ranges::min(values), std::ranges::max(values), values.size()};
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

/// A point without what its failed trials say.
result_point point_of(const listed_point& listed, std::size_t index, const std::vector<result_row>& rows) {
    result_point point;
    point.listed = listed;
    std::vector<const result_row*> counted;
    std::vector<const result_row*> flagged;
    for (const result_row& row : rows) {
        if (row.point_index == index) {
            point.trials_ok += row.trial.vouches() ? 0 : 1;
            if (row.counted) {
                counted.push_back(&row);
                point.saturated += is_saturated(row.measured().metrics) ? 1 : 0;
            } else if (!row.flags.empty()) {
                flagged.push_back(&row);
            }
        }
    }
    point.trials_counted = counted.size();
    if (point.saturated == 0) {  // else its upper end is infinite
        point.latency = merge_latencies(counted);
    }
    add_humps(point, counted);
    point.ranked = spread_of(listed.measure, counted);
    std::erase_if(flagged, [&](const result_row* row) {
        return counted.empty() || row->state != counted.front()->state;
    });
    if (!flagged.empty()) {
        flagged.insert(flagged.end(), counted.begin(), counted.end());
        point.ranked_with_flagged = spread_of(listed.measure, flagged);
    }
    return point;
}

std::vector<caught_implementation> caught_implementations(const std::vector<result_point>& points) {
    std::vector<caught_implementation> all;
    for (const result_point& point : points) {
        if (!point.caught) {
            continue;
        }
        const harness::point& at = point.listed.point;
        auto found = std::ranges::find_if(
            all, [&](const auto& one) { return one.family == at.family && one.impl == at.impl; });
        if (found == all.end()) {
            found = all.insert(all.end(),
                               caught_implementation{at.family, at.impl, {}, failed_text(*point.failed)});
        }
        found->points.push_back(point.listed.name);
    }
    return all;
}

}  // namespace

std::map<std::string, failed_trials> failures_of(const std::vector<trial_line>& failed) {
    std::map<std::string, failed_trials> all;
    std::map<std::string, bool> has_fault;
    for (const trial_line& trial : failed) {
        failed_trials& of = all[trial.point];
        of.invalid += trial.status == trial_status::invalid ? 1 : 0;
        of.timeout += trial.status == trial_status::timeout ? 1 : 0;
        of.crashed += trial.status == trial_status::crashed ? 1 : 0;
        if (of.reason.empty() || (shows_fault(trial) && !has_fault[trial.point])) {
            of.reason = trial.reason;
            has_fault[trial.point] = shows_fault(trial);
        }
    }
    return all;
}

std::string failed_text(const failed_trials& failed) {
    std::string how;
    for (const auto& [status, count] :
         {std::pair("invalid", failed.invalid), {"timeout", failed.timeout}, {"crashed", failed.crashed}}) {
        if (count > 0) {
            how += (how.empty() ? "" : ", ") + std::string(status) + " in " + std::to_string(count);
        }
    }
    return how + " of " + std::to_string(failed.trials) + (failed.trials == 1 ? " trial: " : " trials: ") +
           failed.reason;
}

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

    const std::set<std::string> caught = caught_points(run.failed);
    const auto full_checks = full_checks_of(header, trials);
    const run_states states(results.rows);
    const limits_of_run limits(calibrations, states.between(calibrated_pair(calibrations)));
    for (result_row& row : results.rows) {
        states.judge(row);
        const auto vouched = full_checks.find(row.name());
        row.counted = row.counted && !caught.contains(row.name()) &&
                      (vouched == full_checks.end() || vouched->second == "passed");
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
    const std::map<std::string, failed_trials> failures = failures_of(run.failed);
    for (std::size_t i = 0; i < header.points.size(); ++i) {
        result_point& point = run.points.emplace_back(point_of(header.points[i], i, results.rows));
        point.caught = caught.contains(point.listed.name);
        if (const auto failed = failures.find(point.listed.name); failed != failures.end()) {
            point.failed = failed->second;
            point.failed->trials =
                point.trials_ok + failed->second.invalid + failed->second.timeout + failed->second.crashed;
        }
        if (const auto vouched = full_checks.find(header.points[i].name); vouched != full_checks.end()) {
            point.full_check = vouched->second;
        }
    }
    run.caught = caught_implementations(run.points);
    run.left_out = header.left_out;
    run.not_built = header.not_built;
    run.adapted = header.adapted;
    run.tested = header.tested;
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
