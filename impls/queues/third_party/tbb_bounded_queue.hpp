// Adapted: oneTBB concurrent_bounded_queue: eight interleaved micro-queues under two ticket counters, with
// monitors for waiting.
//
// Source: oneTBB, uxlfoundation/oneTBB; ordering as its documentation promises.
//
// Progress: blocking.
// Order:    per-producer FIFO as documented.
// Capacity: exact, any; allocates pages of items and frees them.
// Cost:     1 RMW per operation on a shared ticket, and the micro-queue's hand-over.
#pragma once

#include <oneapi/tbb/concurrent_queue.h>

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class tbb_bounded_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "tbb_bounded_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr std::size_t largest_capacity =
        PTRDIFF_MAX;  // its "infinite"; a number that it allocates nothing for
    static constexpr provenance adapted{.library = "oneTBB", .source = "libtbb-dev", .version = "2021.8.0"};
    /// Whose memory it takes, where that is not the C library's.
    static constexpr std::string_view allocator = "oneTBB's own allocator's";

    explicit tbb_bounded_queue(std::size_t capacity) {
        queue_.set_capacity(static_cast<typename library_type::size_type>(capacity));
    }

    std::size_t capacity() const noexcept { return static_cast<std::size_t>(queue_.capacity()); }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

    /// False when interrupted with the queue still full.
    bool wait_push(T&& value) {
        return unless_aborted([&] { queue_.push(std::move(value)); });
    }

    /// False when interrupted with the queue still empty.
    bool wait_pop(T& out) {
        return unless_aborted([&] { queue_.pop(out); });
    }

    /// Wakes all who wait now. Not safe while others begin to wait: an aborted pop gives its ticket back by
    /// counting down (2021.8), and two later pops can then hold the same one.
    static constexpr bool interrupt_races_with_waits = true;
    void interrupt() { queue_.abort(); }

private:
    using library_type = oneapi::tbb::concurrent_bounded_queue<T>;

    template <class Operation>
    static bool unless_aborted(Operation&& operation) {
        try {
            operation();
            return true;
        } catch (const oneapi::tbb::user_abort&) {
            return false;
        }
    }

    library_type queue_;
};

}  // namespace handoff::impls
