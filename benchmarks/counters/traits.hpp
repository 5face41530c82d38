// What a counter declares, without its type.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "concepts/counters.hpp"
#include "shared/team_candidate.hpp"

namespace handoff::benchmarks {

struct counter_traits {
    std::string_view name;
    impls::read_promise reading;
    impls::progress_guarantee progress;
    std::optional<std::uint64_t> slack;
    lack_function lack;

    constexpr bool may_lose() const noexcept { return reading == impls::read_promise::racy; }
};

template <impls::counter Counter>
constexpr counter_traits traits_of_counter() {
    counter_traits all{Counter::name, Counter::reading, Counter::progress, {}, lack_of<Counter>()};
    if constexpr (requires { Counter::slack; }) {
        all.slack = Counter::slack;
    }
    return all;
}

}  // namespace handoff::benchmarks
