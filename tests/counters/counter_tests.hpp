// What every counter of the catalog promises, alone and under load.
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "concepts/counters.hpp"

namespace handoff::tests {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr std::uint64_t counter_rounds = 4000;
#else
inline constexpr std::uint64_t counter_rounds = 100'000;
#endif

template <class Counter>
class Counters : public testing::Test {
protected:
    void SetUp() override {
        if constexpr (requires { Counter::unavailable(); }) {
            if (!Counter::unavailable().empty()) {
                GTEST_SKIP() << Counter::unavailable();
            }
        }
    }

    static constexpr bool is_racy = Counter::reading == impls::read_promise::racy;

    /// How far behind one adder may leave read().
    static constexpr std::uint64_t slack() {
        if constexpr (Counter::reading == impls::read_promise::lagging) {
            return Counter::slack;
        } else {
            return 0;
        }
    }

    template <class End>
    static void add(End& end, std::uint64_t n) {
        if constexpr (requires { end.try_add(n); }) {
            while (!end.try_add(n)) {
            }
        } else {
            end.add(n);
        }
    }
};
TYPED_TEST_SUITE_P(Counters);

TYPED_TEST_P(Counters, CountsForOneThread) {
    static_assert(impls::counter<TypeParam>);
    TypeParam counter;
    EXPECT_EQ(counter.read(), 0);
    std::uint64_t added = 0;
    {
        decltype(auto) end = impls::adder_end(counter);
        for (const std::uint64_t n : {1, 0, 1, 5, 63, 64, 65, 1000, 1}) {
            this->add(end, n);
            added += n;
            EXPECT_LE(counter.read(), added);
            EXPECT_GE(counter.read() + this->slack(), added);
        }
        for (int i = 0; i < 300; ++i) {
            this->add(end, 1);
            ++added;
            EXPECT_GE(counter.read() + this->slack(), added);
        }
        this->add(end, std::uint64_t{1} << 40);
        added += std::uint64_t{1} << 40;
    }
    EXPECT_EQ(counter.read(), added) << "after its adder is gone";
}

TYPED_TEST_P(Counters, KeepsWhatGoneAddersAdded) {
    TypeParam counter;
    for (std::uint64_t i = 1; i <= 100; ++i) {
        decltype(auto) first = impls::adder_end(counter);
        decltype(auto) second = impls::adder_end(counter);
        this->add(first, 1);
        this->add(second, 2);
    }
    EXPECT_EQ(counter.read(), 300);
}

TYPED_TEST_P(Counters, LosesNothingUnderContention) {
    if (this->is_racy) {
        GTEST_SKIP() << "loses updates by design";
    }
    TypeParam counter;
    std::vector<std::thread> threads;
    for (int i = 0; i < 6; ++i) {
        threads.emplace_back([&, i] {
            // handles come and go while others add
            for (int handle = 0; handle < 4; ++handle) {
                decltype(auto) end = impls::adder_end(counter);
                for (std::uint64_t k = 0; k < counter_rounds / 4; ++k) {
                    this->add(end, 1);
                    if (k % 512 == static_cast<std::uint64_t>(i)) {
                        std::this_thread::yield();
                    }
                }
            }
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(counter.read(), 6 * (counter_rounds / 4 * 4));
}

/// A read lies between what had been added for certain when it began and what can have been added when it
/// ended.
TYPED_TEST_P(Counters, ReadsLieBetweenBeginAndEnd) {
    if (this->is_racy) {
        GTEST_SKIP() << "promises nothing";
    }
    constexpr std::size_t adders = 3;
    struct alignas(128) progress {
        std::atomic<std::uint64_t> begun{0};
        std::atomic<std::uint64_t> ended{0};
    };
    TypeParam counter;
    std::vector<progress> of(adders);
    std::atomic<std::size_t> running{adders};
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < adders; ++i) {
        threads.emplace_back([&, i] {
            {
                decltype(auto) end = impls::adder_end(counter);
                for (std::uint64_t k = 1; k <= counter_rounds; ++k) {
                    of[i].begun.store(k, std::memory_order_relaxed);
                    std::atomic_thread_fence(std::memory_order_release);  // [begun] before its addition
                    this->add(end, 1);
                    of[i].ended.store(k, std::memory_order_release);  // [ended] after it
                }
            }
            running.fetch_sub(1);
        });
    }
    const auto read_along = [&] {
        std::uint64_t last = 0;
        bool over = false;
        while (!over) {
            over = running.load() == 0;
            std::uint64_t least = 0;
            std::uint64_t most = 0;
            for (const progress& p : of) {
                least += p.ended.load(std::memory_order_acquire);  // [ended]
            }
            const std::uint64_t seen = counter.read();
            std::atomic_thread_fence(std::memory_order_acquire);  // [begun]
            for (const progress& p : of) {
                most += p.begun.load(std::memory_order_relaxed);
            }
            if (seen + adders * this->slack() < least || seen > most || seen < last) {
                ADD_FAILURE() << "read " << seen << ", before it " << last << ", added at its beginning "
                              << least << ", at its end at most " << most;
                break;
            }
            last = seen;
        }
    };
    std::thread second_reader(read_along);
    read_along();
    second_reader.join();
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(counter.read(), adders * counter_rounds);
}

/// Moves the thread that it interrupts to the other of two processors, between any two of its instructions.
class mover {
public:
    static inline std::array<int, 2> cpus{};

    /// Threads with different periods meet in every combination of processors.
    explicit mover(long period_ns) {
        struct sigaction act{};
        act.sa_handler = [](int) {
            static thread_local unsigned moves = 0;
            cpu_set_t one;
            CPU_ZERO(&one);
            CPU_SET(cpus[++moves % 2], &one);
            syscall(SYS_sched_setaffinity, 0, sizeof one, &one);
        };
        act.sa_flags = SA_RESTART;
        sigaction(SIGUSR1, &act, nullptr);
        sigevent to{};
        to.sigev_notify = SIGEV_THREAD_ID;
        to.sigev_signo = SIGUSR1;
        to._sigev_un._tid = static_cast<pid_t>(syscall(SYS_gettid));
        works_ = timer_create(CLOCK_MONOTONIC, &to, &timer_) == 0;
        const itimerspec often{{0, period_ns}, {0, period_ns}};
        works_ = works_ && timer_settime(timer_, 0, &often, nullptr) == 0;
    }
    ~mover() { timer_delete(timer_); }
    mover(const mover&) = delete;
    mover& operator=(const mover&) = delete;
    bool works() const { return works_; }

private:
    timer_t timer_{};
    bool works_ = false;
};

/// Who asks "where am I?" and then adds there must not be overtaken by a move in between.
TYPED_TEST_P(Counters, LosesNothingWhenThreadsAreMoved) {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    sched_getaffinity(0, sizeof allowed, &allowed);
    std::size_t found = 0;
    for (int cpu = 0; cpu < CPU_SETSIZE && found < 2; ++cpu) {
        if (CPU_ISSET(cpu, &allowed)) {
            mover::cpus[found++] = cpu;
        }
    }
    if (this->is_racy || found < 2) {
        GTEST_SKIP() << "loses updates by design, or there is nowhere to go";
    }
    TypeParam counter;
    std::atomic<std::uint64_t> added{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i) {
        threads.emplace_back([&, i] {
            const mover moved(30'000 + 7'000 * i);
            EXPECT_TRUE(moved.works());
            std::uint64_t mine = 0;
            {
                decltype(auto) end = impls::adder_end(counter);
                const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(150);
                while (std::chrono::steady_clock::now() < until) {
                    for (int k = 0; k < 256; ++k) {
                        this->add(end, 1);
                    }
                    mine += 256;
                }
            }
            added.fetch_add(mine);
        });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    EXPECT_EQ(counter.read(), added.load());
}

REGISTER_TYPED_TEST_SUITE_P(Counters, CountsForOneThread, KeepsWhatGoneAddersAdded, LosesNothingUnderContention,
                            LosesNothingWhenThreadsAreMoved, ReadsLieBetweenBeginAndEnd);

}  // namespace handoff::tests
