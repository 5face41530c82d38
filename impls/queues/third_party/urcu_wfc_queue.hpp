// Adapted: liburcu's wfcqueue: linked nodes; a push is one exchange of the tail and one store, and the consumer
// moves the tail back to the head when it takes the last node.
//
// Source: Desnoyers and Jiangshan, Userspace RCU, liburcu.org.
//
// Progress: a push is wait-free (as far as the allocator is); the consumer is blocked by a push that has
//           stopped between its two steps, for it cannot reach what was pushed behind it, and finds nothing.
// Order:    FIFO.
// Capacity: unbounded; the adaptor allocates one node per item and frees it: the library links nodes of its
//           users.
// Cost:     1 RMW (exchange) per push, none per pop but for 1 or 2 (CAS, exchange) of the last node; a call
//           into the library, malloc and free.
#pragma once

#include <urcu/wfcqueue.h>

#include <atomic>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class urcu_wfc_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "urcu_wfc_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr provenance adapted{
        .library = "Userspace RCU", .source = "liburcu-dev", .version = "0.13.2"};

    urcu_wfc_queue() { __cds_wfcq_init(&head_, &tail_); }
    ~urcu_wfc_queue() {
        while (node* const left = first()) {
            delete left;
        }
    }
    urcu_wfc_queue(const urcu_wfc_queue&) = delete;
    urcu_wfc_queue& operator=(const urcu_wfc_queue&) = delete;

    void push(T&& value) {
        auto* const added = new node(std::move(value));
        cds_wfcq_node_init(added);
        // [passed]: for ThreadSanitizer, which does not see inside the library; its exchange does the same.
        added->passed.store(true, std::memory_order_release);
        cds_wfcq_enqueue(__cds_wfcq_head_cast(&head_), &tail_, added);
    }

    bool try_pop(T& out) {
        const std::unique_ptr<node> taken(first());
        if (taken == nullptr) {
            return false;
        }
        out = std::move(taken->value);
        return true;
    }

private:
    struct node : cds_wfcq_node {
        explicit node(T&& item) : value(std::move(item)) {}
        std::atomic<bool> passed{false};
        T value;
    };

    /// The first node, which is the caller's from now on; nothing also where a push has yet to link it.
    node* first() {
        cds_wfcq_node* const taken = __cds_wfcq_dequeue_nonblocking(__cds_wfcq_head_cast(&head_), &tail_);
        if (taken == nullptr || taken == CDS_WFCQ_WOULDBLOCK) {
            return nullptr;
        }
        auto* const mine = static_cast<node*>(taken);
        mine->passed.load(std::memory_order_acquire);  // [passed]
        return mine;
    }

    // As the library advises where both ends are busy.
    alignas(detail::cache_line) __cds_wfcq_head head_;
    alignas(detail::cache_line) cds_wfcq_tail tail_;
};

}  // namespace handoff::impls
