// Callbacks whose types the compiler knows: nothing is erased, so that it may put a step and what follows
// together.
//
// Progress: as the executor's.
// Order:    a step begins when the one before it has ended.
// Capacity: callbacks lie where they are made; nothing is allocated.
// Cost:     what the compiler leaves of the calls. Functions in functions need a type for each level, so
//           that their depth must be known when the program is compiled: `nested` is not offered.
#pragma once

#include <string_view>

#include "detail/callbacks.hpp"

namespace handoff::impls {

struct template_callback : async::detail::callback_steps<void> {
    static constexpr std::string_view name = "template_callback";
};

}  // namespace handoff::impls
