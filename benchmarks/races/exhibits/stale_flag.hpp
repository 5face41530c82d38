// Stale flag: a thread works until a flag is set. The flag is set, and the thread works on, for ever.
//
// What it stands for:     while (!stop) { ... }          stop = true;      // stop is a plain bool
//
// What goes wrong: in a program without data races nobody can change a plain variable during the loop, so the
// compiler looks at it once, before: `if (!stop) for (;;) { ... }`. The store arrives within nanoseconds, and
// nobody looks.
//
//     worker: stop? no    keeps it in a register, spins, spins, spins
//     main:                                          stop = true
//
// What repairs it: std::atomic<bool>, relaxed if nothing else hangs on it.
//
// The broken twin is the real thing, a plain bool compiled with -O2 (plain_flag.cpp). Its thread cannot be
// saved: the round is called hung when the worker has used 200 ms of CPU time since the flag was set (CPU time,
// so that a worker who does not get to run is not suspected), the process ends, and another one goes on with
// the next round. A round goes well where the worker comes to look only after the flag was set.
//
// Stresses: nothing; it is the compiler's doing. Shows: what a data race costs even where the hardware would
// forgive it.
#pragma once

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>

#include "../exhibit.hpp"
#include "../stage.hpp"
#include "plain_flag.hpp"

namespace handoff::races {

template <role Role>
class stale_flag {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 1000;
    static constexpr double limit_seconds = 0.2;

    void set_up() {
        set(false);
        done_.store(false, std::memory_order_relaxed);  // relaxed: the threads meet before and after
        stuck_ = false;
    }

    void act(unsigned self, dice& chance) {
        if (self == 1) {
            worker_.store(pthread_self(), std::memory_order_release);  // [worker]
            if constexpr (Role == role::broken) {
                spin_on_plain_flag();
            } else {
                while (!flag_.load(std::memory_order_relaxed)) {  // relaxed: nothing hangs on it
                }
            }
            done_.store(true, std::memory_order_release);  // [done]
            return;
        }
        chance.widen(window_ns);
        wait_until([&] { return worker_.load(std::memory_order_acquire) != pthread_t{}; });  // [worker]
        clockid_t its_clock{};
        pthread_getcpuclockid(worker_.load(std::memory_order_relaxed), &its_clock);  // relaxed: seen above
        set(true);
        const double since = seconds(its_clock);
        while (!done_.load(std::memory_order_acquire) && !stuck_) {  // [done]
            const double spun = seconds(its_clock) - since;
            stuck_ = spun > limit_seconds;
            if (spun > 0.001) {
                std::this_thread::sleep_for(std::chrono::milliseconds(1));
            }
        }
    }

    bool stuck() const { return stuck_; }
    bool failed(tally&) const { return false; }  // nobody comes here who is stuck

private:
    void set(bool value) {
        if constexpr (Role == role::broken) {
            set_plain_flag(value);
        } else {
            flag_.store(value, std::memory_order_relaxed);  // relaxed: nothing hangs on it
        }
    }

    static double seconds(clockid_t which) {
        timespec t{};
        clock_gettime(which, &t);
        return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    }

    alignas(impls::detail::cache_line) std::atomic<bool> flag_{false};
    alignas(impls::detail::cache_line) std::atomic<bool> done_{false};
    std::atomic<pthread_t> worker_{};
    bool stuck_ = false;
};

inline exhibit show_stale_flag() {
    using broken = stale_flag<role::broken>;
    exhibit e{
        .name = "stale_flag",
        .title = "one thread spins until the other sets a flag",
        .kind = "hung",
        .fails = "the thread has spun for 200 ms of CPU time after the flag was set",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 15,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "a plain bool",
        .seen_failed = "the loop looks at the flag once, and never ends",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "std::atomic<bool>, relaxed",
        .seen_failed = "the loop does not end",
        .seen_none = "every loop ended",
        .play = &play<stale_flag<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
