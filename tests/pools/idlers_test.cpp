// The place where workers without work wait: no wake-up falls between a worker's last look and its sleep.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "detail/cache_line.hpp"
#include "detail/idlers.hpp"
#include "threads.hpp"
#include "wait/park.hpp"

namespace handoff::tests {
namespace {

struct alignas(impls::detail::cache_line) word {
    std::atomic<int> value{0};
};

/// Both begin together and are delayed by a different, small time each round, so that the store and the
/// notification fall into all moments of the other's announcement, look and sleep. The store is relaxed:
/// nothing but idlers orders it.
TEST(Idlers, NoWakeUpFallsBetweenTheLookAndTheSleep) {
    impls::detail::idlers idlers(impls::any_wait_of<impls::park>);
    word work;
    word begun;
    std::atomic<bool> stuck{false};
    const deadline over(400ms);
    std::atomic<int> last{1 << 30};
    const auto delay = [](unsigned& random) {
        random = random * 1664525 + 1013904223;
        for (unsigned i = random >> (22 + (random & 7) / 2); i > 0; --i) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
    };
    std::thread worker([&] {
        unsigned random = 2;
        for (int round = 1; round <= last.load(); ++round) {
            begun.value.store(round, std::memory_order_release);
            delay(random);
            idlers.wait_until([&] { return work.value.load(std::memory_order_relaxed) >= round; });
        }
    });
    unsigned random = 1;
    for (int round = 1; round <= last.load(); ++round) {
        const auto patience = std::chrono::steady_clock::now() + 10s;
        // Spinning, so that it starts within one line transfer of the worker; yielding only to a worker that
        // the scheduler keeps from the core.
        for (int looks = 0; begun.value.load(std::memory_order_acquire) < round && !stuck; ++looks) {
            if (looks > 2000) {
                std::this_thread::yield();
                stuck = std::chrono::steady_clock::now() > patience;
            }
        }
        if (stuck) {
            ADD_FAILURE() << "the worker sleeps beside work in round " << round - 1;
            last.store(0);
            work.value.store(1 << 30);
            idlers.notify_all();
            break;
        }
        if (over()) {
            last.store(round);
        }
        delay(random);
        work.value.store(round, std::memory_order_relaxed);
        idlers.notify();
    }
    worker.join();
}

}  // namespace
}  // namespace handoff::tests
