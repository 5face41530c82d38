// Unbounded linked queue for many producers and one consumer: a push is one exchange of the tail and one store.
//
// Source: Vyukov, "Non-intrusive MPSC node-based queue", 1024cores.net, 2010.
//
// Progress: a push is wait-free (as far as the allocator is); the consumer is blocked by a push that has
//           stopped between its two steps, for it cannot reach what was pushed behind it, and finds nothing.
// Order:    FIFO.
// Capacity: unbounded; allocates one node per item and frees it.
// Cost:     1 RMW (exchange) per push, none per pop, malloc and free.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class mpsc_list {
public:
    using value_type = T;
    static constexpr std::string_view name = "mpsc_list";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;
    static constexpr auto empty_is = refusal_rule::held_up;

    mpsc_list() : tail_(new node), head_(tail_.load(std::memory_order_relaxed)) {}
    ~mpsc_list() {
        // relaxed: no threads are left. The first node is the dummy; its value is gone.
        for (node* n = head_->next.load(std::memory_order_relaxed); n != nullptr;) {
            std::destroy_at(&n->value);
            delete std::exchange(n, n->next.load(std::memory_order_relaxed));
        }
        delete head_;
    }
    mpsc_list(const mpsc_list&) = delete;
    mpsc_list& operator=(const mpsc_list&) = delete;

    void push(T&& value) {
        node* mine = new node(std::move(value));
        // [listed], both: the node before ours is complete before we write into it, and ours before another
        // does.
        node* before = tail_.exchange(mine, std::memory_order_acq_rel);
        // Until this store the consumer sees the end of the list here. It frees no node whose `next` is empty.
        before->next.store(mine, std::memory_order_release);  // [linked]
    }

    bool try_pop(T& out) {
        node* next =
            head_->next.load(std::memory_order_acquire);  // [linked]: the node and its value are complete
        if (next == nullptr) {
            return false;
        }
        out = std::move(next->value);
        std::destroy_at(&next->value);
        delete std::exchange(head_, next);
        return true;
    }

private:
    struct node {
        atomic<node*> next{nullptr};
        union {
            T value;
        };
        node() {}  // the first dummy, without a value
        explicit node(T&& item) : value(std::move(item)) {}
        ~node() {}  // values end their lives in try_pop or in the queue's destructor
    };

    alignas(detail::cache_line) atomic<node*> tail_;
    alignas(detail::cache_line) node* head_;  // the consumer's alone: the dummy before the first item
};

}  // namespace handoff::impls
