// What a channel promises.
//
// A channel is used through handles, taken once per thread and outside any measured loop: a sender's and a
// receiver's end. Unlike a queue it waits, and it can be closed.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <span>
#include <stop_token>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guarantees.hpp"
#include "queues.hpp"

namespace handoff::impls {

/// How an operation on a channel ended. Only `success` moved an item.
enum class channel_status {
    success,
    would_wait,  ///< of a try: nobody is ready on the other side
    timeout,     ///< of an operation with a deadline
    closed,      ///< of a send: refused; of a receive: all items are taken, too
    cancelled,   ///< a stop was requested while it waited, or before
};

/// Who receives an item.
enum class delivery {
    once,    ///< one receiver
    to_all,  ///< each receiver
    newest,  ///< one receiver, unless a newer item came before: that one replaces it
};

/// Which capacities a channel takes.
struct channel_capacities {
    bool rendezvous = false;  ///< 0: a send waits until its item is received
    bool bounded = false;     ///< any number of items, as `rule` says
    capacity_rule rule = capacity_rule::exact;
    std::size_t largest = 0;  ///< of bounded ones; 0: any
    bool unbounded = false;
};

struct channel_options {
    static constexpr std::size_t unbounded = ~std::size_t{0};

    std::size_t capacity = 0;  ///< items that lie in it at most; 0: a rendezvous
    /// Of the strategies that its type leaves to choose, the one of that name (wait/chosen_wait.hpp); empty:
    /// the first. Without a meaning where the type has one strategy.
    std::string_view wait = {};
    std::size_t receivers = 1;  ///< of channels that deliver to all: how many there will be
};

/// A sender's end. `send` waits until the channel has taken the item; false: it is closed. Whatever did not
/// succeed leaves the value untouched.
template <class End, class T>
concept sends = requires(End& end, T&& value, std::chrono::nanoseconds patience) {
    { end.send(std::move(value)) } -> std::same_as<bool>;
    { end.try_send(std::move(value)) } -> std::same_as<channel_status>;
    { end.send_for(std::move(value), patience) } -> std::same_as<channel_status>;
};

/// A receiver's end. `receive` waits for an item; false: the channel is closed and all its items are taken.
/// Whatever did not succeed leaves `out` unchanged.
template <class End, class T>
concept receives = requires(End& end, T& out, std::chrono::nanoseconds patience) {
    { end.receive(out) } -> std::same_as<bool>;
    { end.try_receive(out) } -> std::same_as<channel_status>;
    { end.receive_for(out, patience) } -> std::same_as<channel_status>;
};

template <class C>
using sender_end_t = decltype(std::declval<C&>().sender());
template <class C>
using receiver_end_t = decltype(std::declval<C&>().receiver());

/// A bounded channel holds so many items of each sender, where it declares `room_of_each_sender`.
template <class C>
inline constexpr bool has_room_of_each_sender = requires { requires C::room_of_each_sender; };

/// What a try says that did not succeed: `empty_is` of a try_receive, `full_is` of a try_send, where a channel
/// declares them (refusal_rule). `held_up`: what was sent, or the room that was made, may be on its way yet.
template <class C>
inline constexpr bool tries_are_exact = [] {
    if constexpr (requires { C::empty_is == C::full_is; }) {
        return C::empty_is == refusal_rule::exact && C::full_is == refusal_rule::exact;
    } else {
        return true;
    }
}();

/// After `close()`, by any thread outside its own operations, sends are refused; those that wait are, too.
/// Receivers get every item whose send succeeded (of `newest` the last one) and then the end, all of them.
template <class C>
concept channel = std::constructible_from<C, const channel_options&> && requires(C& c) {
    typename C::value_type;
    { C::name } -> std::convertible_to<std::string_view>;
    { C::senders } -> std::convertible_to<cardinality>;
    { C::receivers } -> std::convertible_to<cardinality>;
    { C::delivers } -> std::convertible_to<delivery>;
    { C::order } -> std::convertible_to<ordering>;
    { C::progress } -> std::convertible_to<progress_guarantee>;
    { C::capacities } -> std::convertible_to<channel_capacities>;
    c.close();
} && sends<sender_end_t<C>, typename C::value_type> && receives<receiver_end_t<C>, typename C::value_type>;

/// Waits by its own means, whichever strategy it is given.
template <class C>
concept waits_natively = channel<C> && requires { requires C::waits_by_itself; };

/// A waiting receive ends with `cancelled` when a stop is requested; an item is received or stays in the
/// channel.
template <class C>
concept cancels_receives =
    channel<C> && requires(receiver_end_t<C>& end, typename C::value_type& out, std::stop_token stop) {
        { end.receive(out, stop) } -> std::same_as<channel_status>;
    };

/// From which of several ready channels a selecting receiver takes.
enum class select_order {
    first,  ///< the one that stands first
    fair,   ///< each in turn: of k channels one that is ready is received from within k receives
};

/// A selecting receiver waits on several channels at once. `receive` says from which it received; false: all of
/// them are closed and their items taken.
template <class C>
concept selects =
    channel<C> && std::constructible_from<typename C::selector, std::span<C* const>, select_order> &&
    requires(typename C::selector& all, typename C::value_type& out, std::size_t& which,
             std::chrono::nanoseconds patience) {
        { all.receive(out, which) } -> std::same_as<bool>;
        { all.try_receive(out, which) } -> std::same_as<channel_status>;
        { all.receive_for(out, which, patience) } -> std::same_as<channel_status>;
    };

}  // namespace handoff::impls
