// What the families whose threads are all alike (counters, locks) tell the harness of an implementation.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "registry.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// Axes of a workload with the values that a sweep takes when it does not name them.
using axis_defaults = std::vector<std::pair<std::string, std::vector<std::string>>>;

/// A candidate whose only axes are numbers, and the placement.
template <class Declared>
harness::candidate team_candidate(std::string family, std::string workload, axis_defaults axes,
                                  std::string rivals, harness::measurement (*run)(const harness::trial&)) {
    harness::candidate c;
    c.family = std::move(family);
    c.workload = std::move(workload);
    c.impl = Declared::name;
    if constexpr (requires { Declared::unavailable(); }) {
        c.unavailable = Declared::unavailable();
    }
    c.words = {{"placement", harness::placement_words()}};
    axes.emplace_back("placement", std::vector<std::string>{"spread"});
    c.axes = std::move(axes);
    c.judge = [](std::string_view, std::string_view) { return harness::verdict{}; };
    c.threads = [](const harness::point& p) { return p.number("threads"); };
    c.rivals = [rivals = std::move(rivals)](const harness::point&) { return rivals; };
    c.run = run;
    c.stops_on_time = true;
    return c;
}

}  // namespace handoff::benchmarks
