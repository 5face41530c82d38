// Where counters meet workloads: what the harness may ask of a counter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "registry.hpp"
#include "topology.hpp"
#include "words.hpp"
#include "workloads/add.hpp"
#include "workloads/read_mix.hpp"

namespace handoff::benchmarks {

/// The candidates of one counter. One that may lose updates is offered to `lost_updates` only: it has no speed
/// that could stand beside that of a correct one.
template <impls::counter Counter>
std::vector<harness::candidate> counter_candidates() {
    harness::candidate common;
    common.family = "counters";
    common.impl = Counter::name;
    common.guarantees = {{"reading", words::of(Counter::reading)}, {"progress", words::of(Counter::progress)}};
    if constexpr (requires { Counter::slack; }) {
        common.guarantees.emplace_back("slack", std::to_string(Counter::slack));
    }
    if constexpr (requires { Counter::unavailable(); }) {
        common.unavailable = Counter::unavailable();
    }
    common.words = {{"placement", harness::placement_words()}};
    common.judge = [](std::string_view, std::string_view) { return harness::verdict{}; };
    common.threads = [](const harness::point& p) { return p.number("threads"); };

    using choices = std::vector<std::pair<std::string, std::vector<std::string>>>;
    const auto workload = [&](const char* name, choices axes, std::string rivals, auto run) {
        harness::candidate c = common;
        c.workload = name;
        axes.emplace_back("placement", std::vector<std::string>{"spread"});
        c.axes = std::move(axes);
        c.rivals = [rivals](const harness::point&) { return rivals; };
        c.run = run;
        c.stops_on_time = true;
        return c;
    };
    const std::string reading = std::string("reading: ") + words::of(Counter::reading);
    std::vector<harness::candidate> all;
    if constexpr (Counter::reading != impls::read_promise::racy) {
        all.push_back(workload("contended_add", {{"threads", {"1", "2"}}, {"work_ns", {"0"}}}, reading,
                               &contended_add<Counter>));
        all.push_back(
            workload("read_mix", {{"threads", {"2"}}, {"reads", {"10"}}}, reading, &read_mix<Counter>));
    }
    all.push_back(
        workload("lost_updates", {{"threads", {"2"}}, {"work_ns", {"0"}}}, "all", &lost_updates<Counter>));
    all.back().measure = "lost_share";
    return all;
}

}  // namespace handoff::benchmarks
