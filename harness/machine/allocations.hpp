// How often and how much the program allocates: a tally for each thread, which nobody else writes.
//
// The tallies are here; what enters into them is allocation_counter.cpp, in programs that are linked with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace handoff::harness {

/// Calls of malloc and its relatives, and the bytes that they asked for.
struct allocation_count {
    std::uint64_t calls = 0;
    std::uint64_t bytes = 0;

    friend allocation_count operator-(const allocation_count& a, const allocation_count& b) {
        return {a.calls - b.calls, a.bytes - b.bytes};
    }
};

/// Of all threads so far, ended ones among them, but for what was set aside.
allocation_count all_allocations() noexcept;

/// From now on the calling thread's allocations are nobody's business (true) or count again (false): what the
/// harness allocates for itself is no cost of what it measures.
void set_allocations_aside(bool aside) noexcept;

/// Threads that have a tally of their own at the moment.
std::size_t allocating_threads() noexcept;

namespace detail {

/// Written by one thread, read by any.
struct allocation_tally {
    std::atomic<std::uint64_t> calls{0};
    std::atomic<std::uint64_t> bytes{0};

    void enter(std::size_t size) noexcept {
        // relaxed, all: only the owner writes, and a sum of tallies is exact for what happened before it
        calls.store(calls.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
        bytes.store(bytes.load(std::memory_order_relaxed) + size, std::memory_order_relaxed);
    }
};

/// The calling thread's; null before its first allocation, and where there are more threads than tallies. A
/// pointer in the program's own static storage: reading it allocates nothing, at any time of a thread's life.
extern constinit thread_local allocation_tally* own_allocations;

void enter_first_allocation(std::size_t size) noexcept;

/// A test, two loads and two stores in a line of this thread's own: about a nanosecond.
inline void enter_allocation(std::size_t size) noexcept {
    if (allocation_tally* const own = own_allocations; own != nullptr) [[likely]] {
        own->enter(size);
    } else {
        enter_first_allocation(size);
    }
}

}  // namespace detail

}  // namespace handoff::harness
