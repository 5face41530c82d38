// What every queue of the catalog must do, single-threaded and with close; once per queue, from the catalog.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "blocking.hpp"
#include "concepts/queues.hpp"
#include "detail/first_index.hpp"
#include "queues/inside.hpp"
#include "queues/subject.hpp"
#include "queues/tracked.hpp"
#include "shared/failing_new.hpp"

namespace handoff::tests {

using namespace std::chrono_literals;

/// Pushes where there is room; true when pushed.
template <class End, class T>
bool offer(End& end, T&& value) {
    if constexpr (requires { end.try_push(std::move(value)); }) {
        return end.try_push(std::move(value));
    } else {
        end.push(std::move(value));
        return true;
    }
}

#ifdef __SANITIZE_THREAD__
constexpr std::size_t large_capacity = std::size_t{1}
                                       << 12;  // it is slow, and has nothing to see in one thread
#else
constexpr std::size_t large_capacity = std::size_t{1} << 20;
#endif

/// Capacities that the queue's rule allows.
template <class Queue>
std::vector<std::size_t> legal_capacities() {
    switch (Queue::capacity_is) {
        case impls::capacity_rule::power_of_two:
            return {2, 4, 64, 1024};
        case impls::capacity_rule::unbounded:
            return {};
        default:
            return {1, 2, 3, 5, 7, 64, 1000, 1024};
    }
}

/// Capacities that no memory holds: some whose bytes overflow to few, for values of 8 bytes or slots of 16.
template <class Queue>
std::vector<std::size_t> capacities_beyond_memory() {
    constexpr std::size_t one = 1;
    if (Queue::capacity_is == impls::capacity_rule::power_of_two) {
        return {one << 58, one << 60, one << 61, one << 62, one << 63};
    }
    return {(one << 60) + 1, (one << 61) + 1, one << 62, SIZE_MAX - 1, SIZE_MAX};
}

/// From where the ring of a queue counts, where it lets a test choose (impls/detail/first_index.hpp): before
/// the indices pass 2^32 and before they wrap.
template <class Queue>
std::vector<std::uint64_t> first_indices() {
    constexpr std::uint64_t before = 256;  // a multiple of what rings and their blocks are made of here
    std::vector<std::uint64_t> firsts{0, (std::uint64_t{1} << 32) - before, 0 - before};
    if constexpr (requires { Queue::largest_index; }) {
        std::erase_if(firsts, [](std::uint64_t first) { return first > Queue::largest_index; });
    }
    return firsts;
}

template <class Subject>
class QueueConformance : public testing::Test {};
TYPED_TEST_SUITE_P(QueueConformance);

TYPED_TEST_P(QueueConformance, DeclaresItself) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    static_assert(impls::queue<queue>);
    static_assert(impls::bounded_queue<queue> != impls::unbounded_queue<queue>);
    EXPECT_FALSE(queue::name.empty());
}

TYPED_TEST_P(QueueConformance, KeepsItsOrderForOneProducerOverManyLaps) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    const auto q = make<queue>(8);
    auto&& in = impls::producer_end(*q);
    auto&& out = impls::consumer_end(*q);
    inside<queue> left;
    std::uint64_t pushed = 0;
    for (int lap = 0; lap < 500; ++lap) {
        const int batch = 1 + lap % 8;
        for (int i = 0; i < batch; ++i) {
            const std::uint64_t value = left.value_of(pushed++);
            ASSERT_TRUE(offer(in, std::uint64_t{value}));
            left.push(value);
        }
        for (int i = 0; i < batch; ++i) {
            std::uint64_t value = ~std::uint64_t{0};
            ASSERT_TRUE(out.try_pop(value));
            ASSERT_TRUE(left.pop(value));
        }
    }
}

TYPED_TEST_P(QueueConformance, EmptyPopIsRefusedAndChangesNothing) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    const auto q = make<queue>(8);
    auto&& in = impls::producer_end(*q);
    auto&& out = impls::consumer_end(*q);
    std::uint64_t value = 77;
    EXPECT_FALSE(out.try_pop(value));
    EXPECT_EQ(value, 77U);
    ASSERT_TRUE(offer(in, std::uint64_t{5}));
    ASSERT_TRUE(out.try_pop(value));
    EXPECT_EQ(value, 5U);
    EXPECT_FALSE(out.try_pop(value));
    EXPECT_EQ(value, 5U);
}

