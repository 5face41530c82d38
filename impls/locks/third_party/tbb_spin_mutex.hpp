// Adapted: oneTBB spin_mutex: test-and-set with exponential backoff.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking; a waiter yields its core to the scheduler after 31 pauses, again and again.
// Order:    none.
// Cost:     1 RMW to take when free, a store to leave.
#pragma once

#include <oneapi/tbb/spin_mutex.h>

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_spin_mutex {
public:
    static constexpr std::string_view name = "tbb_spin_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }

private:
    alignas(detail::cache_line) oneapi::tbb::spin_mutex mutex_;
};

}  // namespace handoff::impls
