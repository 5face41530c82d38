// No wait strategy of the catalog loses a wake-up.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "concepts/waiting.hpp"
#include "shared/perturb.hpp"

namespace handoff::tests {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr int wait_rounds = 300;
#else
inline constexpr int wait_rounds = 3000;
#endif

template <class Wait>
class WaitStress : public testing::Test {};
TYPED_TEST_SUITE_P(WaitStress);

/// Two threads hand a flag to and fro; a lost wake-up hangs (and is told as a hang: shared/hang.hpp).
template <class Wait>
void hand_a_flag_to_and_fro(int rounds) {
    Wait ping;
    Wait pong;
    std::atomic<int> turn{0};
    std::thread other([&] {
        for (int i = 0; i < rounds; ++i) {
            ping.wait_until([&] { return turn.load(std::memory_order_acquire) == 1; });
            turn.store(0, std::memory_order_release);
            pong.notify();
        }
    });
    for (int i = 0; i < rounds; ++i) {
        turn.store(1, std::memory_order_release);
        ping.notify();
        pong.wait_until([&] { return turn.load(std::memory_order_acquire) == 0; });
    }
    other.join();
    EXPECT_EQ(turn.load(), 0);
}

TYPED_TEST_P(WaitStress, PingPong) {
    static_assert(impls::wait_strategy<TypeParam>);
    hand_a_flag_to_and_fro<TypeParam>(wait_rounds);
}

/// The same with threads that lose their CPU between two steps of waiting and notifying.
TYPED_TEST_P(WaitStress, PingPongDisturbed) {
    if constexpr (impls::polling<TypeParam>) {
        GTEST_SKIP() << "asks again by itself";
    } else {
        const perturbed waiting(3);
        hand_a_flag_to_and_fro<TypeParam>(wait_rounds);
    }
}

/// Several waiters take tokens that several givers bring, one notification a token: each notification must find
/// a waiter that takes its token, and no waiter may sleep while tokens lie there.
TYPED_TEST_P(WaitStress, EveryTokenFindsAWaiter) {
    constexpr int waiters = 3;
    constexpr int givers = 2;
    TypeParam wait;
    std::atomic<int> tokens{0};
    const auto take = [&] {
        int seen = tokens.load(std::memory_order_relaxed);
        while (seen > 0) {
            if (tokens.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire)) {
                return true;
            }
        }
        return false;
    };
    std::vector<std::thread> threads;
    for (int w = 0; w < waiters; ++w) {
        threads.emplace_back([&] {
            for (int i = 0; i < wait_rounds * givers / waiters; ++i) {
                wait.wait_until(take);
            }
        });
    }
    for (int g = 0; g < givers; ++g) {
        threads.emplace_back([&] {
            for (int i = 0; i < wait_rounds; ++i) {
                tokens.fetch_add(1, std::memory_order_release);
                wait.notify();
                if (i % 16 == 0) {
                    std::this_thread::yield();  // now bursts, now single tokens
                }
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    EXPECT_EQ(tokens.load(), wait_rounds * givers % waiters);
}

/// Waiters that give up must not take the wake-ups of others with them.
TYPED_TEST_P(WaitStress, TimeoutsStealNoWakeUps) {
    TypeParam wait;
    std::atomic<int> tokens{0};
    std::atomic<bool> over{false};
    const auto take = [&] {
        int seen = tokens.load(std::memory_order_relaxed);
        return seen > 0 && tokens.compare_exchange_strong(seen, seen - 1, std::memory_order_acquire);
    };
    std::thread impatient([&] {
        while (!over.load()) {
            const auto soon = std::chrono::steady_clock::now() + std::chrono::microseconds(20);
            if (wait.wait_until(take, soon)) {
                tokens.fetch_add(1, std::memory_order_release);  // hand it on to the patient one
                wait.notify_all();
            }
        }
    });
    std::thread patient([&] {
        for (int i = 0; i < wait_rounds; ++i) {
            wait.wait_until(take);
        }
        over.store(true);
    });
    for (int i = 0; i < wait_rounds; ++i) {
        tokens.fetch_add(1, std::memory_order_release);
        wait.notify_all();
        if (i % 4 == 0) {
            std::this_thread::sleep_for(std::chrono::microseconds(5));
        }
    }
    patient.join();
    impatient.join();
    EXPECT_EQ(tokens.load(), 0);
}

/// A plain store and its notification meet a waiter that is just about to fall asleep, with all small
/// differences in time: the moment in which a missing fence, or a notification past the mutex, loses a wake-up.
TYPED_TEST_P(WaitStress, NoWakeUpFallsBetweenTheLookAndTheSleep) {
    // A strategy that never sleeps loses nothing, and only has to come to its end.
    constexpr int rounds = impls::may_sleep<TypeParam> ? 5 * wait_rounds : wait_rounds;
    struct alignas(128) apart {
        std::atomic<int> value{0};
    };
    TypeParam wait;
    apart flag;   // the round that may go on
    apart begun;  // the round that the waiter begins
    const auto delay = [](unsigned& random) {
        random = random * 1664525 + 1013904223;
        for (unsigned i = random >> (22 + (random & 3)); i > 0; --i) {
            std::atomic_signal_fence(
                std::memory_order_seq_cst);  // nothing to some 300 ns, short ones more often
        }
    };
    std::thread notifier([&] {
        unsigned random = 1;
        for (int round = 1; round <= rounds; ++round) {
            // Spinning, so that it starts within one line transfer of the waiter; yielding only to a waiter
            // that the scheduler keeps from the core.
            for (int looks = 0; begun.value.load(std::memory_order_acquire) < round; ++looks) {
                if (looks > 2000) {
                    std::this_thread::yield();
                }
            }
            delay(random);
            flag.value.store(round, std::memory_order_release);
            wait.notify();
        }
    });
    unsigned random = 2;
    for (int round = 1; round <= rounds; ++round) {
        begun.value.store(round, std::memory_order_release);
        delay(random);
        const auto begin = std::chrono::steady_clock::now();
        wait.wait_until([&] { return flag.value.load(std::memory_order_acquire) >= round; },
                        begin + std::chrono::seconds(3));
        if (std::chrono::steady_clock::now() - begin >= std::chrono::seconds(3)) {
            ADD_FAILURE() << "only the deadline ended the wait of round " << round;
            break;
        }
    }
    begun.value.store(rounds);
    notifier.join();
}

TYPED_TEST_P(WaitStress, ReturnsAtOnceWhatIsTrueAndWhatIsTooLate) {
    TypeParam wait;
    wait.wait_until([] { return true; });
    const auto past = std::chrono::steady_clock::now() - std::chrono::seconds(1);
    EXPECT_TRUE(wait.wait_until([] { return true; }, past));
    EXPECT_FALSE(wait.wait_until([] { return false; }, past));
    const auto soon = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
    EXPECT_FALSE(wait.wait_until([] { return false; }, soon));
    EXPECT_GE(std::chrono::steady_clock::now(), soon);
}

/// A wait that goes to sleep is counted once, however often it wakes in vain, and one that need not wait is
/// not.
TYPED_TEST_P(WaitStress, CountsTheWaitsThatSleep) {
    if constexpr (requires(const TypeParam& counting) { counting.sleeps(); }) {
        TypeParam wait;
        std::atomic<bool> over{false};
        wait.wait_until([] { return true; });
        EXPECT_EQ(wait.sleeps(), 0U);
        std::thread waiter([&] { wait.wait_until([&] { return over.load(); }); });
        while (wait.sleeps() == 0) {
            std::this_thread::yield();
        }
        for (int i = 0; i < 3; ++i) {
            wait.notify_all();
            std::this_thread::sleep_for(std::chrono::microseconds(200));
        }
        over.store(true);
        wait.notify_all();
        waiter.join();
        EXPECT_EQ(wait.sleeps(), 1U);
    } else {
        GTEST_SKIP() << "never makes a blocking call";
    }
}

REGISTER_TYPED_TEST_SUITE_P(WaitStress, PingPong, PingPongDisturbed, EveryTokenFindsAWaiter,
                            TimeoutsStealNoWakeUps, NoWakeUpFallsBetweenTheLookAndTheSleep,
                            ReturnsAtOnceWhatIsTrueAndWhatIsTooLate, CountsTheWaitsThatSleep);

}  // namespace handoff::tests
