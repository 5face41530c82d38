// What the families promise. Each implementation states, in constants that the harness can read, who
// may call it, in which order items leave, how many it holds and who may be delayed by whom; rankings
// compare equals by these words.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace handoff::impls {

// ---------------------------------------------------------------------------------------- guarantees

/// How many threads may be in a role at once.
enum class cardinality { one, many };

/// The order in which items leave.
enum class ordering {
    fifo,               ///< one order for all, linearizable
    per_producer_fifo,  ///< each producer's items in its order; nothing between producers
    none,
};

/// Who can be delayed by a thread that stops in the middle of an operation.
enum class progress_guarantee {
    wait_free,  ///< nobody; every operation ends in a bounded number of own steps
    lock_free,  ///< some thread always advances
    blocking,   ///< others may have to wait for the stopped thread
};

/// What a requested capacity becomes.
enum class capacity_rule {
    exact,         ///< any capacity from 1, held exactly
    power_of_two,  ///< powers of two from 2, held exactly
    at_least,      ///< any capacity from 1; holds at least that many, `capacity()` says how many
    unbounded,     ///< takes no capacity
};

// -------------------------------------------------------------------------------------------- queues

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

/// Operations need a per-thread handle, taken once and outside any measured loop.
template <class Q>
concept has_handles = requires(Q& q) {
    q.producer();
    q.consumer();
};

/// Takes from the front. On false nothing was there and `out` is unchanged.
template <class Endpoint, class T>
concept takes = requires(Endpoint& end, T& out) {
    { end.try_pop(out) } -> std::same_as<bool>;
};

/// Offers at the back. On false there was no room and the argument is untouched.
template <class Endpoint, class T>
concept offers = requires(Endpoint& end, T&& value) {
    { end.try_push(std::move(value)) } -> std::same_as<bool>;
};

/// Appends at the back; never refuses.
template <class Endpoint, class T>
concept appends = requires(Endpoint& end, T&& value) { end.push(std::move(value)); };

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

template <class Q>
concept queue = declares_queue<Q> &&
                takes<std::remove_reference_t<consumer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept bounded_queue =
    queue<Q> && Q::capacity_is != capacity_rule::unbounded &&
    std::constructible_from<Q, std::size_t> && requires(const Q& q) {
        { q.capacity() } -> std::same_as<std::size_t>;
    } && offers<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept unbounded_queue =
    queue<Q> && Q::capacity_is == capacity_rule::unbounded && std::default_initializable<Q> &&
    appends<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

/// Sleeps and wakes by its own means. `wait_pop` (and `wait_push`, where bounded) return true when the
/// operation was done and false when it was not: after `interrupt()`, which wakes whoever waits at that
/// moment, or spuriously. The caller, `blocking<Q, native>`, decides what a false means.
template <class Q>
concept natively_blocking =
    queue<Q> && requires(Q& q, std::remove_reference_t<consumer_end_t<Q>>& end, typename Q::value_type& out) {
        { end.wait_pop(out) } -> std::same_as<bool>;
        q.interrupt();
    };

// ----------------------------------------------------------------------------------- wait strategies

/// How a thread waits for a condition that another thread will make true. `wait_until` evaluates the
/// predicate at once, returns as soon as it has seen it true, and with a deadline returns whether it
/// did. `notify` comes after every change that may make a predicate true and wakes one waiter if any
/// sleeps; `notify_all` wakes all. Both are empty for strategies that never sleep on a notification; these may
/// declare `static constexpr bool polls = true`, and are then not asked to look where the caller just has.
template <class W>
concept wait_strategy =
    std::default_initializable<W> &&
    requires(W& w, bool (*predicate)(), std::chrono::steady_clock::time_point deadline) {
        { W::name } -> std::convertible_to<std::string_view>;
        w.wait_until(predicate);
        { w.wait_until(predicate, deadline) } -> std::same_as<bool>;
        w.notify();
        w.notify_all();
    };

/// The wait strategy of queues that block by their own means.
struct native {
    static constexpr std::string_view name = "native";
};


// ---------------------------------------------------------------------------------------------- counters

/// What read() returns while others add. Once they have joined it is exact for all but `racy`.
enum class read_promise {
    linearizable,  ///< the value of one moment between the call and the return
    interval,      ///< a value between that of the call and that of the return; a thread never sees it fall
    lagging,       ///< as `interval`, but behind by at most `slack` for every adder
    racy,          ///< anything, then and later: updates may be lost
};

