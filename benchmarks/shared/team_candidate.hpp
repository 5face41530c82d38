// Candidates of families whose threads are all alike (counters, locks), or nearly (deques).
#pragma once

#include <string>
#include <string_view>

#include "registry.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

/// Why this machine cannot run an implementation, which has a function that says so; null: it has none.
using lack_function = std::string_view (*)();

template <class Declared>
constexpr lack_function lack_of() {
    if constexpr (requires { Declared::unavailable(); }) {
        return [] { return std::string_view(Declared::unavailable()); };
    } else {
        return nullptr;
    }
}

/// Of teams in which one role at most has several threads: a placement has no roles to keep apart.
inline harness::verdict judge_alike(std::string_view axis, std::string_view value) {
    return axis == "placement" && value == "roles_apart"
               ? harness::verdict{harness::verdict::kind::not_offered, "only one role has several threads"}
               : harness::verdict{};
}

/// A candidate whose only axes are numbers, and the placement. A workload completes it.
inline harness::candidate begin_team_candidate(std::string_view family, std::string_view impl,
                                               lack_function lack = nullptr) {
    harness::candidate c;
    c.family = family;
    c.impl = impl;
    if (lack != nullptr) {
        c.unavailable = lack();
    }
    c.words = {{"placement", harness::placement_words()}};
    c.judge = judge_alike;
    c.threads = [](const harness::point& p) { return p.number("threads"); };
    c.stops_on_time = true;
    return c;
}

}  // namespace handoff::benchmarks
