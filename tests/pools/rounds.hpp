// The short lives of pools.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "pools/subject.hpp"

namespace handoff::tests {

/// Makes a pool, submits a few tasks or none, waits for them or not, and destroys it: `rounds` times, with
/// pauses that find workers at all stages of their beginning and of giving up. `round` is the one that is under
/// way.
inline void come_and_go(const std::function<std::unique_ptr<subject>(unsigned workers)>& make, int rounds,
                        std::atomic<int>& round) {
    for (round = 0; round < rounds; ++round) {
        std::atomic<int> ran{0};
        const int tasks = round % 4;
        {
            const auto pool = make(1 + static_cast<unsigned>(round % 3));
            for (int i = 0; i < tasks; ++i) {
                pool->submit([&] { ++ran; });
            }
            for (int pause = round * 37 % 400; pause > 0; --pause) {
                std::atomic_signal_fence(std::memory_order_seq_cst);
            }
            if (round % 5 < 2) {
                pool->wait_idle();
                ASSERT_EQ(ran, tasks);
            } else if (round % 5 == 2) {
                std::this_thread::yield();
            }
        }
        ASSERT_EQ(ran, tasks);
    }
}

/// Submits one task, waits until it has run, and only then submits the next, for `how_long`: each task needs a
/// wake-up of its own, and no later one makes up for it. Every other task is waited for by wait_idle, if
/// `waits_idle`. Returns the number of tasks, or minus the number of the one that had not run after `patience`.
/// `ran` counts the tasks that have, and must outlive the pool.
inline int one_task_at_a_time(subject& pool, bool waits_idle, std::chrono::milliseconds how_long,
                              std::chrono::milliseconds patience, std::atomic<int>& ran) {
    const auto now = [] { return std::chrono::steady_clock::now(); };
    const auto end = now() + how_long;
    int submitted = 0;
    while (now() < end) {
        pool.submit([&ran] { ++ran; });
        ++submitted;
        if (waits_idle && submitted % 2 == 0) {
            pool.wait_idle();
        }
        for (const auto last = now() + patience; ran < submitted;) {
            if (now() > last) {
                return -submitted;
            }
            std::this_thread::yield();
        }
        for (int pause = submitted * 37 % 400; pause > 0; --pause) {
            std::atomic_signal_fence(std::memory_order_seq_cst);  // meets workers in all stages of giving up
        }
    }
    return submitted;
}

}  // namespace handoff::tests
