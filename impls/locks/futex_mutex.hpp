// Mutex in one word: spins for a bounded time, then sleeps on a futex.
//
// Source: Drepper, "Futexes Are Tricky", 2004 (the mutex with three states); the bounded spin before the
//         sleep is Karlin, Li, Manasse, Owicki, "Empirical Studies of Competitive Spinning", SOSP 1991.
//
// Progress: blocking.
// Order:    none: a thread that comes by takes the mutex before a sleeper that has been woken for it.
// Cost:     1 RMW each to take and to leave when free; a system call to leave only where somebody may sleep.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/futex.hpp"

namespace handoff::impls {

class futex_mutex {
public:
    static constexpr std::string_view name = "futex_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins_then_sleeps;

    futex_mutex() = default;
    futex_mutex(const futex_mutex&) = delete;
    futex_mutex& operator=(const futex_mutex&) = delete;

    void lock() noexcept {
        if (!try_lock() && !spin()) {
            sleep();
        }
    }

    bool try_lock() noexcept {
        std::uint32_t expected = unlocked;
        // [released]: everything done under the lock before is visible here. relaxed on failure: nothing was
        // taken.
        return state_.compare_exchange_strong(expected, locked, std::memory_order_acquire,
                                              std::memory_order_relaxed);
    }

    void unlock() noexcept {
        if (state_.exchange(unlocked, std::memory_order_release) == contended) {  // [released]
            // Only the word's address is used from here on: the next holder may already have destroyed the
            // mutex.
            detail::futex_wake(word(), 1);
        }
    }

private:
    // Why no wake-up is lost: who sleeps has stored `contended` and sleeps only while the word still holds it.
    // Whoever then makes the word anything else is unlock(), which sees `contended` and wakes one sleeper. The
    // sleepers that remain are covered because the woken one takes the lock as `contended` too, whether or not
    // others sleep; who overtakes it and stores `locked` leaves the woken one awake, and it stores `contended`
    // before it sleeps again.
    static constexpr std::uint32_t unlocked = 0;
    static constexpr std::uint32_t locked = 1;     // nobody sleeps
    static constexpr std::uint32_t contended = 2;  // somebody may sleep

    /// Looks before a waiter gives up its core: about the length of a short critical section and a line's
    /// transfer, well below that of a system call that sleeps and is woken.
    static constexpr int spins = in_model ? 0 : 100;

    bool spin() noexcept {
        for (int i = 0; i < spins; ++i) {
            detail::cpu_relax();
            // relaxed: a guess that try_lock confirms or refutes
            if (state_.load(std::memory_order_relaxed) == unlocked && try_lock()) {
                return true;
            }
        }
        return false;
    }

    void sleep() noexcept {
        // [released]: see try_lock.
        while (state_.exchange(contended, std::memory_order_acquire) != unlocked) {
            detail::futex_wait(word(), contended, detail::no_deadline);
        }
    }

    const std::uint32_t* word() const noexcept {
        static_assert(sizeof(atomic<std::uint32_t>) == sizeof(std::uint32_t));
        return reinterpret_cast<const std::uint32_t*>(&state_);
    }

    alignas(detail::cache_line) atomic<std::uint32_t> state_{unlocked};
};

}  // namespace handoff::impls
