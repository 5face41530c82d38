// What every bus of the catalog must do; once per bus, from the catalog.
#pragma once

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/buses.hpp"
#include "shared/hang.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

using impls::after_unsubscribe;
using impls::handler_calls;

template <template <class> class Bus>
struct bus_subject {
    template <class Event>
    using bus = Bus<Event>;
};

/// Copyable, as handlers must be; what it does is behind a pointer. One type for all tests, so that a bus is
/// compiled for one.
struct bus_handler {
    std::shared_ptr<std::function<void(std::uint64_t)>> does;

    bus_handler(std::function<void(std::uint64_t)> what)
        : does(std::make_shared<std::function<void(std::uint64_t)>>(std::move(what))) {}
    void operator()(const std::uint64_t& event) const { (*does)(event); }
};

template <class Bus>
using subscription_t = decltype(std::declval<Bus&>().subscribe(std::declval<bus_handler>()));

constexpr std::uint64_t event_of(unsigned publisher, std::uint64_t number) {
    return std::uint64_t{publisher} << 32 | number;
}

/// What one handler saw of each publisher. Plain numbers: the bus orders a call before the next of the same
/// publisher or worker, before the end of drain(), and before the end of unsubscribe() where none runs after
/// it.
struct seen_by_one {
    explicit seen_by_one(unsigned publishers) : of(publishers) {}

    struct alignas(128) line {
        std::uint64_t count = 0;
        std::uint64_t next = 0;
        bool disordered = false;
    };
    std::vector<line> of;

    void enter(std::uint64_t event) {
        line& mine = of[event >> 32];
        const std::uint64_t number = event & 0xffff'ffff;
        mine.disordered |= number < mine.next;
        mine.next = number + 1;
        ++mine.count;
    }
    /// It was there all the time.
    void expect_all(unsigned publisher, std::uint64_t published) const {
        EXPECT_LE(of[publisher].count, published) << "a handler was called twice for a publication";
        EXPECT_GE(of[publisher].count, published) << "a handler was skipped by a publication";
        EXPECT_FALSE(of[publisher].disordered) << "a publisher's publications came out of order";
    }
};

template <class Subject>
class BusConformance : public testing::Test {};
TYPED_TEST_SUITE_P(BusConformance);

TYPED_TEST_P(BusConformance, DeclaresItself) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    static_assert(impls::event_bus<bus>);
    EXPECT_FALSE(bus::name.empty());
}

TYPED_TEST_P(BusConformance, EachHandlerIsCalledOnceForEachPublicationInOrder) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    for (const unsigned handlers : {0U, 1U, 3U, 20U}) {
        bus b(impls::bus_options{});
        std::vector<seen_by_one> seen(handlers, seen_by_one(1));
        std::vector<subscription_t<bus>> held;
        for (unsigned i = 0; i < handlers; ++i) {
            held.push_back(b.subscribe(bus_handler([&seen, i](std::uint64_t event) { seen[i].enter(event); })));
        }
        auto out = b.publisher();
        for (std::uint64_t i = 0; i < 1000; ++i) {
            out.publish(event_of(0, i));
        }
        b.drain();
        for (const auto& one : seen) {
            one.expect_all(0, 1000);
        }
        EXPECT_EQ(b.failures(), 0U);
    }
}

TYPED_TEST_P(BusConformance, ANewHandlerIsCalledForWhatComesAfter) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    bus b(impls::bus_options{});
    auto out = b.publisher();
    std::vector<std::uint64_t> first;
    std::vector<std::uint64_t> second;
    const auto a = b.subscribe(bus_handler([&](std::uint64_t event) { first.push_back(event); }));
    for (std::uint64_t i = 0; i < 600; ++i) {
        out.publish(i);
    }
    const auto c = b.subscribe(bus_handler([&](std::uint64_t event) { second.push_back(event); }));
    for (std::uint64_t i = 600; i < 1200; ++i) {
        out.publish(i);
    }
    b.drain();
    EXPECT_EQ(first.size(), 1200U);
    ASSERT_EQ(second.size(), 600U);
    EXPECT_EQ(second.front(), 600U);
}

TYPED_TEST_P(BusConformance, NoCallBeginsAfterUnsubscribe) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    bus b(impls::bus_options{});
    auto out = b.publisher();
    std::atomic<std::uint64_t> goes{0};
    std::atomic<std::uint64_t> stays{0};
    auto going = b.subscribe(bus_handler([&](std::uint64_t) { ++goes; }));
    const auto staying = b.subscribe(bus_handler([&](std::uint64_t) { ++stays; }));
    for (std::uint64_t i = 0; i < 5; ++i) {
        out.publish(i);
    }
    b.drain();
    going.unsubscribe();
    going.unsubscribe();
    for (std::uint64_t i = 5; i < 10; ++i) {
        out.publish(i);
    }
    b.drain();
    EXPECT_EQ(goes, 5U) << "a handler was called after unsubscribe() had returned";
    EXPECT_EQ(stays, 10U);
}

