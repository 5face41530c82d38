// Starvation: a thread that waits for a lock is overtaken, again and again, by one that comes later.
//
// What goes wrong: a test-and-set lock goes to whoever's instruction comes first when it is free. The thread
// that released it has its line at hand and comes back first; the waiting one must fetch the line, and finds
// the lock taken again.
//
//     thread 0: holds  releases  takes again, holds  releases  takes again, holds  ...
//     thread 1: waits            taken               too late, waits  ...
//
// What repairs it: a lock that serves in the order of arrival. Source: Mellor-Crummey and Scott, "Algorithms
// for Scalable Synchronization on Shared-Memory Multiprocessors", ACM TOCS 1991 (the ticket lock).
//
// In a round each thread takes the lock until they have taken it 200 times together, and holds it for the
// window's time. A round fails when a thread that was already waiting was overtaken 20 times or more before its
// turn: it had less than 5% of the acquisitions while it waited. What it had while nobody competed does not
// count. A waiting thread that does not get to run is overtaken too, on one CPU mostly so; but with a ticket
// lock and two threads nobody is overtaken twice even then: once is possible, by the one whose turn came
// before.
//
// Stresses: a lock that is hardly ever free. Shows: that exclusion, without more, promises nobody a turn.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

/// Goes to whoever comes first when it is free.
class unfair_lock {
public:
    /// Calls `waiting` where it has to wait, as soon as it is known.
    template <class Waiting>
    void lock(Waiting&& waiting) {
        if (take()) {
            return;
        }
        waiting();
        wait_until(
            [&] { return !held_.load(std::memory_order_relaxed) && take(); });  // relaxed: take synchronises
    }
    void unlock() { held_.store(false, std::memory_order_release); }  // [released]

private:
    // [released]: what was done under the lock before is visible
    bool take() { return !held_.exchange(true, std::memory_order_acquire); }

    alignas(impls::detail::cache_line) std::atomic<bool> held_{false};
};

/// Serves in the order of arrival.
class fair_lock {
public:
    template <class Waiting>
    void lock(Waiting&& waiting) {
        const unsigned mine = next_.fetch_add(1, std::memory_order_relaxed);  // relaxed: the turn synchronises
        if (serving_.load(std::memory_order_acquire) != mine) {               // [turn]
            waiting();
            wait_until([&] { return serving_.load(std::memory_order_acquire) == mine; });  // [turn]
        }
    }
    // [turn]: what was done under the lock is visible. Only the holder writes it.
    void unlock() { serving_.store(serving_.load(std::memory_order_relaxed) + 1, std::memory_order_release); }

private:
    alignas(impls::detail::cache_line) std::atomic<unsigned> next_{0};
    alignas(impls::detail::cache_line) std::atomic<unsigned> serving_{0};
};

template <class Lock>
class starvation {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 300;
    static constexpr unsigned turns = 200;
    static constexpr unsigned too_often = 20;

    void set_up() {
        taken_ = 0;
        worst_ = 0;
        for (side& s : sides_) {
            s.waits.store(false, std::memory_order_relaxed);  // relaxed: the threads meet before and after
            s.overtaken = 0;
        }
    }

    void act(unsigned self, dice& chance) {
        side& mine = sides_[self];
        side& other = sides_[1 - self];
        for (bool go_on = true; go_on;) {
            lock_.lock([&] { mine.waits.store(true, std::memory_order_relaxed); });  // relaxed: only counted by
            // What follows is under the lock.
            mine.waits.store(false, std::memory_order_relaxed);
            mine.overtaken = 0;
            if (other.waits.load(std::memory_order_relaxed)) {
                worst_ = std::max(worst_, ++other.overtaken);
            }
            go_on = ++taken_ < turns;
            chance.widen(window_ns);
            lock_.unlock();
        }
    }

    bool failed(tally& outcome) const {
        outcome.longest("most_often_overtaken_in_a_row", worst_);
        return worst_ >= too_often;
    }

private:
    struct alignas(impls::detail::cache_line) side {
        std::atomic<bool> waits{false};
        unsigned overtaken = 0;  ///< since it waits; under the lock
    };

    Lock lock_;
    std::array<side, threads> sides_;
    unsigned taken_ = 0;  ///< under the lock, as is the next
    unsigned worst_ = 0;
};

inline exhibit show_starvation() {
    using broken = starvation<unfair_lock>;
    exhibit e{
        .name = "starvation",
        .title = "two threads take one lock 200 times",
        .kind = "starved",
        .fails = "a waiting thread was overtaken 20 times in a row: less than 5% of the turns",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 2'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "test-and-set lock",
        .seen_failed = "the thread that releases takes again before the one that waits",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "ticket lock",
        .seen_failed = "a waiting thread is overtaken",
        .seen_none = "everybody had a turn",
        .play = &play<starvation<fair_lock>>,
    });
    return e;
}

}  // namespace handoff::races
