// What an event processor promises.
//
// Threads submit events, and the processor's own threads call a handler with each. Submitting threads work
// through handles, taken once per thread and outside any measured loop. A processor begins when it is made and
// ends with `stop`.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

#include "guarantees.hpp"
#include "queues.hpp"

namespace handoff::impls {

/// In which order the handler is called. An event comes before another if its submission had returned before
/// the other's began, and so does each of a thread's before its next.
enum class handling_order {
    submission,  ///< one call at a time, in the order of the submissions
    per_key,     ///< so for the events of each key; those of different keys may be handled at the same time
    any,         ///< nothing is promised; several calls at the same time
};

/// What became of a submission. Only an event that was `accepted` is gone; else it is left as it was.
enum class submit_status {
    accepted,
    full,     ///< of a try, and of a handler's submission: there is no room
    stopped,  ///< `stop` has been called
};

/// What becomes of a submission by a handler. It never waits: a handler that waited for room would wait for
/// itself.
enum class handler_submissions {
    always,       ///< accepted until the processor is stopped
    unless_full,  ///< likewise, but `full` where there is no room
};

enum class stop_mode {
    drain,  ///< what was accepted is handled
    now,    ///< handlers that run come to their end; all other events are given up
};

/// Whose handlers an event goes through. Each stage has a thread of its own and is called with every event in
/// the order of the submissions; the number is that of `context.lane()`.
enum class event_graph {
    single,     ///< stage 0
    multicast,  ///< stages 0, 1 and 2, none of which waits for another
    pipeline,   ///< stage 0, then 1, then 2
    diamond,    ///< stages 0 and 1, at the same time, then 2
};

/// How many stages that are.
constexpr unsigned stages_of(event_graph graph) noexcept {
    return graph == event_graph::single ? 1 : 3;
}

/// Which capacities a processor takes.
struct processor_capacities {
    bool bounded = false;  ///< any number of events, as `rule` says
    capacity_rule rule = capacity_rule::exact;
    bool unbounded = false;
};

struct processor_options {
    static constexpr std::size_t unbounded = ~std::size_t{0};

    std::size_t capacity = unbounded;  ///< events that are accepted and not yet handled, at most
    unsigned workers = 1;  ///< threads that call the handler; those in submission order may take only one
    /// Of the strategies that its type leaves to choose, the one of that name (wait/chosen_wait.hpp); empty:
    /// the first. Without a meaning where the type waits by its own means.
    std::string_view wait = {};
    /// Called in each of its threads before that handles anything, with numbers from 0.
    std::function<void(unsigned)> on_start = {};
    event_graph graph = event_graph::single;  ///< of those that have `graphs`
};

/// What became of the events that were accepted: `handled` + `given_up` is their number.
struct stop_report {
    std::uint64_t handled = 0;   ///< the handler was called, in a graph that of every stage
    std::uint64_t thrown = 0;    ///< calls of handlers that ended with an exception; each is caught
    std::uint64_t given_up = 0;  ///< by `stop_mode::now`: the handler was not called
};

/// A submitting thread's end. `submit` waits for room; false: the processor has been stopped. `key`: of
/// processors whose order is `per_key`; the others take no notice.
template <class End, class Event>
concept submits = requires(End& end, Event&& event, std::uint64_t key) {
    { end.submit(std::move(event), key) } -> std::same_as<bool>;
    { end.submit(std::move(event)) } -> std::same_as<bool>;
    { end.try_submit(std::move(event), key) } -> std::same_as<submit_status>;
};

template <class P>
using submitter_end_t = decltype(std::declval<P&>().submitter());

/// The handler is called as `handler(event, context)`, with an Event& that is its own until it returns (in a
/// graph it shares it with the stages that run at the same time), and
///
///   context.lane()              calls of one lane follow one another; from 0 to `lanes(options)` - 1
///   context.submit(event, key)  another event; a submit_status. Never waits
///
/// An exception that it throws is caught, counted, and stops nothing.
///
/// `stop(mode)`: by one thread outside of handlers. From then on submissions are refused, also those of
/// handlers; those that are under way are accepted or refused. When it returns no handler runs, and none will.
/// A second call changes nothing and says the same. The destructor stops by `drain`.
template <class P>
concept processor = requires(P& p, const processor_options& options, stop_mode mode) {
    typename P::event_type;
    typename P::handler_type;
    requires std::constructible_from<P, const processor_options&, typename P::handler_type>;
    { P::name } -> std::convertible_to<std::string_view>;
    { P::producers } -> std::convertible_to<cardinality>;
    { P::workers } -> std::convertible_to<cardinality>;
    { P::order } -> std::convertible_to<handling_order>;
    { P::progress } -> std::convertible_to<progress_guarantee>;  // of a submission that need not wait
    { P::capacities } -> std::convertible_to<processor_capacities>;
    { P::handlers_submit } -> std::convertible_to<handler_submissions>;  // where it is bounded
    { P::lanes(options) } -> std::convertible_to<std::size_t>;
    { p.stop(mode) } -> std::same_as<stop_report>;
} && submits<submitter_end_t<P>, typename P::event_type>;

/// Waits by its own means, whichever strategy it is given.
template <class P>
concept processes_natively = processor<P> && requires { requires P::waits_by_itself; };

/// Takes every `event_graph`. Where it does, the others than `single` are the work of one processor; else of
/// several, whose handlers submit to the next.
template <class P>
concept has_graphs = processor<P> && requires { requires P::graphs; };

/// Its threads are those of a library, which may send another for one that has left: `on_start` is called in
/// each that comes, one at a time, and in the end perhaps more often than there are `workers`.
template <class P>
concept changes_threads = processor<P> && requires { requires P::threads_change; };

}  // namespace handoff::impls
