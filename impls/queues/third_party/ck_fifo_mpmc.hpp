// Adapted: ConcurrencyKit's ck_fifo for any threads: Michael and Scott's linked queue, whose pointers count
//          their changes and are compared and swapped together with the count.
//
// Source: Al Bahra and Joseph, Concurrency Kit, concurrencykit.org; after Michael and Scott, PODC 1996.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; the adaptor allocates a node where none has come back, and frees all with the queue: the
//           library links nodes of its users, and reads them after they were taken. A value of 8 bytes or fewer
//           that is trivially copyable lies in its node; any other is allocated by itself.
// Changed:  the enqueue is the adaptor's, over the library's structures: the library's begins a node's count
//           again each time, which is safe only where nodes are not used again. A dequeue that finds nothing is
//           tried again when others have dequeued meanwhile.
// Cost:     2 RMW (CAS of 16 bytes) per push, 1 per pop; one more every 64 items, when nodes go back.
#pragma once

#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../detail/ck_fifo.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class ck_fifo_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "ck_fifo_mpmc";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{
        .library = "Concurrency Kit", .source = "libck-dev", .version = "0.7.1"};

    /// A thread's end of the queue, with nodes for its pushes, or from its pops.
    class handle {
    public:
        explicit handle(detail::ck_fifo_mpmc_of<T>& fifo) : fifo_(&fifo), nodes_(fifo.stock()) {}
        void push(T&& value) { fifo_->enqueue(nodes_, std::move(value)); }
        bool try_pop(T& out) { return fifo_->dequeue(nodes_, out); }

    private:
        detail::ck_fifo_mpmc_of<T>* fifo_;
        detail::ck_fifo_mpmc_nodes::stock nodes_;
    };

    handle producer() { return handle(fifo_); }
    handle consumer() { return handle(fifo_); }

private:
    detail::ck_fifo_mpmc_of<T> fifo_;
};

}  // namespace handoff::impls
