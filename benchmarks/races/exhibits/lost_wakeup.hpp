// Lost wake-up: a thread goes to sleep just after it was woken, and nobody wakes it again.
//
// What it stands for:     std::unique_lock lock(mutex);         ready = true;   // without the lock
//                         while (!ready) bell.wait(lock);       bell.notify_one();
//
// What goes wrong: a notification is not kept. Who is not asleep yet does not hear it.
//
//     sleeper: ready? no                                      sleeps, for ever
//     waker:                ready = true    notifies nobody
//
// What repairs it: the waker sets the condition under the sleeper's lock, so that it cannot change between the
// look and the sleep, which lets go of the lock only when it would hear. (And the sleeper looks again after it
// wakes.)
//
// std::condition_variable cannot say whether somebody slept. The bell here is one made from a futex, the usual
// way, that can: in each round, after the waker has finished, a referee rings once more without any news.
// Whoever that wakes had been asleep although the condition held: lost, however slow or busy the machine is. A
// time limit could not tell that.
//
// Stresses: the moment between looking and sleeping. Shows: that a condition needs the lock on both sides, even
// where it is a single atomic flag.
#pragma once

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <mutex>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

/// A condition variable for one sleeper that says how many it woke.
class bell {
public:
    /// Returns when rung after the call, or for no reason. `lock` is held at the call and after it.
    void wait(std::unique_lock<std::mutex>& lock) {
        // relaxed, as is the ring: the lock orders the data
        const std::uint32_t heard = rings_.load(std::memory_order_relaxed);
        lock.unlock();
        syscall(SYS_futex, &rings_, FUTEX_WAIT_PRIVATE, heard, nullptr, nullptr, 0);  // not if rung since
        lock.lock();
    }

    void notify_one() {
        rings_.fetch_add(1, std::memory_order_relaxed);
        wake_sleeper();
    }

    /// Wakes without news. True: somebody had been asleep.
    bool wake_sleeper() { return syscall(SYS_futex, &rings_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0) == 1; }

private:
    static_assert(sizeof(std::atomic<std::uint32_t>) == 4);
    std::atomic<std::uint32_t> rings_{0};
};

template <role Role>
class lost_wakeup {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 2000;

    void set_up() {
        ready_.store(false, std::memory_order_relaxed);  // relaxed: the threads meet before and after
        awake_.store(false, std::memory_order_relaxed);
        overslept_ = false;
    }

    void act(unsigned self, dice& chance) {
        if (self == 1) {
            sleep(chance);
            awake_.store(true, std::memory_order_release);  // [awake]
            return;
        }
        wake(chance);
        // From here on nobody but the referee rings.
        wait_until([&] {
            overslept_ = overslept_ || bell_.wake_sleeper();
            return awake_.load(std::memory_order_acquire);  // [awake]
        });
    }

    bool failed(tally&) const { return overslept_; }

private:
    void sleep(dice& chance) {
        std::unique_lock lock(mutex_);
        // relaxed: the repaired twin has the lock; the broken one would fail with any order
        while (!ready_.load(std::memory_order_relaxed)) {
            chance.widen(window_ns);
            bell_.wait(lock);
        }
    }

    void wake(dice& chance) {
        chance.widen(window_ns);
        if constexpr (Role == role::broken) {
            ready_.store(true, std::memory_order_relaxed);
        } else {
            const std::lock_guard lock(mutex_);
            ready_.store(true, std::memory_order_relaxed);
        }
        bell_.notify_one();
    }

    std::mutex mutex_;
    bell bell_;
    alignas(impls::detail::cache_line) std::atomic<bool> ready_{false};
    alignas(impls::detail::cache_line) std::atomic<bool> awake_{false};
    bool overslept_ = false;  ///< the waker's
};

inline exhibit show_lost_wakeup() {
    using broken = lost_wakeup<role::broken>;
    exhibit e{
        .name = "lost_wakeup",
        .title = "one thread sleeps until a flag is set, the other sets it and notifies",
        .kind = "hung",
        .fails = "the sleeper was asleep with the flag set and nobody left to wake it",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 30'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "the flag is set without the sleeper's lock",
        .seen_failed = "notified between the look and the sleep: it would sleep for ever",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "the flag is set under the sleeper's lock",
        .seen_failed = "the notification is lost",
        .seen_none = "every sleeper was woken",
        .play = &play<lost_wakeup<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
