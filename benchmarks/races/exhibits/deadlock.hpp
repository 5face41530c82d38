// Deadlock: each of two (or three) threads holds a lock and waits for the next one's.
//
// What it stands for:     lock(a); lock(b);        lock(b); lock(a);
//
// What goes wrong:
//
//     thread 0: takes a                waits for b, for ever
//     thread 1:           takes b      waits for a, for ever
//
// What repairs it, in `repaired_by_order`: everybody takes the locks in one order, here by number. Then
// somebody holds the highest lock that is held, waits for none, and will let go. (std::scoped_lock takes
// several at once without an order.)
//
// What repairs it, in `repaired_by_timeout`: nobody waits for ever while holding one. Who does not get its
// second lock within 20 us lets go of the first, waits for a time drawn by chance, and begins again.
//
// Two detectives are at work in every round. The lock-order graph learns who asked for what while holding what,
// and reports the cycle also in rounds in which all went well by luck. And each waiting thread looks whether
// all of them hold one lock and wait for another: all locks are then held by threads that wait, and none will
// ever be released. That is proof, not a time limit, so that a busy machine makes no deadlock; the round counts
// as hung, and the threads, which in a real program would stand for ever, let go.
//
// Stresses: the moment between two locks. Shows: that the graph finds in every round what hangs in some.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <string>

#include "../exhibit.hpp"
#include "../lock_order_graph.hpp"
#include "../stage.hpp"

namespace handoff::races {

enum class locking { in_a_ring, in_order, with_timeout };

template <unsigned Threads, locking How>
class deadlock {
public:
    static constexpr unsigned threads = Threads;
    static constexpr unsigned window_ns = 500;

    deadlock() {
        for (unsigned i = 0; i < Threads; ++i) {
            graph_.add(std::string(1, static_cast<char>('a' + i)));
        }
    }

    void set_up() {
        for (place& p : places_) {
            p.at.store(step::before, std::memory_order_relaxed);  // relaxed here and below: the threads meet
        }
        hung_.store(false, std::memory_order_relaxed);
        cycle_.store(false, std::memory_order_relaxed);
        stepped_back_.store(0, std::memory_order_relaxed);
        graph_.forget();
    }

    void act(unsigned self, dice& chance) {
        unsigned first = self;
        unsigned second = (self + 1) % Threads;
        if (How == locking::in_order && first > second) {
            std::swap(first, second);
        }
        if constexpr (How == locking::with_timeout) {
            take_with_timeout(self, first, second, chance);
        } else {
            take(self, first, second, chance);
        }
    }

    bool failed(tally& outcome) const {
        outcome.count("rounds_with_a_cycle_in_the_lock_order", cycle_.load(std::memory_order_relaxed) ? 1 : 0);
        if constexpr (How == locking::with_timeout) {
            outcome.count("times_stepped_back", stepped_back_.load(std::memory_order_relaxed));
        }
        return hung_.load(std::memory_order_relaxed);
    }

private:
    enum class step { before, holds_one_and_waits, past };
    struct alignas(impls::detail::cache_line) place {
        std::atomic<step> at{step::before};
    };
    class alignas(impls::detail::cache_line) spin_lock {
    public:
        // [released]: what was done under the lock before is visible
        bool try_lock() { return !held_.exchange(true, std::memory_order_acquire); }
        void unlock() { held_.store(false, std::memory_order_release); }  // [released]

    private:
        std::atomic<bool> held_{false};
    };

    void ask(unsigned self, unsigned lock) {
        if (graph_.acquiring(self, lock)) {
            cycle_.store(true, std::memory_order_relaxed);  // relaxed: read after the round
        }
    }
    void let_go(unsigned self, unsigned lock) {
        graph_.released(self, lock);
        locks_[lock].unlock();
    }

    void take(unsigned self, unsigned first, unsigned second, dice& chance) {
        ask(self, first);
        wait_until([&] { return locks_[first].try_lock(); });
        chance.widen(window_ns);
        ask(self, second);
        // [standing]: who sees this step sees that we hold `first`
        places_[self].at.store(step::holds_one_and_waits, std::memory_order_release);
        bool got = false;
        wait_until([&] {
            got = locks_[second].try_lock();
            return got || given_up();
        });
        if (got) {
            places_[self].at.store(step::past, std::memory_order_release);  // [standing]
            let_go(self, second);
        } else {
            graph_.released(self, second);
        }
        let_go(self, first);
    }

    /// A thread's steps only go forward. So if all are seen waiting, and then all are seen waiting again, there
    /// was a moment in between at which all waited at once.
    bool given_up() {
        const auto all_wait = [&] {
            return std::ranges::all_of(places_, [](const place& p) {
                return p.at.load(std::memory_order_acquire) == step::holds_one_and_waits;  // [standing]
            });
        };
        if (all_wait() && all_wait()) {
            hung_.store(true, std::memory_order_relaxed);  // relaxed: no data hangs on it
        }
        return hung_.load(std::memory_order_relaxed);
    }

    void take_with_timeout(unsigned self, unsigned first, unsigned second, dice& chance) {
        bool done = false;
        while (!done) {
            ask(self, first);
            wait_until([&] { return locks_[first].try_lock(); });
            chance.widen(window_ns);
            const auto deadline = std::chrono::steady_clock::now() + std::chrono::microseconds(20);
            wait_until([&] {
                done = locks_[second].try_lock();
                return done || std::chrono::steady_clock::now() > deadline;
            });
            if (done) {
                graph_.took(self, second);
                let_go(self, second);
            }
            let_go(self, first);
            if (!done) {
                stepped_back_.fetch_add(1, std::memory_order_relaxed);  // relaxed: read after the round
                chance.widen(20'000);
            }
        }
    }

    std::array<spin_lock, Threads> locks_;
    std::array<place, Threads> places_;
    lock_order_graph graph_;
    std::atomic<bool> hung_{false};
    std::atomic<bool> cycle_{false};
    std::atomic<unsigned> stepped_back_{0};
};

template <unsigned Threads>
exhibit show_deadlock(std::string_view name, std::string_view title) {
    using broken = deadlock<Threads, locking::in_a_ring>;
    exhibit e{
        .name = name,
        .title = title,
        .kind = "hung",
        .fails = "every thread holds a lock and waits for another",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 15'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "each begins with its own lock",
        .seen_failed = "all hold one and wait for the next: for ever",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired_by_order",
        .is = role::repaired,
        .how = "all take them in one order",
        .seen_failed = "all hold one and wait",
        .seen_none = "nobody hung",
        .play = &play<deadlock<Threads, locking::in_order>>,
    });
    e.twins.push_back({
        .name = "repaired_by_timeout",
        .is = role::repaired,
        .how = "who waits too long lets go and begins again",
        .seen_failed = "all hold one and wait",
        .seen_none = "nobody hung",
        .play = &play<deadlock<Threads, locking::with_timeout>>,
    });
    return e;
}

inline exhibit show_deadlock_of_two() {
    return show_deadlock<2>("deadlock", "two threads take two locks each, in opposite orders");
}
inline exhibit show_deadlock_of_three() {
    return show_deadlock<3>("deadlock_of_three", "three threads take two of three locks each, in a ring");
}

}  // namespace handoff::races
