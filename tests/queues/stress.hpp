// Every queue of the catalog under threads, with an account of every item; more threads than cores included.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "queues/channel.hpp"
#include "queues/history.hpp"
#include "queues/subject.hpp"
#include "shared/item.hpp"
#include "shared/perturb.hpp"
#include "shared/rank_error.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

#if defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t stress_items = 4000;
#elif defined(__SANITIZE_ADDRESS__)
// A use after free shows only where it happens: as many as ThreadSanitizer gets let two runs in three pass.
inline constexpr std::uint64_t stress_items = 20000;
#else
inline constexpr std::uint64_t stress_items = 40000;
#endif

/// A queue of what workloads send through it.
template <class Subject, std::size_t Bytes>
using queue_of_items = typename Subject::template queue<benchmarks::item_of<Subject::template queue, Bytes>>;

/// A consumer until the channel is closed and empty; enters everything into its ledger.
template <class Channel>
void drain_into(benchmarks::ledger& received, Channel& channel) {
    auto out = channel.consumer();
    typename Channel::value_type got{};
    benchmarks::ledger::page mine = received.open();
    std::uint64_t count = 0;
    for (; out.pop(got); ++count) {
        mine.enter<benchmarks::keeps_order<typename Channel::queue_type>>(got);
    }
    received.close(mine, count);
}

/// Producers run `give(channel, producer, pushed)` to their end, the channel is closed, consumers run
/// `take(channel, received)` until it is empty: every item went through.
template <class Channel, class Give, class Take>
void hand_over_with(std::size_t producers, std::size_t consumers, std::size_t capacity, Give give, Take take) {
    using namespace benchmarks;
    const auto channel = make_channel<Channel>(capacity);
    std::vector<ledger> received(consumers, ledger(producers));
    std::vector<std::uint64_t> pushed(producers, 0);
    std::vector<std::thread> sources;
    std::vector<std::thread> sinks;
    for (std::size_t c = 0; c < consumers; ++c) {
        start_thread(sinks, [&, c] { take(*channel, received[c]); });
    }
    for (std::size_t p = 0; p < producers; ++p) {
        start_thread(sources, [&, p] { give(*channel, p, pushed[p]); });
    }
    for (auto& source : sources) {
        source.join();
    }
    channel->close();
    for (auto& sink : sinks) {
        sink.join();
    }
    EXPECT_EQ(audit(received, pushed, 0), "");
}

/// Item by item.
template <class Channel>
void hand_over(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t items) {
    hand_over_with<Channel>(
        producers, consumers, capacity,
        [&](Channel& channel, std::size_t p, std::uint64_t& pushed) {
            auto in = channel.producer();
            for (std::uint64_t i = 0; i < items / producers; ++i) {
                ASSERT_TRUE(in.push(typename Channel::value_type(p, i)));
                pushed = i + 1;
            }
        },
        [](Channel& channel, benchmarks::ledger& received) { drain_into(received, channel); });
}

/// In batches of up to 7 items.
template <class Channel>
void hand_over_in_bulk(std::size_t producers, std::size_t consumers, std::size_t capacity,
                       std::uint64_t items) {
    using item = typename Channel::value_type;
    hand_over_with<Channel>(
        producers, consumers, capacity,
        [&](Channel& channel, std::size_t p, std::uint64_t& pushed) {
            auto in = channel.producer();
            std::array<item, 7> batch{};
            while (pushed < items / producers) {
                const std::size_t count =
                    std::min<std::uint64_t>(1 + pushed % batch.size(), items / producers - pushed);
                for (std::size_t k = 0; k < count; ++k) {
                    batch[k] = item(p, pushed + k);
                }
                ASSERT_EQ(in.push_bulk(batch.data(), count), count);
                pushed += count;
            }
        },
        [](Channel& channel, benchmarks::ledger& received) {
            auto out = channel.consumer();
            benchmarks::ledger::page mine = received.open();
            std::uint64_t count = 0;
            std::array<item, 7> got{};
            for (std::size_t wanted = 1;; wanted = wanted % got.size() + 1) {
                const std::size_t popped = out.pop_bulk(got.data(), wanted);
                if (popped == 0) {
                    break;
                }
                for (std::size_t i = 0; i < popped; ++i) {
                    mine.enter<benchmarks::keeps_order<typename Channel::queue_type>>(got[i]);
                }
                count += popped;
            }
            received.close(mine, count);
        });
}

