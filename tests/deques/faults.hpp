// A correct deque with one fault each, once in 10^4 of the owner's calls.
#pragma once

#include <cstdint>
#include <string_view>

#include "concepts/deques.hpp"
#include "deques/chase_lev_deque.hpp"

namespace handoff::impls {

template <class T>
class planted_deque : public chase_lev_deque<T> {
protected:
    /// True at the 10^4th call, the 2 * 10^4th, ...
    bool due() { return ++calls_ % 10'000 == 0; }

private:
    unsigned long calls_ = 0;
};

/// What was popped is there once more.
template <class T>
struct gives_an_item_twice : planted_deque<T> {
    static constexpr std::string_view name = "gives_an_item_twice";
    bool try_pop(T& out) {
        const bool found = planted_deque<T>::try_pop(out);
        if (found && this->due()) {
            planted_deque<T>::push(out);
        }
        return found;
    }
};

template <class T>
struct forgets_an_item : planted_deque<T> {
    static constexpr std::string_view name = "forgets_an_item";
    void push(T value) {
        if (!this->due()) {
            planted_deque<T>::push(value);
        }
    }
};

/// Of one item it gives the first half, of the one before the second.
template <class T>
struct mixes_two_items : planted_deque<T> {
    static constexpr std::string_view name = "mixes_two_items";
    bool try_pop(T& out) {
        const T before = out;
        const bool found = planted_deque<T>::try_pop(out);
        if (found && this->due()) {
            out = (out & ~T{0xffffffff}) | (before & T{0xffffffff});
        }
        return found;
    }
};

/// Forgets one and gives another twice: the count is right.
template <class T>
struct gives_another_item : planted_deque<T> {
    static constexpr std::string_view name = "gives_another_item";
    void push(T value) {
        planted_deque<T>::push(this->due() ? last : value);
        last = value;
    }
    T last{};
};

}  // namespace handoff::impls
