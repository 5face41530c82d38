// How workloads make channels of a point, and what they ask of one when its threads have joined.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "concepts.hpp"
#include "item.hpp"
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

/// The queue promises each producer's items in its order.
template <class Queue>
inline constexpr bool keeps_order = Queue::order != impls::ordering::none;

/// Ends the channel, takes out what is left in it, and says what is wrong with what went through (`audit`);
/// empty: nothing. `rescued`: the team had to be told to give up.
template <class Channel>
std::string settle(Channel& channel, const std::vector<ledger>& received,
                   const std::vector<std::uint64_t>& pushed, bool rescued) {
    channel.close();
    std::uint64_t left = 0;
    typename Channel::value_type leftover{};
    for (auto out = channel.consumer(); out.pop(leftover);) {
        ++left;
    }
    std::string failure = audit(received, pushed, left);
    if (failure.empty() && rescued) {
        failure = "stuck: threads waited for each other though nothing was lost";
    }
    return failure;
}

}  // namespace handoff::benchmarks
