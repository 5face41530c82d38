#include "result.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "limits.hpp"
#include "merged_latency.hpp"
#include "point_humps.hpp"
#include "queue_level.hpp"
#include "retry.hpp"
#include "scaling.hpp"
#include "statistics.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

std::optional<double> probe_of(const json& measurement) {
    const json& probe = measurement.at("probe");
    if (probe.is_null()) {
        return std::nullopt;
    }
    return (probe.at("before_ns").get<double>() + probe.at("after_ns").get<double>()) / 2;
}

/// The CPUs that it was probed between. Placements have other pairs: what lies between those says nothing of
/// the machine's state.
std::string probed_pair_of(const json& measurement) {
    return measurement.at("probe").is_null() ? "" : measurement.at("probe").at("cpus").dump();
}

double steal_seconds(const json& trial) {
    return trial.at("steal_ticks").get<double>() / static_cast<double>(sysconf(_SC_CLK_TCK));
}

bool has_flag(const std::vector<std::string>& flags, const char* flag) {
    return std::ranges::find(flags, flag) != flags.end();
}

/// The trials that passed, each with what is derived from it and from its neighbours.
struct passed_trial {
    const json* trial;
    std::vector<std::string> flags;
    std::string state;
    bool counted = false;
};

json row_of(const passed_trial& passed, std::size_t point_index, unsigned repetitions) {
    const json& trial = *passed.trial;
    const json& m = trial.at("measurement");
    json row;
    row["name"] = m.at("name");
    row["family_index"] = point_index;
    row["per_family_instance_index"] = 0;
    row["run_name"] = m.at("name");
    row["run_type"] = "iteration";
    row["repetitions"] = repetitions;
    row["repetition_index"] = trial.at("repetition");
    row["threads"] = m.at("threads");
    row["iterations"] = m.at("items");
    row["real_time"] = m.at("real_time_ns");
    row["cpu_time"] = m.at("cpu_time_ns");
    row["time_unit"] = "ns";
    row["thread_time"] = m.at("thread_time_ns");
    row["items_per_second"] = 1e9 / m.at("real_time_ns").get<double>();
    row["status"] = trial.at("status");
    row["counted"] = passed.counted;
    row["flags"] = passed.flags;
    row["state"] = passed.state;
    for (const char* key :
         {"seed", "point", "oversubscribed", "probe", "window_seconds", "overlap", "run_delay_seconds",
          "voluntary_switches", "involuntary_switches", "team", "fairness", "metrics"}) {
        row[key] = m.at(key);
    }
    if (const auto level = queue_level(m.at("metrics"))) {
        row["level"] = *level;
    }
    for (const char* key :
         {"actual_capacity", "latency", "rate", "cpu_user_ns", "cpu_system_ns", "minor_faults", "major_faults",
          "migrations", "allocations_per_item", "allocated_bytes_per_item", "peak_memory_bytes",
          "memory_growth_bytes", "system_calls_per_item", "counters"}) {
        if (m.contains(key)) {
            row[key] = m.at(key);
        }
    }
    for (const char* key : {"trial_wall_seconds", "steal_ticks"}) {
        row[key] = trial.at(key);
    }
    row["steal_seconds"] = steal_seconds(trial);
    if (trial.contains("retry_of")) {
        row["retry_of"] = trial.at("retry_of");
    }
    if (const auto probe = probe_of(m); probe && m.value("streams", false) && passed.state != "changed") {
        row["items_per_transfer"] = *probe / m.at("real_time_ns").get<double>();
    }
    return row;
}

json ratios_of(const json& requests, const json& rows) {
    json all = json::array();
    for (const json& request : requests) {
        std::map<int, double> above;
        std::map<int, double> below;
        for (const json& row : rows) {
            // A retry is no part of a repetition: it ran after all of them.
            if (row.at("counted") == true && !row.contains("retry_of")) {
                const int repetition = row.at("repetition_index");
                if (row.at("name") == request.at("numerator")) {
                    above[repetition] = row.at("real_time");
                }
                if (row.at("name") == request.at("denominator")) {
                    below[repetition] = row.at("real_time");
                }
            }
        }
        std::vector<double> ratios;
        for (const auto& [repetition, time] : above) {
            if (below.contains(repetition)) {
                ratios.push_back(time / below[repetition]);
            }
        }
        json result = request;
        result["pairs"] = ratios;
        result["verdict"] = "no pairs";
        if (!ratios.empty()) {
            result["median"] = median(ratios);
            result["verdict"] = "too few pairs";
        }
        if (const auto interval = interval_of_median(ratios, 0.95)) {
            result["low"] = interval->low;
            result["high"] = interval->high;
            result["confidence"] = interval->confidence;
            if (!request.contains("at_most")) {
                result["verdict"] = "reported";
            } else {
                const double limit = request.at("at_most");
                result["verdict"] = interval->high <= limit ? "within"
                                    : interval->low > limit ? "exceeded"
                                                            : "undecided";
            }
        }
        all.push_back(result);
    }
    return all;
}

}  // namespace

