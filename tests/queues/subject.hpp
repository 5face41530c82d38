// What generated test units say of the queue that they test.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <type_traits>

#include "blocking.hpp"
#include "concepts/queues.hpp"
#include "shared/hang.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::tests {

/// The strategy that a test is at, of those that a queue is tested with: one type, so that each test is
/// compiled once for a queue.
template <class... Waits>
class tested_wait : public impls::chosen_wait<Waits...> {
public:
    static inline std::string_view name = "none yet";
    static inline bool is_polling = false;

    tested_wait() { EXPECT_TRUE(this->choose(name)); }

    /// From now on it is `Wait`.
    template <class Wait>
    static void be() {
        name = Wait::name;
        is_polling = impls::polling<Wait>;
    }
};

/// Sleeps until it is notified: only there can a wake-up be lost.
template <class Wait>
bool falls_asleep() {
    if constexpr (requires { Wait::is_polling; }) {
        return !Wait::is_polling;
    } else {
        return std::is_same_v<Wait, impls::native> || !impls::polling<Wait>;
    }
}

/// The types that a generated unit tests: one queue template and the wait strategies of the catalog. Of one or
/// two of them the queue meets all as one type; more are types of their own.
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
        } else if constexpr (sizeof...(Waits) <= 2) {
            using all = tested_wait<Waits...>;
            ((all::template be<Waits>(), at_step(Waits::name), test.template operator()<all>()), ...);
        } else {
            ((at_step(Waits::name), test.template operator()<Waits>()), ...);
        }
    }
};

template <class Subject, class T>
concept accepts = requires { typename Subject::template queue<T>; };

template <class Queue>
constexpr bool is_bounded = impls::bounded_queue<Queue>;

/// Several consumers may share what comes: each item goes to one of them.
template <class Queue>
constexpr bool consumers_share =
    Queue::consumers == impls::cardinality::many && Queue::order != impls::ordering::multicast;

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
