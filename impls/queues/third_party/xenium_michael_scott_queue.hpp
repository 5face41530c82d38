// Adapted: xenium::michael_scott_queue: Michael and Scott's linked queue; memory is reclaimed by epochs.
//
// Source: Poeter, xenium; after Michael and Scott, PODC 1996.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item, and frees it some epochs later.
// Cost:     2 RMW (CAS) per push, 1 per pop; malloc and free; a region of the epoch per operation.
#pragma once

#include <array>  // version 0.0.2 uses it and does not include it

#include <xenium/michael_scott_queue.hpp>
#include <xenium/reclamation/generic_epoch_based.hpp>

#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class xenium_michael_scott_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "xenium_michael_scott_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    /// The library takes an item by value before it allocates the node.
    static constexpr bool loses_what_it_cannot_allocate = true;
    static constexpr provenance adapted{
        .library = "xenium", .source = "github.com/mpoeter/xenium", .version = "0.0.2"};

    void push(T&& value) { queue_.push(detail::boxed<T>(std::move(value))); }
    bool try_pop(T& out) {
        return detail::pop_boxed(out, [this](auto& first) { return queue_.try_pop(first); });
    }

private:
    xenium::michael_scott_queue<detail::boxed<T>, xenium::policy::reclaimer<xenium::reclamation::epoch_based<>>>
        queue_;
};

}  // namespace handoff::impls
