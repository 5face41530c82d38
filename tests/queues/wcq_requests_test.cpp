// What the threads of wcq do for each other. With the usual patience it happens once in millions of operations;
// here every put of an index gives its ticket up and asks, takes ask after one try, and everybody looks for
// requests in each operation.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <vector>

#include "queues/history.hpp"
#include "queues/received.hpp"
#include "queues/wcq.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

class hasty {
public:
    explicit hasty(std::uint64_t number = 0) noexcept : number_(number) {}
    std::uint64_t number() const noexcept { return number_; }

private:
    std::uint64_t number_;
};

}  // namespace
}  // namespace handoff::tests

template <>
inline constexpr handoff::impls::detail::wcq_patience
    handoff::impls::detail::wcq_patience_for<handoff::tests::hasty>{.puts = 0, .takes = 1, .between_looks = 1};

namespace handoff::tests {
namespace {

using queue = impls::wcq<hasty>;

TEST(WcqRequests, OneThreadFindsWhatItPut) {
    queue q(4);
    auto end = q.producer();
    hasty got;
    for (std::uint64_t lap = 0; lap < 1000; ++lap) {
        for (std::uint64_t i = 0; i < 4; ++i) {
            ASSERT_TRUE(end.try_push(hasty(4 * lap + i)));
        }
        ASSERT_FALSE(end.try_push(hasty(0))) << "lap " << lap;
        for (std::uint64_t i = 0; i < 4; ++i) {
            ASSERT_TRUE(end.try_pop(got)) << "lap " << lap;
            ASSERT_EQ(got.number(), 4 * lap + i);
        }
        ASSERT_FALSE(end.try_pop(got)) << "lap " << lap;
    }
}

/// Nothing is lost or comes twice, and each producer's numbers come in their order.
void hand_over(std::size_t producers, std::size_t consumers, std::size_t capacity, std::uint64_t count) {
    queue q(capacity);
    std::vector<std::vector<std::uint64_t>> received(consumers);
    std::atomic<std::uint64_t> left{count * producers};
    together(static_cast<unsigned>(producers + consumers), [&](unsigned thread) {
        if (thread < producers) {
            auto in = q.producer();
            for (std::uint64_t i = 0; i < count; ++i) {
                while (!in.try_push(hasty(thread * count + i))) {
                    std::this_thread::yield();
                }
            }
            return;
        }
        auto out = q.consumer();
        hasty got;
        while (left > 0) {
            if (out.try_pop(got)) {
                received[thread - producers].push_back(got.number());
                --left;
            } else {
                std::this_thread::yield();
            }
        }
    });
    expect_each_once(received, producers, count);
}

TEST(WcqRequests, NothingIsLostOrDoneTwice) {
    const deadline over(std::chrono::seconds(4));
    for (int round = 0; round < 40 && (round < 2 || !over()); ++round) {
        hand_over(2, 2, 8, 1500);
        hand_over(1, 1, 2, 500);
        hand_over(3, 3, 64, 500);
    }
}

// More threads than processors, and a ring that is full or empty most of the time: many help the same request,
// and lose their CPU between two looks at the count that they draw from.
TEST(WcqRequests, ManyWhoHelpTheSameRequestAgreeOnItsTicket) {
    const deadline over(std::chrono::seconds(2));
    for (int round = 0; round < 40 && (round < 2 || !over()); ++round) {
        hand_over(6, 2, 2, 100);
        hand_over(2, 6, 2, 300);
        hand_over(5, 5, 4, 100);
    }
}

TEST(WcqRequests, HistoriesAreLinearizable) {
    EXPECT_EQ(judge_histories<queue>(rounds_of_history), "");
}

}  // namespace
}  // namespace handoff::tests
