// Unbounded multi-producer multi-consumer queue of arrays: a push and a pop draw their slots by fetch-add,
// which never fails, where a linked queue retries a CAS.
//
// Source: Correia and Ramalhete, "FAAArrayQueue: MPMC lock-free queue", concurrencyfreaks.blogspot.com, 2016;
// it is the queue of LCRQ (Morrison and Afek, PPoPP 2013) with arrays that are used once. That the tail leaves
// a node before the head does, so that a node is unlinked when it is retired, is as in Michael and Scott, PODC
// 1996.
//
// Progress: lock-free (as far as the allocator is).
// Order:    FIFO.
// Capacity: unbounded; allocates an array of 1024 slots for each 1024 items, and frees it.
// Cost:     2 RMW per operation (a fetch-add of the side's counter, one of the slot). Protecting the array is a
//           plain store; who frees one pays a membarrier. A pop that comes before its push spoils the slot.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../reclaim/hazard_pointers.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class faa_array_queue {
    static constexpr std::size_t in_an_array = in_model ? 2 : 1024;
    /// So often does a pop look for the value of a push that has drawn the slot before it, before it spoils it.
    static constexpr int patience = in_model ? 0 : 64;

    enum class state : unsigned char { empty, full, taken };
    struct slot {
        atomic<state> is{state::empty};
        union {
            T value;
        };
        slot() {}
        ~slot() {}  // values end their lives in try_pop or in the queue's destructor
    };
    struct node {
        alignas(detail::cache_line) atomic<std::size_t> pushes{0};  ///< slots that pushes have drawn, and more
        alignas(detail::cache_line) atomic<std::size_t> pops{0};
        alignas(detail::cache_line) atomic<node*> next{nullptr};
        std::array<slot, in_an_array> slots;

        node() = default;
        /// With a first value inside.
        explicit node(T&& value) : pushes(1) {
            std::construct_at(&slots[0].value, std::move(value));
            slots[0].is.store(state::full, std::memory_order_relaxed);  // relaxed: nobody knows the node yet
        }
    };
    // An array is retired once in 1024 items.
    using domain = hazard_domain<node, 1, fences::on_freeing>;

public:
    using value_type = T;
    static constexpr std::string_view name = "faa_array_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::lock_free;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    faa_array_queue() {
        node* first = new node;
        head_.store(first, std::memory_order_relaxed);  // relaxed: no other thread knows the queue yet
        tail_.store(first, std::memory_order_relaxed);
    }
    ~faa_array_queue() {
        // relaxed: no threads are left
        for (node* n = head_.load(std::memory_order_relaxed); n != nullptr;) {
            for (slot& s : n->slots) {
                if (s.is.load(std::memory_order_relaxed) == state::full) {
                    std::destroy_at(&s.value);
                }
            }
            delete std::exchange(n, n->next.load(std::memory_order_relaxed));
        }
    }
    faa_array_queue(const faa_array_queue&) = delete;
    faa_array_queue& operator=(const faa_array_queue&) = delete;

    /// A thread's end of the queue: its hazard pointer and the nodes that it will free.
    class handle {
    public:
        explicit handle(faa_array_queue& queue) : queue_(&queue), guard_(queue.domain_) {}

        void push(T&& value) {
            for (;;) {
                node* last = guard_.protect(0, queue_->tail_);
                // relaxed: a ticket; the slot's state orders what is in it
                const std::size_t at = last->pushes.fetch_add(1, std::memory_order_relaxed);
                if (at < in_an_array) {
                    slot& mine = last->slots[at];
                    std::construct_at(&mine.value, std::move(value));
                    state before = state::empty;
                    // [published]. relaxed on failure: a pop has spoilt the slot, and never touched the value
                    if (mine.is.compare_exchange_strong(before, state::full, std::memory_order_release,
                                                        std::memory_order_relaxed)) {
                        break;
                    }
                    value = std::move(mine.value);
                    std::destroy_at(&mine.value);
                    continue;
                }
                node* next = last->next.load(std::memory_order_acquire);  // [linked]
                if (next == nullptr) {
                    auto mine = std::make_unique<node>(std::move(value));
                    // [linked]: the node is complete before it can be reached
                    if (last->next.compare_exchange_strong(next, mine.get(), std::memory_order_release,
                                                           std::memory_order_acquire)) {
                        queue_->advance_tail(last, mine.release());
                        break;
                    }
                    value = std::move(mine->slots[0].value);
                    std::destroy_at(&mine->slots[0].value);
                }
                queue_->advance_tail(last, next);
            }
            guard_.release();
        }

        bool try_pop(T& out) {
            for (;;) {
                node* first = guard_.protect(0, queue_->head_);
                // Pops first, then pushes, then `next`, each not before the one before it: what has come to the
                // array until the last look is seen, and with nothing in it and nothing behind it, it was
                // empty. relaxed, the last: who goes on reads it again
                if (first->pops.load(std::memory_order_acquire) >=
                        first->pushes.load(std::memory_order_acquire) &&
                    first->next.load(std::memory_order_relaxed) == nullptr) {
                    guard_.release();
                    return false;
                }
                // acq_rel: keeps the order of the looks above for pops that follow each other
                const std::size_t at = first->pops.fetch_add(1, std::memory_order_acq_rel);
                if (at >= in_an_array) {
                    node* next = first->next.load(std::memory_order_acquire);  // [linked]
                    if (next == nullptr) {
                        guard_.release();
                        return false;
                    }
                    // The tail must not fall behind the head, or it would point to a retired node.
                    // seq_cst: see advance_tail.
                    if (first == queue_->tail_.load(std::memory_order_seq_cst)) {
                        queue_->advance_tail(first, next);
                    }
                    // [hazard]: seq_cst unlinks `first` before anyone looks whether it is protected.
                    node* unlinked = first;
                    if (queue_->head_.compare_exchange_strong(unlinked, next, std::memory_order_seq_cst,
                                                              std::memory_order_relaxed)) {
                        guard_.release();
                        guard_.retire(first);
                    }
                    continue;
                }
                slot& mine = first->slots[at];
                // relaxed: a hint; the exchange decides
                for (int looks = 0; looks < patience && mine.is.load(std::memory_order_relaxed) == state::empty;
                     ++looks) {
                    detail::cpu_relax();
                }
                // [published]: full, and the value is inside and ours alone
                if (mine.is.exchange(state::taken, std::memory_order_acquire) == state::full) {
                    out = std::move(mine.value);
                    std::destroy_at(&mine.value);
                    guard_.release();
                    return true;
                }
            }
        }

    private:
        faa_array_queue* queue_;
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
