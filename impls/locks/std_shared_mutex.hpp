// The standard library's reader-writer lock; in glibc a pthread_rwlock_t of the default kind.
//
// Source: ISO C++17; glibc's PTHREAD_RWLOCK_PREFER_READER_NP.
//
// Progress: blocking.
// Order:    none. glibc's default prefers readers: they enter past waiting writers, who starve while readers
//           overlap.
// Cost:     1 RMW each to take and to leave, shared or not, when free, in calls into the C library.
#pragma once

#include <shared_mutex>
#include <string_view>

#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

class std_shared_mutex {
public:
    static constexpr std::string_view name = "std_shared_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::sleeps;

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }
    void lock_shared() { mutex_.lock_shared(); }
    void unlock_shared() { mutex_.unlock_shared(); }

private:
    alignas(detail::cache_line) std::shared_mutex mutex_;
};

}  // namespace handoff::impls
