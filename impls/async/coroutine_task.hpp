// Coroutine tasks with frames from the heap (task.hpp).
//
// Progress: as the executor's.
// Order:    a step begins when the one before it has ended.
// Capacity: 1 allocation a step: the frame of its task, unless the compiler puts it into its caller's.
// Cost:     two indirect jumps a step; on an executor also what it takes to post a handle.
#pragma once

#include <string_view>

#include "detail/coroutine_steps.hpp"

namespace handoff::impls {

struct coroutine_task : async::detail::coroutine_steps<async::heap_frames> {
    static constexpr std::string_view name = "coroutine_task";
};

}  // namespace handoff::impls
