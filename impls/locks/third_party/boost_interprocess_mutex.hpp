// Adapted: boost::interprocess::interprocess_mutex: a pthread mutex that may lie in memory shared by processes.
//
// Source: Gaztanaga, Boost.Interprocess, 2005.
//
// Progress: blocking.
// Order:    none.
// Cost:     1 RMW each to take and to leave when free, in calls into the C library; a waiter sleeps at once.
#pragma once

#include <boost/interprocess/sync/interprocess_mutex.hpp>
#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class boost_interprocess_mutex {
public:
    static constexpr std::string_view name = "boost_interprocess_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::sleeps;
    static constexpr provenance adapted{
        .library = "Boost.Interprocess", .source = "libboost-dev", .version = "1.74.0"};

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }

private:
    alignas(detail::cache_line) boost::interprocess::interprocess_mutex mutex_;
};

}  // namespace handoff::impls
