// Where work-stealing deques meet workloads: what the harness may ask of them.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "registry.hpp"
#include "team_family.hpp"
#include "words.hpp"
#include "workloads/owner_and_thieves.hpp"

namespace handoff::benchmarks {

/// The candidates of one deque.
template <template <class> class Deque>
std::vector<harness::candidate> deque_candidates() {
    using deque = Deque<std::uint64_t>;
    static_assert(impls::work_stealing_deque<deque>);
    constexpr bool is_bounded = deque::capacity_is != impls::capacity_rule::unbounded;
    auto c = team_candidate<deque>("deques", "owner_and_thieves", {{"thieves", {"1"}}},
                                   is_bounded ? "capacity: bounded" : "capacity: unbounded",
                                   &owner_and_thieves<deque>);
    c.threads = [](const harness::point& p) { return 1 + p.number("thieves"); };
    c.guarantees = {{"progress", words::of(deque::progress)},
                    {"capacity", words::of(deque::capacity_is)},
                    {"order", "owner_lifo"},
                    {"publishes", "at_once"}};
    // Who cannot be held up by another thread does not sleep for one.
    c.keeps_cpu = [](const harness::point&) { return deque::progress != impls::progress_guarantee::blocking; };
    if constexpr (requires { deque::publishes_on_demand; }) {
        c.guarantees.back().second = deque::publishes_on_demand ? "on_demand" : "at_once";
    }
    // A contender like the others, and what the others are to be compared with.
    if constexpr (requires { deque::control_for; }) {
        c.guarantees.emplace_back("control_for", deque::control_for);
    }
    return {std::move(c)};
}

}  // namespace handoff::benchmarks
