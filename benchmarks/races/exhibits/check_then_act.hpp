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
    return {"check_then_act",
            "two threads each take 100 from a balance of 100, if it is there",
            "wrong_result",
            "the balance is not 0",
            broken::threads,
            broken::window_ns,
            300'000,
            {{"broken", role::broken, "check, then subtract", "both found 100 and took it: the balance is -100",
              "", &play<broken>},
             {"repaired", role::repaired, "compare-and-swap", "the balance is wrong",
              "one took it, one was refused", &play<check_then_act<role::repaired>>}}};
}

}  // namespace handoff::races
