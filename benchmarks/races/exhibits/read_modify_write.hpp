// Read-modify-write: two threads add 1 to a counter, and one of the additions is lost.
//
// What it stands for:     int total = 0;     ++total;   // in each thread
//
// What goes wrong: ++ is a load, an addition and a store. Both threads load 0, both store 1.
//
//     thread 0: load 0                      store 1
//     thread 1:           load 0   store 1
//
// What repairs it: one indivisible addition (fetch_add), or a lock around the three steps.
//
// The counter is atomic in both twins, and load and store are two statements in the broken one: with a plain
// int the compiler could do anything, here the loss is the program's own.
//
// Stresses: nothing but two threads in one window. Shows: that atomic variables do not make an atomic
// operation.
#pragma once

#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

template <role Role>
class read_modify_write {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 500;

    void set_up() { total_.store(0, std::memory_order_relaxed); }  // relaxed: the threads meet before and after

    void act(unsigned, dice& chance) {
        if constexpr (Role == role::broken) {
            const int seen = total_.load(std::memory_order_relaxed);  // relaxed: no other data hangs on it
            chance.widen(window_ns);
            total_.store(seen + 1, std::memory_order_relaxed);
        } else {
            chance.widen(window_ns);
            total_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    bool failed(tally&) const { return total_.load(std::memory_order_relaxed) != threads; }

private:
    alignas(impls::detail::cache_line) std::atomic<int> total_{0};
};

inline exhibit show_read_modify_write() {
    using broken = read_modify_write<role::broken>;
    exhibit e{
        .name = "read_modify_write",
        .title = "two threads add 1 to a counter",
        .kind = "wrong_result",
        .fails = "the counter is not 2",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 100'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "load, add, store",
        .seen_failed = "both loaded 0: one addition is lost",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "fetch_add",
        .seen_failed = "an addition is lost",
        .seen_none = "both additions are there",
        .play = &play<read_modify_write<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
