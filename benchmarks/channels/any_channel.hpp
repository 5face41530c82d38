// Channels whose type does not matter, for all that workloads do with them outside the measured loops.
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>

#include "channels/traits.hpp"
#include "concepts/channels.hpp"
#include "point.hpp"

namespace handoff::benchmarks {

class any_channel_ends {
public:
    virtual ~any_channel_ends() = default;
    virtual void close() = 0;
    /// Closes the channel, takes out what is left in it, and returns how many items that were.
    virtual std::uint64_t drain() = 0;
};

/// What is `cold` is not measured: the compiler spends less time on it.
template <class Channel>
class channel_ends_of final : public any_channel_ends {
public:
    explicit channel_ends_of(const impls::channel_options& options) : channel(options) {}
    [[gnu::cold]] ~channel_ends_of() override = default;

    [[gnu::cold]] void close() override { channel.close(); }
    [[gnu::cold]] std::uint64_t drain() override {
        channel.close();
        std::uint64_t left = 0;
        typename Channel::value_type leftover{};
        for (auto out = channel.receiver(); out.receive(leftover);) {
            ++left;
        }
        return left;
    }

    /// On the heap: channels never move.
    [[gnu::cold]] static std::unique_ptr<any_channel_ends> make(const impls::channel_options& options) {
        return std::make_unique<channel_ends_of>(options);
    }

    Channel channel;
};

using channel_factory = std::unique_ptr<any_channel_ends> (*)(const impls::channel_options&);

/// The channel behind what `channel_ends_of<Channel>::make` has made.
template <class Channel>
Channel& channel_in(any_channel_ends& ends) noexcept {
    return static_cast<channel_ends_of<Channel>&>(ends).channel;
}

/// What the point says of a channel. `receivers`: of one that delivers to all.
inline impls::channel_options options_of(const harness::point& p, std::size_t receivers = 1) {
    const std::string_view wait = p.value("wait");
    return {.capacity =
                p.value("capacity") == "unbounded" ? impls::channel_options::unbounded : p.number("capacity"),
            .wait = wait == impls::native::name ? std::string_view() : wait,
            .receivers = receivers};
}

/// The channel promises each sender's items in its order.
template <class Channel>
inline constexpr bool keeps_senders_order =
    Channel::order == impls::ordering::fifo || Channel::order == impls::ordering::per_producer_fifo;

}  // namespace handoff::benchmarks