std::vector<std::string> flags_of(const json& m) {
    std::vector<std::string> flags;
    if (m.at("overlap").get<double>() < flag_limits::least_overlap) {
        flags.emplace_back("low_overlap");
    }
    if (const json& probe = m.at("probe"); !probe.is_null()) {
        const double before = probe.at("before_ns");
        const double after = probe.at("after_ns");
        if (std::max(before, after) > std::min(before, after) * (1 + flag_limits::most_probe_change)) {
            flags.emplace_back("contaminated");
        }
    }
    if (m.at("oversubscribed") == false) {
        for (const json& thread : m.at("team")) {
            if (thread.at("run_delay_seconds").get<double>() >
                flag_limits::most_run_delay * m.at("window_seconds").get<double>()) {
                flags.emplace_back("preempted");
                break;
            }
        }
    }
    if (m.at("oversubscribed") == false && m.value("keeps_cpu", false)) {
        // Who waits awake may still be put to sleep by the allocator's locks: hundreds of times in a trial, of
        // its own doing. Some 50 us each, the few that are passed over explain half of the time that may be
        // missing.
        const auto was_off = [](const json& thread) {
            const auto value = [&](const char* key) { return thread.at(key).get<double>(); };
            const double lap = value("end_seconds") - value("start_seconds");
            return value("voluntary_switches") <= flag_limits::most_sleeps_per_ms * 1e3 * lap &&
                   value("cpu_seconds") < flag_limits::least_cpu_share * lap;
        };
        if (std::ranges::any_of(m.at("team"), was_off)) {
            flags.emplace_back("off_cpu");
        }
    }
    return flags;
}

std::vector<std::string> flags_of_trial(const json& trial) {
    std::vector<std::string> flags = flags_of(trial.at("measurement"));
    if (steal_seconds(trial) > flag_limits::most_steal * trial.at("trial_wall_seconds").get<double>()) {
        flags.emplace_back("stolen");
    }
    return flags;
}

std::vector<machine_state> states_of(std::vector<double> probes) {
    std::ranges::sort(probes);
    std::vector<machine_state> states;
    for (const double probe : probes) {
        if (states.empty() || probe > states.back().greatest_ns * flag_limits::state_gap) {
            states.push_back({"", probe, probe, 0});
        }
        states.back().greatest_ns = probe;
        ++states.back().trials;
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i].label = states.size() == 1   ? "steady"
                          : states.size() == 2 ? (i == 0 ? "near" : "far")
                                               : "state_" + std::to_string(i + 1);
    }
    return states;
}

