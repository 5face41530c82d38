// Check-then-act: two threads take 100 from an account that holds 100, each after looking whether it is there.
//
// What it stands for:     if (balance >= 100) balance -= 100;     // both steps atomic, the pair is not
//
// What goes wrong: what was checked is no longer so when it is acted on.
//
//     thread 0: 100 >= 100, yes                        balance -= 100  ->    0
//     thread 1:                  100 >= 100, yes       balance -= 100  -> -100
//
// What repairs it: check and act in one step. Here a compare-and-swap, which acts only on what was checked; a
// lock around both does it too.
//
// Stresses: the same window as read-modify-write, this time with an indivisible operation at its end. Shows:
// that it does not help to make each of two steps atomic.
#pragma once

#include <atomic>

#include "../exhibit.hpp"
#include "../stage.hpp"

namespace handoff::races {

template <role Role>
class check_then_act {
public:
    static constexpr unsigned threads = 2;
    static constexpr unsigned window_ns = 500;

    void set_up() {
        balance_.store(100, std::memory_order_relaxed);
    }  // relaxed: the threads meet before and after

    void act(unsigned, dice& chance) {
        int seen =
            balance_.load(std::memory_order_relaxed);  // relaxed here and below: no other data hangs on it
        if constexpr (Role == role::broken) {
            if (seen >= 100) {
                chance.widen(window_ns);
                balance_.fetch_sub(100, std::memory_order_relaxed);
            }
        } else {
            while (seen >= 100) {
                chance.widen(window_ns);
                if (balance_.compare_exchange_strong(seen, seen - 100, std::memory_order_relaxed)) {
                    break;
                }
            }
        }
    }

    bool failed(tally&) const { return balance_.load(std::memory_order_relaxed) != 0; }

private:
    alignas(impls::detail::cache_line) std::atomic<int> balance_{0};
};

inline exhibit show_check_then_act() {
    using broken = check_then_act<role::broken>;
    exhibit e{
        .name = "check_then_act",
        .title = "two threads each take 100 from a balance of 100, if it is there",
        .kind = "wrong_result",
        .fails = "the balance is not 0",
        .threads = broken::threads,
        .window_ns = broken::window_ns,
        .rounds = 100'000,
        .twins = {},
    };
    e.twins.push_back({
        .name = "broken",
        .is = role::broken,
        .how = "check, then subtract",
        .seen_failed = "both found 100 and took it: the balance is -100",
        .seen_none = "",
        .play = &play<broken>,
    });
    e.twins.push_back({
        .name = "repaired",
        .is = role::repaired,
        .how = "compare-and-swap",
        .seen_failed = "the balance is wrong",
        .seen_none = "one took it, one was refused",
        .play = &play<check_then_act<role::repaired>>,
    });
    return e;
}

}  // namespace handoff::races
