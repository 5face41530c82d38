// A list of rings, for `lprq` and `lcrq`: when pushes find the last ring full they close it and append one
// more; pops go on to the next when theirs is closed and empty, and free it through hazard pointers.
//
// Source: Morrison and Afek, "Fast Concurrent Queues for x86 Processors", PPoPP 2013 (LCRQ).
#pragma once

#include <memory>
#include <utility>

#include "../../atomic.hpp"
#include "../../detail/cache_line.hpp"
#include "../../reclaim/hazard_pointers.hpp"
#include "words.hpp"

namespace handoff::impls::detail {

/// A Ring has `next`, and holds words: `push(word, mark)`, false when it is closed, for which each handle has a
/// mark of its own; `pop(word&)`, false when it is empty; `discard_all()`; and a constructor from a first word.
template <class T, class Ring>
class ring_list {
    // A ring is retired seldom.
    using domain = hazard_domain<Ring, 1, fences::on_freeing>;
    using word = typename words<T>::word;

public:
    ring_list() {
        auto* first = new Ring;
        head_.store(first, std::memory_order_relaxed);  // relaxed: no other thread knows the queue yet
        tail_.store(first, std::memory_order_relaxed);
    }
    ~ring_list() {
        // relaxed: no threads are left
        for (Ring* r = head_.load(std::memory_order_relaxed); r != nullptr;) {
            r->discard_all();
            delete std::exchange(r, r->next.load(std::memory_order_relaxed));
        }
    }
    ring_list(const ring_list&) = delete;
    ring_list& operator=(const ring_list&) = delete;

    /// A thread's end of the queue: its hazard pointer, the rings that it will free, and its mark.
    class handle {
    public:
        explicit handle(ring_list& queue)
            : queue_(&queue),
              guard_(queue.domain_),
              // relaxed: a number that no other handle has
              mark_(words<T>::mark_of(queue.handles_.fetch_add(1, std::memory_order_relaxed))) {}

        void push(T&& value) {
            typename words<T>::unshared item(value);
            for (;;) {
                Ring* last = guard_.protect(0, queue_->tail_);
                Ring* next = last->next.load(std::memory_order_acquire);  // [linked]
                if (next == nullptr) {
                    if (last->push(item.get(), mark_)) {
                        break;
                    }
                    auto mine = std::make_unique<Ring>(item.get());
                    // [linked]: the ring is complete before it can be reached
                    if (last->next.compare_exchange_strong(next, mine.get(), std::memory_order_release,
                                                           std::memory_order_acquire)) {
                        queue_->advance_tail(last, mine.release());
                        break;
                    }
                }
                queue_->advance_tail(last, next);
            }
            item.is_shared();
            guard_.release();
        }

        bool try_pop(T& out) {
            word item = 0;
            for (;;) {
                Ring* first = guard_.protect(0, queue_->head_);
                if (first->pop(item)) {
                    break;
                }
                Ring* next = first->next.load(std::memory_order_acquire);  // [linked]
                if (next == nullptr) {
                    guard_.release();
                    return false;
                }
                // The ring was closed before it had a next one: nothing comes to it after a second look.
                if (first->pop(item)) {
                    break;
                }
                // The tail must not fall behind the head, or it would point to a retired ring.
                // seq_cst: see advance_tail.
                if (first == queue_->tail_.load(std::memory_order_seq_cst)) {
                    queue_->advance_tail(first, next);
                }
                // [hazard]: seq_cst unlinks `first` before anyone looks whether it is protected.
                Ring* unlinked = first;
                if (queue_->head_.compare_exchange_strong(unlinked, next, std::memory_order_seq_cst,
                                                          std::memory_order_relaxed)) {
                    guard_.release();
                    guard_.retire(first);
                }
            }
            guard_.release();
            words<T>::unwrap(item, out);
            return true;
        }

    private:
        ring_list* queue_;
        typename domain::guard guard_;
        word mark_;
    };

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

private:
    /// Moves the tail from `last` to `next`, unless somebody else has.
    void advance_tail(Ring* last, Ring* next) noexcept {
        // [linked]: whoever reads the tail finds the ring complete. seq_cst, also where somebody else was
        // faster: who unlinks `last` has seen the tail leave it, in the one order that [hazard] relies on.
        tail_.compare_exchange_strong(last, next, std::memory_order_seq_cst, std::memory_order_seq_cst);
    }

    domain domain_;
    alignas(cache_line) atomic<Ring*> head_;
    alignas(cache_line) atomic<Ring*> tail_;
    alignas(cache_line) atomic<word> handles_{0};
};

}  // namespace handoff::impls::detail