TYPED_TEST_P(QueueConformance, HoldsWhatItsCapacityRuleSays) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (is_bounded<queue>) {
        for (const std::size_t capacity : legal_capacities<queue>()) {
            const auto q = make<queue>(capacity);
            auto&& in = impls::producer_end(*q);
            auto&& out = impls::consumer_end(*q);
            if (queue::capacity_is == impls::capacity_rule::at_least) {
                EXPECT_GE(q->capacity(), capacity);
            } else {
                EXPECT_EQ(q->capacity(), capacity);
            }
            for (int lap = 0; lap < 3; ++lap) {  // the capacity holds wherever the ring begins
                inside<queue> left;
                std::size_t held = 0;
                while (held <= 4 * capacity + 4096 && in.try_push(std::uint64_t{held})) {
                    left.push(held++);
                }
                std::uint64_t value = 0;
                if (queue::capacity_is == impls::capacity_rule::at_least) {
                    // full when fresh; later its parts may be half used
                    EXPECT_LE(held, q->capacity());
                    EXPECT_GE(held, lap == 0 ? q->capacity() : capacity) << "asked for " << capacity;
                    ASSERT_TRUE(out.try_pop(value));
                    ASSERT_TRUE(left.pop(value));
                } else {
                    EXPECT_EQ(held, q->capacity()) << "asked for " << capacity << ", lap " << lap;
                    ASSERT_TRUE(out.try_pop(value));
                    ASSERT_TRUE(left.pop(value));
                    EXPECT_TRUE(in.try_push(std::uint64_t{held})) << "no room after a pop";
                    left.push(held);
                }
                while (left.size() > 0) {
                    ASSERT_TRUE(out.try_pop(value));
                    ASSERT_TRUE(left.pop(value));
                }
                EXPECT_FALSE(out.try_pop(value));
                if (lap == 0 && capacity > 1) {  // begin the next lap elsewhere
                    ASSERT_TRUE(in.try_push(std::uint64_t{0}));
                    ASSERT_TRUE(out.try_pop(value));
                }
            }
        }
        std::size_t large = large_capacity;
        if constexpr (requires { queue::largest_capacity; }) {
            large = std::min(large, queue::largest_capacity);
        }
        const auto q = make<queue>(large);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        const std::size_t whole = q->capacity();  // some count it
        EXPECT_GE(whole, large);
        std::uint64_t held = 0;
        while (held <= whole && in.try_push(std::uint64_t{held})) {
            ++held;
        }
        EXPECT_EQ(held, whole);
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < held; ++i) {
            std::uint64_t value = 0;
            if (!out.try_pop(value)) {
                FAIL() << "item " << i << " of " << held;
            }
            sum += value;
        }
        EXPECT_EQ(sum, held * (held - 1) / 2) << "not the items that were pushed";
    } else {
        const auto q = make<queue>(0);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        inside<queue> left;
        for (std::uint64_t i = 0; i < 100000; ++i) {
            in.push(std::uint64_t{i});
            left.push(i);
        }
        std::uint64_t value = 0;
        while (left.size() > 0) {
            ASSERT_TRUE(out.try_pop(value));
            ASSERT_TRUE(left.pop(value));
        }
    }
}

TYPED_TEST_P(QueueConformance, RefusedPushLeavesItsArgument) {
    if constexpr (accepts<TypeParam, std::unique_ptr<int>>) {
        using queue = typename TypeParam::template queue<std::unique_ptr<int>>;
        if constexpr (is_bounded<queue>) {
            const auto q = make<queue>(2);
            auto&& in = impls::producer_end(*q);
            for (std::size_t i = 0; i < q->capacity(); ++i) {
                ASSERT_TRUE(in.try_push(std::make_unique<int>(1)));
            }
            auto value = std::make_unique<int>(42);
            EXPECT_FALSE(in.try_push(std::move(value)));
            ASSERT_NE(value, nullptr);
            EXPECT_EQ(*value, 42);
        }
    } else {
        using queue = typename TypeParam::template queue<std::uint64_t>;
        if constexpr (is_bounded<queue>) {
            const auto q = make<queue>(2);
            auto&& in = impls::producer_end(*q);
            for (std::size_t i = 0; i < q->capacity(); ++i) {
                ASSERT_TRUE(in.try_push(std::uint64_t{1}));
            }
            std::uint64_t value = 42;
            EXPECT_FALSE(in.try_push(std::move(value)));
            EXPECT_EQ(value, 42U);
        }
    }
}

