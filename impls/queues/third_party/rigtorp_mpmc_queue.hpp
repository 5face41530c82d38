// Adapted: rigtorp::MPMCQueue, a ring of slots with turns, each in cache lines of its own.
//
// Source: Rigtorp, github.com/rigtorp/MPMCQueue.
//
// Progress: blocking: a thread that stops between claiming a slot and releasing it holds up the thread that
//           needs this slot, and in the end all; try_pop finds nothing, try_push no room meanwhile.
// Order:    FIFO.
// Capacity: exact, any; allocated once, a cache line or more for each item.
// Cost:     1 RMW (CAS) per operation, and two divisions by the capacity.
#pragma once

#include <rigtorp/MPMCQueue.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class rigtorp_mpmc_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "rigtorp_mpmc_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr provenance adapted{.library = "rigtorp::MPMCQueue",
                                        .source = "github.com/rigtorp/MPMCQueue",
                                        .version = "v1.0-8-gb9808ed"};

    explicit rigtorp_mpmc_queue(std::size_t capacity)
        : capacity_(capacity), queue_(detail::computable(capacity)) {}

    std::size_t capacity() const noexcept { return capacity_; }
    bool try_push(T&& value) { return queue_.try_push(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_pop(out); }

private:
    const std::size_t capacity_;
    rigtorp::MPMCQueue<T> queue_;
};

}  // namespace handoff::impls