/// Adds to a counter through a per-thread handle, taken once and outside any measured loop.
template <class C>
concept has_adders = requires(C& c) { c.adder(); };

template <class C>
decltype(auto) adder_end(C& c) {
    if constexpr (has_adders<C>) {
        return c.adder();
    } else {
        return (c);
    }
}
template <class C>
using adder_end_t = decltype(adder_end(std::declval<C&>()));

/// `try_add`, where it stands instead of `add`, gives up after some attempts: false, and nothing was added.
template <class End>
concept adds = requires(End& end, std::uint64_t n) { end.add(n); } || requires(End& end, std::uint64_t n) {
    { end.try_add(n) } -> std::same_as<bool>;
};

/// A number that many threads add to, from 0. What a handle added is in `read()` at the latest when the handle is
/// gone.
template <class C>
concept counter = std::default_initializable<C> && requires(const C& c) {
    { C::name } -> std::convertible_to<std::string_view>;
    { C::reading } -> std::convertible_to<read_promise>;
    { C::progress } -> std::convertible_to<progress_guarantee>;
    { c.read() } noexcept -> std::same_as<std::uint64_t>;
} && adds<std::remove_reference_t<adder_end_t<C>>>;

// ------------------------------------------------------------------------------------------------- locks

/// Who gets in next.
enum class admission {
    fifo,     ///< who came first
    any,      ///< who is fastest; a thread may be overtaken without bound
    phases,   ///< readers and writers by turns: a reader waits for one writer at most, writers are FIFO
    writers,  ///< before readers; among writers, whoever is fastest
};

/// What a thread does until it gets in.
enum class waiting { spins, sleeps, spins_then_sleeps };

/// Takes and leaves a lock through a per-thread handle that holds its queue node, taken once and outside any
/// measured loop.
template <class L>
concept has_holders = requires(L& l) { l.holder(); };

template <class L>
decltype(auto) holder_end(L& l) {
    if constexpr (has_holders<L>) {
        return l.holder();
    } else {
        return (l);
    }
}
template <class L>
using holder_end_t = decltype(holder_end(std::declval<L&>()));

template <class End>
concept locks = requires(End& end) {
    end.lock();
    end.unlock();
};
template <class End>
concept tries_to_lock = locks<End> && requires(End& end) {
    { end.try_lock() } -> std::same_as<bool>;
};
/// Readers together, or one writer alone.
template <class End>
concept locks_shared = locks<End> && requires(End& end) {
    end.lock_shared();
    end.unlock_shared();
};
/// Readers do not keep writers out; they read, ask whether what they read holds together, and read again if not.
/// All that they read is atomic (relaxed is enough).
template <class End>
concept validates_reads = locks<End> && requires(End& end, std::uint64_t begun) {
    { end.begin_read() } -> std::same_as<std::uint64_t>;
    { end.still_valid(begun) } -> std::same_as<bool>;
};

/// One thread at a time between lock() and unlock(); what one did is visible to the next.
template <class L>
concept lock = std::default_initializable<L> && requires {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::admits } -> std::convertible_to<admission>;
    { L::waits } -> std::convertible_to<waiting>;
} && locks<std::remove_reference_t<holder_end_t<L>>>;

// ---------------------------------------------------------------------------------------------- barriers

/// Arrives through a per-thread handle, taken once and outside any measured loop.
template <class B>
concept has_parties = requires(B& b) { b.party(); };

template <class B>
decltype(auto) party_end(B& b) {
    if constexpr (has_parties<B>) {
        return b.party();
    } else {
        return (b);
    }
}
template <class B>
using party_end_t = decltype(party_end(std::declval<B&>()));

/// Nobody returns from an episode's arrive_and_wait() before all parties have called it; what they did before is
/// visible then. Made for a number of parties, used again and again.
template <class B>
concept barrier = std::constructible_from<B, std::ptrdiff_t> && requires(std::remove_reference_t<party_end_t<B>>& end) {
    { B::name } -> std::convertible_to<std::string_view>;
    { B::waits } -> std::convertible_to<waiting>;
    end.arrive_and_wait();
};

}  // namespace handoff::impls
