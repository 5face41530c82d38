// What a sender does when its channel cannot take an item at once: the words that overload policies share.
//
// A policy stands between one sending thread and a channel (impls/overload/, one header each). It takes the
// thread's sender handle, and where it has to remove items from the channel a receiver's handle too. `offer`
// says what became of the item; `counts` says what became of all of them.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

#include "channels.hpp"

namespace handoff::impls::overload {

/// What became of an item that was offered. Only `refused` and `closed` leave it with the caller, untouched.
enum class offered {
    accepted,  ///< the channel has it
    refused,
    dropped,  ///< the policy has given it up: `lost` was told
    ran,      ///< the calling thread has handled it
    closed,   ///< the channel is closed
};

/// Why an item is lost.
enum class loss {
    dropped_newest,  ///< it was offered when there was no room
    dropped_oldest,  ///< it lay in the channel for longest when another needed its place
    conflated,       ///< a newer one came before anybody had received it
    sampled,         ///< it was not one of those that a sample keeps
};

/// Of one policy: how many items became what. Each item that was offered is in exactly one of `accepted`,
/// `refused`, `dropped_newest`, `sampled`, `ran` and `closed`. What was accepted may be in `dropped_oldest` or
/// `conflated` later, of whichever sender's policy removed it.
struct counts {
    std::uint64_t accepted = 0;
    std::uint64_t refused = 0;
    std::uint64_t dropped_newest = 0;
    std::uint64_t dropped_oldest = 0;
    std::uint64_t conflated = 0;
    std::uint64_t sampled = 0;
    std::uint64_t ran = 0;
    std::uint64_t closed = 0;

    std::uint64_t& of(loss why) noexcept {
        switch (why) {
            case loss::dropped_newest:
                return dropped_newest;
            case loss::dropped_oldest:
                return dropped_oldest;
            case loss::conflated:
                return conflated;
            case loss::sampled:
                break;
        }
        return sampled;
    }
    bool operator==(const counts&) const = default;
};

/// Takes no notice of what is lost. Whoever wants the items (a dead-letter queue, a log) passes a function of
/// the same form instead; it runs in the thread that offers.
struct forget {
    template <class T>
    void operator()(T&&, loss) const noexcept {}
};

/// An overload policy for items of type T. Used by one thread at a time; outlived by its channel.
template <class P, class T>
concept policy = requires(P& p, const P& seen, T&& value) {
    { P::name } -> std::convertible_to<std::string_view>;
    { p.offer(std::move(value)) } -> std::same_as<offered>;
    { seen.seen() } -> std::same_as<const counts&>;
};

}  // namespace handoff::impls::overload
