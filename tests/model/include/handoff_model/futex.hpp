// The model's futex (impls/detail/futex.hpp).
#pragma once

#include <chrono>
#include <cstdint>

#include "engine.hpp"

namespace handoff::impls::detail {

inline void futex_wait(const std::uint32_t* word, std::uint32_t expected,
                       std::chrono::steady_clock::time_point until,
                       model::where place = model::where::current()) {
    model::futex_wait(word, expected, until != std::chrono::steady_clock::time_point::max(), place);
}

inline void futex_wake(const std::uint32_t* word, int count, model::where place = model::where::current()) {
    model::futex_wake(word, count, place);
}

}  // namespace handoff::impls::detail
