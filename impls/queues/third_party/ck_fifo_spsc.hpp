// Adapted: ConcurrencyKit's ck_fifo for one producer and one consumer: linked nodes, which the producer uses
//          again when the consumer has passed them.
//
// Source: Al Bahra and Joseph, Concurrency Kit, concurrencykit.org; nodes come back as in Vyukov, "Unbounded
//         SPSC Queue", 1024cores.net.
//
// Progress: wait-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; the adaptor allocates a node where none has come back, and frees all with the queue: the
//           library links nodes of its users.
// Cost:     no RMW.
#pragma once

#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/ck_fifo.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class ck_fifo_spsc {
public:
    using value_type = T;
    static constexpr std::string_view name = "ck_fifo_spsc";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{
        .library = "Concurrency Kit", .source = "libck-dev", .version = "0.7.1"};

    void push(T&& value) { fifo_.enqueue(std::move(value)); }
    bool try_pop(T& out) { return fifo_.dequeue(out); }

private:
    detail::ck_fifo_spsc_of<T> fifo_;
};

}  // namespace handoff::impls
