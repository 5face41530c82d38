// Test-and-test-and-set spin lock with bounded exponential backoff.
//
// Source: Anderson, "The Performance of Spin Lock Alternatives for Shared-Memory Multiprocessors", IEEE TPDS
//         1990 (the delay between references); his delays are drawn at random below the bound, ours are the
//         bound.
//
// Progress: blocking.
// Order:    none; who has waited long looks rarely, so newcomers are ahead.
// Cost:     1 RMW to take when free, a store to leave.
#pragma once

#include <algorithm>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class ttas_backoff_lock {
public:
    static constexpr std::string_view name = "ttas_backoff_lock";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;

    ttas_backoff_lock() = default;
    ttas_backoff_lock(const ttas_backoff_lock&) = delete;
    ttas_backoff_lock& operator=(const ttas_backoff_lock&) = delete;

    void lock() noexcept {
        int pauses = fewest_pauses;
        while (!try_lock()) {
            do {
                for (int i = 0; i < pauses; ++i) {
                    detail::cpu_relax();
                }
                pauses = std::min(2 * pauses, most_pauses);
            } while (held_.load(std::memory_order_relaxed));  // relaxed: try_lock synchronises
        }
    }

    bool try_lock() noexcept {
        // [released]: everything done under the lock before is visible here.
        return !held_.exchange(true, std::memory_order_acquire);
    }

    void unlock() noexcept {
        held_.store(false, std::memory_order_release);  // [released]
    }

private:
    // From about a line's transfer to some short critical sections; a bound keeps a free lock from lying idle
    // long.
    static constexpr int fewest_pauses = 2;
    static constexpr int most_pauses = 256;

    alignas(detail::cache_line) atomic<bool> held_{false};
};

}  // namespace handoff::impls