/// The channel is closed while everybody is busy: every push that returned true is popped once, no other is.
template <class Channel>
void close_in_full_flight(std::size_t producers, std::size_t consumers, std::size_t capacity) {
    using namespace benchmarks;
    for (int round = 0; round < 10; ++round) {
        const auto channel = make_channel<Channel>(capacity);
        std::vector<ledger> received(consumers, ledger(producers));
        std::vector<std::uint64_t> pushed(producers, 0);
        std::atomic<std::uint64_t> total{0};
        std::vector<std::thread> threads;
        for (std::size_t c = 0; c < consumers; ++c) {
            start_thread(threads, [&, c] { drain_into(received[c], *channel); });
        }
        for (std::size_t p = 0; p < producers; ++p) {
            start_thread(threads, [&, p] {
                auto in = channel->producer();
                std::uint64_t i = 0;
                while (in.push(typename Channel::value_type(p, i))) {
                    ++i;
                    ++total;
                }
                pushed[p] = i;
            });
        }
        while (total.load() < 200 * static_cast<std::uint64_t>(round + 1)) {
            std::this_thread::yield();
        }
        channel->close();
        for (auto& thread : threads) {
            thread.join();
        }
        ASSERT_EQ(audit(received, pushed, 0), "") << "round " << round;
    }
}

/// Pushes where there is room; true when pushed.
template <class End>
bool offer_one(End& end, std::uint64_t value) {
    if constexpr (requires { end.try_push(std::move(value)); }) {
        return end.try_push(std::move(value));
    } else {
        end.push(std::move(value));
        return true;
    }
}

template <class Subject>
class QueueStress : public testing::Test {};
TYPED_TEST_SUITE_P(QueueStress);

TYPED_TEST_P(QueueStress, OneToOne) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = queue_of_items<TypeParam, 8>;
        // naps and wake-ups per item would take minutes in a ring of 2
        const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
        hand_over<impls::blocking<queue, Wait>>(1, 1, 2, items / 8);
        hand_over<impls::blocking<queue, Wait>>(1, 1, 64, items);
    });
}

TYPED_TEST_P(QueueStress, LargeItemsArriveWhole) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = queue_of_items<TypeParam, 64>;
        hand_over<impls::blocking<queue, Wait>>(1, 1, 16, stress_items / 4);
        // Whether an item is whole does not depend on how its consumer waits.
        if (Wait::name == "yield" || std::is_same_v<Wait, impls::native>) {
            constexpr std::size_t producers = queue::producers == impls::cardinality::many ? 2 : 1;
            constexpr std::size_t consumers = consumers_share<queue> ? 2 : 1;
            using large = queue_of_items<TypeParam, 256>;
            hand_over<impls::blocking<large, Wait>>(producers, consumers, 16, stress_items / 8);
            hand_over<impls::blocking<queue, Wait>>(producers, consumers, 16, stress_items / 8);
        }
    });
}

TYPED_TEST_P(QueueStress, BatchesLoseNothing) {
    using queue = queue_of_items<TypeParam, 8>;
    if constexpr (impls::pushes_in_bulk<queue> || impls::pops_in_bulk<queue>) {
        TypeParam::for_each_wait([]<class Wait>() {
            SCOPED_TRACE(Wait::name);
            const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
            const bool spins = Wait::name == "spin" || Wait::name == "backoff";
            const std::size_t producers = queue::producers == impls::cardinality::many && !spins ? 3 : 1;
            const std::size_t consumers = consumers_share<queue> && !spins ? 3 : 1;
            hand_over_in_bulk<impls::blocking<queue, Wait>>(producers, consumers, 4, items / 8);
            hand_over_in_bulk<impls::blocking<queue, Wait>>(producers, consumers, 64, items);
        });
    } else {
        GTEST_SKIP() << "has no operation for several items";
    }
}

