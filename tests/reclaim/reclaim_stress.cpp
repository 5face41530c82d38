// Threads that read and free the same few nodes: under AddressSanitizer and ThreadSanitizer a node freed too
// early is seen.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "queues/michael_scott_queue.hpp"

namespace handoff::impls {
namespace {

TEST(ReclaimStress, NoNodeIsFreedWhileSomebodyReadsIt) {
    constexpr int threads = 4;
    constexpr int operations = 30000;
    michael_scott_queue<int> queue;  // nearly empty, so that all work on the same nodes
    std::atomic<long> balance{0};
    std::vector<std::thread> workers;
    for (int t = 0; t < threads; ++t) {
        workers.emplace_back([&] {
            auto end = queue.producer();
            long sum = 0;
            int got = 0;
            for (int i = 1; i <= operations; ++i) {
                end.push(int{i});
                sum += i;
                if (end.try_pop(got)) {
                    sum -= got;
                }
            }
            balance += sum;
        });
    }
    for (auto& worker : workers) {
        worker.join();
    }
    auto end = queue.consumer();
    for (int got = 0; end.try_pop(got);) {
        balance -= got;
    }
    EXPECT_EQ(balance.load(), 0);
}

}  // namespace
}  // namespace handoff::impls
