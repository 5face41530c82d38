// Event loop over epoll: posts by handlers without a lock, timers in a heap, an eventfd that wakes it.
//
// Source: none of its own; poll_loop.hpp.
//
// Progress: blocking: posts by other threads take a lock.
// Order:    posts of one thread in theirs; a turn runs timers, posts, descriptors (poll_loop.hpp).
// Capacity: unbounded.
// Cost:     a turn is one epoll_wait or none; a timer costs O(log n).
#pragma once

#include <string_view>

#include "detail/epoll_poller.hpp"
#include "poll_loop.hpp"

namespace handoff::impls {

class epoll_loop : public poll_loop<detail::epoll_poller> {
public:
    static constexpr std::string_view name = "epoll_loop";
};

}  // namespace handoff::impls
