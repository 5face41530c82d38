// What an event loop declares, without its type.
#pragma once

#include <chrono>
#include <cstddef>
#include <string_view>

#include "concepts/loops.hpp"

namespace handoff::benchmarks {

struct loop_traits {
    std::string_view name;
    impls::ordering order;
    impls::stop_rule stops;
    std::chrono::nanoseconds timer_step;
    std::size_t looks_at_all_beyond;
    std::string_view (*lack)();  ///< why this machine cannot run it; null: every machine can
};

template <impls::event_loop L>
constexpr loop_traits traits_of_loop() {
    loop_traits l{L::name, L::order, L::stops, L::timer_step, L::looks_at_all_beyond, nullptr};
    if constexpr (requires { L::unavailable(); }) {
        l.lack = [] { return std::string_view(L::unavailable()); };
    }
    return l;
}

}  // namespace handoff::benchmarks
