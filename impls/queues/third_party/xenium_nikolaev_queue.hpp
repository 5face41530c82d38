// Adapted: xenium::nikolaev_bounded_queue: items stand in slots whose numbers go round in two rings of numbers,
// one of filled slots and one of free ones.
//
// Source: Poeter, xenium; after Nikolaev, "A Scalable, Portable, and Memory-Efficient Lock-Free FIFO Queue",
//         DISC 2019.
//
// Progress: lock-free. A push or a pop that has stopped keeps its place: until it goes on, one value less fits.
// Order:    FIFO.
// Capacity: the next power of two; allocated once. Values must be copyable: it takes them by value, also when
//           it is full.
// Cost:     4 RMW per operation in the common case, two on the rings' indices and two on their entries.
#pragma once

#include <xenium/nikolaev_bounded_queue.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires std::copyable<T>
class xenium_nikolaev_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "xenium_nikolaev_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr provenance adapted{
        .library = "xenium", .source = "github.com/mpoeter/xenium", .version = "v0.0.2-73-g3f08cea"};

    explicit xenium_nikolaev_queue(std::size_t capacity) : queue_(detail::computable(capacity)) {}

    std::size_t capacity() const noexcept { return queue_.capacity(); }
    bool try_push(T&& value) { return queue_.try_push(value); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    xenium::nikolaev_bounded_queue<T> queue_;
};

}  // namespace handoff::impls