TYPED_TEST_P(BusConformance, UnsubscribeWaitsForTheCallThatRuns) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::unsubscribed == after_unsubscribe::none_runs) {
        bus b(impls::bus_options{});
        std::atomic<bool> runs{false};
        std::atomic<bool> may_end{false};
        int written = 0;  // plain: the end of unsubscribe() is after the call
        auto slow = b.subscribe(bus_handler([&](std::uint64_t) {
            runs.store(true, std::memory_order_relaxed);
            while (!may_end.load(std::memory_order_relaxed)) {
                std::this_thread::sleep_for(100us);
            }
            written = 1;
        }));
        waiter publisher([&] { b.publisher().publish(1); });
        while (!runs.load(std::memory_order_relaxed)) {
            std::this_thread::yield();
        }
        waiter leaver([&] {
            slow.unsubscribe();
            EXPECT_EQ(written, 1) << "a call ran when unsubscribe() had returned";
        });
        // Long enough, whether it sleeps or looks again and again.
        for (int i = 0; i < 20 && !leaver.done(); ++i) {
            std::this_thread::sleep_for(500us);
        }
        EXPECT_FALSE(leaver.done()) << "a call ran when unsubscribe() had returned";
        may_end.store(true, std::memory_order_relaxed);
    }
}

TYPED_TEST_P(BusConformance, AHandlerThatThrowsKeepsNobodyFromBeingCalled) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::isolates_exceptions) {
        bus b(impls::bus_options{});
        std::vector<seen_by_one> seen(4, seen_by_one(1));
        std::vector<subscription_t<bus>> held;
        for (unsigned i = 0; i < 4; ++i) {
            held.push_back(b.subscribe(bus_handler([&seen, i](std::uint64_t event) {
                seen[i].enter(event);
                if (i % 2 == 0) {
                    throw std::runtime_error("a handler's");
                }
            })));
        }
        auto out = b.publisher();
        for (std::uint64_t i = 0; i < 100; ++i) {
            EXPECT_NO_THROW(out.publish(event_of(0, i))) << "a handler's exception came to the publisher";
        }
        b.drain();
        for (const auto& one : seen) {
            one.expect_all(0, 100);
        }
        EXPECT_EQ(b.failures(), 200U) << "calls that threw";
    }
}

TYPED_TEST_P(BusConformance, HandlersMaySubscribeAndUnsubscribe) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        bus b(impls::bus_options{});
        std::atomic<unsigned> once{0};
        std::atomic<unsigned> late{0};
        std::atomic<unsigned> always{0};
        subscription_t<bus> self;
        subscription_t<bus> added;
        std::mutex mutex;  // of the subscriptions
        {
            const std::lock_guard lock(mutex);
            self = b.subscribe(bus_handler([&](std::uint64_t) {
                const std::lock_guard mine(mutex);
                ++once;
                self.unsubscribe();
                added = b.subscribe(bus_handler([&](std::uint64_t) { ++late; }));
            }));
        }
        const auto staying = b.subscribe(bus_handler([&](std::uint64_t) { ++always; }));
        auto out = b.publisher();
        out.publish(0);
        b.drain();
        EXPECT_EQ(once, 1U);
        const unsigned so_far = late;  // of a publication that had begun, it may be either
        EXPECT_LE(so_far, 1U);
        out.publish(1);
        out.publish(2);
        b.drain();
        EXPECT_EQ(once, 1U) << "a handler was called after it had unsubscribed itself";
        EXPECT_EQ(late, so_far + 2);
        EXPECT_EQ(always, 3U);
    }
}

/// Where one thread calls all handlers of a publication, what the first of them ends is over for the others,
/// also where the first was called by a publication within that one.
TYPED_TEST_P(BusConformance, AHandlerEndsTheCallsThatItsThreadWouldMake) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers && bus::calls == handler_calls::in_publish) {
        for (const bool nests : {false, true}) {
            bus b(impls::bus_options{});
            unsigned ends = 0;
            unsigned ended = 0;
            unsigned stays = 0;
            subscription_t<bus> second;
            const auto first = b.subscribe(bus_handler([&](std::uint64_t event) {
                ++ends;
                if (nests && event == 0) {
                    b.publisher().publish(1);
                } else {
                    second.unsubscribe();
                }
            }));
            second = b.subscribe(bus_handler([&](std::uint64_t) { ++ended; }));
            const auto third = b.subscribe(bus_handler([&](std::uint64_t) { ++stays; }));
            auto out = b.publisher();
            out.publish(0);
            EXPECT_EQ(ended, 0U) << "a handler was called after one of the same thread had unsubscribed it";
            // None that comes is taken for one that went.
            unsigned comes = 0;
            const auto fourth = b.subscribe(bus_handler([&](std::uint64_t) { ++comes; }));
            out.publish(2);
            EXPECT_EQ(ended, 0U);
            EXPECT_EQ(comes, 1U);
            EXPECT_EQ(ends, nests ? 3U : 2U);
            EXPECT_EQ(stays, nests ? 3U : 2U);
        }
    }
}

