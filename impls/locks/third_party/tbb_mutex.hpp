// Adapted: oneTBB mutex: a flag that is spun on for a while and then slept on, in the library's own table of
// waiters.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking.
// Order:    none.
// Cost:     1 RMW to take when free; 1 RMW to leave, and a look into the table of waiters.
#pragma once

#include <oneapi/tbb/mutex.h>

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_mutex {
public:
    static constexpr std::string_view name = "tbb_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins_then_sleeps;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }

private:
    alignas(detail::cache_line) oneapi::tbb::mutex mutex_;
};

}  // namespace handoff::impls
