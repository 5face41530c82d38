// Adapted: xenium::kirsch_bounded_kfifo_queue: a ring of segments; a push takes any free entry of the last one,
// a pop any item of the first.
//
// Source: Poeter, xenium; after Kirsch, Lippautz, Payer, "Fast and Scalable, Lock-Free k-FIFO Queues",
//         PaCT 2013.
//
// Progress: lock-free (as far as the allocator is).
// Order:    relaxed(63): segments of 64 entries.
// Capacity: at least what was asked for, in whole segments, and one segment more; allocated once, and by the
//           adaptor a place for each item: entries are pointers.
// Cost:     1 RMW per operation and up to one per segment; a look at each entry of a segment, from a random one
//           on; malloc and free.
#pragma once

#include <algorithm>
#include <array>  // version 0.0.2 uses these and does not include them
#include <stdexcept>

#include <xenium/kirsch_bounded_kfifo_queue.hpp>

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"
#include "../detail/boxed.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class xenium_kfifo_queue {
    static constexpr std::size_t in_a_segment = 64;

public:
    using value_type = T;
    static constexpr std::string_view name = "xenium_kfifo_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::relaxed;
    static constexpr std::size_t relaxation = in_a_segment - 1;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::at_least;
    /// The library numbers entries in 16 bits: with more of them a push goes round for ever.
    static constexpr std::size_t largest_capacity = (std::size_t{1} << 16) - in_a_segment;
    static constexpr provenance adapted{
        .library = "xenium", .source = "github.com/mpoeter/xenium", .version = "0.0.2"};

    explicit xenium_kfifo_queue(std::size_t capacity)
        : segments_((detail::computable(capacity) + in_a_segment - 1) / in_a_segment + 1),
          queue_(in_a_segment, segments_) {}
    ~xenium_kfifo_queue() {
        T* left = nullptr;
        while (queue_.try_pop(left)) {
            delete left;
        }
    }
    xenium_kfifo_queue(const xenium_kfifo_queue&) = delete;
    xenium_kfifo_queue& operator=(const xenium_kfifo_queue&) = delete;

    std::size_t capacity() const noexcept { return segments_ * in_a_segment; }

    bool try_push(T&& value) {
        detail::placed<T> place(value);
        if (!queue_.try_push(place.get())) {
            return false;
        }
        place.is_taken();
        return true;
    }

    bool try_pop(T& out) {
        T* first = nullptr;
        if (!queue_.try_pop(first)) {
            return false;
        }
        const std::unique_ptr<T> taken(first);
        out = std::move(*taken);
        return true;
    }

private:
    const std::size_t segments_;
    xenium::kirsch_bounded_kfifo_queue<T*> queue_;
};

}  // namespace handoff::impls
