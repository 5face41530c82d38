// Adapted: boost::detail::spinlock, which guards Boost's smart pointers: test-and-set, then naps.
//
// Source: Dimov, Boost.SmartPtr, 2008.
//
// Progress: blocking; a waiter pauses once and then naps between looks (nanosleep of about a microsecond).
// Order:    none.
// Cost:     1 RMW to take when free, a store to leave.
#pragma once

#include <boost/smart_ptr/detail/spinlock.hpp>
#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class boost_spinlock {
public:
    static constexpr std::string_view name = "boost_spinlock";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins_then_sleeps;
    static constexpr provenance adapted{
        .library = "Boost.SmartPtr", .source = "libboost-dev", .version = "1.74.0"};

    boost_spinlock() = default;
    boost_spinlock(const boost_spinlock&) = delete;
    boost_spinlock& operator=(const boost_spinlock&) = delete;

    void lock() { lock_.lock(); }
    bool try_lock() { return lock_.try_lock(); }
    void unlock() { lock_.unlock(); }

private:
    alignas(detail::cache_line) boost::detail::spinlock lock_ = BOOST_DETAIL_SPINLOCK_INIT;
};

}  // namespace handoff::impls
