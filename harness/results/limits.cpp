#include "limits.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <sstream>

#include "flags.hpp"
#include "measures.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

/// The state of the run's trials that something was measured in; "changed" where it met two, "other" where no
/// trial met the same.
std::string state_of(const std::optional<transfer_probe>& probe, const std::vector<machine_state>& states) {
    if (!probe) {
        return "unknown";  // as trials on a machine with one CPU
    }
    if (!steady(probe)) {
        return "changed";
    }
    const double middle = probe->middle_ns();
    const auto distance = [&](const machine_state& s) {  // a factor; 1 inside
        return std::max({1.0, s.least_ns / middle, middle / s.greatest_ns});
    };
    const auto nearest = std::ranges::min_element(states, {}, distance);
    return nearest != states.end() && distance(*nearest) <= flag_limits::state_gap ? nearest->label : "other";
}

bool is_used(const std::string& state) {
    return state != "failed" && state != "changed" && state != "other";
}

/// What a row's limit is compared with: the p50 of points that are ranked by latency, else the time of an
/// iteration. Nothing where the clock saw nothing, or the trial was saturated.
std::optional<double> time_of(const measured_trial& m, const listed_point& listed) {
    const auto ns = listed.measure == "latency" ? cost_of(listed.measure, m) : std::optional(m.real_time_ns);
    return ns && *ns > 0 && std::isfinite(*ns) ? ns : std::nullopt;
}

}  // namespace

std::optional<std::pair<int, int>> calibrated_pair(const std::vector<calibration_line>& calibrations) {
    for (const calibration_line& line : calibrations) {
        if (line.made && line.made->probe) {
            return line.made->probe->cpus;
        }
    }
    return std::nullopt;
}

limits_of_run::limits_of_run(const std::vector<calibration_line>& calibrations,
                             const std::vector<machine_state>& states)
    : pair_(calibrated_pair(calibrations)) {
    std::map<std::string, std::map<std::string, std::vector<kernel_time>>> found;
    for (const calibration_line& line : calibrations) {
        const std::string state = line.made ? state_of(line.made->probe, states) : "failed";
        calibrations_.push_back({line, state, is_used(state)});
        if (!line.made) {
            continue;
        }
        // Each kernel belongs to the state that it met itself: the whole took longer, and may have met several.
        for (const auto& [name, kernel] : line.made->kernels) {
            const std::string met = kernel.probe ? state_of(kernel.probe, states) : state;
            if (is_used(met)) {
                found[met][name].push_back(kernel);
            }
        }
    }
    for (const auto& [state, kernels] : found) {
        for (const auto& [name, all] : kernels) {
            const auto each = [&](double kernel_time::* member) {
                std::vector<double> values;
                for (const kernel_time& one : all) {
                    values.push_back(one.*member);
                }
                return values;
            };
            kernels_[state][name] = {median(each(&kernel_time::median)),
                                     std::ranges::min(each(&kernel_time::low)),
                                     std::ranges::max(each(&kernel_time::high)),
                                     std::ranges::min(each(&kernel_time::least)), all.size()};
        }
    }
}

std::optional<resolved_limit> limits_of_run::resolve(const std::vector<limit_term>& terms,
                                                     const std::string& state) const {
    const auto kernels = kernels_.find(state);
    if (kernels == kernels_.end() || terms.empty()) {
        return std::nullopt;
    }
    resolved_limit found{0, 0, ""};
    for (const limit_term& term : terms) {
        const auto kernel = kernels->second.find(term.kernel);
        if (kernel == kernels->second.end()) {
            return std::nullopt;
        }
        if (term.times * kernel->second.median > found.ns) {
            found.ns = term.times * kernel->second.median;
            found.kernel = kernel->first;
        }
        found.least_ns = std::max(found.least_ns, term.times * kernel->second.least);
    }
    return found.ns > 0 ? std::optional(found) : std::nullopt;
}