TYPED_TEST_P(QueueConformance, MovesMoveOnlyValues) {
    if constexpr (accepts<TypeParam, std::unique_ptr<int>>) {
        using queue = typename TypeParam::template queue<std::unique_ptr<int>>;
        const auto q = make<queue>(8);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        for (int i = 0; i < 100; ++i) {
            auto value = std::make_unique<int>(i);
            ASSERT_TRUE(offer(in, std::move(value)));
            EXPECT_EQ(value, nullptr);
            std::unique_ptr<int> got;
            ASSERT_TRUE(out.try_pop(got));
            ASSERT_NE(got, nullptr);
            EXPECT_EQ(*got, i);
        }
    } else {
        GTEST_SKIP() << "declares that it takes copyable values only";
    }
}

/// A push that has returned before another begins comes out first, whoever pushes and pops, or as late as the
/// queue's relaxation says: lanes for threads or handles are no FIFO. Where only a producer's own items are in
/// order, its first one comes first. All operations one after the other, each by a thread of its own choice.
TYPED_TEST_P(QueueConformance, WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    constexpr bool of_each_producer = queue::order == impls::ordering::per_producer_fifo;
    if constexpr (!impls::relaxation_of<queue>() && !of_each_producer) {
        GTEST_SKIP() << "declares no order, nor how far it is from it";
    } else if constexpr (queue::producers == impls::cardinality::one && !consumers_share<queue>) {
        GTEST_SKIP() << "one producer, one consumer";
    } else {
        constexpr std::size_t producers = queue::producers == impls::cardinality::many ? 3 : 1;
        constexpr std::size_t consumers = consumers_share<queue> ? 3 : 1;
        constexpr std::uint64_t items = 400;
        // enough for a pop to go too far
        constexpr std::size_t most_inside = 16 + 2 * inside<queue>::most_passed_over;
        constexpr std::size_t room = std::bit_ceil(4 * most_inside);
        const auto q = make<queue>(room);
        std::mt19937 random(1);
        std::atomic<std::size_t> turn{0};  // of thread turn - 1; 0: nobody's
        std::atomic<bool> over{false};
        std::uint64_t value = 0;
        bool done = false;
        const auto take_turns = [&](std::size_t me, auto&& act) {
            for (;;) {
                std::size_t whose = turn.load();
                while (whose != me + 1 && !over) {
                    turn.wait(whose);
                    whose = turn.load();
                }
                if (over) {
                    return;
                }
                act();
                turn = 0;
                turn.notify_all();
            }
        };
        std::vector<std::thread> threads;
        for (std::size_t i = 0; i < producers; ++i) {
            threads.emplace_back([&, i] {
                auto&& in = impls::producer_end(*q);
                take_turns(i, [&] { done = offer(in, std::uint64_t{value}); });
            });
        }
        for (std::size_t i = producers; i < producers + consumers; ++i) {
            threads.emplace_back([&, i] {
                auto&& out = impls::consumer_end(*q);
                take_turns(i, [&] { done = out.try_pop(value); });
            });
        }
        const auto let = [&](std::size_t thread) {
            turn = thread + 1;
            turn.notify_all();
            for (std::size_t whose = turn.load(); whose != 0; whose = turn.load()) {
                turn.wait(whose);
            }
        };
        std::array<inside<queue>, of_each_producer ? producers : 1> left;  // of whom an item is: its remainder
        std::uint64_t pushed = 0;
        std::uint64_t popped = 0;
        while (popped < items && !this->HasFailure()) {
            const std::size_t in_all = pushed - popped;
            const bool push = pushed < items && in_all < most_inside && (in_all == 0 || random() % 2 == 0);
            if (push) {
                const std::size_t who = random() % producers;
                value = of_each_producer ? pushed++ * producers + who : left[0].value_of(pushed++);
                let(who);
                EXPECT_TRUE(done) << "a push was refused with " << in_all << " of " << room << " inside";
                left[value % left.size()].push(value);
            } else {
                let(producers + random() % consumers);
                EXPECT_TRUE(done) << "a pop was refused with " << in_all << " items inside";
                EXPECT_TRUE(left[value % left.size()].pop(value))
                    << "pushed after an item that is still inside"
                    << (of_each_producer ? ", by its producer" : "");
                ++popped;
            }
        }
        over = true;
        turn = producers + consumers + 1;
        turn.notify_all();
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
}

/// `count` values at once where the queue has that; one by one otherwise. How many went in.
template <class Queue, class End, class T>
std::size_t offer_in_bulk(End& end, T* first, std::size_t count) {
    if constexpr (requires { end.try_push_bulk(first, count); }) {
        return end.try_push_bulk(first, count);
    } else if constexpr (requires { end.push_bulk(first, count); }) {
        end.push_bulk(first, count);
        return count;
    } else {
        std::size_t pushed = 0;
        while (pushed < count && offer(end, std::move(first[pushed]))) {
            ++pushed;
        }
        return pushed;
    }
}
template <class Queue, class End, class T>
std::size_t take_in_bulk(End& end, T* out, std::size_t count) {
    if constexpr (requires { end.try_pop_bulk(out, count); }) {
        return end.try_pop_bulk(out, count);
    } else {
        std::size_t popped = 0;
        while (popped < count && end.try_pop(out[popped])) {
            ++popped;
        }
        return popped;
    }
}

/// Each value begins and ends its life once, at an address that suits it, whatever is left inside and wherever
/// the ring's indices are, also while they wrap.
TYPED_TEST_P(QueueConformance, DestructorFreesWhatIsLeft) {
    using value = tracked_by<TypeParam>;
    if constexpr (std::is_void_v<value>) {
        GTEST_SKIP() << "declares that it takes trivially copyable values only";
    } else {
        using queue = typename TypeParam::template queue<value>;
        constexpr std::size_t capacity = 8;
        // enough for a ring whose laps are counted, or its segments of 64
        constexpr std::uint64_t enough = 20'000;
        const long alive = value::alive();
        const long holding = value::holding();
        for (const std::uint64_t first : first_indices<queue>()) {
            for (const std::size_t level : {0, 1, 5, 8}) {
                SCOPED_TRACE("counting from " + std::to_string(first) + ", with " + std::to_string(level) +
                             " items inside");
                if (first != 0 && level != 5 && level != capacity) {
                    continue;
                }
                {
                    const counting_from<value> start(first);
                    const auto q = make<queue>(capacity);
                    auto&& in = impls::producer_end(*q);
                    auto&& out = impls::consumer_end(*q);
                    inside<queue> left;
                    std::array<value, 3> batch;
                    const std::size_t most = std::max<std::size_t>(level, 1);
                    const std::uint64_t last = first == 0 ? 100 : enough;
                    std::uint64_t pushed = 0;
                    while (pushed < last || left.size() < most) {
                        const bool is_over = pushed >= last;  // it is filled up
                        const std::size_t batched = is_over ? batch.size() : 1 + pushed % batch.size();
                        const std::size_t count = std::min(batched, most - left.size());
                        for (std::size_t i = 0; i < count; ++i) {
                            const std::uint64_t next = left.value_of(++pushed);
                            batch[i] = value(next);
                            left.push(next);
                        }
                        ASSERT_EQ(offer_in_bulk<queue>(in, batch.data(), count), count) << "item " << pushed;
                        const std::size_t taken =
                            is_over && level != 0 ? 0 : take_in_bulk<queue>(out, batch.data(), 1 + pushed % 2);
                        ASSERT_EQ(taken == 0, is_over && level != 0) << "item " << pushed;
                        for (std::size_t i = 0; i < taken; ++i) {
                            ASSERT_TRUE(left.pop(batch[i].value()));
                        }
                        for (value& one : batch) {
                            one = value();
                        }
                        if (is_over && level == 0) {
                            break;
                        }
                    }
                    ASSERT_EQ(left.size(), level);
                    if (queue::order != impls::ordering::multicast) {  // there they stay until the next lap
                        for (value& taken : batch) {
                            taken = value();
                        }
                        EXPECT_EQ(value::holding() - holding, static_cast<long>(level)) << "values inside";
                    }
                }
                ASSERT_EQ(value::alive(), alive) << "the queue has left values behind, or ended some twice";
                ASSERT_EQ(value::holding(), holding);
            }
        }
        EXPECT_EQ(value::misplaced(), 0)
            << "values stood at addresses that are no multiple of " << alignof(value);
    }
}

/// Allocations fail one by one while a queue is made, and in each push.
template <class Queue>
void run_out_of_memory() {
    using value = typename Queue::value_type;
    const long alive = value::alive();
    // What libraries make once is there afterwards; a constructor that fails leaves nothing behind.
    make<Queue>(64);
    for (unsigned nth = 1, made = impls::leaks_without_memory<Queue>; made == 0 && nth < 200; ++nth) {
        const failing_new allocation(nth);
        try {
            make<Queue>(64);
            made = nth;
        } catch (const std::bad_alloc&) {
        }
    }
    for (unsigned nth = 1; nth <= 3; ++nth) {
        SCOPED_TRACE("allocation " + std::to_string(nth) + " of each push fails");
        std::size_t capacity = 2048;
        if constexpr (requires { Queue::largest_capacity; }) {
            capacity = std::min<std::size_t>(capacity, Queue::largest_capacity);
        }
        const auto q = make<Queue>(capacity);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        inside<Queue> left;
        value item(1);
        ASSERT_TRUE(offer(in, std::move(item)));
        ASSERT_TRUE(out.try_pop(item));
        const std::uint64_t turns = std::min<std::uint64_t>(1100, capacity);
        for (std::uint64_t turn = 1; turn <= turns; ++turn) {
            const std::uint64_t mine = left.value_of(turn);
            item = value(mine);
            bool is_inside = false;
            bool has_thrown = false;
            try {
                const failing_new allocation(nth);
                is_inside = offer(in, std::move(item));
            } catch (const std::bad_alloc&) {
                has_thrown = true;
            }
            if (has_thrown) {
                if constexpr (impls::loses_what_it_cannot_allocate<Queue>) {
                    item = value(mine);
                }
                // NOLINTNEXTLINE(bugprone-use-after-move): it is the question
                ASSERT_EQ(item.value(), mine) << "a push that threw kept or lost its value";
                is_inside = offer(in, std::move(item));
            }
            ASSERT_TRUE(is_inside) << "item " << turn;
            left.push(mine);
        }
        while (left.size() > 0) {
            ASSERT_TRUE(out.try_pop(item)) << left.size() << " items are left inside";
            ASSERT_TRUE(left.pop(item.value()));
        }
        EXPECT_FALSE(out.try_pop(item)) << "more came out than was pushed";
    }
    EXPECT_EQ(value::alive(), alive);
}

/// A capacity beyond memory, an allocation that fails, a move that throws: nothing is lost, and the queue goes
/// on.
TYPED_TEST_P(QueueConformance, WhatThrowsChangesNothing) {
    using plain = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (is_bounded<plain> && !requires { plain::largest_capacity; }) {
        for (const std::size_t capacity : capacities_beyond_memory<plain>()) {
            try {
                const little_memory enough(std::size_t{1} << 24);
                const auto q = make<plain>(capacity);
                EXPECT_GE(q->capacity(), capacity) << "asked for " << capacity;
                auto&& in = impls::producer_end(*q);
                for (std::uint64_t i = 0; i < 100; ++i) {
                    ASSERT_TRUE(in.try_push(std::uint64_t{i})) << "item " << i << " of " << capacity;
                }
            } catch (const std::bad_alloc&) {
            } catch (const std::length_error&) {
            }
        }
    }
    if constexpr (!std::is_void_v<tracked_by<TypeParam>>) {
        if constexpr (!impls::dies_without_memory<plain>) {
            run_out_of_memory<typename TypeParam::template queue<tracked_by<TypeParam>>>();
        }
    }
    if constexpr (accepts<TypeParam, throwing>) {
        using queue = typename TypeParam::template queue<throwing>;
        const auto q = make<queue>(4);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        throwing item;
        const auto throws = [](auto&& operation) {
            throwing::throws = true;
            bool has_thrown = false;
            try {
                operation();
            } catch (const throwing::thrown&) {
                has_thrown = true;
            }
            throwing::throws = false;
            return has_thrown;
        };
        constexpr const char* remedy = "; a queue that cannot promise that takes impls::nothrow_movable values";
        for (std::uint64_t turn = 1; turn <= 20; ++turn) {
            item = throwing(turn);
            EXPECT_TRUE(throws([&] { offer(in, std::move(item)); }));
            EXPECT_FALSE(out.try_pop(item)) << "a push whose move threw left something behind" << remedy;
            item = throwing(turn);
            ASSERT_TRUE(offer(in, std::move(item))) << "after a push whose move threw" << remedy;
            EXPECT_TRUE(throws([&] { out.try_pop(item); }));
            ASSERT_TRUE(out.try_pop(item)) << "after a pop whose move threw" << remedy;
            ASSERT_EQ(item.value(), turn);
        }
    }
}

/// Batches of all sizes, larger than the queue and than what is in it, over many laps.
TYPED_TEST_P(QueueConformance, BatchesAreAsGoodAsOneByOne) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (impls::pushes_in_bulk<queue> || impls::pops_in_bulk<queue>) {
        const auto q = make<queue>(8);
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        inside<queue> left;
        std::uint64_t pushed = 0;
        std::array<std::uint64_t, 40> batch{};
        for (std::size_t round = 0; round < 3000; ++round) {
            std::iota(batch.begin(), batch.end(), pushed);
            const std::size_t offered = 1 + round * 7 % batch.size();
            const std::size_t went_in = offer_in_bulk<queue>(in, batch.data(), offered);
            if constexpr (is_bounded<queue>) {
                if (queue::capacity_is != impls::capacity_rule::at_least) {
                    ASSERT_EQ(went_in, std::min(offered, 8 - left.size()));
                }
            } else {
                ASSERT_EQ(went_in, offered);
            }
            for (std::size_t i = 0; i < went_in; ++i) {
                left.push(pushed++);
            }
            const std::size_t wanted = 1 + round * 11 % batch.size();
            batch.fill(~std::uint64_t{0});
            const std::size_t came_out = take_in_bulk<queue>(out, batch.data(), wanted);
            ASSERT_LE(came_out, wanted);
            ASSERT_EQ(came_out == 0, left.size() == 0);
            for (std::size_t i = 0; i < came_out; ++i) {
                ASSERT_TRUE(left.pop(batch[i]));
            }
            for (std::size_t i = came_out; i < batch.size(); ++i) {
                ASSERT_EQ(batch[i], ~std::uint64_t{0});
            }
        }
        while (const std::size_t rest = take_in_bulk<queue>(out, batch.data(), batch.size())) {
            for (std::size_t i = 0; i < rest; ++i) {
                ASSERT_TRUE(left.pop(batch[i]));
            }
        }
        EXPECT_EQ(left.size(), 0U);
    } else {
        GTEST_SKIP() << "has no operation for several items";
    }
}

