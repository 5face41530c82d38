// What points are ranked by: said here and nowhere else. Result files carry it to whoever reads them
// (run.measures).
#pragma once

#include <map>
#include <optional>
#include <string>

#include "costs_of_any_point.hpp"
#include "latency.hpp"
#include "measured_trial.hpp"

namespace handoff::harness {

/// One measure. Every number has two faces: its cost, of which less is better, and the value that is shown.
struct measure {
    std::string name;   ///< `items_per_second`, `latency`, or the name of a metric
    std::string title;  ///< of an axis or a table: "million operations per second"
    std::string unit;   ///< of a value: `1/s`, `ns`, or empty
    bool higher_is_better = false;
    double shown_factor = 1;  ///< a value times this is what the title says
    int digits = 4;           ///< after the point, when shown

    bool is_rate() const { return higher_is_better; }
    bool better(double x, double y) const { return higher_is_better ? x > y : x < y; }
    /// Of a cost: the unit, and the unit as a table of costs says it.
    std::string cost_unit() const { return is_rate() ? "ns" : unit; }
    std::string cost_words() const {
        return is_rate() ? "ns per item" : name == "latency" ? "ns, median" : unit == "ns" ? title : "";
    }
    /// From one face to the other.
    double value_of_cost(double cost) const { return is_rate() ? 1e9 / cost : cost; }
};

/// The measure of that name; every other name is a metric, better when lower.
measure measure_named(const std::string& name);

/// Whether a trial was offered more than it can carry: its latency grows without end.
bool is_saturated(const std::map<std::string, double>& metrics);

/// What a trial cost by a measure: nanoseconds per item, the p50 in nanoseconds, or the metric. The latency of
/// a saturated trial is infinite. Nothing where the trial has none.
std::optional<double> cost_of(const std::string& measure, double real_time_ns,
                              const std::optional<latency>& latency,
                              const std::map<std::string, double>& metrics);
std::optional<double> cost_of(const std::string& measure, const measured_trial& m);
std::optional<double> cost_of(const measured_trial& m);

}  // namespace handoff::harness
