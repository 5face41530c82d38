// Every queue of the catalog under threads, with an account of every item; more threads than cores included.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <type_traits>
#include <vector>

#include "queues/channel.hpp"
#include "queues/subject.hpp"
#include "shared/item.hpp"

namespace handoff::tests {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr std::uint64_t stress_items = 4000;
#else
inline constexpr std::uint64_t stress_items = 40000;
#endif

/// A consumer until the channel is closed and empty; enters everything into its ledger.
template <std::size_t Bytes, class Channel>
void drain_into(benchmarks::ledger& received, Channel& channel) {
    auto out = channel.consumer();
    benchmarks::item<Bytes> got{};
    benchmarks::ledger::page mine = received.open();
    std::uint64_t count = 0;
    for (; out.pop(got); ++count) {
        mine.enter<benchmarks::keeps_order<typename Channel::queue_type>>(got);
    }
    received.close(mine, count);
}

/// All items go through; the producers end, the channel is closed, the consumers drain it. `Bytes` as in
/// workloads.
template <class Channel, std::size_t Bytes>
void hand_over(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t items) {
    using namespace benchmarks;
    const auto channel = make_channel<Channel>(capacity);
    std::vector<ledger> received(consumers, ledger(producers));
    std::vector<std::uint64_t> pushed(producers, 0);
    std::vector<std::thread> sources;
    std::vector<std::thread> sinks;
    for (std::size_t c = 0; c < consumers; ++c) {
        sinks.emplace_back([&, c] { drain_into<Bytes>(received[c], *channel); });
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
    for (int round = 0; round < 10; ++round) {
        const auto channel = make_channel<Channel>(capacity);
        std::vector<ledger> received(consumers, ledger(producers));
        std::vector<std::uint64_t> pushed(producers, 0);
        std::atomic<std::uint64_t> total{0};
        std::vector<std::thread> threads;
        for (std::size_t c = 0; c < consumers; ++c) {
            threads.emplace_back([&, c] { drain_into<8>(received[c], *channel); });
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
        if constexpr (queue::producers == impls::cardinality::many ||
                      queue::consumers == impls::cardinality::many) {
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

/// A push that stands still between claiming its place and filling it makes later items look absent; nobody may
/// sleep over them once it has gone on. The value's move is where it stands still.
struct stalling {
    explicit stalling(int which = -1) : which(which) {}
    stalling(stalling&& other) noexcept : which(other.which) { stall(); }
    stalling& operator=(stalling&& other) noexcept {
        which = other.which;
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
                const bool lock_based = std::is_same_v<Wait, impls::native> || queue::name == "spinlock_ring";
                if (!lock_based) {  // there the second push waits for the first
                    const auto channel = make_channel<impls::blocking<queue, Wait>>(8);
                    std::atomic<int> popped{0};
                    std::vector<std::thread> threads;
                    for (int c = 0; c < 2; ++c) {
                        threads.emplace_back([&] {
                            auto out = channel->consumer();
                            stalling got;
                            EXPECT_TRUE(out.pop(got));
                            ++popped;
                        });
                    }
                    std::this_thread::sleep_for(std::chrono::milliseconds(5));
                    stalling::stalled = false;
                    stalling::released = false;
                    stalling::armed = true;
                    threads.emplace_back([&] {
                        auto in = channel->producer();
                        EXPECT_TRUE(in.push(stalling(0)));
                    });
                    while (!stalling::stalled) {
                        std::this_thread::yield();
                    }
                    auto in = channel->producer();
                    EXPECT_TRUE(in.push(stalling(1)));
                    std::this_thread::sleep_for(std::chrono::milliseconds(5));  // a woken consumer sleeps again
                    stalling::released = true;
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
        }
    });
}

REGISTER_TYPED_TEST_SUITE_P(QueueStress, AStalledPushCostsNobodyAnItem, OneToOne, LargeItemsArriveWhole,
                            MoreThreadsThanCores, CloseInFullFlightLosesNothing);

}  // namespace handoff::tests