TYPED_TEST_P(QueueConformance, ABatchLeavesWhatDoesNotFit) {
    if constexpr (accepts<TypeParam, std::unique_ptr<int>>) {
        using queue = typename TypeParam::template queue<std::unique_ptr<int>>;
        if constexpr (is_bounded<queue> && impls::pushes_in_bulk<queue>) {
            const auto q = make<queue>(4);
            auto&& in = impls::producer_end(*q);
            std::vector<std::unique_ptr<int>> batch;
            for (std::size_t i = 0; i < q->capacity() + 3; ++i) {
                batch.push_back(std::make_unique<int>(static_cast<int>(i)));
            }
            EXPECT_EQ(offer_in_bulk<queue>(in, batch.data(), batch.size()), q->capacity());
            for (std::size_t i = 0; i < batch.size(); ++i) {
                EXPECT_EQ(batch[i] != nullptr, i >= q->capacity()) << i;
            }
            return;
        }
    }
    GTEST_SKIP() << "unbounded, takes copyable values only, or pushes one by one";
}

/// Of any queue: a channel does one by one what its queue cannot do at once.
TYPED_TEST_P(QueueConformance, ChannelsHaveBatches) {
    TypeParam::for_each_wait([]<class Wait>() {
        using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
        SCOPED_TRACE(Wait::name);
        const auto c = make_channel<channel>(8);
        auto in = c->producer();
        auto out = c->consumer();
        std::array<std::uint64_t, 6> batch{1, 2, 3, 4, 5, 6};
        inside<typename channel::queue_type> left;
        for (const std::uint64_t value : batch) {
            left.push(value);
        }
        ASSERT_EQ(in.push_bulk(batch.data(), batch.size()), batch.size());
        batch.fill(0);
        while (left.size() > 0) {
            const std::size_t popped = out.pop_bulk(batch.data(), 4);
            ASSERT_GE(popped, 1U);
            ASSERT_LE(popped, 4U);
            for (std::size_t i = 0; i < popped; ++i) {
                ASSERT_TRUE(left.pop(batch[i]));
            }
        }
        c->close();
        EXPECT_EQ(in.push_bulk(batch.data(), 2), 0U);
        EXPECT_EQ(out.pop_bulk(batch.data(), 2), 0U);
    });
}

