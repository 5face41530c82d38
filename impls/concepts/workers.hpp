// What the threads of a pool and of a scheduler are made with.
#pragma once

#include <functional>

#include "waiting.hpp"

namespace handoff::impls {

/// What the threads of a pool or a scheduler are made with.
struct worker_options {
    /// How workers without work wait; those with a way of their own (`native`) take no notice.
    make_any_wait wait = nullptr;  // null: the implementation's own choice
    /// Called by each worker thread that the implementation makes, with its number from 0, before its first
    /// task.
    std::function<void(unsigned)> on_start;
};

}  // namespace handoff::impls
