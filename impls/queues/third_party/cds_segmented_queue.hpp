// Adapted: libcds' SegmentedQueue: a list of segments; a push takes any free cell of the last one, a pop any
//          item of the first, each in a random order of its own.
//
// Source: Khizhinsky, libcds; after Afek, Korland and Yanovsky, "Quasi-Linearizability: Relaxed Consistency for
//         Improved Concurrency", OPODIS 2010.
//
// Progress: blocking: segments are appended and removed under a spin lock.
// Order:    relaxed(63): segments of 64 cells.
// Capacity: unbounded; allocates a segment for 64 items and a node for each, and frees them when no hazard
//           pointer guards them.
// Cost:     3 RMW per push and per pop (two of them on a count that all share); a random permutation of 64
//           numbers; malloc and free; 2 hazard pointers, with a fence for each item that is looked at.
#pragma once

#include <cds/container/segmented_queue.h>
#include <cds/gc/hp.h>

#include <cstddef>
#include <new>
#include <string_view>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/boxed.hpp"
#include "../detail/libcds.hpp"

namespace handoff::impls {

namespace detail {

/// The library allocates a segment and its cells as one block, and frees it as if it were the segment alone: a
/// standard allocator would free so many bytes.
template <class T>
struct allocator_without_sizes {
    using value_type = T;
    allocator_without_sizes() = default;
    template <class U>
    allocator_without_sizes(const allocator_without_sizes<U>&) noexcept {}

    T* allocate(std::size_t count) { return static_cast<T*>(::operator new(count * sizeof(T))); }
    void deallocate(T* what, std::size_t) noexcept { ::operator delete(what); }
    friend bool operator==(const allocator_without_sizes&, const allocator_without_sizes&) = default;
};

struct cds_segments_traits : cds::container::segmented_queue::traits {
    using allocator = allocator_without_sizes<int>;
};

inline constexpr std::size_t cells_of_a_segment = 64;

/// The library's, of segments of that size.
template <class T>
class cds_segments : public cds::container::SegmentedQueue<cds::gc::HP, T, cds_segments_traits> {
public:
    cds_segments() : cds::container::SegmentedQueue<cds::gc::HP, T, cds_segments_traits>(cells_of_a_segment) {}
};

}  // namespace detail

template <nothrow_movable T>
class cds_segmented_queue : public detail::libcds_queue<detail::cds_segments<detail::boxed<T>>, T> {
public:
    using value_type = T;
    static constexpr std::string_view name = "cds_segmented_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::relaxed;
    static constexpr std::size_t relaxation = detail::cells_of_a_segment - 1;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{.library = "libcds", .source = "libcds-dev", .version = "2.3.3"};
};

}  // namespace handoff::impls
