// Adapted: oneTBB queuing_mutex: the queue lock of Mellor-Crummey and Scott; the handle is its scoped_lock.
//
// Source: oneTBB, uxlfoundation/oneTBB; after Mellor-Crummey and Scott, ACM TOCS 1991.
//
// Progress: blocking; a waiter yields its core to the scheduler after 31 pauses, again and again.
// Order:    FIFO.
// Cost:     1 RMW to take; 1 RMW to leave when nobody waits, a store to the next one's node when somebody does.
#pragma once

#include <oneapi/tbb/queuing_mutex.h>

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_queuing_mutex {
    using library_type = oneapi::tbb::queuing_mutex;

public:
    static constexpr std::string_view name = "tbb_queuing_mutex";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    class holder_handle {
    public:
        explicit holder_handle(library_type& mutex) : mutex_(mutex) {}
        void lock() { scope_.acquire(mutex_); }
        bool try_lock() { return scope_.try_acquire(mutex_); }
        void unlock() { scope_.release(); }

    private:
        library_type& mutex_;
        alignas(detail::cache_line) library_type::scoped_lock scope_;
    };

    holder_handle holder() { return holder_handle(mutex_); }

private:
    alignas(detail::cache_line) library_type mutex_;
};

}  // namespace handoff::impls
