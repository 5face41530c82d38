// Adapted: oneTBB queuing_rw_mutex: a queue of readers and writers, each spinning on its own node; the handle
// is its scoped_lock.
//
// Source: oneTBB, uxlfoundation/oneTBB; after Krieger, Stumm, Unrau, Hanna, "A Fair Fast Scalable Reader-Writer
//         Lock", ICPP 1993.
//
// Progress: blocking; a waiter yields its core to the scheduler after 31 pauses, again and again.
// Order:    FIFO; readers that stand next to each other go in together.
// Cost:     1 RMW to take; for a reader more, to leave the queue from its middle. In calls into the library.
#pragma once

#include <oneapi/tbb/queuing_rw_mutex.h>
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

#include <string_view>

#include "../../concepts/locks.hpp"
#include "../../concepts/provenance.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

class tbb_queuing_rw_mutex {
    using library_type = oneapi::tbb::queuing_rw_mutex;

public:
    static constexpr std::string_view name = "tbb_queuing_rw_mutex";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};

    class holder_handle {
    public:
        explicit holder_handle(library_type& mutex) : mutex_(mutex) {}
        void lock() { take(alone); }
        void unlock() { leave(); }
        void lock_shared() { take(!alone); }
        void unlock_shared() { leave(); }

        bool try_lock() {
            if (!scope_.try_acquire(mutex_, alone)) {
                return false;
            }
            tell_sanitizer_taken();
            return true;
        }

    private:
        static constexpr bool alone = true;

        void take(bool writes) {
            scope_.acquire(mutex_, writes);
            tell_sanitizer_taken();
        }
        void leave() {
            tell_sanitizer_left();
            scope_.release();
        }

        // The mutex lives in a shared library that is not instrumented: ThreadSanitizer is told what it does.
        void tell_sanitizer_taken() {
#if defined(__SANITIZE_THREAD__)
            __tsan_acquire(&mutex_);
#endif
        }
        void tell_sanitizer_left() {
#if defined(__SANITIZE_THREAD__)
            __tsan_release(&mutex_);
#endif
        }

        library_type& mutex_;
        alignas(detail::cache_line) library_type::scoped_lock scope_;
    };

    holder_handle holder() { return holder_handle(mutex_); }

private:
    alignas(detail::cache_line) library_type mutex_;
};

}  // namespace handoff::impls
