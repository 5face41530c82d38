// How Handoff sees our queues. An adaptor is a struct that gives our operations the names that Handoff calls,
// and says what our queue promises; rankings compare queues with the same promises.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include <handoff/concepts/queues.hpp>

#include "relay/lanes.hpp"
#include "relay/pipe.hpp"
#include "relay/ring.hpp"

namespace relay::measured {

using handoff::impls::capacity_rule, handoff::impls::cardinality, handoff::impls::ordering,
    handoff::impls::progress_guarantee, handoff::impls::refusal_rule;

// The shape of Boost's lockfree: push and pop return whether they did it.
template <class T>
struct ring {
    using value_type = T;
    static constexpr std::string_view name = "relay_ring";
    static constexpr auto producers = cardinality::many, consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;
    explicit ring(std::size_t capacity) : queue(capacity) {}
    std::size_t capacity() const { return queue.size(); }
    bool try_push(T&& value) { return queue.push(std::move(value)); }
    bool try_pop(T& out) { return queue.pop(out); }
    Ring<T> queue;
};

// The shape of moodycamel's: each thread has a token. Handoff takes a handle per thread, outside of what it
// measures.
// clang-format off: a line for each handle
template <class T>
struct lanes {
    using value_type = T;
    static constexpr std::string_view name = "relay_lanes";
    static constexpr auto producers = cardinality::many, consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    struct writer { Lanes<T>& q; typename Lanes<T>::ProducerToken t{q}; void push(T&& v) { q.enqueue(t, std::move(v)); } };
    struct reader { Lanes<T>& q; typename Lanes<T>::ConsumerToken t{q}; bool try_pop(T& v) { return q.try_dequeue(t, v); } };
    writer producer() { return {queue}; }
    reader consumer() { return {queue}; }
    Lanes<T> queue;
};
// clang-format on

// The shape of Folly's: write and read may fail because another thread was faster, so the ones that do not are
// meant. They, too, refuse where a thread that is in the middle of an operation has the next slot: the adaptor
// says so. It claims a slot before it moves the value, so a move must not throw.
template <handoff::impls::nothrow_movable T>
struct pipe {
    using value_type = T;
    static constexpr std::string_view name = "relay_pipe";
    static constexpr auto producers = cardinality::many, consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto empty_is = refusal_rule::held_up, full_is = refusal_rule::held_up;
    explicit pipe(std::size_t capacity) : queue(capacity) {}
    std::size_t capacity() const { return queue.capacity(); }
    bool try_push(T&& value) { return queue.writeIfNotFull(std::move(value)); }
    bool try_pop(T& out) { return queue.readIfNotEmpty(out); }
    Pipe<T> queue;
};

}  // namespace relay::measured