TYPED_TEST_P(QueueConformance, CloseRefusesPushesAndDrainsPops) {
    TypeParam::for_each_wait([]<class Wait>() {
        using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
        SCOPED_TRACE(Wait::name);
        const auto c = make_channel<channel>(8);
        auto in = c->producer();
        auto out = c->consumer();
        inside<typename channel::queue_type> left;
        for (std::uint64_t i = 0; i < 6; ++i) {
            ASSERT_TRUE(in.push(std::uint64_t{i}));
            left.push(i);
        }
        EXPECT_FALSE(c->is_closed());
        c->close();
        c->close();  // does nothing
        EXPECT_TRUE(c->is_closed());
        std::uint64_t refused = 99;
        EXPECT_FALSE(in.push(std::move(refused)));
        EXPECT_EQ(refused, 99U);
        EXPECT_EQ(in.try_push_for(std::move(refused), 1ms), impls::queue_op_status::closed);
        std::uint64_t value = 0;
        for (std::uint64_t i = 0; i < 3; ++i) {
            ASSERT_TRUE(out.pop(value));
            EXPECT_TRUE(left.pop(value));
        }
        EXPECT_TRUE(out.try_pop(value));
        EXPECT_TRUE(left.pop(value));
        EXPECT_EQ(out.try_pop_for(value, 10s), impls::queue_op_status::success);
        EXPECT_TRUE(left.pop(value));
        std::vector<std::uint64_t> many(4);
        const auto batch = out.pop_batch(many.begin(), 4, 10s);
        EXPECT_EQ(batch.count, 1U);
        EXPECT_TRUE(left.pop(many[0]));
        value = 123;
        EXPECT_FALSE(out.pop(value));
        EXPECT_FALSE(out.try_pop(value));
        EXPECT_EQ(out.try_pop_for(value, 10s), impls::queue_op_status::closed);
        EXPECT_EQ(value, 123U);
        const auto none = out.pop_batch(many.begin(), 4, 10s);
        EXPECT_EQ(none.count, 0U);
        EXPECT_EQ(none.status, impls::queue_op_status::closed);
    });
}

