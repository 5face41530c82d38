// Adapted: oneTBB spin_rw_mutex: readers and writers in one word, with exponential backoff.
//
// Source: oneTBB, uxlfoundation/oneTBB.
//
// Progress: blocking; a waiter yields its core to the scheduler after 31 pauses, again and again.
// Order:    none. Leans to writers: one that waits sets a mark that stops new readers. But a writer that leaves
//           clears the mark for all, and readers may enter until it is set again.
// Cost:     1 RMW each to take and to leave when free, shared or not.
#pragma once

#include <oneapi/tbb/spin_rw_mutex.h>

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_spin_rw_mutex {
public:
    static constexpr std::string_view name = "tbb_spin_rw_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }
    void lock_shared() { mutex_.lock_shared(); }
    void unlock_shared() { mutex_.unlock_shared(); }

private:
    alignas(detail::cache_line) oneapi::tbb::spin_rw_mutex mutex_;
};

}  // namespace handoff::impls
