// A mutex for sections of a few instructions: looks for a while whether it is free before it sleeps.
//
// Where two threads that never pause collide on a plain mutex, one of them pays for a sleep and the other for
// waking it: thousands of times what the section takes. Where one thread can do many sections in a row while
// the other sleeps, that sleep is what makes both fast: there, ask for no looks.
#pragma once

#include "cpu_relax.hpp"
#include "mutex.hpp"

namespace handoff::impls::detail {

#ifdef HANDOFF_MODEL
class brief_mutex : public mutex {  // how often a thread looks before it sleeps makes no other execution
public:
    explicit brief_mutex(bool = true) {}
};
#else

class brief_mutex {
public:
    /// Without looks it is a plain mutex.
    explicit brief_mutex(bool looks_first = true) noexcept : looks_(looks_first ? most_looks : 0) {}

    void lock() {
        for (unsigned look = 0, pauses = 1; look < looks_; ++look) {
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
    static constexpr unsigned most_looks = 30;
    static constexpr unsigned most_pauses = 8;

    mutex mutex_;
    const unsigned looks_;
};

#endif

}  // namespace handoff::impls::detail
