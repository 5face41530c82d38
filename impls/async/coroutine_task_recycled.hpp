// Coroutine tasks with frames from lists of those that the thread has freed (task.hpp).
//
// Progress: as the executor's.
// Order:    a step begins when the one before it has ended.
// Capacity: no allocation once the lists are filled: at most 64 frames of a size are kept for each thread.
// Cost:     two indirect jumps a step; on an executor also what it takes to post a handle.
#pragma once

#include <string_view>

#include "detail/coroutine_steps.hpp"

namespace handoff::impls {

struct coroutine_task_recycled : async::detail::coroutine_steps<async::recycled_frames> {
    static constexpr std::string_view name = "coroutine_task_recycled";
};

}  // namespace handoff::impls
