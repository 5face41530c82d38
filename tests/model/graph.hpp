// An execution as C++20 describes it: events, who is sequenced after whom, what each read reads from, and the
// order of the writes of each location.
//
// The axioms are those of ISO C++20 [intro.races] and [atomics.order] (as after P0668 and P0735), with one
// thing added: no cycle of "sequenced before" and "reads from" (RC11: Lahav, Vafeiadis, Kang, Hur, Dreyer,
// "Repairing Sequential Consistency in C/C++11", PLDI 2017). So load buffering is never seen, though C++20
// allows it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace handoff::model {

inline constexpr unsigned most_threads = 8;

/// How many events of each thread happen before (or come before in some other order).
struct clock {
    std::array<std::uint16_t, most_threads> at{};

    void join(const clock& other) noexcept {
        for (unsigned i = 0; i < most_threads; ++i) {
            at[i] = at[i] < other.at[i] ? other.at[i] : at[i];
        }
    }
};

enum class kind : std::uint8_t { read, write, fence, choice, spawn, begin, end, join };

inline constexpr int none = -1;  ///< no event; as what a read reads from: the initial value

struct event {
    // What the thread did.
    kind is{};
    std::uint8_t thread = 0;
    bool modifies = false;  ///< read: it is the read of a read-modify-write, whatever it reads
    bool compares = false;  ///< read: it is one if it reads `expected`
    std::memory_order order = std::memory_order_relaxed;
    std::memory_order order_if_differs = std::memory_order_relaxed;  ///< of a compare-exchange that fails
    std::int16_t location = none;
    std::int16_t source = none;  ///< read: what it reads from. write: the write before it, if `exclusive`
    bool exclusive = false;      ///< belongs to a read-modify-write
    std::uint16_t site = 0;
    std::uint16_t place = 0;     ///< among the events of its thread
    std::int16_t before = none;  ///< the event of the same location that was added last
    std::int32_t rank = 0;       ///< write: in the modification order; the initial value has 0
    std::uint64_t value = 0;     ///< read, written or chosen
    std::uint64_t expected = 0;
    // What follows from it, for the events that come after.
    clock hb;                        ///< what happens before, this event included
    clock porf;                      ///< by "sequenced before" and "reads from" alone
    clock carried;                   ///< write: what a thread that acquires it knows
    clock pending;                   ///< what an acquire fence after it would know in addition
    clock released;                  ///< at the last release fence up to here
    std::int16_t last_fence = none;  ///< seq_cst fence of this thread up to here

    /// The order that it has had: a compare-exchange that fails has one of its own.
    std::memory_order met() const noexcept { return compares && !exclusive ? order_if_differs : order; }
    bool seq_cst() const noexcept {
        return (is == kind::read || is == kind::write || is == kind::fence) &&
               met() == std::memory_order_seq_cst;
    }
};

struct location {
    std::uintptr_t address = 0;
    std::uint32_t generation = 0;  ///< which of the objects that were made there
    std::uint8_t size = 0;
    bool hidden = false;  ///< of the model's own: a futex's queue, a membarrier
    std::uint64_t initial = 0;
    std::int16_t last = none;  ///< event
};

inline bool acquires(std::memory_order order) noexcept {
    return order == std::memory_order_acquire || order == std::memory_order_consume ||
           order == std::memory_order_acq_rel || order == std::memory_order_seq_cst;
}
inline bool releases(std::memory_order order) noexcept {
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

/// Events in the order in which they were added; their numbers are their places there.
struct graph {
    std::vector<event> events;
    std::vector<location> locations;
    std::array<std::vector<std::int16_t>, most_threads> of_thread;

    int last_of(unsigned thread) const noexcept {
        return of_thread[thread].empty() ? none : of_thread[thread].back();
    }
    int rank_of(int write) const noexcept {
        return write == none ? 0 : events[static_cast<std::size_t>(write)].rank;
    }
    std::uint64_t value_of(int write, int location) const noexcept {
        return write == none ? locations[static_cast<std::size_t>(location)].initial
                             : events[static_cast<std::size_t>(write)].value;
    }
    event& operator[](int number) noexcept { return events[static_cast<std::size_t>(number)]; }
    const event& operator[](int number) const noexcept { return events[static_cast<std::size_t>(number)]; }

    /// Adds `added` behind its thread's last event; a read needs its `source`, a write its `rank`. Its number.
    int add(event added);
    /// What `number` knows, anew: it is the last event of its thread.
    void update(int number);

    bool knows(const clock& what, int number) const noexcept {
        const event& e = (*this)[number];
        return what.at[e.thread] > e.place;
    }

    /// The rank of the oldest write of `location` that a thread that knows `known` may still read; a new write
    /// must come after it.
    int oldest(int location, const clock& known) const noexcept;
    /// Whether a read-modify-write has taken the place behind `write` (other than `but`).
    bool followed(int write, int location, int but = none) const noexcept;
    /// The ranks behind which a new write may be put that knows `known`, oldest first.
    void places(int location, const clock& known, std::vector<int>& ranks) const;
    /// Moves all writes behind `rank` on by one.
    void open(int location, int rank) noexcept;
    /// Whether all seq_cst operations have a common order.
    bool ordered() const;

    /// This graph without the events that `kept` does not name.
    graph restricted(const std::vector<char>& kept, std::vector<int>& renumbered) const;
};

}  // namespace handoff::model
