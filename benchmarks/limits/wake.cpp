#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include "kernels.hpp"

namespace handoff::limits {

namespace {

constexpr auto asleep_for = std::chrono::microseconds(50);
constexpr auto resting = std::chrono::microseconds(200);
constexpr int wakes_per_batch =
    5;  // whose median is the batch: a wake that another process delayed does not make it

/// What waker and sleeper tell each other. Turns count from 1.
struct alignas(128) board {
    std::atomic<std::uint64_t> sleepy{0};  ///< turn for which the sleeper is about to sleep
    std::atomic<std::uint64_t> woken{0};   ///< turn from which it has come back
    clock::time_point woken_at;
    bool slept = false;  ///< it was the kernel that woke it
    std::atomic<bool> over{false};
};

/// `sleep(turn)` returns when the waker's `wake(turn)` was called, and says whether it slept.
template <class Sleep, class Wake>
std::vector<double> wakes(double seconds, int waker_cpu, int sleeper_cpu, waker before, Sleep sleep,
                          Wake wake) {
    board told;
    const bool one_cpu = waker_cpu == sleeper_cpu;
    std::thread sleeper([&] {
        harness::pin_this_thread(sleeper_cpu);
        for (std::uint64_t turn = 1; !told.over.load(std::memory_order_relaxed);
             ++turn) {                                           // relaxed: [wake] orders it
            told.sleepy.store(turn, std::memory_order_relaxed);  // relaxed: carries no data
            const bool slept = sleep(turn);
            told.woken_at = clock::now();
            told.slept = slept;
            told.woken.store(turn, std::memory_order_release);  // [woken]: when, and whether it slept
        }
    });
    std::vector<double> found;
    on_cpu(waker_cpu, [&] {
        const auto until = [&](const std::atomic<std::uint64_t>& what, std::uint64_t turn) {
            while (what.load(std::memory_order_acquire) < turn) {  // [woken]
                one_cpu ? static_cast<void>(sched_yield()) : pause();
            }
        };
        const auto begin = clock::now();
        std::vector<double> few;
        for (std::uint64_t turn = 1;; ++turn) {
            until(told.sleepy, turn);
            if (before == waker::sleeps) {
                std::this_thread::sleep_for(resting);
            }
            // On one CPU the sleeper needs it until it sleeps.
            for (const auto drowsy = clock::now() + asleep_for;
                 before == waker::spins && clock::now() < drowsy;) {
                one_cpu ? static_cast<void>(sched_yield()) : pause();
            }
            const double passed = seconds_between(begin, clock::now());
            const bool last = enough(found.size(), passed, seconds) ||
                              passed > 2 * (1 + 5 * seconds);  // a sleeper that is hardly ever found asleep
            if (last) {
                told.over.store(true, std::memory_order_relaxed);  // relaxed: [wake] orders it
            }
            const auto called = clock::now();
            wake(turn);
            until(told.woken, turn);
            if (told.slept) {
                few.push_back(seconds_between(called, told.woken_at) * 1e9);
            }
            if (few.size() == wakes_per_batch) {
                found.push_back(middle_of(few));
                few.clear();
            }
            if (last) {
                return;
            }
        }
    });
    sleeper.join();
    return found;
}

long futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
    return syscall(SYS_futex, reinterpret_cast<std::uint32_t*>(&word), operation, value, nullptr, nullptr, 0);
}

}  // namespace

std::vector<double> futex_wake(double seconds, int waker_cpu, int sleeper_cpu, waker before) {
    alignas(128) std::atomic<std::uint32_t> word{0};
    return wakes(
        seconds, waker_cpu, sleeper_cpu, before,
        [&](std::uint64_t turn) {
            bool slept = false;
            while (word.load(std::memory_order_acquire) < turn) {  // [wake]
                slept = futex(word, FUTEX_WAIT_PRIVATE, static_cast<std::uint32_t>(turn - 1)) == 0;
            }
            return slept;
        },
        [&](std::uint64_t turn) {
            word.store(static_cast<std::uint32_t>(turn),
                       std::memory_order_release);  // [wake]: whether it was the last
            futex(word, FUTEX_WAKE_PRIVATE, 1);
        });
}

std::vector<double> condition_wake(double seconds, int waker_cpu, int sleeper_cpu) {
    std::mutex lock;
    std::condition_variable changed;
    std::uint64_t reached = 0;
    return wakes(
        seconds, waker_cpu, sleeper_cpu, waker::spins,
        [&](std::uint64_t turn) {
            std::unique_lock<std::mutex> inside(lock);
            const bool sleeps = reached < turn;
            changed.wait(inside, [&] { return reached >= turn; });
            return sleeps;
        },
        [&](std::uint64_t turn) {
            {
                const std::lock_guard<std::mutex> inside(lock);
                reached = turn;
            }
            changed.notify_one();
        });
}

std::vector<double> switches(double seconds, int cpu) {
    struct alignas(128) table {
        std::atomic<std::uint64_t> turn{0};  // odd: the partner's
    } ball;
    constexpr std::uint64_t over = ~std::uint64_t{0};
    // relaxed, all: the turns carry no data
    std::thread partner([&] {
        harness::pin_this_thread(cpu);
        for (;;) {
            const std::uint64_t turn = ball.turn.load(std::memory_order_relaxed);
            if (turn == over) {
                return;
            }
            if (turn % 2 == 1) {
                ball.turn.store(turn + 1, std::memory_order_relaxed);
            }
            sched_yield();
        }
    });
    std::vector<double> found;
    on_cpu(cpu, [&] {
        found = batches_of(seconds, 20, [&](int count) {
            for (int i = 0; i < count; i += 2) {  // there and back
                const std::uint64_t turn = ball.turn.load(std::memory_order_relaxed) + 1;
                ball.turn.store(turn, std::memory_order_relaxed);
                do {
                    sched_yield();
                } while (ball.turn.load(std::memory_order_relaxed) == turn);
            }
        });
        ball.turn.store(over, std::memory_order_relaxed);
    });
    partner.join();
    return found;
}

}  // namespace handoff::limits
