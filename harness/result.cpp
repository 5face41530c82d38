#include "result.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <set>
#include <sstream>
#include <system_error>

#include "compare/statistics.hpp"
#include "point_humps.hpp"
#include "queue_level.hpp"

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
    for (const char* key : {"actual_capacity", "latency"}) {
        if (m.contains(key)) {
            row[key] = m.at(key);
        }
    }
    for (const char* key : {"trial_wall_seconds", "steal_ticks"}) {
        row[key] = trial.at(key);
    }
    return row;
}

json ratios_of(const json& requests, const json& rows) {
    json all = json::array();
    for (const json& request : requests) {
        std::map<int, double> above;
        std::map<int, double> below;
        for (const json& row : rows) {
            if (row.at("counted") == true) {
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

json make_results(const json& header, const std::vector<json>& trials) {
    std::map<std::string, std::size_t> point_index;
    for (const json& p : header.at("points")) {
        point_index.emplace(p.at("name"), point_index.size());
    }

    std::vector<passed_trial> passed;
    json failed = json::array();
    std::vector<double> probes;
    double measured_seconds = 0;
    double wall_seconds = 0;
    for (const json& trial : trials) {
        wall_seconds += trial.at("trial_wall_seconds").get<double>();
        if (trial.at("status") != "ok") {
            failed.push_back(trial);
            continue;
        }
        const json& m = trial.at("measurement");
        measured_seconds += m.at("window_seconds").get<double>();
        passed.push_back({&trial, flags_of(m), "", false});
        const double stolen = trial.at("steal_ticks").get<double>() / static_cast<double>(sysconf(_SC_CLK_TCK));
        if (stolen > flag_limits::most_steal * trial.at("trial_wall_seconds").get<double>()) {
            passed.back().flags.emplace_back("stolen");
        }
        if (const auto probe = probe_of(m); probe && !has_flag(passed.back().flags, "contaminated")) {
            probes.push_back(*probe);
        }
    }

    // The state in which most of the run took place is the one whose trials count: what differs in state is not
    // pooled or ranked together.
    const std::vector<machine_state> states = states_of(probes);
    const auto most = std::ranges::max_element(states, {}, &machine_state::trials);
    for (passed_trial& p : passed) {
        const auto probe = probe_of(p.trial->at("measurement"));
        if (!probe) {
            p.state = "unknown";
        } else if (has_flag(p.flags, "contaminated")) {
            p.state = "changed";
        } else {
            p.state = std::ranges::find_if(states, [&](const machine_state& s) {
                          return *probe <= s.greatest_ns;
                      })->label;
        }
        p.counted = p.flags.empty() && (probe ? p.state == most->label : states.empty());
    }
    std::ranges::stable_sort(passed, {}, [&](const passed_trial& p) {
        return std::pair(point_index.at(p.trial->at("measurement").at("name")),
                         p.trial->at("repetition").get<unsigned>());
    });

    const unsigned repetitions = header.at("sweep").at("repetitions");
    json rows = json::array();
    std::map<std::string, std::pair<std::size_t, std::size_t>> counts;  // passed, counted
    for (const passed_trial& p : passed) {
        const std::string name = p.trial->at("measurement").at("name");
        rows.push_back(row_of(p, point_index.at(name), repetitions));
        ++counts[name].first;
        counts[name].second += p.counted ? 1 : 0;
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
        add_humps(p, counted_rows[p.at("name")]);
        points.push_back(std::move(p));
    }
    json state_list = json::array();
    for (const machine_state& s : states) {
        state_list.push_back({{"label", s.label},
                              {"transfer_ns", {s.least_ns, s.greatest_ns}},
                              {"trials", s.trials},
                              {"counted", s.label == most->label}});
    }

    json results;
    results["context"] = header.at("context");
    results["benchmarks"] = rows;
    results["run"] = {
        {"schema", 1},
        {"id", header.at("id")},
        {"complete", trials.size() == header.at("trials").get<std::size_t>()},
        {"sweep", header.at("sweep")},
        {"seed", header.at("seed")},
        {"trials_planned", header.at("trials")},
        {"trials_done", trials.size()},
        {"flag_limits",
         {{"least_overlap", flag_limits::least_overlap},
          {"most_probe_change", flag_limits::most_probe_change},
          {"most_run_delay", flag_limits::most_run_delay},
          {"most_steal", flag_limits::most_steal},
          {"state_gap", flag_limits::state_gap}}},
        {"states", state_list},
        {"implementations", header.at("implementations")},
        {"points", points},
        {"failed", failed},
        {"left_out", header.at("left_out")},
        {"ratios", ratios_of(header.at("ratios"), rows)},
        // The sum of measured times against the time that passed around them: the former is the smaller.
        {"clock_check", {{"measured_seconds", measured_seconds}, {"wall_seconds", wall_seconds}}},
    };
    return results;
}

void write_file(const std::string& path, const std::string& text) {
    const std::string temporary = path + ".tmp";
    std::FILE* file = std::fopen(temporary.c_str(), "wb");
    const bool written = file != nullptr && std::fwrite(text.data(), 1, text.size(), file) == text.size();
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (!written || !closed || std::rename(temporary.c_str(), path.c_str()) != 0) {
        throw std::system_error(errno, std::generic_category(), path);
    }
}

}  // namespace handoff::harness