/// A handler that another thread just ends, and waits for, is still one: its unsubscribe() does not wait.
TYPED_TEST_P(BusConformance, AHandlerThatIsBeingEndedDoesNotWaitForOthers) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        for (int round = 0; round < 5; ++round) {
            std::mutex mutex;  // before the bus: the second handler may have it until that goes
            std::atomic<bool> first_runs{false};
            std::atomic<bool> second_runs{false};
            std::atomic<bool> is_ending{false};
            bus b(impls::bus_options{});
            subscription_t<bus> second;
            auto first = b.subscribe(bus_handler([&](std::uint64_t event) {
                if (event == 1) {
                    const std::lock_guard lock(mutex);
                    first_runs = true;
                    while (!is_ending || !second_runs) {
                        std::this_thread::yield();
                    }
                    std::this_thread::sleep_for(2ms);  // until it is being ended, mostly
                    second.unsubscribe();
                }
            }));
            second = b.subscribe(bus_handler([&](std::uint64_t event) {
                if (event == 2) {
                    while (!first_runs) {
                        std::this_thread::yield();
                    }
                    second_runs = true;
                    const std::lock_guard lock(mutex);  // which the first has
                }
            }));
            waiter one([&] { b.publisher().publish(1); });
            waiter other([&] { b.publisher().publish(2); });
            while (!first_runs || !second_runs) {
                std::this_thread::yield();
            }
            is_ending = true;
            first.unsubscribe();  // hangs, where the first handler waits for the second
        }
    }
}

/// A handler ends another one's calls and publishes: that publication began when unsubscribe() had returned.
TYPED_TEST_P(BusConformance, WhatAHandlerEndsIsNotCalledForWhatItPublishesThen) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        std::atomic<unsigned> late{0};
        for (int round = 0; round < 50; ++round) {
            std::atomic<bool> other_was_called{false};
            std::mutex mutex;  // of the subscription
            bus b(impls::bus_options{});
            subscription_t<bus> other;
            const auto ends = b.subscribe(bus_handler([&](std::uint64_t event) {
                if (event == 1) {
                    if constexpr (bus::calls != handler_calls::in_publish) {
                        while (!other_was_called) {
                            std::this_thread::yield();
                        }
                        std::this_thread::sleep_for(200us);  // until its worker sleeps, mostly
                    }
                    const std::lock_guard lock(mutex);
                    other.unsubscribe();
                    b.publisher().publish(2);
                }
            }));
            {
                const std::lock_guard lock(mutex);
                other = b.subscribe(bus_handler([&](std::uint64_t event) {
                    other_was_called = true;
                    late += event == 2;
                }));
            }
            b.publisher().publish(1);
            b.drain();  // then the second publication has returned
            b.drain();
        }
        EXPECT_EQ(late, 0U) << "a handler was called for a publication that began after its unsubscribe()";
    }
}

TYPED_TEST_P(BusConformance, HandlersMayPublish) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        bus b(impls::bus_options{});
        std::atomic<std::uint64_t> sum{0};
        const auto echo = b.subscribe(bus_handler([&](std::uint64_t event) {
            if (event > 0) {
                b.publisher().publish(event - 1);
            }
        }));
        const auto adds = b.subscribe(bus_handler([&](std::uint64_t event) { sum += event; }));
        auto out = b.publisher();
        out.publish(4);
        for (int i = 0; i < 5; ++i) {
            b.drain();  // each sees to what was published before it
        }
        EXPECT_EQ(sum, 10U);
    }
}

/// Who subscribes and unsubscribes may hold a lock that another handler takes in its last call.
TYPED_TEST_P(BusConformance, ChangesDoNotWaitForAnotherHandlersLastCall) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers && bus::calls != handler_calls::in_publish) {
        std::mutex mutex;  // of the subscription; before the bus: the handler may have it until that goes
        std::atomic<bool> has_left{false};
        std::atomic<bool> is_locked{false};
        bus b(impls::bus_options{.workers = 2});
        subscription_t<bus> self;
        {
            const std::lock_guard lock(mutex);
            self = b.subscribe(bus_handler([&](std::uint64_t) {
                {
                    const std::lock_guard mine(mutex);
                    self.unsubscribe();
                }
                has_left = true;
                while (!is_locked) {
                    std::this_thread::yield();
                }
                const std::lock_guard mine(mutex);
            }));
        }
        b.publisher().publish(1);
        while (!has_left) {
            std::this_thread::yield();
        }
        const std::lock_guard lock(mutex);
        is_locked = true;
        auto other = b.subscribe(bus_handler([](std::uint64_t) {}));  // hangs, where it waits
        other.unsubscribe();
    }
}

/// The same of a handler's destructor.
TYPED_TEST_P(BusConformance, ChangesDoNotWaitForAnotherHandlersDestructor) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers && bus::calls != handler_calls::in_publish) {
        std::mutex mutex;  // of the subscriptions; before the bus, as above
        std::atomic<bool> has_left{false};
        std::atomic<bool> is_locked{false};
        std::atomic<bool> goes{false};
        bus b(impls::bus_options{.workers = 1});
        subscription_t<bus> self;
        subscription_t<bus> other;
        std::shared_ptr<void> last(nullptr, [&](void*) {
            while (!is_locked) {
                std::this_thread::yield();
            }
            goes = true;
            const std::lock_guard mine(mutex);
        });
        {
            const std::lock_guard lock(mutex);
            self = b.subscribe(bus_handler([&, last = std::move(last)](std::uint64_t) {
                {
                    const std::lock_guard mine(mutex);
                    self.unsubscribe();
                }
                has_left = true;
            }));
            other = b.subscribe(bus_handler([](std::uint64_t) {}));
        }
        b.publisher().publish(1);
        while (!has_left) {
            std::this_thread::yield();
        }
        const std::lock_guard lock(mutex);
        is_locked = true;
        for (int i = 0; i < 100 && !goes; ++i) {  // a bus may destroy it later
            std::this_thread::sleep_for(1ms);
        }
        other.unsubscribe();  // hangs, where it waits
        other = b.subscribe(bus_handler([](std::uint64_t) {}));
    }
}

