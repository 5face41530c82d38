// Callbacks in std::function: a step is given the function to be called when it is done.
//
// Progress: as the executor's.
// Order:    a step begins when the one before it has ended.
// Capacity: libstdc++ keeps callables of 16 bytes that are trivially copyable inside, others on the heap.
// Cost:     one indirect call a step, and the copy of what the callback holds; nested ones allocate for
//           each level.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>

#include "detail/callbacks.hpp"

namespace handoff::impls {

struct function_callback
    : async::detail::callback_steps<std::function<void(std::exception_ptr, std::uint64_t)>> {
    static constexpr std::string_view name = "function_callback";
};

}  // namespace handoff::impls
