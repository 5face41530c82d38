// Adapted: xenium::ramalhete_queue: linked arrays of entries that are drawn by fetch-add; memory is reclaimed
// by epochs.
//
// Source: Poeter, xenium; after Ramalhete and Correia, "FAAArrayQueue", 2016.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates arrays of 512 entries, and the adaptor a place for each item: entries are
//           pointers.
// Cost:     2 RMW per push, 1 per pop; malloc and free; a region of the epoch per operation.
#pragma once

#include <array>  // version 0.0.2 uses it and does not include it

#include <xenium/ramalhete_queue.hpp>
#include <xenium/reclamation/generic_epoch_based.hpp>

#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class xenium_ramalhete_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "xenium_ramalhete_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{
        .library = "xenium", .source = "github.com/mpoeter/xenium", .version = "0.0.2"};

    xenium_ramalhete_queue() = default;
    ~xenium_ramalhete_queue() {
        T* left = nullptr;
        while (queue_.try_pop(left)) {
            delete left;
        }
    }
    xenium_ramalhete_queue(const xenium_ramalhete_queue&) = delete;
    xenium_ramalhete_queue& operator=(const xenium_ramalhete_queue&) = delete;

    void push(T&& value) {
        detail::placed<T> place(value);
        queue_.push(place.get());
        place.is_taken();
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
    // Pointers, as in the library's benchmarks. Of unique_ptrs version 0.0.2 deletes some twice: when an array
    // dies, it takes more entries for full than there are, if several pushes found it full.
    xenium::ramalhete_queue<T*, xenium::policy::reclaimer<xenium::reclamation::epoch_based<>>> queue_;
};

}  // namespace handoff::impls