/// A destructor of a handler is no call, whichever thread runs it: what it unsubscribes is over then.
TYPED_TEST_P(BusConformance, WhatAHandlersDestructorEndsIsOverThen) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers && bus::calls != handler_calls::in_publish) {
        std::atomic<bool> runs{false};
        std::atomic<bool> has_left{false};
        std::atomic<bool> may_end{false};
        std::atomic<bool> is_gone{false};
        std::atomic<bool> ran_on{false};
        std::mutex mutex;  // of the subscriptions
        bus b(impls::bus_options{.workers = 2});
        subscription_t<bus> self;
        subscription_t<bus> other;
        std::shared_ptr<void> last(nullptr, [&](void*) {
            other.unsubscribe();
            ran_on = runs.load();
            is_gone = true;
        });
        {
            const std::lock_guard lock(mutex);
            self = b.subscribe(bus_handler([&, last = std::move(last)](std::uint64_t) {
                while (!runs) {
                    std::this_thread::yield();
                }
                {
                    const std::lock_guard mine(mutex);
                    self.unsubscribe();
                }
                has_left = true;
            }));
            other = b.subscribe(bus_handler([&](std::uint64_t) {
                runs = true;
                while (!may_end) {
                    std::this_thread::sleep_for(100us);
                }
                runs = false;
            }));
        }
        b.publisher().publish(1);
        while (!has_left) {
            std::this_thread::yield();
        }
        for (int i = 0; i < 20 && !is_gone; ++i) {  // until it waits, mostly
            std::this_thread::sleep_for(500us);
        }
        may_end = true;
        while (!is_gone) {
            const auto change = b.subscribe(bus_handler([](std::uint64_t) {}));  // a bus may wait for one
            std::this_thread::sleep_for(1ms);
        }
        EXPECT_FALSE(ran_on) << "a call ran when unsubscribe() had returned";
    }
}

/// How many mappings the process has, some for each thread that was not joined.
inline std::ptrdiff_t mappings_of_process() {
    std::ifstream maps("/proc/self/maps");
    return std::count(std::istreambuf_iterator<char>(maps), {}, '\n');
}

/// Where handlers see to all that comes and goes, what has gone is not kept until somebody else does.
TYPED_TEST_P(BusConformance, WhatHandlersEndGoesWithoutOthers) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        bus_handler handler([](std::uint64_t) {});
        std::mutex mutex;  // of the subscription
        bus b(impls::bus_options{.workers = 2});
        subscription_t<bus> child;
        const auto parent = b.subscribe(bus_handler([&](std::uint64_t) {
            const std::lock_guard mine(mutex);
            child = b.subscribe(handler);
        }));
        auto out = b.publisher();
        std::ptrdiff_t before = 0;
        for (std::uint64_t i = 0; i < 300; ++i) {
            out.publish(i);
            b.drain();
            if (i == 10) {
                before = mappings_of_process();
            }
        }
        EXPECT_LE(handler.does.use_count(), 80) << "handlers that nobody calls are kept";
        EXPECT_LE(mappings_of_process(), before + 100) << "threads that have ended are not joined";
    }
}

/// The files that the process has open. Libraries may close some in threads of their own.
inline std::ptrdiff_t files_of_process() {
    using std::filesystem::directory_iterator;
    std::ptrdiff_t files = -1;
    for (std::ptrdiff_t before = -2; files != before;) {
        before = files;
        files = std::distance(directory_iterator("/proc/self/fd"), directory_iterator());
        std::this_thread::sleep_for(2ms);
    }
    return files;
}

/// A handler that has unsubscribed itself keeps no connection open, in which events would gather.
TYPED_TEST_P(BusConformance, HandlersThatLeftKeepNoFileOpen) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        constexpr std::size_t handlers = 32;
        std::mutex mutex;  // of the subscriptions
        bus b(impls::bus_options{.workers = 2});
        std::vector<subscription_t<bus>> held(handlers);
        const std::ptrdiff_t before = files_of_process();
        for (std::size_t i = 0; i < handlers; ++i) {
            const std::lock_guard lock(mutex);
            held[i] = b.subscribe(bus_handler([&, i](std::uint64_t) {
                const std::lock_guard mine(mutex);
                held[i].unsubscribe();
            }));
        }
        auto out = b.publisher();
        out.publish(1);
        b.drain();
        std::ptrdiff_t files = files_of_process();
        for (int i = 0; i < 1000 && files > before + 16; ++i) {  // a library may go by it when it publishes
            out.publish(2);
            files = files_of_process();
        }
        EXPECT_LE(files, before + 16) << "handlers that have unsubscribed themselves keep files open";
    }
}

