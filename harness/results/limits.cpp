#include "limits.hpp"

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "statistics.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

/// The state of the run's trials that a calibration was made in; "changed" where it met two, "other" where no
/// trial met the same, "failed" where there is no calibration.
std::string state_of(const json& line, const std::vector<machine_state>& states) {
    const json& calibration = line.at("calibration");
    if (calibration.is_null()) {
        return "failed";
    }
    const json& probe = calibration.at("probe");
    if (probe.is_null()) {
        return "unknown";  // as trials on a machine with one CPU
    }
    const double before = probe.at("before_ns");
    const double after = probe.at("after_ns");
    if (std::max(before, after) > std::min(before, after) * (1 + flag_limits::most_probe_change)) {
        return "changed";
    }
    const double middle = (before + after) / 2;
    const auto distance = [&](const machine_state& s) {  // a factor; 1 inside
        return std::max({1.0, s.least_ns / middle, middle / s.greatest_ns});
    };
    const auto nearest = std::ranges::min_element(states, {}, distance);
    return nearest != states.end() && distance(*nearest) <= flag_limits::state_gap ? nearest->label : "other";
}

/// What a row's limit is compared with; nothing where the clock saw nothing.
std::optional<double> time_of(const json& row, const json& listed) {
    const bool latency = listed.value("measure", "") == "latency";
    if (latency && !row.contains("latency")) {
        return std::nullopt;
    }
    const double ns = latency ? row.at("latency").at("p50") : row.at("real_time");
    return ns > 0 ? std::optional(ns) : std::nullopt;
}

}  // namespace

json calibrated_pair(const std::vector<json>& calibrations) {
    for (const json& line : calibrations) {
        if (const json& made = line.at("calibration"); !made.is_null() && !made.at("probe").is_null()) {
            return made.at("probe").at("cpus");
        }
    }
    return nullptr;
}

limits_of_run::limits_of_run(const std::vector<json>& calibrations, const std::vector<machine_state>& states) {
    pair_ = calibrated_pair(calibrations);
    std::map<std::string, std::map<std::string, std::vector<json>>> found;
    for (const json& line : calibrations) {
        const std::string state = state_of(line, states);
        const bool used = state != "failed" && state != "changed" && state != "other";
        json one = line.at("calibration").is_null() ? json::object() : line.at("calibration");
        one["state"] = state;
        one["used"] = used;
        one["before_trial"] = line.at("before_trial");
        if (line.contains("reason")) {
            one["reason"] = line.at("reason");
        }
        if (used) {
            for (const auto& [name, kernel] : one.at("kernels").items()) {
                found[state][name].push_back(kernel);
            }
        }
        calibrations_.push_back(std::move(one));
    }
    for (const auto& [state, kernels] : found) {
        for (const auto& [name, all] : kernels) {
            const auto each = [&](const char* key) {
                std::vector<double> values;
                for (const json& one : all) {
                    values.push_back(one.at(key).get<double>());
                }
                return values;
            };
            kernels_[state][name] = {median(each("median")), std::ranges::min(each("low")),
                                     std::ranges::max(each("high")), std::ranges::min(each("least")),
                                     all.size()};
        }
    }
}

std::optional<resolved_limit> limits_of_run::resolve(const json& terms, const std::string& state) const {
    const auto kernels = kernels_.find(state);
    if (kernels == kernels_.end() || terms.empty()) {
        return std::nullopt;
    }
    resolved_limit found{0, 0, ""};
    for (const json& term : terms) {
        const auto kernel = kernels->second.find(term.at("kernel").get<std::string>());
        if (kernel == kernels->second.end()) {
            return std::nullopt;
        }
        const double times = term.at("times");
        if (times * kernel->second.median > found.ns) {
            found.ns = times * kernel->second.median;
            found.kernel = kernel->first;
        }
        found.least_ns = std::max(found.least_ns, times * kernel->second.least);
    }
    return found.ns > 0 ? std::optional(found) : std::nullopt;
}

void limits_of_run::put_beside(json& row, const json& listed) const {
    if (const json& probe = row.at("probe"); !probe.is_null() && probe.at("cpus") != pair_) {
        return;
    }
    const auto limit = resolve(listed.value("limit", json::array()), row.at("state"));
    const auto time = time_of(row, listed);
    if (limit && time) {
        row["limit_ns"] = limit->ns;
        row["limit_share"] = limit->ns / *time;
        row["limit_by"] = limit->kernel;
    }
}

json limits_of_run::above(const json& rows, const json& points) const {
    std::map<std::string, std::vector<double>> times;
    std::map<std::string, std::string> states;  // counted trials have one state
    std::map<std::string, const json*> listed;
    for (const json& p : points) {
        listed.emplace(p.at("name"), &p);
    }
    for (const json& row : rows) {
        const std::string name = row.at("name");
        if (row.at("counted") == true && row.contains("limit_ns")) {
            times[name].push_back(*time_of(row, *listed.at(name)));
            states[name] = row.at("state");
        }
    }
    json found = json::array();
    for (const auto& [name, all] : times) {
        const auto limit = resolve(listed.at(name)->at("limit"), states.at(name));
        const double time = median(all);
        if (limit && limit->least_ns > above_limit * time) {
            found.push_back({{"name", name},
                             {"time_ns", time},
                             {"trials", all.size()},
                             {"limit_ns", limit->ns},
                             {"least_limit_ns", limit->least_ns},
                             {"limit_by", limit->kernel},
                             {"share", limit->ns / time},
                             {"least_share", limit->least_ns / time}});
        }
    }
    return found;
}

json limits_of_run::to_json(const std::string& note) const {
    json kernels = json::object();
    for (const auto& [state, values] : kernels_) {
        for (const auto& [name, v] : values) {
            kernels[state][name] = {{"median", v.median},
                                    {"low", v.low},
                                    {"high", v.high},
                                    {"least", v.least},
                                    {"calibrations", v.calibrations}};
        }
    }
    json all{{"calibrations", calibrations_}, {"kernels", kernels}, {"above_at", above_limit}};
    if (!note.empty()) {
        all["note"] = note;
    }
    return all;
}

std::string limit_report(const json& results) {
    const json& run = results.at("run");
    if (!run.contains("limits")) {
        return "";
    }
    std::ostringstream out;
    const json& limits = run.at("limits");
    if (limits.contains("note")) {
        out << "no limits: " << limits.at("note").get<std::string>() << "\n";
    }
    for (const json& calibration : limits.at("calibrations")) {
        if (calibration.contains("reason")) {
            out << "a calibration failed: " << calibration.at("reason").get<std::string>() << "\n";
        }
    }
    // Of a state in which trials counted, and which no calibration met.
    for (const json& state : run.at("states")) {
        const std::string label = state.at("label");
        if (!limits.contains("note") && state.at("counted") == true && !limits.at("kernels").contains(label)) {
            out << "no limits: none of the " << limits.at("calibrations").size()
                << " calibrations was made in machine state " << label << " from beginning to end\n";
        }
    }
    for (const json& one : run.value("above_limit", json::array())) {
        char line[300];
        std::snprintf(
            line, sizeof line,
            "ABOVE ITS LIMIT: %s: %.3g ns, where %s allows %.3g ns and its fastest batch %.3g: one of the "
            "two is wrong (docs/limits.md)\n",
            one.at("name").get<std::string>().c_str(), one.at("time_ns").get<double>(),
            one.at("limit_by").get<std::string>().c_str(), one.at("limit_ns").get<double>(),
            one.at("least_limit_ns").get<double>());
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