TYPED_TEST_P(QueueConformance, CloseWakesWhoeverWaits) {
    TypeParam::for_each_wait([]<class Wait>() {
        using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
        SCOPED_TRACE(Wait::name);
        {
            const auto c = make_channel<channel>(2);
            std::thread waiting([&] {
                auto out = c->consumer();
                std::uint64_t value = 77;
                EXPECT_FALSE(out.pop(value));
                EXPECT_EQ(value, 77U);
            });
            std::this_thread::sleep_for(5ms);
            c->close();
            waiting.join();
        }
        if constexpr (is_bounded<typename channel::queue_type>) {
            const auto c = make_channel<channel>(2);
            auto filler = c->producer();
            inside<typename channel::queue_type> left;
            for (std::size_t i = 0; i < c->capacity(); ++i) {
                ASSERT_TRUE(filler.push(std::uint64_t{i}));
                left.push(i);
            }
            std::thread waiting([&] {
                auto in = c->producer();
                std::uint64_t refused = 1000;
                EXPECT_FALSE(in.push(std::move(refused)));
                EXPECT_EQ(refused, 1000U);
            });
            std::this_thread::sleep_for(5ms);
            c->close();
            waiting.join();
            auto out = c->consumer();
            std::uint64_t value = 0;
            while (left.size() > 0) {
                ASSERT_TRUE(out.pop(value));
                EXPECT_TRUE(left.pop(value));
            }
            EXPECT_FALSE(out.pop(value));
        }
    });
}

