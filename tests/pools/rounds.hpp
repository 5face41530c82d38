// The short lives of pools.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
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

}  // namespace handoff::tests
