// What a queue of the catalog must declare and offer, asked for one by one, so that the compiler says in words
// what is missing.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "concepts/queues.hpp"

namespace handoff::tests {

template <class Queue>
concept empty_is_a_rule = std::same_as<std::remove_const_t<decltype(Queue::empty_is)>, impls::refusal_rule>;
template <class Queue>
concept full_is_a_rule = std::same_as<std::remove_const_t<decltype(Queue::full_is)>, impls::refusal_rule>;

/// Instantiated in the generated unit, before anything that uses the queue.
template <template <class> class Queue>
struct declared {
    using queue = Queue<std::uint64_t>;
    using value = std::uint64_t;
    static constexpr bool is_unbounded =
        requires { requires queue::capacity_is == impls::capacity_rule::unbounded; };

    static_assert(
        requires { requires std::same_as<typename queue::value_type, value>; },
        "a queue says what it holds: using value_type = T");
    static_assert(
        requires {
            { queue::name } -> std::convertible_to<std::string_view>;
        }, "a queue has its name: static constexpr std::string_view name");
    static_assert(
        requires {
            { queue::producers } -> std::convertible_to<impls::cardinality>;
        }, "a queue declares how many may push: static constexpr auto producers = cardinality::one or many");
    static_assert(
        requires {
            { queue::consumers } -> std::convertible_to<impls::cardinality>;
        }, "a queue declares how many may pop: static constexpr auto consumers = cardinality::one or many");
    static_assert(
        requires {
            { queue::order } -> std::convertible_to<impls::ordering>;
        },
        "a queue declares its order: static constexpr auto order = ordering::fifo, per_producer_fifo, relaxed "
        "or none");
    static_assert(
        !impls::bounds_relaxation<queue> || queue::order == impls::ordering::relaxed ||
            queue::order == impls::ordering::priority,
        "only a queue with order = ordering::relaxed or priority says how far it is relaxed: relaxation");
    static_assert(
        requires {
            { queue::progress } -> std::convertible_to<impls::progress_guarantee>;
        }, "a queue declares its progress: static constexpr auto progress = progress_guarantee::...");
    static_assert(
        requires {
            { queue::capacity_is } -> std::convertible_to<impls::capacity_rule>;
        }, "a queue declares its capacity: static constexpr auto capacity_is = capacity_rule::...");
    static_assert(
        !requires { queue::empty_is; } || empty_is_a_rule<queue>,
        "what a try_pop says that found nothing: static constexpr auto empty_is = refusal_rule::...");
    static_assert(
        !requires { queue::full_is; } || full_is_a_rule<queue>,
        "what a try_push says that found no room: static constexpr auto full_is = refusal_rule::...");
    static_assert(is_unbounded || std::constructible_from<queue, std::size_t>,
                  "a bounded queue has a constructor from a capacity (std::size_t)");
    static_assert(
        is_unbounded || requires(const queue& q) {
            { q.capacity() } -> std::same_as<std::size_t>;
        }, "a bounded queue says what it holds: std::size_t capacity() const");
    static_assert(!is_unbounded || std::default_initializable<queue>,
                  "an unbounded queue has a default constructor");
    static_assert(
        impls::has_handles<queue> || is_unbounded || requires(queue& q, value&& v) {
            { q.try_push(std::move(v)) } -> std::same_as<bool>;
        }, "a bounded queue, or its producer(), has: bool try_push(T&&)");
    static_assert(
        impls::has_handles<queue> || !is_unbounded || requires(queue& q, value&& v) { q.push(std::move(v)); },
        "an unbounded queue, or its producer(), has: void push(T&&)");
    static_assert(
        impls::has_handles<queue> || requires(queue& q, value& v) {
            { q.try_pop(v) } -> std::same_as<bool>;
        }, "a queue, or its consumer(), has: bool try_pop(T&)");
    static_assert(
        requires { requires queue::order != impls::ordering::multicast; } || impls::multicast_queue<queue>,
        "a multicast queue has handles, a constructor from a capacity and a number of consumers, seats() and "
        "lag(seat)");
    static_assert(impls::queue<queue>, "what a queue needs is in impls/concepts/queues.hpp, concept queue");
    static_assert(impls::bounded_queue<queue> != impls::unbounded_queue<queue>,
                  "a queue is bounded_queue or unbounded_queue: impls/concepts/queues.hpp");
};

}  // namespace handoff::tests