TYPED_TEST_P(BusConformance, HandlersGoWithTheirSubscriptionsOrWithTheBus) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    bus_handler handler([](std::uint64_t) {});
    {
        bus b(impls::bus_options{});
        for (int i = 0; i < 100; ++i) {
            subscription_t<bus> one = b.subscribe(handler);
            subscription_t<bus> other = b.subscribe(handler);
            one = std::move(other);  // ends the first
            b.publisher().publish(1);
            subscription_t<bus> third(std::move(one));
        }
        EXPECT_LE(handler.does.use_count(), 80) << "handlers that nobody calls are kept";
    }
    EXPECT_EQ(handler.does.use_count(), 1) << "the bus has left handlers behind";
}

TYPED_TEST_P(BusConformance, ASlowHandlerHoldsNobodyBackWhereWorkersCall) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::calls != handler_calls::in_publish) {
        bus b(impls::bus_options{});
        std::atomic<bool> may_end{false};
        std::atomic<unsigned> slow{0};
        std::atomic<unsigned> quick{0};
        const auto first = b.subscribe(bus_handler([&](std::uint64_t) {
            while (!may_end) {
                std::this_thread::sleep_for(100us);
            }
            ++slow;
        }));
        const auto second = b.subscribe(bus_handler([&](std::uint64_t) { ++quick; }));
        auto out = b.publisher();
        for (std::uint64_t i = 0; i < 1000; ++i) {
            out.publish(i);
        }
        while (quick < 1000) {  // a bus that holds it back hangs, which is told (shared/hang.hpp)
            std::this_thread::yield();
        }
        EXPECT_EQ(slow, 0U);
        may_end = true;
        b.drain();
        EXPECT_EQ(slow, 1000U) << "drain() returned too early";
    }
}

TYPED_TEST_P(BusConformance, CallsOfOneHandlerDoNotOverlapWhereWorkersCall) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::calls != handler_calls::in_publish) {
        bus b(impls::bus_options{});
        std::atomic<unsigned> inside{0};
        std::atomic<unsigned> overlaps{0};
        std::atomic<unsigned> called{0};
        const auto held = b.subscribe(bus_handler([&](std::uint64_t) {
            overlaps += inside.fetch_add(1) != 0;
            // The first stays until another one has long begun, if one does.
            for (int i = 0; called == 0 && i < 40 && overlaps == 0; ++i) {
                std::this_thread::sleep_for(500us);
            }
            ++called;
            --inside;
        }));
        auto out = b.publisher();
        for (std::uint64_t i = 0; i < 1000; ++i) {
            out.publish(i);
        }
        b.drain();
        EXPECT_EQ(called, 1000U);
        EXPECT_EQ(overlaps, 0U) << "two calls of one handler ran at once";
    }
}

/// The workers of a bus, as they enter themselves.
class bus_workers {
public:
    void enter() {
        const std::lock_guard lock(mutex_);
        threads_.push_back(gettid());
    }
    /// `count` of them have come, and all sleep.
    bool are_all_asleep(std::size_t count) {
        const std::lock_guard lock(mutex_);
        return threads_.size() == count && std::ranges::all_of(threads_, [](pid_t thread) {
                   std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
                   std::string stat;
                   std::getline(file, stat);
                   return stat.find(") S ") != std::string::npos;
               });
    }

private:
    std::mutex mutex_;  // protects what follows
    std::vector<pid_t> threads_;
};

/// What is published, and who comes, while drain() waits is none of its business.
TYPED_TEST_P(BusConformance, DrainWaitsForWhatWasPublishedBeforeOnly) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::calls != handler_calls::in_publish) {
        std::atomic<bool> runs{false};
        std::atomic<bool> may_go_on{false};
        std::atomic<bool> is_drained{false};
        std::atomic<std::uint64_t> called{0};
        bus_workers workers;
        bus b(impls::bus_options{.on_start = [&](unsigned) { workers.enter(); }, .workers = 2});
        auto out = b.publisher();
        const auto first = b.subscribe(bus_handler([&](std::uint64_t event) {
            if (event == 0) {
                runs = true;
            }
            while (event == 0 ? !may_go_on : event == 2 && !is_drained) {
                std::this_thread::sleep_for(100us);
            }
            if (event == 1) {
                std::this_thread::sleep_for(20ms);  // until drain() sleeps again that has seen event 0 go
            }
            ++called;
        }));
        out.publish(0);
        while (!runs) {
            std::this_thread::yield();
        }
        // A worker that starts may have the bus's lock, and drain() wait for that instead.
        const std::size_t count = bus::calls == handler_calls::on_shared_workers ? 2 : 1;
        while (!workers.are_all_asleep(count)) {
            std::this_thread::sleep_for(20us);
        }
        out.publish(1);
        std::uint64_t at_the_end = 0;
        waiter drainer([&] {
            b.drain();  // hangs, where it waits for event 2
            at_the_end = called;
            is_drained = true;
        });
        EXPECT_TRUE(drainer.waits()) << "drain() returned too early";
        runs = false;
        auto second = b.subscribe(bus_handler([&](std::uint64_t) {
            runs = true;
            while (!is_drained) {
                std::this_thread::sleep_for(100us);
            }
        }));
        out.publish(2);
        while (!runs) {
            std::this_thread::yield();
        }
        waiter leaver([&] { second.unsubscribe(); });
        EXPECT_TRUE(leaver.waits());
        may_go_on = true;
        while (!drainer.done()) {
            std::this_thread::yield();
        }
        EXPECT_EQ(at_the_end, 2U) << "drain() returned too early";
    }
}

