// Where counters meet workloads: what the harness may ask of a counter.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "limits_of.hpp"
#include "registry.hpp"
#include "team_family.hpp"
#include "words.hpp"
#include "workloads/add.hpp"
#include "workloads/read_mix.hpp"

namespace handoff::benchmarks {

/// The candidates of one counter. One that may lose updates is offered to `lost_updates` only: it has no speed
/// that could stand beside that of a correct one.
template <impls::counter Counter>
std::vector<harness::candidate> counter_candidates() {
    const std::string reading = std::string("reading: ") + words::of(Counter::reading);
    std::vector<harness::candidate> all;
    const auto add = [&](const char* workload, axis_defaults axes, const std::string& rivals, auto run) {
        all.push_back(team_candidate<Counter>("counters", workload, std::move(axes), rivals, run));
        auto& guarantees = all.back().guarantees;
        guarantees = {{"reading", words::of(Counter::reading)}, {"progress", words::of(Counter::progress)}};
        // Who cannot be held up by another thread does not sleep for one.
        all.back().keeps_cpu = [](const harness::point&) {
            return Counter::progress != impls::progress_guarantee::blocking;
        };
        if constexpr (requires { Counter::slack; }) {
            guarantees.emplace_back("slack", std::to_string(Counter::slack));
        }
    };
    if constexpr (Counter::reading != impls::read_promise::racy) {
        add("contended_add", {{"threads", {"1", "2"}}, {"work_ns", {"0"}}}, reading, &contended_add<Counter>);
        all.back().limit = [](const harness::point& p) { return limits::add(p, Counter::reading, 1); };
        add("read_mix", {{"threads", {"2"}}, {"reads", {"10"}}}, reading, &read_mix<Counter>);
        all.back().limit = [](const harness::point& p) {
            return limits::add(p, Counter::reading, 1 - static_cast<double>(p.number("reads")) / 100);
        };
    }
    add("lost_updates", {{"threads", {"2"}}, {"work_ns", {"0"}}}, "all", &lost_updates<Counter>);
    all.back().measure = "lost_share";
    return all;
}

}  // namespace handoff::benchmarks
