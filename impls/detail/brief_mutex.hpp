// A mutex for sections of a few instructions: looks for a while whether it is free before it sleeps.
//
// Where two threads that never pause collide on a plain mutex, one of them pays for a sleep and the other for
// waking it: thousands of times what the section takes.
#pragma once

#include "cpu_relax.hpp"
#include "mutex.hpp"

namespace handoff::impls::detail {

#ifdef HANDOFF_MODEL
using brief_mutex = mutex;  // how often a thread looks before it sleeps makes no other execution
#else

class brief_mutex {
public:
    void lock() {
        for (unsigned look = 0, pauses = 1; look < looks; ++look) {
            if (mutex_.try_lock()) {
                return;
            }
            for (unsigned i = 0; i < pauses; ++i) {
                cpu_relax();
            }
            pauses = pauses < most_pauses ? 2 * pauses : most_pauses;
        }
        mutex_.lock();
    }
    void unlock() { mutex_.unlock(); }

private:
    // Together as long as it takes to put a thread to sleep and wake it, some microseconds.
    static constexpr unsigned looks = 30;
    static constexpr unsigned most_pauses = 8;

    mutex mutex_;
};

#endif

}  // namespace handoff::impls::detail
