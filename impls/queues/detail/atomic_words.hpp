// Values that pass through a library's ring of atomic words.
#pragma once

#include "words.hpp"

namespace handoff::impls::detail {

/// A Ring has try_push(word) and try_pop(word&), and takes `words<T>::nothing` for an empty slot.
template <class T>
struct atomic_words {
    using value_type = T;

    template <class Ring>
    static bool push_word(Ring& ring, T& value) {
        typename words<T>::unshared item(value);
        if (!ring.try_push(item.get())) {
            return false;
        }
        item.is_shared();
        return true;
    }

    template <class Ring>
    static bool pop_word(Ring& ring, T& out) {
        typename words<T>::word first = 0;
        if (!ring.try_pop(first)) {
            return false;
        }
        words<T>::unwrap(first, out);
        return true;
    }

    /// When no threads are left.
    template <class Ring>
    static void discard_all(Ring& ring) {
        for (typename words<T>::word left = 0; ring.try_pop(left);) {
            words<T>::discard(left);
        }
    }
};

}  // namespace handoff::impls::detail
