// What a queue promises.
#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guarantees.hpp"

namespace handoff::impls {

/// How many threads may be in a role at once.
enum class cardinality { one, many };

/// The order in which items leave.
enum class ordering {
    fifo,               ///< one order for all, linearizable
    per_producer_fifo,  ///< each producer's items in its order; nothing between producers
    relaxed,            ///< one of the oldest items: how old, `relaxation` says, or only an expectation
    priority,   ///< the least item (by `<`) first, whenever it came; `relaxation` as above, 0: always the least
    multicast,  ///< each consumer receives every item, in the order of their pushes
    none,
};

/// What a refusal says: a try_pop that found nothing, a try_push that found no room.
enum class refusal_rule {
    exact,    ///< at some moment of the call the queue was empty (held its capacity)
    held_up,  ///< or another thread was in the middle of an operation of the other kind: a push that has not
              ///< filled its place hides what lies behind it, a pop that has not left its place keeps the next
              ///< push from it. Also, each operation that has begun may occupy a place
    unstated  ///< or it had another reason
};

/// The declarations that every queue makes, whatever its operations.
template <class Q>
concept declares_queue = requires {
    typename Q::value_type;
    { Q::name } -> std::convertible_to<std::string_view>;
    { Q::producers } -> std::convertible_to<cardinality>;
    { Q::consumers } -> std::convertible_to<cardinality>;
    { Q::order } -> std::convertible_to<ordering>;
    { Q::progress } -> std::convertible_to<progress_guarantee>;
    { Q::capacity_is } -> std::convertible_to<capacity_rule>;
};

/// What queues take. They move an item twice, in and out, and have no way back in between: a move that threw
/// there would leave a slot that is claimed and never filled, or an item that has left and reached nobody. A
/// queue that takes other values as well has to see that such an operation then has no effect; one that does
/// not says so here, since a static_assert in its body ends the build of whoever asks.
template <class T>
concept nothrow_movable =
    std::movable<T> && std::is_nothrow_move_constructible_v<T> && std::is_nothrow_move_assignable_v<T>;

/// What priority queues take: the item that is less leaves first.
template <class T>
concept has_priority = requires(const T& a, const T& b) {
    { a < b } -> std::convertible_to<bool>;
};

/// Says how far a pop may be off: it takes one of the `relaxation + 1` items that come first in the queue's
/// order. A queue whose order is relaxed and that has no such constant is near to its order in expectation
/// only.
template <class Q>
concept bounds_relaxation = requires {
    { Q::relaxation } -> std::convertible_to<std::size_t>;
};

/// How many items that come first a pop may pass over at most; nothing where the queue promises no such bound.
template <declares_queue Q>
constexpr std::optional<std::size_t> relaxation_of() {
    if constexpr (bounds_relaxation<Q>) {
        return Q::relaxation;
    } else if constexpr (Q::order == ordering::fifo || Q::order == ordering::multicast) {
        return 0;
    } else {
        return std::nullopt;
    }
}

/// Each producer's items come in its order to whoever pops them.
template <declares_queue Q>
inline constexpr bool keeps_producers_order =
    Q::order == ordering::fifo || Q::order == ordering::per_producer_fifo || Q::order == ordering::multicast;

/// What a try_pop says that found nothing: `empty_is`, and `exact` where a queue declares nothing. Where only
/// the items of one producer have an order, each producer's items are a queue of their own in this.
template <declares_queue Q>
constexpr refusal_rule empty_of() {
    if constexpr (requires { Q::empty_is; }) {
        return Q::empty_is;
    } else {
        return refusal_rule::exact;
    }
}

/// What a try_push says that found no room: `full_is`, and `exact` where a queue declares nothing. The capacity
/// is `capacity()`; of a queue that holds at least what was asked for, it is what was asked for.
template <declares_queue Q>
constexpr refusal_rule full_of() {
    if constexpr (requires { Q::full_is; }) {
        return Q::full_is;
    } else {
        return refusal_rule::exact;
    }
}

/// Operations need a per-thread handle, taken once and outside any measured loop.
template <class Q>
concept has_handles = requires(Q& q) {
    q.producer();
    q.consumer();
};

/// Takes from the front. On false nothing was there (`empty_of` says what that means) and `out` is unchanged.
template <class Endpoint, class T>
concept takes = requires(Endpoint& end, T& out) {
    { end.try_pop(out) } -> std::same_as<bool>;
};

/// Offers at the back. On false there was no room (`full_of`) and the argument is untouched.
template <class Endpoint, class T>
concept offers = requires(Endpoint& end, T&& value) {
    { end.try_push(std::move(value)) } -> std::same_as<bool>;
};

/// Appends at the back; never refuses. Where there is no memory it throws std::bad_alloc, the queue is as it
/// was, and the argument untouched; so does an offer of a queue that allocates for each item.
template <class Endpoint, class T>
concept appends = requires(Endpoint& end, T&& value) { end.push(std::move(value)); };

/// Offers up to `count` items at once, for less than one by one; returns how many went in. Those are moved
/// from, the others are untouched.
template <class Endpoint, class T>
concept offers_in_bulk = requires(Endpoint& end, T* first, std::size_t count) {
    { end.try_push_bulk(first, count) } -> std::same_as<std::size_t>;
};

/// A queue of a library that cannot keep this promise says so: it ends the program, the item is lost, or what a
/// constructor that fails has allocated until then is not freed.
template <class Q>
concept dies_without_memory = requires { requires Q::dies_without_memory; };
template <class Q>
concept leaks_without_memory = requires { requires Q::leaks_without_memory; };
template <class Q>
concept loses_what_it_cannot_allocate = requires { requires Q::loses_what_it_cannot_allocate; };

/// With several producers a push may spin, and keep its CPU, until the push that has its place before has
/// ended: for a time slice or more where that one's thread has lost its CPU. With more threads than CPUs most
/// pushes meet this, and trials do not end.
template <class Q>
concept pushes_spin_for_pushes = requires { requires Q::pushes_spin_for_pushes; };
/// The same of pops, with several consumers.
template <class Q>
concept pops_spin_for_pops = requires { requires Q::pops_spin_for_pops; };

/// A thread of its own frees its memory, some time behind the pops. `wait_for_frees` returns when that is done
/// of all that has been popped until now, from this queue and others: without it nobody could say what memory
/// such a queue has.
template <class Q>
concept frees_later = requires { Q::wait_for_frees(); };

/// Appends `count` items at once, for less than one by one; never refuses. Where there is no memory for all of
/// them it throws std::bad_alloc: some of the first ones are then inside and moved from, the others untouched.
template <class Endpoint, class T>
concept appends_in_bulk = requires(Endpoint& end, T* first, std::size_t count) { end.push_bulk(first, count); };

/// Takes up to `count` items from the front at once, for less than one by one; returns how many there were.
template <class Endpoint, class T>
concept takes_in_bulk = requires(Endpoint& end, T* out, std::size_t count) {
    { end.try_pop_bulk(out, count) } -> std::same_as<std::size_t>;
};

/// The two ends of a queue: its handles, or the queue itself where it has none.
template <declares_queue Q>
decltype(auto) producer_end(Q& q) {
    if constexpr (has_handles<Q>) {
        return q.producer();
    } else {
        return (q);
    }
}
template <declares_queue Q>
decltype(auto) consumer_end(Q& q) {
    if constexpr (has_handles<Q>) {
        return q.consumer();
    } else {
        return (q);
    }
}
template <class Q>
using producer_end_t = decltype(producer_end(std::declval<Q&>()));
template <class Q>
using consumer_end_t = decltype(consumer_end(std::declval<Q&>()));

/// Pushes several items with one operation, or pops them so.
template <class Q>
concept pushes_in_bulk = offers_in_bulk<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type> ||
                         appends_in_bulk<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;
template <class Q>
concept pops_in_bulk = takes_in_bulk<std::remove_reference_t<consumer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept queue = declares_queue<Q> && takes<std::remove_reference_t<consumer_end_t<Q>>, typename Q::value_type>;

/// A capacity that no memory holds, or whose bytes overflow, raises std::bad_alloc (std::bad_array_new_length
/// is one) or std::length_error.
template <class Q>
concept bounded_queue = queue<Q> && Q::capacity_is != capacity_rule::unbounded &&
                        std::constructible_from<Q, std::size_t> && requires(const Q& q) {
                            { q.capacity() } -> std::same_as<std::size_t>;
                        } && offers<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept unbounded_queue =
    queue<Q> && Q::capacity_is == capacity_rule::unbounded && std::default_initializable<Q> &&
    appends<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

/// Each consumer receives every item, and the slowest of them holds the producers back. Made for a number of
/// consumers, one where it is not said; the handle of a consumer is its seat, in which another one may go on
/// after it. `lag`: how many items lie before the consumer in a seat.
template <class Q>
concept multicast_queue =
    bounded_queue<Q> && Q::order == ordering::multicast && has_handles<Q> &&
    std::constructible_from<Q, std::size_t, std::size_t> && requires(const Q& q, std::size_t i) {
        { q.seats() } -> std::same_as<std::size_t>;
        { q.lag(i) } -> std::same_as<std::size_t>;
    };

/// Sleeps and wakes by its own means. `wait_pop` (and `wait_push`, where bounded) return true when the
/// operation was done and false when it was not: after `interrupt()`, which wakes whoever waits at that
/// moment, or spuriously. The caller, `blocking<Q, native>`, decides what a false means.
template <class Q>
concept natively_blocking =
    queue<Q> && requires(Q& q, std::remove_reference_t<consumer_end_t<Q>>& end, typename Q::value_type& out) {
        { end.wait_pop(out) } -> std::same_as<bool>;
        q.interrupt();
    };

}  // namespace handoff::impls
