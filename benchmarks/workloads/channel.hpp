// How workloads make channels of a point.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "concepts.hpp"
#include "point.hpp"

namespace handoff::benchmarks {

/// On the heap: channels are larger than a stack likes and never move.
template <class Channel>
std::unique_ptr<Channel> make_channel(const harness::point& p) {
    if constexpr (impls::bounded_queue<typename Channel::queue_type>) {
        return std::make_unique<Channel>(p.number("capacity"));
    } else {
        return std::make_unique<Channel>();
    }
}

/// What the channel holds; nothing for unbounded ones.
template <class Channel>
std::optional<std::uint64_t> capacity_of(const Channel& channel) {
    if constexpr (impls::bounded_queue<typename Channel::queue_type>) {
        return channel.capacity();
    } else {
        return std::nullopt;
    }
}

}  // namespace handoff::benchmarks
