#include "measures.hpp"

#include <limits>

namespace handoff::harness {

measure measure_named(const std::string& name) {
    if (name == "items_per_second") {
        return {name, "million operations per second", "1/s", true, 1e-6, 2};
    }
    if (name == "latency") {
        return {name, "p50, ns", "ns", false, 1, 0};
    }
    if (name == "cpu_time_per_item") {
        return {name, "CPU time per item, ns", "ns", false, 1, 1};
    }
    return {name, name, "", false, 1, 4};
}

bool is_saturated(const std::map<std::string, double>& metrics) {
    const auto saturated = metrics.find("saturated");
    return saturated != metrics.end() && saturated->second > 0;
}

std::optional<double> cost_of(const std::string& measure, double real_time_ns,
                              const std::optional<latency>& latency,
                              const std::map<std::string, double>& metrics) {
    if (measure == "items_per_second") {
        return real_time_ns;
    }
    if (measure == "latency") {
        if (is_saturated(metrics)) {
            return std::numeric_limits<double>::infinity();
        }
        return latency ? std::optional(latency->p50) : std::nullopt;
    }
    const auto metric = metrics.find(measure);
    return metric == metrics.end() ? std::nullopt : std::optional(metric->second);
}

std::optional<double> cost_of(const std::string& measure, const measured_trial& m) {
    if (measure == "cpu_time_per_item") {
        return m.cpu_time_ns;
    }
    if (measure == "system_calls_per_item") {
        return m.costs.system_calls_per_item;
    }
    if (measure == "allocations_per_item") {
        return m.costs.allocations_per_item;
    }
    return cost_of(measure, m.real_time_ns, m.latency, m.metrics);
}

std::optional<double> cost_of(const measured_trial& m) {
    return cost_of(m.listed.measure, m);
}

}  // namespace handoff::harness
