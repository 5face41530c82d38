// Event loop over io_uring: as epoll_loop, but what is to be watched again goes with the call that waits.
//
// Source: none of its own; poll_loop.hpp.
//
// Progress: blocking: posts by other threads take a lock.
// Order:    posts of one thread in theirs; a turn runs timers, posts, descriptors (poll_loop.hpp).
// Capacity: unbounded.
// Cost:     a turn is one io_uring_enter or none; a timer costs O(log n).
#pragma once

#include <string_view>

#include "detail/uring_poller.hpp"
#include "poll_loop.hpp"

namespace handoff::impls {

class uring_loop : public poll_loop<detail::uring_poller> {
public:
    static constexpr std::string_view name = "uring_loop";

    /// Why this machine cannot run it; empty where it can.
    static std::string_view unavailable() { return detail::uring_poller::unavailable(); }
};

}  // namespace handoff::impls
