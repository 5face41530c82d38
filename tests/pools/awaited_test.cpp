// The count by which adapted pools are waited for.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "pools/detail/awaited.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {
namespace {

using impls::detail::awaited;

/// Runs what it is given there and then, or on one thread.
template <class F>
void run(awaited& tasks, F&& f) {
    tasks.submitted();
    tasks.counted(&tasks, std::forward<F>(f))();
}

TEST(Awaited, NothingIsNotWaitedFor) {
    awaited tasks;
    tasks.wait();
    run(tasks, [] {});
    tasks.wait();
}

/// The last task of many to end lets the waiter go, on whichever thread it ends and however the others are
/// spread: one thread ends nearly all of them, or each some, or a thread that has ended none before ends the
/// last.
TEST(Awaited, TheLastEndLetsTheWaiterGo) {
    for (const std::vector<unsigned>& shares :
         {std::vector<unsigned>{1000, 0, 1}, {1, 1, 1}, {0, 0, 7}, {500, 500, 500}, {3, 900, 30}}) {
        for (std::size_t last = 0; last < shares.size(); ++last) {
            awaited tasks;
            std::vector<std::vector<std::function<void()>>> of_thread(shares.size());
            int ran = 0;
            std::mutex mutex;
            for (std::size_t i = 0; i < shares.size(); ++i) {
                for (unsigned k = 0; k < shares[i]; ++k) {
                    tasks.submitted();
                    of_thread[i].emplace_back(tasks.counted(&tasks, [&] {
                        const std::lock_guard lock(mutex);
                        ++ran;
                    }));
                }
            }
            int seen = -1;
            waiter waits([&] {
                tasks.wait();
                seen = ran;
            });
            EXPECT_TRUE(waits.waits());
            const auto run_all = [&](std::size_t i) {
                std::thread([&] {
                    for (const auto& task : of_thread[i]) {
                        task();
                    }
                }).join();
            };
            for (std::size_t i = 0; i < shares.size(); ++i) {
                if (i != last) {
                    run_all(i);
                }
            }
            if (shares[last] > 0) {
                EXPECT_FALSE(waits.done());
            }
            run_all(last);
            while (!waits.done()) {
                std::this_thread::yield();
            }
            EXPECT_EQ(seen, static_cast<int>(shares[0] + shares[1] + shares[2]));
        }
    }
}

/// A thread has one line at a time, and tasks of one pool may submit to another and run another's.
TEST(Awaited, CountsForSeveralPoolsOnOneThread) {
    awaited outer;
    awaited inner;
    std::atomic<int> ran{0};
    together(3, [&](unsigned) {
        for (int i = 0; i < 500; ++i) {
            run(outer, [&] {
                run(inner, [&] {
                    run(outer, [&] { ++ran; });
                    ++ran;
                });
                ++ran;
            });
        }
    });
    inner.wait();
    outer.wait();
    EXPECT_EQ(ran, 3 * 3 * 500);
}

/// Many threads, one after the other: each leaves its line to the next, and no end is lost.
TEST(Awaited, ThreadsComeAndGo) {
    awaited tasks;
    std::uint64_t ran = 0;
    for (int i = 0; i < 200; ++i) {
        std::thread([&] { run(tasks, [&] { ++ran; }); }).join();
    }
    tasks.wait();
    EXPECT_EQ(ran, 200U);
}

/// Whoever has counted the last end may find the pool gone.
TEST(Awaited, MayGoWhenTheWaiterReturns) {
    for (int round = 0; round < 2000; ++round) {
        auto tasks = std::make_unique<awaited>();
        std::atomic<bool> go{false};
        int ran = 0;
        tasks->submitted();
        std::thread worker([&go, task = tasks->counted(tasks.get(), [&ran] { ++ran; })] {
            while (!go.load(std::memory_order_relaxed)) {
            }
            task();
        });
        go.store(true, std::memory_order_relaxed);
        tasks->wait();
        EXPECT_EQ(ran, 1);
        tasks.reset();
        worker.join();
    }
}

}  // namespace
}  // namespace handoff::tests
