// What an event bus promises.
//
// A publication goes to every handler that is subscribed. Publishers work through handles, taken once per
// thread and outside any measured loop; a subscription ends its handler's calls.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "guarantees.hpp"
#include "queues.hpp"

namespace handoff::impls {

/// Which threads call the handlers.
enum class handler_calls {
    in_publish,  ///< the publisher's, before publish() returns: one call of a publication after the other
    on_workers,  ///< others, one for each handler: publish() hands the event on
    on_shared_workers,  ///< others, a fixed number for all handlers; never two at once for one handler
};

/// What holds when unsubscribe() has returned that no handler has called.
enum class after_unsubscribe {
    none_runs,      ///< no call of the handler runs, and none begins
    may_still_run,  ///< calls for publications that had begun may run, and may begin
};

struct bus_options {
    /// Each worker's own thread calls it before anything else, with numbers that rise from 0. Buses without
    /// workers do not.
    std::function<void(unsigned)> on_start = {};
    /// Of a bus whose handlers share them. 0: one for each CPU, and two at least.
    unsigned workers = 0;
};

/// A publisher's end: of the thread that took it. publish() calls every handler, or sees to it that workers do,
/// for the handlers that were subscribed when it began and still are. It throws nothing of what handlers throw
/// where the bus isolates exceptions. While a publish() of a handle runs, nobody uses that handle: a handler
/// that publishes takes a handle of its own.
template <class End, class Event>
concept publishes = requires(End& end, const Event& event) { end.publish(event); };

template <class B>
using publisher_end_t = decltype(std::declval<B&>().publisher());

/// Ends the calls of one handler: `unsubscribe`, once; also by the destructor. Movable. The handler lives until
/// no call of it runs, at the longest as long as the bus.
template <class S>
concept bus_subscription = std::movable<S> && requires(S& s) { s.unsubscribe(); };

/// An example of a handler, for the concept: any copyable function object takes events.
template <class Event>
struct handler_example {
    void operator()(const Event&) const;
};

/// Any number of threads publish, subscribe and unsubscribe at the same time. A handler that is subscribed is
/// called once for each publication that begins after subscribe() has returned, and for each publisher's in its
/// order. Calls of one handler overlap where publishers run beside each other in `in_publish`; nowhere else.
///
/// The bus outlives its handles and subscriptions. Events are copyable; with workers also
/// default-constructible.
template <class B>
concept event_bus = std::constructible_from<B, const bus_options&> &&
                    requires(B& b, handler_example<typename B::event_type> handler) {
                        typename B::event_type;
                        { B::name } -> std::convertible_to<std::string_view>;
                        { B::calls } -> std::convertible_to<handler_calls>;
                        { B::unsubscribed } -> std::convertible_to<after_unsubscribe>;
                        /// `fifo`: all handlers see the publications of all publishers in one order.
                        { B::order } -> std::convertible_to<ordering>;
                        /// Of publish(), without what handlers do.
                        { B::progress } -> std::convertible_to<progress_guarantee>;
                        /// A handler that throws does not keep the others from being called; the bus counts it.
                        { B::isolates_exceptions } -> std::convertible_to<bool>;
                        /// Publishers do not wait for each other's handlers.
                        { B::publishes_at_once } -> std::convertible_to<bool>;
                        /// Handlers may subscribe and unsubscribe. From a handler unsubscribe() does not wait:
                        /// it ends the calls that its own thread would make. Those of other threads may still
                        /// run, and may begin for publications that had begun.
                        { B::changes_within_handlers } -> std::convertible_to<bool>;
                        { b.publisher() };
                        { b.subscribe(std::move(handler)) } -> bus_subscription;
                        /// Returns when all handlers have returned that were called for publications that had
                        /// returned before. Not from a handler, nor from its destructor.
                        { b.drain() };
                        /// Calls that threw, of all handlers.
                        { b.failures() } -> std::convertible_to<std::uint64_t>;
                    } && publishes<publisher_end_t<B>, typename B::event_type>;

}  // namespace handoff::impls