TYPED_TEST_P(QueueConformance, TimedOperationsGiveUpWhenTimeIsOver) {
    TypeParam::for_each_wait([]<class Wait>() {
        using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
        SCOPED_TRACE(Wait::name);
        const auto c = make_channel<channel>(2);
        auto in = c->producer();
        auto out = c->consumer();
        std::uint64_t value = 7;
        auto begin = std::chrono::steady_clock::now();
        EXPECT_EQ(out.try_pop_for(value, 2ms), impls::queue_op_status::timeout);
        EXPECT_GE(std::chrono::steady_clock::now() - begin, 2ms);
        EXPECT_EQ(value, 7U);
        std::vector<std::uint64_t> many(8);
        const auto none = out.pop_batch(many.begin(), 8, 1ms);
        EXPECT_EQ(none.count, 0U);
        EXPECT_EQ(none.status, impls::queue_op_status::timeout);
        if constexpr (is_bounded<typename channel::queue_type>) {
            const std::size_t capacity = c->capacity();
            inside<typename channel::queue_type> left;
            for (std::size_t i = 0; i < capacity; ++i) {
                ASSERT_EQ(in.try_push_for(std::uint64_t{i}, 10s), impls::queue_op_status::success);
                left.push(i);
            }
            begin = std::chrono::steady_clock::now();
            EXPECT_EQ(in.try_push_for(std::move(value), 2ms), impls::queue_op_status::timeout);
            EXPECT_GE(std::chrono::steady_clock::now() - begin, 2ms);
            EXPECT_EQ(value, 7U);
            many.resize(capacity);
            std::size_t taken = 0;
            while (taken < capacity) {
                const auto batch =
                    out.pop_batch(many.begin() + static_cast<std::ptrdiff_t>(taken), capacity - taken, 10s);
                ASSERT_GT(batch.count, 0U);
                taken += batch.count;
            }
            for (std::size_t i = 0; i < capacity; ++i) {
                EXPECT_TRUE(left.pop(many[i]));
            }
            EXPECT_TRUE(in.push(std::uint64_t{9}));
        } else {
            inside<typename channel::queue_type> left;
            for (std::uint64_t i = 0; i < 5; ++i) {
                ASSERT_EQ(in.try_push_for(std::uint64_t{i}, 1ms), impls::queue_op_status::success);
                left.push(i);
            }
            const auto batch = out.pop_batch(many.begin(), 3, 10s);
            EXPECT_EQ(batch.count, 3U) << "no more than asked for";
            for (std::size_t i = 0; i < 3; ++i) {
                EXPECT_TRUE(left.pop(many[i]));
            }
        }
    });
}

