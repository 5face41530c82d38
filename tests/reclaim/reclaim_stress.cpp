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

/// Two threads put ever new nodes into a cell, two read whatever is there.
template <fences Fences>
void replace_and_read() {
    struct node {
        std::atomic<int> alive{1};
        ~node() { alive = 0; }
    };
    hazard_domain<node, 1, Fences> domain;
    std::atomic<node*> cell{new node};
    std::atomic<int> writing{2};
    std::atomic<long> dead{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
        threads.emplace_back([&] {
            typename hazard_domain<node, 1, Fences>::guard guard(domain);
            for (int i = 0; i < 20000; ++i) {
                guard.retire(cell.exchange(new node, std::memory_order_seq_cst));
            }
            --writing;
        });
        threads.emplace_back([&] {
            typename hazard_domain<node, 1, Fences>::guard guard(domain);
            while (writing > 0) {
                dead += 1 - guard.protect(0, cell)->alive;
                guard.release();
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(dead.load(), 0);
    delete cell.load();
}

TEST(ReclaimStress, AProtectedNodeLivesWhereProtectionsPayTheFence) {
    replace_and_read<fences::on_protecting>();
}
TEST(ReclaimStress, AProtectedNodeLivesWhereFreeingPaysTheFence) {
    replace_and_read<fences::on_freeing>();
}

}  // namespace
}  // namespace handoff::impls