void limits_of_run::put_beside(result_row& row, const listed_point& listed) const {
    const measured_trial& m = row.measured();
    if (m.probe && m.probe->cpus != pair_) {
        return;
    }
    const auto limit = resolve(listed.limit, row.state);
    const auto time = time_of(m, listed);
    if (limit && time) {
        row.limit_ns = limit->ns;
        row.limit_share = limit->ns / *time;
        row.limit_by = limit->kernel;
    }
}

std::vector<above_limit_point> limits_of_run::above(const result_file& results) const {
    std::vector<above_limit_point> found;
    const auto counted = results.counted_rows();
    for (const result_point& point : results.run.points) {
        const auto rows = counted.find(point.listed.name);
        if (rows == counted.end()) {
            continue;
        }
        std::vector<double> times;
        std::string state;  // counted trials of a point have one
        for (const result_row* row : rows->second) {
            if (row->limit_ns) {
                times.push_back(*time_of(row->measured(), point.listed));
                state = row->state;
            }
        }
        if (times.empty()) {
            continue;
        }
        const double time = median(times);
        const auto limit = resolve(point.listed.limit, state);
        if (limit && limit->least_ns > above_limit * time) {
            found.push_back({point.listed.name, time, times.size(), limit->ns, limit->least_ns, limit->kernel,
                             limit->ns / time, limit->least_ns / time});
        }
    }
    std::ranges::sort(found, {}, &above_limit_point::name);
    return found;
}

limits_seen limits_of_run::seen(const std::string& note) const {
    return {note, above_limit, kernels_, calibrations_};
}

std::optional<machine_state> state_without_limits(const result_file& results) {
    if (!results.run.limits) {
        return std::nullopt;
    }
    std::vector<calibration_line> calibrations;
    for (const used_calibration& one : results.run.limits->calibrations) {
        calibrations.push_back(one.line);
    }
    const auto pair = calibrated_pair(calibrations);
    if (!pair) {
        return std::nullopt;
    }
    for (const result_row& row : results.rows) {
        const auto& probe = row.measured().probe;
        const listed_point& listed = results.run.points[row.point_index].listed;
        if (!row.counted || !probe || probe->cpus != *pair || row.limit_ns || listed.limit.empty() ||
            !time_of(row.measured(), listed)) {
            continue;
        }
        for (const state_seen& seen : results.run.states) {
            if (seen.counted && seen.state.label == row.state && seen.cpus.value_or(*pair) == *pair) {
                return seen.state;
            }
        }
    }
    return std::nullopt;
}

std::string limit_report(const result_file& results) {
    if (!results.run.limits) {
        return "";
    }
    std::ostringstream out;
    const limits_seen& limits = *results.run.limits;
    if (!limits.note.empty()) {
        out << "no limits: " << limits.note << "\n";
    }
    for (const used_calibration& calibration : limits.calibrations) {
        if (!calibration.line.reason.empty()) {
            out << "a calibration failed: " << calibration.line.reason << "\n";
        }
    }
    // Of a state in which trials counted, and which no calibration met.
    for (const state_seen& seen : results.run.states) {
        if (limits.note.empty() && seen.counted && !limits.kernels.contains(seen.state.label)) {
            out << "no limits: no kernel of the " << limits.calibrations.size()
                << " calibrations was measured in machine state " << seen.state.label << "\n";
        }
    }
    for (const above_limit_point& one : results.run.above_limit) {
        char line[300];
        std::snprintf(
            line, sizeof line,
            "ABOVE ITS LIMIT: %s: %.3g ns, where %s allows %.3g ns and its fastest batch %.3g: one of the "
            "two is wrong (docs/limits.md)\n",
            one.name.c_str(), one.time_ns, one.limit_by.c_str(), one.limit_ns, one.least_limit_ns);
        out << line;
    }
    return out.str();
}

std::string share_text(double share) {
    char text[40];
    std::snprintf(text, sizeof text, share < 0.0095 ? "%.1g%% of limit" : "%.0f%% of limit", 100 * share);
    return text;
}

}  // namespace handoff::harness