json make_results(const json& header, const std::vector<json>& trials, const std::vector<json>& calibrations) {
    std::map<std::string, std::size_t> point_index;
    for (const json& p : header.at("points")) {
        point_index.emplace(p.at("name"), point_index.size());
    }

    std::vector<passed_trial> passed;
    json failed = json::array();
    std::map<std::string, std::vector<double>> probes;  // by the pair of CPUs that they lie between
    double measured_seconds = 0;
    double wall_seconds = 0;
    retries repeated(header);
    for (const json& trial : trials) {
        repeated.enter(trial);
        wall_seconds += trial.at("trial_wall_seconds").get<double>();
        if (trial.at("status") != "ok") {
            failed.push_back(trial);
            continue;
        }
        const json& m = trial.at("measurement");
        measured_seconds += m.at("window_seconds").get<double>();
        passed.push_back({&trial, flags_of_trial(trial), "", false});
        if (const auto probe = probe_of(m); probe && !has_flag(passed.back().flags, "contaminated")) {
            probes[probed_pair_of(m)].push_back(*probe);
        }
    }

    // The state in which most of the run took place is the one whose trials count: what differs in state is not
    // pooled or ranked together. Each pair of CPUs has states of its own.
    std::map<std::string, std::vector<machine_state>> states;
    for (const auto& [pair, between] : probes) {
        states[pair] = states_of(between);
    }
    const auto most_frequent = [](const std::vector<machine_state>& of) {
        return std::ranges::max_element(of, {}, &machine_state::trials)->label;
    };
    for (passed_trial& p : passed) {
        const json& m = p.trial->at("measurement");
        const auto probe = probe_of(m);
        const auto own = states.find(probed_pair_of(m));
        if (!probe) {
            p.state = "unknown";
        } else if (has_flag(p.flags, "contaminated")) {
            p.state = "changed";
        } else {
            p.state = std::ranges::find_if(own->second, [&](const machine_state& s) {
                          return *probe <= s.greatest_ns;
                      })->label;
        }
        p.counted = p.flags.empty() && (probe ? p.state == most_frequent(own->second) : states.empty());
    }
    std::ranges::stable_sort(passed, {}, [&](const passed_trial& p) {
        return std::pair(point_index.at(p.trial->at("measurement").at("name")),
                         p.trial->at("repetition").get<unsigned>());
    });

    const auto calibrated = states.find(calibrated_pair(calibrations).dump());
    const limits_of_run limits(calibrations,
                               calibrated == states.end() ? std::vector<machine_state>{} : calibrated->second);
    const unsigned repetitions = header.at("sweep").at("repetitions");
    json rows = json::array();
    std::map<std::string, std::pair<std::size_t, std::size_t>> counts;  // passed, counted
    std::size_t cured = 0;
    std::map<std::string, std::vector<json>> latencies;  // of the counted ones
    for (const passed_trial& p : passed) {
        const std::string name = p.trial->at("measurement").at("name");
        rows.push_back(row_of(p, point_index.at(name), repetitions));
        limits.put_beside(rows.back(), header.at("points").at(point_index.at(name)));
        ++counts[name].first;
        counts[name].second += p.counted ? 1 : 0;
        cured += p.counted && p.trial->contains("retry_of") ? 1 : 0;
        if (p.counted && rows.back().contains("latency")) {
            latencies[name].push_back(rows.back().at("latency"));
        }
    }
    std::map<std::string, std::vector<const json*>> counted_rows;
    for (const json& row : rows) {
        if (row.at("counted") == true) {
            counted_rows[row.at("name")].push_back(&row);
        }
    }
    json points = json::array();
    for (json p : header.at("points")) {
        const auto [ok, counted] = counts[p.at("name")];
        p.erase("binary");
        p["trials_ok"] = ok;
        p["trials_counted"] = counted;
        if (const auto found = latencies.find(p.at("name")); found != latencies.end()) {
            p["latency"] = merged_latency(found->second);
        }
        add_humps(p, counted_rows[p.at("name")]);
        points.push_back(std::move(p));
    }
    json state_list = json::array();
    for (const auto& [pair, of] : states) {
        for (const machine_state& s : of) {
            state_list.push_back({{"label", s.label},
                                  {"transfer_ns", {s.least_ns, s.greatest_ns}},
                                  {"trials", s.trials},
                                  {"counted", s.label == most_frequent(of)}});
            if (states.size() > 1) {
                state_list.back()["cpus"] = json::parse(pair);
            }
        }
    }

    const std::size_t done = trials.size() - repeated.made();
    json results;
    results["context"] = header.at("context");
    results["benchmarks"] = rows;
    results["run"] = {
        {"schema", 1},
        {"id", header.at("id")},
        {"complete", done == header.at("trials").get<std::size_t>() && !repeated.next()},
        {"sweep", header.at("sweep")},
        {"seed", header.at("seed")},
        {"trials_planned", header.at("trials")},
        {"trials_done", done},
        {"retries", {{"budget", repeated.budget()}, {"made", repeated.made()}, {"cured", cured}}},
        {"flag_limits",
         {{"least_overlap", flag_limits::least_overlap},
          {"most_probe_change", flag_limits::most_probe_change},
          {"most_run_delay", flag_limits::most_run_delay},
          {"most_steal", flag_limits::most_steal},
          {"least_cpu_share", flag_limits::least_cpu_share},
          {"most_sleeps_per_ms", flag_limits::most_sleeps_per_ms},
          {"state_gap", flag_limits::state_gap}}},
        {"states", state_list},
        {"implementations", header.at("implementations")},
        {"points", points},
        {"failed", failed},
        {"left_out", header.at("left_out")},
        {"ratios", ratios_of(header.at("ratios"), rows)},
        {"scaling", scaling_of(points, rows)},
        // The sum of measured times against the time that passed around them: the former is the smaller.
        {"clock_check", {{"measured_seconds", measured_seconds}, {"wall_seconds", wall_seconds}}},
    };
    if (const json& lacking = header.value("not_built", json()); !lacking.empty()) {
        results["run"]["not_built"] = lacking;
    }
    if (header.contains("limits")) {
        results["run"]["limits"] = limits.to_json(header.at("limits").value("absent", ""));
        results["run"]["above_limit"] = limits.above(rows, header.at("points"));
    }
    return results;
}

}  // namespace handoff::harness