TYPED_TEST_P(QueueStress, MoreThreadsThanCores) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = queue_of_items<TypeParam, 8>;
        if constexpr (queue::producers == impls::cardinality::many || consumers_share<queue>) {
            // Spinning with more threads than cores takes whole time slices per item: left to the benchmarks.
            if (Wait::name != "spin" && Wait::name != "backoff") {
                const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
                constexpr std::size_t producers = queue::producers == impls::cardinality::many ? 4 : 1;
                constexpr std::size_t consumers = consumers_share<queue> ? 4 : 1;
                hand_over<impls::blocking<queue, Wait>>(producers, consumers, 64, items);
                hand_over<impls::blocking<queue, Wait>>(producers, 1, 4, items / 8);
                hand_over<impls::blocking<queue, Wait>>(1, consumers, 4, items / 8);
            } else {
                constexpr std::size_t producers = queue::producers == impls::cardinality::many ? 2 : 1;
                hand_over<impls::blocking<queue, Wait>>(producers, 1, 64, stress_items / 8);
            }
        }
    });
}

TYPED_TEST_P(QueueStress, CloseInFullFlightLosesNothing) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = queue_of_items<TypeParam, 8>;
        const bool spins = Wait::name == "spin" || Wait::name == "backoff";
        const std::size_t producers = queue::producers == impls::cardinality::many && !spins ? 3 : 1;
        const std::size_t consumers = consumers_share<queue> && !spins ? 3 : 1;
        close_in_full_flight<impls::blocking<queue, Wait>>(producers, consumers, 8);
    });
}

/// A push that stands still between claiming its place and filling it makes later items look absent; nobody may
/// sleep over them once it has gone on. The value's move is where it stands still.
struct stalling {
    explicit stalling(int which = -1) : which(which) {}
    stalling(stalling&& other) noexcept : which(other.which) { stall(); }
    stalling& operator=(stalling&& other) noexcept {
        which = other.which;
        stall();
        return *this;
    }
    void stall() const noexcept {
        if (which == 0 && armed.exchange(false)) {
            stalled = true;
            while (!released) {
                std::this_thread::yield();
            }
        }
    }
    int which;
    static inline std::atomic<bool> armed{false};
    static inline std::atomic<bool> stalled{false};
    static inline std::atomic<bool> released{false};
};

TYPED_TEST_P(QueueStress, AStalledPushCostsNobodyAnItem) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        if constexpr (accepts<TypeParam, stalling>) {
            using queue = typename TypeParam::template queue<stalling>;
            if constexpr (queue::producers == impls::cardinality::many &&
                          queue::order == impls::ordering::fifo &&
                          queue::progress == impls::progress_guarantee::blocking) {
                const auto channel = make_channel<impls::blocking<queue, Wait>>(8);
                std::atomic<int> popped{0};
                std::vector<std::thread> threads;
                constexpr int consumers = consumers_share<queue> ? 2 : 1;
                for (int c = 0; c < consumers; ++c) {
                    start_thread(threads, [&] {
                        auto out = channel->consumer();
                        for (int items = 0; items < 2 / consumers; ++items) {
                            stalling got;
                            EXPECT_TRUE(out.pop(got));
                            ++popped;
                        }
                    });
                }
                std::this_thread::sleep_for(std::chrono::milliseconds(5));
                stalling::stalled = false;
                stalling::released = false;
                stalling::armed = true;
                std::atomic<bool> pushed{false};
                start_thread(threads, [&] {
                    auto in = channel->producer();
                    EXPECT_TRUE(in.push(stalling(0)));
                    pushed = true;
                });
                while (!stalling::stalled && !pushed) {  // a queue may know how not to move a value
                    std::this_thread::yield();
                }
                {
                    waiter second([&] {
                        auto in = channel->producer();
                        EXPECT_TRUE(in.push(stalling(1)));
                    });
                    // A queue that moves its values under a lock lets the second push wait for the first. In
                    // all others a woken consumer now falls asleep again.
                    if (!second.waits()) {
                        std::this_thread::sleep_for(std::chrono::milliseconds(5));
                    }
                    stalling::released = true;
                }
                for (int i = 0; i < 2000 && popped < 2; ++i) {
                    std::this_thread::sleep_for(std::chrono::milliseconds(1));
                }
                EXPECT_EQ(popped.load(), 2) << "an item lies there and its consumer sleeps";
                channel->close();
                for (auto& thread : threads) {
                    thread.join();
                }
            }
        }
    });
}

