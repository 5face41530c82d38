// Adapted: atomic_queue::AtomicQueue: `atomic_queue_b` with a capacity that the program fixes, and its slots
//          inside of it.
//
// Source: Egorushkin, github.com/max0x7ba/atomic_queue.
//
// Progress: blocking: a thread that stops between claiming a slot and its end holds up the next that claims
//           this slot. It spins, also in try_push and try_pop.
// Order:    none: as atomic_queue_b2. A slot does not say whose lap it is.
// Capacity: 1024, whatever is asked for: it is a number of the type. A value of 8 bytes or fewer that is
//           trivially copyable lies in its slot; any other is allocated by itself.
// Cost:     2 RMW per operation, one of them (a CAS) on an index shared by the operation's side only.
#pragma once

#include <atomic_queue/atomic_queue.h>

#include <cstddef>
#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/atomic_words.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class atomic_queue_fixed : public detail::atomic_words<T> {
    using words = typename detail::atomic_words<T>::of;
    using word = typename words::word;

public:
    static constexpr std::string_view name = "atomic_queue_fixed";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::none;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr std::size_t largest_capacity = 1024;
    static constexpr provenance adapted{
        .library = "atomic_queue", .source = "github.com/max0x7ba/atomic_queue", .version = "0.0+git20220518"};

    explicit atomic_queue_fixed(std::size_t) {}
    ~atomic_queue_fixed() { this->discard_all(queue_); }
    atomic_queue_fixed(const atomic_queue_fixed&) = delete;
    atomic_queue_fixed& operator=(const atomic_queue_fixed&) = delete;

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return this->push_word(queue_, value); }
    bool try_pop(T& out) { return this->pop_word(queue_, out); }

private:
    atomic_queue::AtomicQueue<word, largest_capacity, words::nothing> queue_;
};

}  // namespace handoff::impls
