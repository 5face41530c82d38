// Unbounded multi-producer multi-consumer linked queue; nodes are freed through hazard pointers.
//
// Source: Michael and Scott, "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue
// Algorithms", PODC 1996; reclamation as in Michael, "Hazard Pointers", IEEE TPDS 15(6), 2004.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item and frees it.
// Cost:     2 RMW per push, 1 per pop, 1 or 2 sequentially consistent stores to protect nodes, malloc and free.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../reclaim/hazard_pointers.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class michael_scott_queue {
    struct node {
        atomic<node*> next{nullptr};
        union {
            T value;
        };
        node() {}  // the first dummy, without a value
        explicit node(T&& item) : value(std::move(item)) {}
        ~node() {}  // values end their lives in try_pop or in the queue's destructor
    };
    using domain = hazard_domain<node, 2>;

public:
    using value_type = T;
    static constexpr std::string_view name = "michael_scott_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    michael_scott_queue() {
        node* dummy = new node;
        head_.store(dummy, std::memory_order_relaxed);  // relaxed: no other thread knows the queue yet
        tail_.store(dummy, std::memory_order_relaxed);
    }
    ~michael_scott_queue() {
        // relaxed: no threads are left. The first node is the dummy; its value is gone.
        node* dummy = head_.load(std::memory_order_relaxed);
        for (node* n = dummy->next.load(std::memory_order_relaxed); n != nullptr;) {
            std::destroy_at(&n->value);
            delete std::exchange(n, n->next.load(std::memory_order_relaxed));
        }
        delete dummy;
    }
    michael_scott_queue(const michael_scott_queue&) = delete;
    michael_scott_queue& operator=(const michael_scott_queue&) = delete;

    /// A thread's end of the queue: its hazard pointers and the nodes that it will free.
    class handle {
    public:
        explicit handle(michael_scott_queue& queue) : queue_(&queue), guard_(queue.domain_) {}

        void push(T&& value) {
            node* mine = new node(std::move(value));
            for (;;) {
                node* last = guard_.protect(0, queue_->tail_);
                // [linked]: the next node is complete before we make it the tail.
                node* next = last->next.load(std::memory_order_acquire);
                if (next != nullptr) {
                    queue_->advance_tail(last, next);
                    continue;
                }
                // [linked]: the value is inside before the node can be reached. On failure another node was
                // linked, whom the next round helps.
                if (last->next.compare_exchange_strong(next, mine, std::memory_order_release,
                                                       std::memory_order_relaxed)) {
                    queue_->advance_tail(last, mine);
                    break;
                }
            }
            guard_.release();
        }

        bool try_pop(T& out) {
            for (;;) {
                node* first = guard_.protect(0, queue_->head_);
                node* next = guard_.protect(1, first->next);
                // relaxed: only saves what follows when others were faster. That `next` was not yet retired
                // when its hazard was set is proved by the exchange below, before which nothing in it is read.
                if (first != queue_->head_.load(std::memory_order_relaxed)) {
                    continue;
                }
                if (next == nullptr) {
                    guard_.release();
                    return false;
                }
                // The tail must not fall behind the head, or it would point to a retired node.
                // seq_cst: see advance_tail.
                if (first == queue_->tail_.load(std::memory_order_seq_cst)) {
                    queue_->advance_tail(first, next);
                }
                // [hazard]: seq_cst unlinks `first` before anyone looks whether it is protected. The winner
                // alone owns the value in `next`, the new dummy, which its hazard keeps alive.
                if (queue_->head_.compare_exchange_strong(first, next, std::memory_order_seq_cst,
                                                          std::memory_order_relaxed)) {
                    out = std::move(next->value);
                    std::destroy_at(&next->value);
                    guard_.release();
                    guard_.retire(first);
                    return true;
                }
            }
        }

    private:
        michael_scott_queue* queue_;
        typename domain::guard guard_;
    };

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

private:
    /// Moves the tail from `last` to `next`, unless somebody else has.
    void advance_tail(node* last, node* next) noexcept {
        // [linked]: whoever reads the tail finds the node complete. seq_cst, also where somebody else was
        // faster: who unlinks `last` has seen the tail leave it, in the one order that [hazard] relies on.
        tail_.compare_exchange_strong(last, next, std::memory_order_seq_cst, std::memory_order_seq_cst);
    }

    domain domain_;
    alignas(detail::cache_line) atomic<node*> head_;
    alignas(detail::cache_line) atomic<node*> tail_;
};

}  // namespace handoff::impls