/// While all workers are in calls, a handler that waits for one of them can go at once.
TYPED_TEST_P(BusConformance, AHandlerThatWaitsForAWorkerIsNotCalledAfterUnsubscribe) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::calls == handler_calls::on_shared_workers) {
        std::atomic<unsigned> started{0};
        std::atomic<unsigned> run{0};
        std::atomic<bool> may_end{false};
        std::atomic<unsigned> called{0};
        bus b(impls::bus_options{.on_start = [&](unsigned number) { started += number + 1; }, .workers = 3});
        std::vector<subscription_t<bus>> held;
        for (int i = 0; i < 3; ++i) {
            held.push_back(b.subscribe(bus_handler([&](std::uint64_t event) {
                if (event == 0) {
                    ++run;
                    while (!may_end) {
                        std::this_thread::sleep_for(100us);
                    }
                }
            })));
        }
        auto out = b.publisher();
        out.publish(0);
        while (run < 3) {  // each in a worker of its own; hangs, where there are fewer
            std::this_thread::yield();
        }
        EXPECT_EQ(started, 6U) << "on_start was not called once by each of three workers";
        auto waits = b.subscribe(bus_handler([&](std::uint64_t) { ++called; }));
        out.publish(1);
        waits.unsubscribe();  // hangs, where it waits for a worker
        may_end = true;
        b.drain();
        EXPECT_EQ(called, 0U) << "a handler was called after unsubscribe() had returned";
    }
}

/// Also those that a handler that left has not seen.
TYPED_TEST_P(BusConformance, EventsOfAnyTypeGoWhenAllHaveSeenThem) {
    using bus = typename TypeParam::template bus<std::shared_ptr<int>>;
    const auto event = std::make_shared<int>(7);
    std::atomic<int> sum{0};
    const auto adds = [&sum](const std::shared_ptr<int>& one) { sum += *one; };
    {
        bus b(impls::bus_options{});
        auto out = b.publisher();
        const auto first = b.subscribe(adds);
        auto second = b.subscribe(adds);
        for (int i = 0; i < 300; ++i) {
            out.publish(event);
        }
        b.drain();
        second.unsubscribe();
        EXPECT_EQ(sum, 2 * 300 * 7);
        for (int i = 0; i < 300; ++i) {
            out.publish(event);
        }
    }
    EXPECT_EQ(event.use_count(), 1) << "the bus has left events behind";
}

/// No lock of the bus is held where an event goes.
TYPED_TEST_P(BusConformance, AnEventsDestructorMayPublish) {
    using bus = typename TypeParam::template bus<std::shared_ptr<int>>;
    bus b(impls::bus_options{});
    bool has_gone = false;
    {
        std::shared_ptr<int> event(new int(7), [&](int* what) {
            delete what;
            b.publisher().publish(nullptr);  // hangs, where the bus has its lock
            has_gone = true;
        });
        b.publisher().publish(event);
    }
    auto out = b.publisher();
    for (int i = 0; i < 300; ++i) {
        out.publish(nullptr);
    }
    EXPECT_TRUE(has_gone) << "an event that nobody will read is kept";
}

/// A handler that has unsubscribed itself keeps no event that is published afterwards.
TYPED_TEST_P(BusConformance, AHandlerThatLeftKeepsNoEvents) {
    using bus = typename TypeParam::template bus<std::shared_ptr<int>>;
    if constexpr (bus::changes_within_handlers) {
        const auto event = std::make_shared<int>(7);
        std::mutex mutex;  // of the subscription
        bus b(impls::bus_options{});
        using handler = std::function<void(const std::shared_ptr<int>&)>;
        decltype(b.subscribe(std::declval<handler>())) self;
        {
            const std::lock_guard lock(mutex);
            self = b.subscribe(handler([&](const std::shared_ptr<int>&) {
                const std::lock_guard mine(mutex);
                self.unsubscribe();
            }));
        }
        auto out = b.publisher();
        out.publish(event);
        b.drain();
        for (int i = 0; i < 5000; ++i) {
            out.publish(event);
        }
        b.drain();
        // What the handler kept goes in a worker, after the call: hangs, where events that nobody will read
        // stay.
        while (event.use_count() > 600) {
            std::this_thread::yield();
        }
    }
}

TYPED_TEST_P(BusConformance, PublishersDoNotWaitForEachOthersHandlers) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::publishes_at_once) {
        bus b(impls::bus_options{});
        std::atomic<bool> may_end{false};
        std::atomic<bool> runs{false};
        const auto held = b.subscribe(bus_handler([&](std::uint64_t event) {
            if (event == 1) {
                runs = true;
                while (!may_end) {
                    std::this_thread::sleep_for(100us);
                }
            }
        }));
        waiter slow([&] { b.publisher().publish(1); });
        while (!runs) {
            std::this_thread::yield();
        }
        b.publisher().publish(2);  // hangs, where it waits
        may_end = true;
    }
}

