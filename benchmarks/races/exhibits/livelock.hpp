// Livelock: two polite threads step back for each other, at the same pace, again and again.
//
// What it stands for:     for (;;) { lock(mine); if (try_lock(yours)) break; unlock(mine); }
//
// What goes wrong: nobody holds a lock for long, nobody waits for ever, and nobody gets anywhere. Each finds
// the other's lock taken, lets go of its own, and has it again by the time that the other looks.
//
//     thread 0: takes a      b? taken, lets go     takes a      b? taken, lets go     ...
//     thread 1:    takes b      a? taken, lets go     takes b      a? taken, lets go     ...
//
// What repairs it: a pause drawn by chance, up to twice as long after each try in vain (to 64 times the
// window). Then they fall out of step, and one finds the other pausing.
//
// A round fails when a thread has stepped back 32 times in turns with the other and neither had both locks. In
// turns: steps back while the other does nothing (it was preempted with its lock in hand) count as one, so that
// a busy machine makes no livelock. It is a limit for an exhibit; in the end the broken twin gets through too,
// when chance lets it.
//
// Stresses: symmetry. Shows: that progress can depend on chance, and that it helps to bring one's own.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

template <role Role>
class livelock {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 500;
    static constexpr unsigned patience = 32;

    void set_up() {
        for (side& s : sides_) {
            s.steps_back.store(0, std::memory_order_relaxed);  // relaxed: the threads meet before and after
        }
        how_.store(ending::open, std::memory_order_relaxed);
    }

    void act(unsigned self, dice& chance) {
        side& mine = sides_[self];
        side& other = sides_[1 - self];
        unsigned in_turns = 0;
        unsigned seen = 0;
        // relaxed here and below: the ending and the counts carry no other data
        for (unsigned tries = 1; how_.load(std::memory_order_relaxed) == ending::open; ++tries) {
            wait_until([&] { return mine.try_lock(); });
            chance.widen(window_ns);
            const bool both = other.try_lock();
            if (both) {
                end(ending::progress);
                other.unlock();
            }
            mine.unlock();
            if (both) {
                return;
            }
            const unsigned others = other.steps_back.load(std::memory_order_relaxed);
            mine.steps_back.fetch_add(1, std::memory_order_relaxed);
            if (others != seen) {
                seen = others;
                if (++in_turns == patience) {
                    end(ending::none);
                }
            }
            if constexpr (Role == role::repaired) {
                chance.widen(window_ns << std::min(tries, 6U));
            }
        }
    }

    bool failed(tally& outcome) const {
        const unsigned most = std::max(sides_[0].steps_back.load(std::memory_order_relaxed),
                                       sides_[1].steps_back.load(std::memory_order_relaxed));
        outcome.count("times_stepped_back", most);
        return how_.load(std::memory_order_relaxed) == ending::none;
    }

private:
    enum class ending { open, progress, none };

    class alignas(impls::detail::cache_line) side {
    public:
        // [released]: what was done under the lock before is visible
        bool try_lock() { return !held_.exchange(true, std::memory_order_acquire); }
        void unlock() { held_.store(false, std::memory_order_release); }  // [released]

        std::atomic<unsigned> steps_back{0};

    private:
        std::atomic<bool> held_{false};
    };

    /// The first ending counts.
    void end(ending how) {
        ending open = ending::open;
        how_.compare_exchange_strong(open, how, std::memory_order_relaxed);
    }

    std::array<side, threads> sides_;
    alignas(impls::detail::cache_line) std::atomic<ending> how_{ending::open};
};

inline exhibit show_livelock() {
    using broken = livelock<role::broken>;
    exhibit e{
        .name = "livelock",
        .title = "two threads want two locks, and step back when the second is taken",
        .kind = "no_progress",
        .fails = "a thread stepped back 32 times, in turns with the other, and neither had both",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 15'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "begins again at once",
        .seen_failed = "both step back again and again, in step",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "pauses for a time drawn by chance, longer each time",
        .seen_failed = "both step back again and again",
        .seen_none = "one of them always got through",
        .play = &play<livelock<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
