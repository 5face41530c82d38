// Test-and-test-and-set spin lock.
//
// Source: Rudolph and Segall, "Dynamic Decentralized Cache Schemes for MIMD Parallel Processors", 1984.
//
// Progress: blocking.
// Order:    none.
// Cost:     1 RMW to take when free, a store to leave.
#pragma once

#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class ttas_lock {
public:
    static constexpr std::string_view name = "ttas_lock";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;

    ttas_lock() = default;
    ttas_lock(const ttas_lock&) = delete;
    ttas_lock& operator=(const ttas_lock&) = delete;

    void lock() noexcept {
        while (!try_lock()) {
            // Wait on a shared copy of the line; the RMW that would take it away comes only when it is free.
            while (held_.load(std::memory_order_relaxed)) {  // relaxed: try_lock synchronises
                detail::cpu_relax();
            }
        }
    }

    bool try_lock() noexcept {
        // [released]: everything done under the lock before is visible here.
        // relaxed: a look before the RMW, which alone decides
        return !held_.load(std::memory_order_relaxed) && !held_.exchange(true, std::memory_order_acquire);
    }

    void unlock() noexcept {
        held_.store(false, std::memory_order_release);  // [released]
    }

private:
    alignas(detail::cache_line) atomic<bool> held_{false};
};

}  // namespace handoff::impls
