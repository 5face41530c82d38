// The standard library's mutex; in glibc a futex behind one compare-and-swap.
//
// Source: ISO C++11; glibc's pthread_mutex_t of the default kind.
//
// Progress: blocking.
// Order:    none: a thread that comes by takes the mutex before a sleeper that has been woken for it.
// Cost:     1 RMW each to take and to leave when free, in calls into the C library; a waiter sleeps at once.
#pragma once

#include <mutex>
#include <string_view>

#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

class std_mutex {
public:
    static constexpr std::string_view name = "std_mutex";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::sleeps;

    void lock() { mutex_.lock(); }
    bool try_lock() { return mutex_.try_lock(); }
    void unlock() { mutex_.unlock(); }

private:
    alignas(detail::cache_line) std::mutex mutex_;
};

}  // namespace handoff::impls
