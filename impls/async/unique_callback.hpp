// Callbacks in a move-only function with room for 24 bytes.
//
// Progress: as the executor's.
// Order:    a step begins when the one before it has ended.
// Capacity: callables of up to 24 bytes are kept inside, others on the heap.
// Cost:     one indirect call a step, and one for each move of a callback; nested ones allocate for each level.
#pragma once

#include <cstdint>
#include <exception>
#include <string_view>

#include "detail/callbacks.hpp"
#include "unique_function.hpp"

namespace handoff::impls {

struct unique_callback
    : async::detail::callback_steps<async::unique_function<void(std::exception_ptr, std::uint64_t)>> {
    static constexpr std::string_view name = "unique_callback";
};

}  // namespace handoff::impls