/// A pop that stands still between claiming its item and leaving its place; others go round the whole queue
/// meanwhile, as far as it lets them. The value's move is where it stands still.
template <class Queue>
void stall_a_pop() {
    constexpr int laps = 4;
    const auto q = make<Queue>(16);
    std::size_t in_a_lap = 1024;
    if constexpr (is_bounded<Queue>) {
        in_a_lap = q->capacity();
    }
    const int items = laps * static_cast<int>(in_a_lap);
    std::vector<int> came(static_cast<std::size_t>(items), 0);
    int pushed = 0;
    const auto offer = [&](auto& in) {
        stalling value(pushed);
        if constexpr (is_bounded<Queue>) {
            return in.try_push(std::move(value));
        } else {
            in.push(std::move(value));
            return true;
        }
    };
    {
        auto&& in = impls::producer_end(*q);
        ASSERT_TRUE(offer(in));
        ++pushed;
    }
    stalling::stalled = false;
    stalling::released = false;
    stalling::armed = true;
    std::thread first([&] {
        auto&& out = impls::consumer_end(*q);
        stalling got;
        EXPECT_TRUE(out.try_pop(got));
        ++came[static_cast<std::size_t>(got.which)];
    });
    while (!stalling::stalled) {
        std::this_thread::yield();
    }
    std::atomic<bool> done{false};
    std::thread others([&] {
        auto&& in = impls::producer_end(*q);
        auto&& out = impls::consumer_end(*q);
        stalling got;
        for (int tries = 0; pushed < items && tries < 4 * items; ++tries) {
            pushed += offer(in);
            if (tries % 2 != 0 && out.try_pop(got)) {
                ++came[static_cast<std::size_t>(got.which)];
            }
        }
        done = true;
    });
    for (int i = 0; i < 200 && !done; ++i) {  // it may have to wait for the first
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    stalling::released = true;
    first.join();
    others.join();
    auto&& out = impls::consumer_end(*q);
    for (stalling got; out.try_pop(got);) {
        ++came[static_cast<std::size_t>(got.which)];
    }
    for (int i = 0; i < items; ++i) {
        ASSERT_EQ(came[static_cast<std::size_t>(i)], i < pushed ? 1 : 0) << "item " << i << " of " << pushed;
    }
}

TYPED_TEST_P(QueueStress, AStalledPopCostsNobodyAnItem) {
    using numbers = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (numbers::order != impls::ordering::relaxed || !consumers_share<numbers>) {
        GTEST_SKIP() << "does not declare order = relaxed, for many consumers";
    } else if constexpr (!accepts<TypeParam, stalling>) {
        GTEST_SKIP() << "declares that it takes other values only";
    } else {
        stall_a_pop<typename TypeParam::template queue<stalling>>();
    }
}

/// Producers take turns: a push ends before the next one begins, while consumers pop all the time. So each
/// consumer must see the items in one order, whoever pushed them.
TYPED_TEST_P(QueueStress, PushesOneAfterTheOtherStayInOrder) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (queue::order == impls::ordering::fifo && queue::producers == impls::cardinality::many) {
        constexpr std::size_t producers = 2;
        constexpr std::size_t consumers = consumers_share<queue> ? 2 : 1;
        const auto q = make<queue>(64);
        std::atomic<std::uint64_t> next{0};
        std::atomic<std::uint64_t> last{stress_items};
        std::atomic<std::uint64_t> popped{0};
        std::atomic<int> wrong{0};
        // Where others have the CPUs, a turn takes as long as they want them: then fewer have to do.
        const deadline enough(std::chrono::seconds(2));
        std::vector<std::thread> threads;
        for (std::size_t p = 0; p < producers; ++p) {
            start_thread(threads, [&, p] {
                auto&& in = impls::producer_end(*q);
                for (std::uint64_t i = next.load(); i < last.load(); i = next.load()) {
                    if (i * 2654435761U / 65536 % producers != p) {  // whose turn it is looks random
                        std::this_thread::yield();
                        continue;
                    }
                    while (!offer_one(in, i)) {
                        std::this_thread::yield();
                    }
                    if (i >= stress_items / 10 && i % 64 == 0 && enough()) {
                        last = i + 1;
                    }
                    next = i + 1;
                }
            });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            start_thread(threads, [&] {
                auto&& out = impls::consumer_end(*q);
                std::uint64_t least = 0;
                while (popped.load() < last.load()) {
                    std::uint64_t value = 0;
                    if (!out.try_pop(value)) {
                        std::this_thread::yield();
                        continue;
                    }
                    ++popped;
                    wrong += value < least;
                    least = value;
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        EXPECT_EQ(wrong.load(), 0) << "items came before ones whose push had ended before theirs began";
    } else {
        GTEST_SKIP() << "one producer, or does not declare order = fifo";
    }
}

/// Threads push and pop at once, and note when each operation began and ended. What they saw must agree with
/// one order of all operations; of each producer's values, where the queue promises no more.
TYPED_TEST_P(QueueStress, HistoriesAreLinearizable) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (queue::order == impls::ordering::fifo || queue::order == impls::ordering::per_producer_fifo) {
        const std::string found = judge_histories<queue>(rounds_of_history);
        EXPECT_TRUE(found.empty()) << found;
        if constexpr (accepts<TypeParam, hesitant>) {
            using of_hesitant = typename TypeParam::template queue<hesitant>;
            const std::string found_hesitant = judge_histories<of_hesitant>(rounds_of_history);
            EXPECT_TRUE(found_hesitant.empty()) << found_hesitant;
        }
    } else {
        GTEST_SKIP() << "declares no FIFO order";
    }
}

/// Threads push and pop at once, each operation between two readings of one clock that never stands still. What
/// is certain then of any two operations, whichever threads did them, must agree with the queue's bound.
TYPED_TEST_P(QueueStress, PopsPassOverNoMoreThanPromised) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (impls::bounds_relaxation<queue>) {
        constexpr bool by_priority = queue::order == impls::ordering::priority;
        // Priorities in an order of their own, and back.
        constexpr std::uint64_t factor = by_priority ? 0x9e3779b97f4a7c15 : 1;
        constexpr std::uint64_t inverse = by_priority ? 0xf1de83e19937733d : 1;
        static_assert(factor * inverse == 1);
        constexpr std::size_t producers = queue::producers == impls::cardinality::many ? 3 : 1;
        constexpr std::size_t consumers = consumers_share<queue> ? 3 : 1;
        const auto q = make<queue>(4 * (queue::relaxation + 1));
        std::vector<benchmarks::passage> passages(stress_items);
        std::atomic<std::int64_t> clock{0};
        std::atomic<std::uint64_t> next{0};
        std::atomic<std::uint64_t> popped{0};
        std::vector<std::thread> threads;
        for (std::size_t p = 0; p < producers; ++p) {
            start_thread(threads, [&] {
                auto&& in = impls::producer_end(*q);
                for (std::uint64_t i = next++; i < stress_items; i = next++) {
                    benchmarks::operation_time& push = passages[i].push;
                    passages[i].priority = i * factor;
                    push.begun = ++clock;
                    while (!offer_one(in, i * factor)) {
                        std::this_thread::yield();
                        push.begun = ++clock;
                    }
                    push.ended = ++clock;
                    if (i % 64 == 0) {
                        std::this_thread::yield();  // threads of one CPU would do whole slices in turn
                    }
                }
            });
        }
        for (std::size_t c = 0; c < consumers; ++c) {
            start_thread(threads, [&, c] {
                auto&& out = impls::consumer_end(*q);
                std::uint64_t value = 0;
                for (std::uint64_t looks = c; popped.load() < stress_items; ++looks) {
                    const std::int64_t begun = ++clock;
                    if (!out.try_pop(value)) {
                        std::this_thread::yield();
                        continue;
                    }
                    const std::uint64_t i = value * inverse;
                    ASSERT_LT(i, stress_items);
                    passages[i].pop = {begun, ++clock};
                    ++popped;
                    if (looks % 48 == 0) {
                        std::this_thread::yield();
                    }
                }
            });
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
        const auto order = by_priority ? benchmarks::leaving::by_priority : benchmarks::leaving::by_push;
        EXPECT_LE(benchmarks::largest_rank_error(passages, order), queue::relaxation)
            << "a pop passed over more items than the queue promises";
    } else {
        GTEST_SKIP() << "declares no bound to its relaxation";
    }
}

/// Producers push, each of the consumers enters what it receives into a ledger of its own; then the channel is
/// closed, once in full flight.
template <class Channel>
void tell_everybody(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t items,
                    bool in_flight) {
    using namespace benchmarks;
    const auto channel = std::make_unique<Channel>(capacity, consumers);
    std::vector<ledger> received(consumers, ledger(producers));
    std::vector<std::uint64_t> pushed(producers, 0);
    std::atomic<std::uint64_t> total{0};
    std::vector<std::thread> sources;
    std::vector<std::thread> sinks;
    for (std::size_t c = 0; c < consumers; ++c) {
        start_thread(sinks, [&, c] { drain_into(received[c], *channel); });
    }
    for (std::size_t p = 0; p < producers; ++p) {
        start_thread(sources, [&, p] {
            auto in = channel->producer();
            std::uint64_t i = 0;
            while ((in_flight || i < items / producers) && in.push(typename Channel::value_type(p, i))) {
                ++i;
                ++total;
            }
            pushed[p] = i;
        });
    }
    while (in_flight && total.load() < items) {
        std::this_thread::yield();
    }
    if (in_flight) {
        channel->close();
    }
    for (auto& source : sources) {
        source.join();
    }
    channel->close();
    for (auto& sink : sinks) {
        sink.join();
    }
    for (std::size_t c = 0; c < consumers; ++c) {
        EXPECT_EQ(audit({received[c]}, pushed, 0), "") << "consumer " << c + 1 << " of " << consumers;
    }
}

TYPED_TEST_P(QueueStress, EachConsumerReceivesEveryItem) {
    using queue = queue_of_items<TypeParam, 8>;
    if constexpr (impls::multicast_queue<queue>) {
        TypeParam::for_each_wait([]<class Wait>() {
            SCOPED_TRACE(Wait::name);
            using large = queue_of_items<TypeParam, 64>;
            const bool spins = Wait::name == "spin" || Wait::name == "backoff";
            const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
            const std::size_t producers = queue::producers == impls::cardinality::many && !spins ? 3 : 1;
            const std::size_t consumers = spins ? 1 : 3;
            tell_everybody<impls::blocking<queue, Wait>>(producers, consumers, 2, items / 8, false);
            tell_everybody<impls::blocking<queue, Wait>>(producers, consumers, 64, items, false);
            tell_everybody<impls::blocking<large, Wait>>(producers, consumers, 16, items / 4, false);
            for (std::uint64_t round = 1; round <= 10; ++round) {
                tell_everybody<impls::blocking<queue, Wait>>(producers, consumers, 8, 200 * round, true);
            }
        });
    } else {
        GTEST_SKIP() << "does not declare order = multicast";
    }
}

/// A consumer that does not come yet, or that has gone, holds the producer back, and misses nothing.
TYPED_TEST_P(QueueStress, AConsumerThatIsAbsentHoldsTheProducerBack) {
    using queue = typename TypeParam::template queue<std::uint64_t>;
    if constexpr (impls::multicast_queue<queue>) {
        queue q(8, 2);
        EXPECT_EQ(q.seats(), 2U);
        auto in = q.producer();
        auto first = q.consumer();
        std::uint64_t got = 0;
        for (std::uint64_t i = 0; i < 8; ++i) {
            ASSERT_TRUE(in.try_push(std::uint64_t{i}));
            ASSERT_TRUE(first.try_pop(got));
            ASSERT_EQ(got, i);
        }
        EXPECT_FALSE(in.try_push(8)) << "nobody has seen the items from the other seat";
        EXPECT_EQ(q.lag(0), 0U);
        EXPECT_EQ(q.lag(1), 8U);
        {
            auto second = q.consumer();
            EXPECT_ANY_THROW(q.consumer()) << "there are two seats";
            ASSERT_TRUE(second.try_pop(got));
            EXPECT_EQ(got, 0U);
        }
        EXPECT_TRUE(in.try_push(8));
        EXPECT_FALSE(in.try_push(9));
        auto successor = q.consumer();
        for (std::uint64_t i = 1; i <= 8; ++i) {
            ASSERT_TRUE(successor.try_pop(got));
            EXPECT_EQ(got, i) << "the next one in a seat goes on where the last stopped";
        }
        EXPECT_FALSE(successor.try_pop(got));
        ASSERT_TRUE(first.try_pop(got));
        EXPECT_EQ(got, 8U);
        EXPECT_TRUE(in.try_push(9));
    } else {
        GTEST_SKIP() << "does not declare order = multicast";
    }
}

/// How long a queue's own means of waiting are disturbed; strategies are tested by themselves, and here only
/// with the queue.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr std::chrono::milliseconds disturbed_for(300);
inline constexpr std::chrono::milliseconds strategy_disturbed_for(50);
#else
inline constexpr std::chrono::milliseconds disturbed_for(2000);
inline constexpr std::chrono::milliseconds strategy_disturbed_for(100);
#endif
template <class Wait>
constexpr auto how_long = std::is_same_v<Wait, impls::native> ? disturbed_for : strategy_disturbed_for;

/// Waits until `done`; if `moves` stands still for 5 s, says that a wake-up was lost and calls `rescue`.
template <class Rescue>
void watch_for_lost_wake_ups(const std::atomic<std::uint64_t>& moves, const std::atomic<bool>& done,
                             Rescue&& rescue) {
    std::uint64_t seen = 0;
    for (int looks = 0; !done; ++looks) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        if (const std::uint64_t now = moves.load(); now != seen) {
            seen = now;
            looks = 0;
        }
        if (looks == 5000) {
            ADD_FAILURE() << "lost wake-up: after " << seen << " items, all who could go on sleep";
            rescue();
        }
    }
}

/// An item goes there, and only then one comes back: each needs a wake-up of its own, and no later one makes up
/// for it.
TYPED_TEST_P(QueueStress, EveryItemWakesItsConsumer) {
    TypeParam::for_each_wait([]<class Wait>() {
        if (falls_asleep<Wait>()) {
            SCOPED_TRACE(Wait::name);
            using channel = impls::blocking<typename TypeParam::template queue<std::uint64_t>, Wait>;
            const auto there = make_channel<channel>(2);
            const auto back = make_channel<channel>(2);
            std::atomic<std::uint64_t> moves{0};
            std::atomic<bool> done{false};
            const perturbed waiting(1);
            std::thread echo([&] {
                auto out = there->consumer();
                auto in = back->producer();
                std::uint64_t value = 0;
                while (out.pop(value) && in.push(std::uint64_t{value})) {
                }
            });
            std::thread caller([&] {
                const deadline over(how_long<Wait>);
                auto in = there->producer();
                auto out = back->consumer();
                std::uint64_t value = 0;
                for (std::uint64_t i = 0; !over() && in.push(std::uint64_t{i}) && out.pop(value); ++i) {
                    EXPECT_EQ(value, i);
                    ++moves;
                }
                done = true;
            });
            const auto end = [&] {
                there->close();
                back->close();
            };
            watch_for_lost_wake_ups(moves, done, end);
            caller.join();
            end();
            echo.join();
        }
    });
}

/// In a ring of 2 both sides fall asleep again and again, each woken by the other's single step.
TYPED_TEST_P(QueueStress, BothSidesFallAsleepInTurn) {
    TypeParam::for_each_wait([]<class Wait>() {
        if (falls_asleep<Wait>()) {
            SCOPED_TRACE(Wait::name);
            using queue = typename TypeParam::template queue<std::uint64_t>;
            const auto channel = make_channel<impls::blocking<queue, Wait>>(2);
            std::atomic<std::uint64_t> moves{0};
            std::atomic<bool> done{false};
            const perturbed waiting(2);
            std::thread source([&] {
                const deadline over(how_long<Wait>);
                auto in = channel->producer();
                std::minstd_rand random(1);
                for (std::uint64_t i = 0; !over() && in.push(std::uint64_t{i}); ++i) {
                    if (!is_bounded<queue> || random() % 8 == 0) {
                        std::this_thread::sleep_for(std::chrono::microseconds(random() % 64));
                    }
                }
                done = true;
            });
            std::thread sink([&] {
                auto out = channel->consumer();
                std::minstd_rand random(2);
                std::uint64_t value = 0;
                while (out.pop(value)) {
                    ++moves;
                    if (random() % 8 == 0) {
                        std::this_thread::sleep_for(std::chrono::microseconds(random() % 64));
                    }
                }
            });
            watch_for_lost_wake_ups(moves, done, [&] { channel->close(); });
            source.join();
            channel->close();
            sink.join();
        }
    });
}

REGISTER_TYPED_TEST_SUITE_P(QueueStress, AConsumerThatIsAbsentHoldsTheProducerBack,
                            AStalledPopCostsNobodyAnItem, AStalledPushCostsNobodyAnItem, BatchesLoseNothing,
                            BothSidesFallAsleepInTurn, CloseInFullFlightLosesNothing,
                            EachConsumerReceivesEveryItem, EveryItemWakesItsConsumer, HistoriesAreLinearizable,
                            LargeItemsArriveWhole, MoreThreadsThanCores, OneToOne,
                            PopsPassOverNoMoreThanPromised, PushesOneAfterTheOtherStayInOrder);

}  // namespace handoff::tests
