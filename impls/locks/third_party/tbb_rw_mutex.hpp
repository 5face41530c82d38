// Adapted: oneTBB rw_mutex: readers and writers in one word, spun on for a while and then slept on, in the
// library's own table of waiters.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking.
// Order:    none. Leans to writers: one that waits sets a mark that stops new readers; the writer that takes
//           the lock clears the mark for all.
// Cost:     1 RMW each to take and to leave when free, shared or not, and a look into the table of waiters to
//           leave.
#pragma once

#include <oneapi/tbb/rw_mutex.h>

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_rw_mutex {
public:
    static constexpr std::string_view name = "tbb_rw_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins_then_sleeps;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }
    void lock_shared() { mutex_.lock_shared(); }
    void unlock_shared() { mutex_.unlock_shared(); }

private:
    alignas(detail::cache_line) oneapi::tbb::rw_mutex mutex_;
};

}  // namespace handoff::impls
