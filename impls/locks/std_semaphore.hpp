// The standard library's counting semaphore with one permit, as a lock.
//
// Source: ISO C++20; as in libstdc++ 12: an atomic count, looked at 16 times (with pauses, then yields) before
//         the thread sleeps on it as on a futex.
//
// Progress: blocking.
// Order:    none.
// Cost:     1 RMW each to take and to leave, and a system call to leave, always: release() wakes whenever it
//           finds the count at 0, which for a lock is every time, since nobody has noted whether a thread
//           sleeps. So it is slow when free. It wakes all sleepers, of whom one gets in.
#pragma once

#include <chrono>
#include <semaphore>
#include <string_view>

#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

class std_semaphore {
public:
    static constexpr std::string_view name = "std_semaphore";
    static constexpr auto admits = admission::any;
    static constexpr auto waits = waiting::spins_then_sleeps;

    void lock() {
        // Not acquire(): in libstdc++ 12 it may sleep for ever (GCC bug 104928). It notes the count before it
        // spins and sleeps while the count is what it noted: that is 1, and a permit lies there, if the permit
        // was taken and given back in between. With a limit to its sleep the same code comes round; the free
        // path is the same.
        while (!permits_.try_acquire_for(longest_sleep)) {
        }
    }

    bool try_lock() { return permits_.try_acquire(); }
    void unlock() { permits_.release(); }

private:
    static constexpr std::chrono::milliseconds longest_sleep{10};

    alignas(detail::cache_line) std::counting_semaphore<> permits_{1};
};

}  // namespace handoff::impls
