// Every queue of the catalog under threads, with an account of every item; more threads than cores included.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "conformance/subject.hpp"
#include "workloads/item.hpp"

namespace handoff::tests {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr std::uint64_t stress_items = 4000;
#else
inline constexpr std::uint64_t stress_items = 40000;
#endif

/// All items go through; the producers end, the channel is closed, the consumers drain it. `Bytes` as in workloads.
template <class Channel, std::size_t Bytes>
void hand_over(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t items) {
    using namespace benchmarks;
    const bool ordered = Channel::queue_type::order != impls::ordering::none;
    const auto channel = make_channel<Channel>(capacity);
    std::vector<ledger> received(consumers, ledger(producers, ordered));
    std::vector<std::uint64_t> pushed(producers, 0);
    std::vector<std::thread> sources;
    std::vector<std::thread> sinks;
    for (std::size_t c = 0; c < consumers; ++c) {
        sinks.emplace_back([&, c] {
            auto out = channel->consumer();
            item<Bytes> got{};
            while (out.pop(got)) {
                received[c].enter(got);
            }
        });
    }
    for (std::size_t p = 0; p < producers; ++p) {
        sources.emplace_back([&, p] {
            auto in = channel->producer();
            for (std::uint64_t i = 0; i < items / producers; ++i) {
                ASSERT_TRUE(in.push(item<Bytes>(p, i)));
                pushed[p] = i + 1;
            }
        });
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

/// The channel is closed while everybody is busy: every push that returned true is popped once, no other is.
template <class Channel>
void close_in_full_flight(std::size_t producers, std::size_t consumers, std::size_t capacity) {
    using namespace benchmarks;
    const bool ordered = Channel::queue_type::order != impls::ordering::none;
    for (int round = 0; round < 10; ++round) {
        const auto channel = make_channel<Channel>(capacity);
        std::vector<ledger> received(consumers, ledger(producers, ordered));
        std::vector<std::uint64_t> pushed(producers, 0);
        std::atomic<std::uint64_t> total{0};
        std::vector<std::thread> threads;
        for (std::size_t c = 0; c < consumers; ++c) {
            threads.emplace_back([&, c] {
                auto out = channel->consumer();
                item<8> got{};
                ledger::page mine = received[c].open();
                std::uint64_t count = 0;
                for (; out.pop(got); ++count) {
                    mine.enter(got);
                }
                received[c].close(mine, count);
            });
        }
        for (std::size_t p = 0; p < producers; ++p) {
            threads.emplace_back([&, p] {
                auto in = channel->producer();
                std::uint64_t i = 0;
                while (in.push(item<8>(p, i))) {
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

template <class Subject>
class QueueStress : public testing::Test {};
TYPED_TEST_SUITE_P(QueueStress);

TYPED_TEST_P(QueueStress, OneToOne) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = typename TypeParam::template queue<benchmarks::item<8>>;
        // naps and wake-ups per item would take minutes in a ring of 2
        const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
        hand_over<impls::blocking<queue, Wait>, 8>(1, 1, 2, items / 8);
        hand_over<impls::blocking<queue, Wait>, 8>(1, 1, 64, items);
    });
}

TYPED_TEST_P(QueueStress, LargeItemsArriveWhole) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = typename TypeParam::template queue<benchmarks::item<64>>;
        hand_over<impls::blocking<queue, Wait>, 64>(1, 1, 16, stress_items / 4);
    });
}

TYPED_TEST_P(QueueStress, MoreThreadsThanCores) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = typename TypeParam::template queue<benchmarks::item<8>>;
        if constexpr (queue::producers == impls::cardinality::many || queue::consumers == impls::cardinality::many) {
            // Spinning with more threads than cores takes whole time slices per item: left to the benchmarks.
            if (Wait::name != "spin" && Wait::name != "backoff") {
                const std::uint64_t items = Wait::name == "sleep" ? stress_items / 8 : stress_items;
                hand_over<impls::blocking<queue, Wait>, 8>(4, 4, 64, items);
                hand_over<impls::blocking<queue, Wait>, 8>(4, 1, 4, items / 8);
                hand_over<impls::blocking<queue, Wait>, 8>(1, 4, 4, items / 8);
            } else {
                hand_over<impls::blocking<queue, Wait>, 8>(2, 1, 64, stress_items / 8);
            }
        }
    });
}

TYPED_TEST_P(QueueStress, CloseInFullFlightLosesNothing) {
    TypeParam::for_each_wait([]<class Wait>() {
        SCOPED_TRACE(Wait::name);
        using queue = typename TypeParam::template queue<benchmarks::item<8>>;
        const bool spins = Wait::name == "spin" || Wait::name == "backoff";
        const std::size_t producers = queue::producers == impls::cardinality::many && !spins ? 3 : 1;
        const std::size_t consumers = queue::consumers == impls::cardinality::many && !spins ? 3 : 1;
        close_in_full_flight<impls::blocking<queue, Wait>>(producers, consumers, 8);
    });
}

REGISTER_TYPED_TEST_SUITE_P(QueueStress, OneToOne, LargeItemsArriveWhole, MoreThreadsThanCores,
                            CloseInFullFlightLosesNothing);

}  // namespace handoff::tests