REGISTER_TYPED_TEST_SUITE_P(
    BusConformance, DeclaresItself, EachHandlerIsCalledOnceForEachPublicationInOrder,
    ANewHandlerIsCalledForWhatComesAfter, NoCallBeginsAfterUnsubscribe, UnsubscribeWaitsForTheCallThatRuns,
    AHandlerThatThrowsKeepsNobodyFromBeingCalled, HandlersMaySubscribeAndUnsubscribe,
    AHandlerEndsTheCallsThatItsThreadWouldMake, AHandlerThatIsBeingEndedDoesNotWaitForOthers,
    WhatAHandlerEndsIsNotCalledForWhatItPublishesThen, HandlersMayPublish,
    ChangesDoNotWaitForAnotherHandlersLastCall, ChangesDoNotWaitForAnotherHandlersDestructor,
    WhatAHandlersDestructorEndsIsOverThen, WhatHandlersEndGoesWithoutOthers, HandlersThatLeftKeepNoFileOpen,
    HandlersGoWithTheirSubscriptionsOrWithTheBus, ASlowHandlerHoldsNobodyBackWhereWorkersCall,
    CallsOfOneHandlerDoNotOverlapWhereWorkersCall, DrainWaitsForWhatWasPublishedBeforeOnly,
    AHandlerThatWaitsForAWorkerIsNotCalledAfterUnsubscribe, EventsOfAnyTypeGoWhenAllHaveSeenThem,
    AnEventsDestructorMayPublish, AHandlerThatLeftKeepsNoEvents, PublishersDoNotWaitForEachOthersHandlers);

template <class Subject>
class BusStress : public testing::Test {};
TYPED_TEST_SUITE_P(BusStress);

/// Three publish, two let handlers come and go, four handlers stay.
TYPED_TEST_P(BusStress, NothingIsMissedOrComesTwiceOrComesLate) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    constexpr unsigned publishers = 3;
    bus b(impls::bus_options{});
    std::vector<seen_by_one> seen(4, seen_by_one(publishers));
    std::vector<subscription_t<bus>> held;
    for (seen_by_one& one : seen) {
        held.push_back(b.subscribe(bus_handler([&one](std::uint64_t event) { one.enter(event); })));
    }
    std::vector<std::uint64_t> published(publishers, 0);
    std::atomic<std::uint64_t> late{0};
    for_a_while(publishers + 2, 150ms, [&](unsigned me, const std::atomic<bool>& over) {
        if (me < publishers) {
            auto out = b.publisher();
            std::uint64_t made = 0;
            while (made == 0 || (!over.load(std::memory_order_relaxed) && made < 100'000)) {
                out.publish(event_of(me, made++));
                if (made % 64 == 0) {
                    std::this_thread::yield();
                }
            }
            published[me] = made;
            return;
        }
        while (!over.load(std::memory_order_relaxed)) {
            // Plain where no call runs after unsubscribe(): ThreadSanitizer looks, too. One publisher's calls
            // write.
            seen_by_one mine(publishers);
            std::atomic<bool> is_here{true};
            auto one = b.subscribe(bus_handler([&](std::uint64_t event) {
                if constexpr (bus::unsubscribed == after_unsubscribe::none_runs) {
                    late += !is_here.load(std::memory_order_relaxed);
                    mine.enter(event);
                    std::this_thread::yield();
                    late += !is_here.load(std::memory_order_relaxed);
                }
            }));
            std::this_thread::yield();
            one.unsubscribe();
            is_here.store(false, std::memory_order_relaxed);
            for (const auto& of : mine.of) {
                EXPECT_FALSE(of.disordered);
            }
        }
    });
    b.drain();
    EXPECT_EQ(late, 0U) << "a handler was called after unsubscribe() had returned";
    for (const seen_by_one& one : seen) {
        for (unsigned i = 0; i < publishers; ++i) {
            one.expect_all(i, published[i]);
        }
    }
}

/// Handlers that unsubscribe themselves, or each other, in several threads at once: nobody waits for a thread
/// that waits for it.
TYPED_TEST_P(BusStress, HandlersThatUnsubscribeDoNotWaitForEachOther) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::changes_within_handlers) {
        const deadline over(150ms);
        for (unsigned round = 0; round < 200 && !over(); ++round) {
            bus b(impls::bus_options{});
            constexpr unsigned handlers = 3;
            std::vector<std::atomic<unsigned>> calls(handlers);
            std::vector<std::optional<subscription_t<bus>>> held(handlers);
            std::vector<std::mutex> mutexes(handlers);  // each of one subscription
            for (unsigned i = 0; i < handlers; ++i) {
                const std::lock_guard lock(mutexes[i]);
                held[i].emplace(b.subscribe(bus_handler([&, i](std::uint64_t) {
                    ++calls[i];
                    const unsigned which = round % 2 == 0 ? i : (i + 1) % handlers;
                    const std::lock_guard mine(mutexes[which]);
                    if (held[which]) {
                        held[which]->unsubscribe();
                    }
                })));
            }
            together(2, [&](unsigned) {
                auto out = b.publisher();
                for (std::uint64_t i = 0; i < 20; ++i) {
                    out.publish(i);
                }
            });
            b.drain();
            unsigned called = 0;
            for (const auto& one : calls) {
                called += one;
            }
            EXPECT_GT(called, 0U);
            EXPECT_LE(called, handlers * 40);
            for (auto& one : held) {
                one.reset();
            }
        }
    }
}

