// Store buffering: each of two threads raises its flag and then looks at the other's. Both find the other's
// down.
//
// What it stands for:     want0 = true;                    want1 = true;
//                         if (!want1) enter();             if (!want0) enter();
//
// What goes wrong: a store waits in the processor's buffer while the load behind it goes ahead to memory.
// Whatever the order of the four steps is thought to be, one of the loads ought to come last and see the
// other's store; and yet:
//
//     thread 0: want0 = true (in the buffer)   want1? down, enters      want0 arrives
//     thread 1: want1 = true (in the buffer)   want0? down, enters      want1 arrives
//
// What repairs it: sequentially consistent stores and loads, which on x86 empty the buffer between the two.
// Release and acquire, which the broken twin has, do not: they keep a store from moving up and a load from
// moving down, and here the store moves down. It is why Dekker's and Peterson's mutual exclusion need more than
// volatile variables. Source: Sewell, Sarkar, Owens, Nardelli and Myreen, "x86-TSO: A Rigorous and Usable
// Programmer's Model for x86 Multiprocessors", CACM 2010.
//
// Nothing can widen this window, which lies between two instructions: the threads only begin at slightly
// different moments, drawn alike for both twins.
//
// Stresses: the one reordering that x86 does. Shows: a stale flag that hardware makes.
#pragma once

#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

template <role Role>
class store_buffering {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 0;
    static constexpr unsigned most_turns = 200;

    void set_up() {
        for (side& s : sides_) {
            s.wants.store(false, std::memory_order_relaxed);  // relaxed: the threads meet before and after
        }
    }

    void act(unsigned self, dice& chance) {
        side& mine = sides_[self];
        const side& other = sides_[1 - self];
        // Who has polled the other's flag has it in its cache: the load is quick, while the store must first
        // call the line back from the other's cache.
        mine.entered = other.wants.load(std::memory_order_relaxed);  // relaxed: only fetches the line
        for (auto turns = chance.up_to(most_turns); turns > 0; --turns) {
            asm volatile("");  // some nanoseconds, without the clock's cost
        }
        if constexpr (Role == role::broken) {
            mine.wants.store(true, std::memory_order_release);
            mine.entered = !other.wants.load(std::memory_order_acquire);
        } else {
            mine.wants.store(true, std::memory_order_seq_cst);
            mine.entered = !other.wants.load(std::memory_order_seq_cst);
        }
    }

    bool failed(tally&) const { return sides_[0].entered && sides_[1].entered; }

private:
    struct alignas(impls::detail::cache_line) side {
        std::atomic<bool> wants{false};
        alignas(impls::detail::cache_line) bool entered = false;
    };
    side sides_[threads];
};

inline exhibit show_store_buffering() {
    using broken = store_buffering<role::broken>;
    exhibit e{
        .name = "store_buffering",
        .title = "two threads each raise a flag, then enter if the other's is down",
        .kind = "wrong_result",
        .fails = "both entered",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 500'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "release and acquire",
        .seen_failed = "each loaded before the other's store had left its buffer",
        .seen_none = "it takes two CPUs at the same moment",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "sequentially consistent",
        .seen_failed = "both entered",
        .seen_none = "one at most entered",
        .play = &play<store_buffering<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
