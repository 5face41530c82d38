// Test-and-set spin lock: every look is a read-modify-write.
//
// Source: the instruction's first use; measured as the simplest lock in Anderson, "The Performance of Spin Lock
//         Alternatives for Shared-Memory Multiprocessors", IEEE TPDS 1990.
//
// Progress: blocking.
// Order:    none.
// Cost:     1 RMW to take when free, a store to leave; each waiting thread takes the line away at every look.
#pragma once

#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class tas_lock {
public:
    static constexpr std::string_view name = "tas_lock";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;

    tas_lock() = default;
    tas_lock(const tas_lock&) = delete;
    tas_lock& operator=(const tas_lock&) = delete;

    void lock() noexcept {
        while (!try_lock()) {
            detail::cpu_relax();
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
    alignas(detail::cache_line) atomic<bool> held_{false};
};

}  // namespace handoff::impls