/// A timed wait ends early when what it waits for happens.
TYPED_TEST_P(QueueConformance, TimedPopIsWokenByAnItem) {
    TypeParam::for_each_wait([]<class Wait>() {
        using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
        SCOPED_TRACE(Wait::name);
        const auto c = make_channel<channel>(2);
        std::thread later([&] {
            auto in = c->producer();
            std::this_thread::sleep_for(2ms);
            EXPECT_TRUE(in.push(std::uint64_t{3}));
        });
        auto out = c->consumer();
        std::uint64_t value = 0;
        EXPECT_EQ(out.try_pop_for(value, 60s), impls::queue_op_status::success);
        EXPECT_EQ(value, 3U);
        later.join();
    });
}

REGISTER_TYPED_TEST_SUITE_P(QueueConformance, DeclaresItself, KeepsItsOrderForOneProducerOverManyLaps,
                            EmptyPopIsRefusedAndChangesNothing, HoldsWhatItsCapacityRuleSays,
                            RefusedPushLeavesItsArgument, MovesMoveOnlyValues, DestructorFreesWhatIsLeft,
                            WhatThrowsChangesNothing, WhatIsPushedFirstIsPoppedFirstWhoeverDoesIt,
                            BatchesAreAsGoodAsOneByOne, ABatchLeavesWhatDoesNotFit, ChannelsHaveBatches,
                            CloseRefusesPushesAndDrainsPops, CloseWakesWhoeverWaits,
                            TimedOperationsGiveUpWhenTimeIsOver, TimedPopIsWokenByAnItem);

}  // namespace handoff::tests
