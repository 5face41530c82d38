// What generated test units say of the queue that they test.
#pragma once

#include <cstddef>
#include <memory>

#include "blocking.hpp"
#include "concepts/queues.hpp"
#include "shared/hang.hpp"

namespace handoff::tests {

/// The types that a generated unit tests: one queue template and the wait strategies of the catalog.
template <template <class> class Queue, class... Waits>
struct subject {
    template <class T>
    using queue = Queue<T>;
    static constexpr bool is_native = impls::natively_blocking<Queue<std::uint64_t>>;

    /// Calls `test.template operator()<Wait>()` for each strategy that suits the queue.
    template <class Test>
    static void for_each_wait(Test&& test) {
        if constexpr (is_native) {
            test.template operator()<impls::native>();
        } else {
            ((at_step(Waits::name), test.template operator()<Waits>()), ...);
        }
    }
};

template <class Subject, class T>
concept accepts = requires { typename Subject::template queue<T>; };

template <class Queue>
constexpr bool is_bounded = impls::bounded_queue<Queue>;

template <class Queue>
std::unique_ptr<Queue> make(std::size_t capacity) {
    if constexpr (Queue::capacity_is == impls::capacity_rule::unbounded) {
        return std::make_unique<Queue>();
    } else {
        return std::make_unique<Queue>(capacity);
    }
}

template <class Channel>
std::unique_ptr<Channel> make_channel(std::size_t capacity) {
    if constexpr (is_bounded<typename Channel::queue_type>) {
        return std::make_unique<Channel>(capacity);
    } else {
        return std::make_unique<Channel>();
    }
}

}  // namespace handoff::tests