/// Many handlers throw in several threads, none of which notices the others'.
TYPED_TEST_P(BusStress, EveryThrowIsCounted) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::isolates_exceptions) {
        constexpr unsigned publishers = 3;
        constexpr std::uint64_t each = 300;
        bus b(impls::bus_options{});
        seen_by_one seen(publishers);
        const auto throws = b.subscribe(bus_handler([](std::uint64_t event) {
            if (event % 2 == 0) {
                throw std::runtime_error("a handler's");
            }
        }));
        const auto sees = b.subscribe(bus_handler([&](std::uint64_t event) { seen.enter(event); }));
        together(publishers, [&](unsigned me) {
            auto out = b.publisher();
            for (std::uint64_t i = 0; i < each; ++i) {
                out.publish(event_of(me, i));
            }
        });
        b.drain();
        EXPECT_EQ(b.failures(), publishers * each / 2);
        for (unsigned i = 0; i < publishers; ++i) {
            seen.expect_all(i, each);
        }
    }
}

/// Two handlers meet in the calls for an event, so that it takes two workers at once. These sleep before some
/// events, and may be about to before others.
TYPED_TEST_P(BusStress, EveryPublicationWakesAWorkerForEachHandler) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    if constexpr (bus::calls != handler_calls::in_publish) {
        bus_workers workers;
        bus b(impls::bus_options{.on_start = [&](unsigned) { workers.enter(); }, .workers = 2});
        std::vector<std::atomic<std::uint64_t>> begun(2);
        std::vector<std::atomic<std::uint64_t>> done(2);
        std::vector<subscription_t<bus>> held;
        for (std::size_t i = 0; i < 2; ++i) {
            held.push_back(b.subscribe(bus_handler([&, i](std::uint64_t event) {
                begun[i].store(event, std::memory_order_relaxed);
                while (begun[1 - i].load(std::memory_order_relaxed) < event) {
                    std::this_thread::yield();  // hangs, where the other worker sleeps on
                }
                done[i].store(event, std::memory_order_relaxed);
            })));
        }
        auto out = b.publisher();
        const deadline over(300ms);
        for (std::uint64_t event = 1; event < 20'000 && !over(); ++event) {
            out.publish(event);
            while (done[0].load(std::memory_order_relaxed) < event ||
                   done[1].load(std::memory_order_relaxed) < event) {
                std::this_thread::yield();
            }
            if (event % 8 == 1) {
                while (!workers.are_all_asleep(2)) {
                    std::this_thread::sleep_for(20us);
                }
            } else {
                for (std::uint64_t pause = 0; pause < event % 64; ++pause) {
                    std::this_thread::yield();
                }
            }
        }
    }
}

/// drain() while others publish, subscribe and unsubscribe: all that its own thread published has been handled.
TYPED_TEST_P(BusStress, DrainSeesWhatWasPublishedBeforeBesideOthers) {
    using bus = typename TypeParam::template bus<std::uint64_t>;
    bus b(impls::bus_options{});
    constexpr unsigned drainers = 2;
    // Plain: drain() has to order the calls before its end, and of a drainer's own events none is under way
    // then. ThreadSanitizer does not see inside libraries, through which an event goes behind such a look.
    constexpr bool is_plain = !requires { bus::adapted; };
    const auto enter = [](std::uint64_t& at, std::uint64_t number) {
        if constexpr (is_plain) {
            at = number;
        } else {
            std::atomic_ref(at).store(number, std::memory_order_relaxed);
        }
    };
    const auto entered = [](std::uint64_t& at) {
        if constexpr (is_plain) {
            return at;
        } else {
            return std::atomic_ref(at).load(std::memory_order_relaxed);
        }
    };
    std::vector<std::vector<std::uint64_t>> seen(3, std::vector<std::uint64_t>(drainers, 0));
    std::vector<subscription_t<bus>> held;
    for (auto& one : seen) {
        held.push_back(b.subscribe(bus_handler([&one, enter](std::uint64_t event) {
            if (event >> 32 < drainers) {
                enter(one[event >> 32], event & 0xffff'ffff);
            }
        })));
    }
    for_a_while(drainers + 2, 150ms, [&](unsigned me, const std::atomic<bool>& over) {
        auto out = b.publisher();
        for (std::uint64_t i = 1; i == 1 || (!over.load(std::memory_order_relaxed) && i < 50'000); ++i) {
            if (me == drainers) {
                auto guest = b.subscribe(bus_handler([](std::uint64_t) { std::this_thread::yield(); }));
                std::this_thread::yield();
                continue;
            }
            out.publish(event_of(me, i));
            if (me < drainers && i % 8 == 0) {
                b.drain();
                for (auto& one : seen) {
                    EXPECT_EQ(entered(one[me]), i) << "drain() returned too early";
                }
            }
        }
    });
}

REGISTER_TYPED_TEST_SUITE_P(BusStress, NothingIsMissedOrComesTwiceOrComesLate,
                            HandlersThatUnsubscribeDoNotWaitForEachOther, EveryThrowIsCounted,
                            EveryPublicationWakesAWorkerForEachHandler,
                            DrainSeesWhatWasPublishedBeforeBesideOthers);

}  // namespace handoff::tests
