// Values that pass through a library's ring of atomic words.
#pragma once

#include <atomic>

#include "words.hpp"

namespace handoff::impls::detail {

/// A Ring has try_push(word) and try_pop(word&), and takes `nothing` for an empty slot.
template <class T>
struct atomic_words {
    using value_type = T;
    using of = words<T, true>;
    using word = typename of::word;

    template <class Ring>
    static bool push_word(Ring& ring, T& value) {
        typename of::unshared item(value);
        if (!ring.try_push(item.get())) {
            return false;
        }
        item.is_shared();
        return true;
    }

    template <class Ring>
    static bool pop_word(Ring& ring, T& out) {
        word first = 0;
        if (!ring.try_pop(first)) {
            return false;
        }
        // The library takes a word out by an exchange that releases and does not acquire.
        std::atomic_thread_fence(std::memory_order_acquire);
        of::unwrap(first, out);
        return true;
    }

    /// When no threads are left.
    template <class Ring>
    static void discard_all(Ring& ring) {
        for (word left = 0; ring.try_pop(left);) {
            of::discard(left);
        }
    }
};

}  // namespace handoff::impls::detail
