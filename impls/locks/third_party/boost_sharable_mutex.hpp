// Adapted: boost::interprocess::interprocess_sharable_mutex: a mutex and two condition variables around counts
// of readers and writers, fit for memory shared by processes.
//
// Source: Gaztanaga, Boost.Interprocess, 2005; its two gates are Howard Hinnant's design for shared mutexes,
//         2007.
//
// Progress: blocking.
// Order:    none between writers. A writer that waits for readers stops new ones; when a writer leaves, all who
//           wait are woken and whoever is fastest goes in.
// Cost:     2 RMW each to take and to leave, shared or not (a mutex around the counts), and a call to wake.
#pragma once

#include <boost/interprocess/sync/interprocess_sharable_mutex.hpp>
#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class boost_sharable_mutex {
public:
    static constexpr std::string_view name = "boost_sharable_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::sleeps;
    static constexpr provenance adapted{
        .library = "Boost.Interprocess", .source = "libboost-dev", .version = "1.74.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }
    void lock_shared() { mutex_.lock_sharable(); }
    void unlock_shared() { mutex_.unlock_sharable(); }

private:
    alignas(detail::cache_line) boost::interprocess::interprocess_sharable_mutex mutex_;
};

}  // namespace handoff::impls
