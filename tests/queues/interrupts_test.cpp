// Queues that wait by their own means, whose waits are interrupted all the while. A channel interrupts only
// when it is closed; here nobody waits for long before it is told to wait no longer, and comes back.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "queues/mutex_queue.hpp"
#include "queues/received.hpp"
#include "queues/ticket_ring.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

/// Nothing is lost or comes twice, each producer's numbers come in their order, and all places can be filled
/// again.
template <class Queue>
void hand_over(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t count) {
    Queue q(capacity);
    std::vector<std::vector<std::uint64_t>> received(consumers);
    std::atomic<std::uint64_t> left{count * producers};
    std::atomic<std::size_t> inside{producers + consumers};
    together(static_cast<unsigned>(producers + consumers + 1), [&](unsigned thread) {
        if (thread < producers) {
            auto&& in = impls::producer_end(q);
            for (std::uint64_t i = 0; i < count; ++i) {
                while (!in.wait_push(thread * count + i)) {
                }
            }
        } else if (thread < producers + consumers) {
            auto&& out = impls::consumer_end(q);
            for (std::uint64_t got = 0; left > 0;) {
                if (out.wait_pop(got)) {
                    received[thread - producers].push_back(got);
                    --left;
                }
            }
        } else {
            // Until all have gone: some may begin to wait when the last item is out.
            for (unsigned n = 0; inside > 0; ++n) {
                q.interrupt();
                for (unsigned i = 0; i < n % 4; ++i) {
                    std::this_thread::yield();
                }
            }
            return;
        }
        --inside;
    });
    expect_each_once(received, producers, count);
    auto&& in = impls::producer_end(q);
    auto&& out = impls::consumer_end(q);
    for (std::uint64_t i = 0; i < q.capacity(); ++i) {
        ASSERT_TRUE(in.try_push(std::uint64_t{i})) << "place " << i << " was lost";
    }
    ASSERT_FALSE(in.try_push(0));
    for (std::uint64_t got = 0, i = 0; i < q.capacity(); ++i) {
        ASSERT_TRUE(out.try_pop(got)) << "item " << i << " was lost";
        ASSERT_EQ(got, i);
    }
}

template <class Queue>
void hand_over_for_a_while() {
    const deadline over(std::chrono::seconds(2));
    for (int round = 0; round < 40 && (round < 1 || !over()); ++round) {
        hand_over<Queue>(2, 2, 2, 300);
        hand_over<Queue>(1, 1, 2, 300);
        hand_over<Queue>(3, 1, 4, 200);
        hand_over<Queue>(1, 3, 4, 400);
        hand_over<Queue>(2, 2, 64, 1000);
    }
}

/// A value whose way out of the queue can be stopped half-way: where it is moved to somebody.
class stoppable {
public:
    explicit stoppable(int number = -1, std::atomic<bool>* until = nullptr) noexcept
        : number_(number), until_(until) {}
    stoppable(stoppable&&) noexcept = default;
    stoppable& operator=(stoppable&& other) noexcept {
        number_ = other.number_;
        while (other.until_ != nullptr && !*other.until_) {
            std::this_thread::yield();
        }
        return *this;
    }
    ~stoppable() = default;
    int number() const noexcept { return number_; }

private:
    int number_;
    std::atomic<bool>* until_;
};

// Slot 0 is still being emptied, so the turn of the push that was interrupted there has not come. What has been
// pushed behind it is found all the same: of a channel that is closed this may be the last look.
TEST(Interrupts, APushThatWasInterruptedHidesNothing) {
    impls::ticket_ring<stoppable> q(2);
    auto in = q.producer();
    auto out = q.consumer();
    std::atomic<bool> go_on{false};
    ASSERT_TRUE(in.try_push(stoppable(0, &go_on)));
    ASSERT_TRUE(in.try_push(stoppable(1)));
    waiter interrupted([&] {
        auto end = q.producer();
        EXPECT_FALSE(end.wait_push(stoppable(2)));
    });
    ASSERT_TRUE(interrupted.waits());
    waiter behind([&] {
        auto end = q.producer();
        EXPECT_TRUE(end.wait_push(stoppable(3)));
    });
    ASSERT_TRUE(behind.waits());
    waiter slow([&] {
        auto end = q.consumer();
        stoppable got;
        EXPECT_TRUE(end.try_pop(got));
        EXPECT_EQ(got.number(), 0);
    });
    ASSERT_TRUE(slow.waits());
    stoppable got;
    EXPECT_TRUE(out.try_pop(got));
    EXPECT_EQ(got.number(), 1);
    EXPECT_FALSE(behind.waits());
    EXPECT_TRUE(interrupted.waits());
    q.interrupt();
    EXPECT_FALSE(interrupted.waits());
    EXPECT_TRUE(out.try_pop(got)) << "what is behind the interrupted push was not found";
    EXPECT_EQ(got.number(), 3);
    EXPECT_FALSE(out.try_pop(got));
    go_on = true;
    while (!slow.done()) {
        std::this_thread::yield();
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(in.try_push(stoppable(4 + i))) << "the hole was not closed";
    }
    for (int i = 0; i < 2; ++i) {
        EXPECT_TRUE(out.try_pop(got));
        EXPECT_EQ(got.number(), 4 + i);
    }
}

// The last numbers that were drawn are drawn again.
TEST(Interrupts, APushThatWasInterruptedTakesNoPlace) {
    for (const int interrupted : {1, 2, 3}) {
        impls::ticket_ring<int> q(2);
        auto in = q.producer();
        auto out = q.consumer();
        ASSERT_TRUE(in.try_push(0));
        ASSERT_TRUE(in.try_push(1));
        {
            std::vector<std::unique_ptr<waiter>> waiting;
            for (int n = 0; n < interrupted; ++n) {
                waiting.push_back(std::make_unique<waiter>([&] { EXPECT_FALSE(q.producer().wait_push(9)); }));
                ASSERT_TRUE(waiting.back()->waits());
            }
            q.interrupt();
        }
        int got = -1;
        ASSERT_TRUE(out.try_pop(got));
        EXPECT_TRUE(in.try_push(2)) << "behind " << interrupted << " that were interrupted";
        EXPECT_FALSE(in.try_push(3));
        for (const int next : {1, 2}) {
            EXPECT_TRUE(out.try_pop(got));
            EXPECT_EQ(got, next);
        }
    }
}

TEST(Interrupts, TicketRingLosesNothing) {
    hand_over_for_a_while<impls::ticket_ring<std::uint64_t>>();
}
TEST(Interrupts, MutexQueueLosesNothing) {
    hand_over_for_a_while<impls::mutex_queue<std::uint64_t>>();
}

}  // namespace
}  // namespace handoff::tests
