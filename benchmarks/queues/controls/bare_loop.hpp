// What `transfer` is measured against: the loop that one would write by hand for one queue.
//
// Bare threads, the bare queue, plain numbers, and one comparison for each, the least that notices a loss.
// Nothing here comes from the harness or from the workloads, so that what they cost cannot hide on both sides
// of the ratio (sweeps/selftest.json).
#pragma once

#include <pthread.h>
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>
#include <utility>

namespace handoff::bare {

using clock = std::chrono::steady_clock;

/// One thread's part, from the gate to its last item.
struct lap {
    clock::time_point begin;
    clock::time_point end;
    double cpu_seconds = 0;
};

inline double thread_cpu_seconds() noexcept {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

inline void pin(int cpu) noexcept {
    if (cpu >= 0) {
        cpu_set_t one;
        CPU_ZERO(&one);
        CPU_SET(cpu, &one);
        pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    }
}

/// A dependent chain of so many multiplications.
inline void work(std::uint64_t steps, std::uint64_t& link) noexcept {
    for (std::uint64_t left = steps; left > 0; --left) {
        link = link * 0x9e3779b97f4a7c15 + 1;
        asm volatile("" : "+r"(link));
    }
}

/// Two threads that wait at a gate, and move numbers from 0 on when it opens.
///
/// `Queue` holds std::uint64_t; `Pause` is what the loop does when the queue refuses; `Works`: the chain of
/// `steps` stands in the loops, on the side that has some.
template <class Queue, void (*Pause)(), bool Works>
class loop {
public:
    struct setup {
        std::uint64_t items;
        std::uint64_t steps_to_push;
        std::uint64_t steps_to_pop;
        int producer_cpu;  ///< -1: wherever it is
        int consumer_cpu;
    };

    loop(Queue& queue, const setup& asked)
        : producer_([this, &queue, asked] { produce(queue, asked); }),
          consumer_([this, &queue, asked] { consume(queue, asked); }) {
        while (ready_.load(std::memory_order_acquire) < 2) {
            std::this_thread::yield();
        }
    }
    loop(const loop&) = delete;
    loop& operator=(const loop&) = delete;

    /// Opens the gate, and returns when both threads have ended. Once.
    void run() {
        open_.store(true, std::memory_order_release);
        producer_.join();
        consumer_.join();
    }

    const lap& pushing() const noexcept { return pushing_; }
    const lap& popping() const noexcept { return popping_; }
    /// Every number came, in its turn, and none was left.
    bool whole() const noexcept { return whole_; }

private:
    void wait_at_the_gate(int cpu) {
        pin(cpu);
        ready_.fetch_add(1, std::memory_order_acq_rel);
        while (!open_.load(std::memory_order_acquire)) {
            std::this_thread::yield();
        }
    }

    void produce(Queue& to, const setup& asked) {
        const std::uint64_t items = asked.items;
        [[maybe_unused]] const std::uint64_t steps = asked.steps_to_push;
        [[maybe_unused]] std::uint64_t link = 1;
        wait_at_the_gate(asked.producer_cpu);
        const double cpu_before = thread_cpu_seconds();
        pushing_.begin = clock::now();
        for (std::uint64_t i = 0; i < items; ++i) {
            if constexpr (Works) {
                work(steps, link);
            }
            std::uint64_t number = i;
            while (!to.try_push(std::move(number))) {  // NOLINT(bugprone-use-after-move)
                Pause();
            }
        }
        pushing_.end = clock::now();
        pushing_.cpu_seconds = thread_cpu_seconds() - cpu_before;
    }

    void consume(Queue& from, const setup& asked) {
        const std::uint64_t items = asked.items;
        [[maybe_unused]] const std::uint64_t steps = asked.steps_to_pop;
        [[maybe_unused]] std::uint64_t link = 1;
        std::uint64_t wrong = 0;
        std::uint64_t number = 0;
        wait_at_the_gate(asked.consumer_cpu);
        const double cpu_before = thread_cpu_seconds();
        popping_.begin = clock::now();
        for (std::uint64_t i = 0; i < items; ++i) {
            while (!from.try_pop(number)) {
                Pause();
            }
            wrong |= number ^ i;
            if constexpr (Works) {
                work(steps, link);
            }
        }
        popping_.end = clock::now();
        popping_.cpu_seconds = thread_cpu_seconds() - cpu_before;
        whole_ = wrong == 0 && !from.try_pop(number);
    }

    std::atomic<int> ready_{0};
    std::atomic<bool> open_{false};
    alignas(128) lap pushing_;
    alignas(128) lap popping_;
    bool whole_ = false;
    std::thread producer_;  // the threads last: they begin when all else is there
    std::thread consumer_;
};

}  // namespace handoff::bare
