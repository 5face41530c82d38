// Adapted: liburcu's rculfqueue: Michael and Scott's linked queue, whose nodes are freed behind grace
//          periods of RCU, and whose dummy node is replaced by another one whenever the queue becomes empty.
//
// Source: Desnoyers and Jiangshan, Userspace RCU, liburcu.org.
//
// Progress: lock-free (as far as the allocator is). Memory is freed by a thread of the library.
// Order:    FIFO.
// Capacity: unbounded; the adaptor allocates one node per item: the library links nodes of its users.
// Cost:     2 RMW (CAS) per push, 1 per pop, some more when the queue becomes empty; a read-side section of RCU
//           around each, a node handed to the thread that frees it; calls into the library, malloc.
#pragma once

#include <urcu/rculfqueue.h>
#include <urcu/urcu-memb.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls {

namespace detail {

/// While it lives its thread may read under RCU. Threads register as often as they like.
class urcu_reader {
public:
    urcu_reader() {
        if (depth()++ == 0) {
            urcu_memb_register_thread();
        }
    }
    ~urcu_reader() {
        if (--depth() == 0) {
            urcu_memb_unregister_thread();
        }
    }
    urcu_reader(const urcu_reader&) = delete;
    urcu_reader& operator=(const urcu_reader&) = delete;

private:
    static int& depth() noexcept {
        static thread_local int handles = 0;
        return handles;
    }
};

}  // namespace detail

template <nothrow_movable T>
class urcu_lf_queue {
    struct node;
    struct grace_period : rcu_head {
        explicit grace_period(node* mine) : rcu_head{}, of(mine) {}
        std::atomic<bool> begun{false};  // for ThreadSanitizer, as `passed`
        node* of;
    };
    struct node : cds_lfq_node_rcu {
        explicit node(T&& value) : ends(this) { std::construct_at(place(), std::move(value)); }
        T* place() noexcept { return reinterpret_cast<T*>(bytes); }

        grace_period ends;
        // For ThreadSanitizer, which does not see inside the library.
        std::atomic<bool> passed{false};
        alignas(T) std::byte bytes[sizeof(T)];  ///< the item's life ends when it is popped, not with the node
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "urcu_lf_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr provenance adapted{
        .library = "Userspace RCU", .source = "liburcu-dev", .version = "0.13.2"};

    urcu_lf_queue() { cds_lfq_init_rcu(&queue_, urcu_memb_call_rcu); }
    ~urcu_lf_queue() {
        const detail::urcu_reader here;
        while (node* const left = first()) {
            std::destroy_at(left->place());
            delete left;
        }
        cds_lfq_destroy_rcu(&queue_);
    }
    urcu_lf_queue(const urcu_lf_queue&) = delete;
    urcu_lf_queue& operator=(const urcu_lf_queue&) = delete;

    /// A thread's end of the queue.
    class handle {
    public:
        explicit handle(urcu_lf_queue& queue) : queue_(queue) {}

        void push(T&& value) {
            auto* const added = new node(std::move(value));
            cds_lfq_node_init_rcu(added);
            added->passed.store(true, std::memory_order_release);  // [passed]
            urcu_memb_read_lock();
            cds_lfq_enqueue_rcu(&queue_.queue_, added);
            urcu_memb_read_unlock();
        }

        bool try_pop(T& out) {
            node* const taken = queue_.first();
            if (taken == nullptr) {
                return false;
            }
            out = std::move(*taken->place());
            std::destroy_at(taken->place());
            taken->ends.begun.store(true, std::memory_order_release);  // [unused]
            urcu_memb_call_rcu(&taken->ends, [](rcu_head* behind) {
                auto* const over = static_cast<grace_period*>(behind);
                over->begun.load(std::memory_order_acquire);  // [unused]
                delete over->of;
            });
            return true;
        }

    private:
        detail::urcu_reader here_;
        urcu_lf_queue& queue_;
    };

    static void wait_for_frees() { urcu_memb_barrier(); }

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

private:
    /// The first node, which is the caller's from now on, but must not be freed before a grace period ends.
    node* first() {
        urcu_memb_read_lock();
        cds_lfq_node_rcu* const taken = cds_lfq_dequeue_rcu(&queue_);
        urcu_memb_read_unlock();
        if (taken == nullptr) {
            return nullptr;
        }
        auto* const mine = static_cast<node*>(taken);
        mine->passed.load(std::memory_order_acquire);  // [passed]
        return mine;
    }

    alignas(detail::cache_line) cds_lfq_queue_rcu queue_;
};

}  // namespace handoff::impls
