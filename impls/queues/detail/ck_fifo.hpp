// ConcurrencyKit's ck_fifo, for the queues named ck_fifo_*.
#pragma once

#include <ck_cc.h>
#include <ck_md.h>
#include <ck_pr.h>
#include <ck_stdbool.h>
#include <ck_stddef.h>
#include <spinlock/fas.h>

// The header is C, as is that of its locks, some of which are no C++. It uses the one that is its default.
#ifndef CK_SPINLOCK_H
#define CK_SPINLOCK_H
#define ck_spinlock_t ck_spinlock_fas_t
#define ck_spinlock_init ck_spinlock_fas_init
#define ck_spinlock_lock ck_spinlock_fas_lock
#define ck_spinlock_trylock ck_spinlock_fas_trylock
#define ck_spinlock_unlock ck_spinlock_fas_unlock
#include <ck_fifo.h>
#undef CK_SPINLOCK_H
#undef ck_spinlock_t
#undef ck_spinlock_init
#undef ck_spinlock_lock
#undef ck_spinlock_trylock
#undef ck_spinlock_unlock
#else
#include <ck_fifo.h>
#endif

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "../../detail/cache_line.hpp"
#include "../../detail/wide_word.hpp"
#include "words.hpp"

// ThreadSanitizer does not see the library's atomic operations, which are inline assembly. Its reports are
// suppressed by the names of these functions (tests/tsan.supp), which have to be there.
#if defined(__SANITIZE_THREAD__)
#define HANDOFF_CK_CALL [[gnu::noinline]]
#else
#define HANDOFF_CK_CALL
#endif

namespace handoff::impls::detail {

/// For one producer and one consumer: values lie in the list's nodes, which the producer uses again.
template <class T>
class ck_fifo_spsc_of {
public:
    ck_fifo_spsc_of() { ck_fifo_spsc_init(&fifo_, new node); }
    ~ck_fifo_spsc_of() {
        for (ck_fifo_spsc_entry* full = CK_FIFO_SPSC_FIRST(&fifo_); full != nullptr; full = full->next) {
            std::destroy_at(static_cast<T*>(full->value));
        }
        ck_fifo_spsc_entry* all = nullptr;
        ck_fifo_spsc_deinit(&fifo_, &all);
        while (all != nullptr) {
            delete static_cast<node*>(std::exchange(all, all->next));
        }
    }
    ck_fifo_spsc_of(const ck_fifo_spsc_of&) = delete;
    ck_fifo_spsc_of& operator=(const ck_fifo_spsc_of&) = delete;

    HANDOFF_CK_CALL void enqueue(T&& value) {
        auto* added = static_cast<node*>(ck_fifo_spsc_recycle(&fifo_));
        if (added == nullptr) {
            added = new node;
        }
        ck_fifo_spsc_enqueue(&fifo_, added, std::construct_at(added->place(), std::move(value)));
    }

    HANDOFF_CK_CALL bool dequeue(T& out) {
        T* first = nullptr;
        if (!ck_fifo_spsc_dequeue(&fifo_, &first)) {
            return false;
        }
        out = std::move(*first);
        std::destroy_at(first);
        // The producer has the node back when the next one is taken: we have read it before.
        std::atomic_thread_fence(std::memory_order_release);
        return true;
    }

private:
    struct node : ck_fifo_spsc_entry {
        T* place() noexcept { return reinterpret_cast<T*>(bytes); }
        alignas(T) std::byte bytes[sizeof(T)];
    };

    alignas(cache_line) ck_fifo_spsc_t fifo_;
};

/// For any threads. A node that was taken may still be read by others, and must not be freed; it may be used
/// again at once, since what points to it counts its changes. So nodes stay with the queue, and go back from
/// those that pop to those that push, many at a time.
class ck_fifo_mpmc_nodes {
public:
    struct node : ck_fifo_mpmc_entry {
        node() noexcept { next.generation = nullptr; }  // once: it counts on when the node is used again

        node* behind = nullptr;                      ///< in a handle's stock
        std::atomic<node*> further_stock = nullptr;  ///< behind the stock that begins here
    };

    ck_fifo_mpmc_nodes() = default;
    ~ck_fifo_mpmc_nodes() {
        while (node* const left = take_stock()) {
            free_all(left);
        }
    }
    ck_fifo_mpmc_nodes(const ck_fifo_mpmc_nodes&) = delete;
    ck_fifo_mpmc_nodes& operator=(const ck_fifo_mpmc_nodes&) = delete;

    /// A thread's stock of nodes.
    class stock {
    public:
        explicit stock(ck_fifo_mpmc_nodes& common) : common_(&common) {}
        stock(stock&& other) noexcept
            : common_(other.common_), first_(std::exchange(other.first_, nullptr)), count_(other.count_) {}
        stock& operator=(stock&&) = delete;
        ~stock() {
            if (first_ != nullptr) {
                common_->add_stock(first_);
            }
        }

        node* take() {
            if (first_ == nullptr) {
                first_ = common_->take_stock();
                if (first_ == nullptr) {
                    return new node;
                }
            }
            return std::exchange(first_, first_->behind);
        }
        void add(node* mine) noexcept {
            mine->behind = std::exchange(first_, mine);
            if (++count_ == most) {
                count_ = 0;
                common_->add_stock(std::exchange(first_, nullptr));
            }
        }

    private:
        static constexpr int most = 64;
        ck_fifo_mpmc_nodes* common_;
        node* first_ = nullptr;
        int count_ = 0;
    };

private:
    static void free_all(node* first) noexcept {
        while (first != nullptr) {
            delete std::exchange(first, first->behind);
        }
    }

    // A stack (Treiber, 1986), whose pointer counts its changes, too.
    void add_stock(node* first) noexcept {
        for (;;) {
            const wide_word<>::pair seen = stocks_.load();
            // relaxed: the exchange publishes it
            first->further_stock.store(reinterpret_cast<node*>(seen.second), std::memory_order_relaxed);
            if (stocks_.compare_exchange(seen, {seen.first + 1, reinterpret_cast<std::uint64_t>(first)})) {
                return;
            }
        }
    }
    node* take_stock() noexcept {
        for (;;) {
            const wide_word<>::pair seen = stocks_.load();
            auto* const first = reinterpret_cast<node*>(seen.second);
            if (first == nullptr) {
                return nullptr;
            }
            // relaxed: what is stale fails in the exchange
            node* const next = first->further_stock.load(std::memory_order_relaxed);
            if (stocks_.compare_exchange(seen, {seen.first + 1, reinterpret_cast<std::uint64_t>(next)})) {
                return first;
            }
        }
    }

    alignas(cache_line) wide_word<> stocks_{0, 0};
};

/// What passes through it are words: whoever loses a race for a node has read its value nevertheless.
template <class T>
class ck_fifo_mpmc_of {
    using node = ck_fifo_mpmc_nodes::node;
    static_assert(sizeof(void*) == sizeof(typename words<T>::word));

public:
    ck_fifo_mpmc_of() { ck_fifo_mpmc_init(&fifo_, new node); }
    ~ck_fifo_mpmc_of() {
        ck_fifo_mpmc_entry* left = nullptr;
        for (void* value = nullptr; ck_fifo_mpmc_dequeue(&fifo_, &value, &left);) {
            words<T>::discard(reinterpret_cast<typename words<T>::word>(value));
            delete static_cast<node*>(left);
        }
        ck_fifo_mpmc_deinit(&fifo_, &left);
        delete static_cast<node*>(left);
    }
    ck_fifo_mpmc_of(const ck_fifo_mpmc_of&) = delete;
    ck_fifo_mpmc_of& operator=(const ck_fifo_mpmc_of&) = delete;

    ck_fifo_mpmc_nodes::stock stock() { return ck_fifo_mpmc_nodes::stock(nodes_); }

    HANDOFF_CK_CALL void enqueue(ck_fifo_mpmc_nodes::stock& nodes, T&& value) {
        typename words<T>::unshared item(value);
        append(nodes.take(), reinterpret_cast<void*>(item.get()));
        item.is_shared();
    }

    HANDOFF_CK_CALL bool dequeue(ck_fifo_mpmc_nodes::stock& nodes, T& out) {
        void* first = nullptr;
        ck_fifo_mpmc_entry* left = nullptr;
        for (;;) {
            // The library takes the queue for empty when the node that was first has none behind it, and does
            // not look whether it still is the first: used again it may be the last of many. Nobody has popped
            // in between where the count of the first pointer is the same.
            const void* const pops = ck_pr_load_ptr(&fifo_.head.generation);
            ck_pr_fence_load();
            if (ck_fifo_mpmc_dequeue(&fifo_, &first, &left)) {
                break;
            }
            ck_pr_fence_load();
            if (ck_pr_load_ptr(&fifo_.head.generation) == pops) {
                return false;
            }
        }
        nodes.add(static_cast<node*>(left));
        words<T>::unwrap(reinterpret_cast<typename words<T>::word>(first), out);
        return true;
    }

private:
    /// The library's enqueue sets the count of the new node's pointer to 0, also of a node that was in the
    /// queue before: a thread that read the pointer then, and comes late, would find what it expects, and hang
    /// its node to one that is not the last, or in no queue. So this is its own: the algorithm (Michael and
    /// Scott) over the library's structures, which the library's dequeue reads, with counts that never go back.
    void append(node* added, void* value) noexcept {
        ck_pr_store_ptr(&added->value, value);
        ck_pr_store_ptr(&added->next.pointer, static_cast<ck_fifo_mpmc_entry*>(nullptr));
        ck_pr_fence_store_atomic();  // [linked]: dequeues find both
        ck_fifo_mpmc_pointer tail{};
        ck_fifo_mpmc_pointer to{};
        for (;;) {
            // Counts first: one that is older than its pointer makes the exchange fail.
            tail.generation = ck_pr_load_ptr(&fifo_.tail.generation);
            ck_pr_fence_load();
            tail.pointer = ck_pr_load_ptr(&fifo_.tail.pointer);
            ck_fifo_mpmc_pointer next{};
            next.generation = ck_pr_load_ptr(&tail.pointer->next.generation);
            ck_pr_fence_load();
            next.pointer = ck_pr_load_ptr(&tail.pointer->next.pointer);
            ck_pr_fence_load();
            if (ck_pr_load_ptr(&fifo_.tail.generation) != tail.generation) {
                continue;  // what we read as the last node may be in other use
            }
            if (next.pointer != nullptr) {  // whoever has linked that has not come to the last step
                to.pointer = next.pointer;
                to.generation = after(tail.generation);
                ck_pr_cas_ptr_2(&fifo_.tail, &tail, &to);
                continue;
            }
            to.pointer = added;
            to.generation = after(next.generation);
            if (ck_pr_cas_ptr_2(&tail.pointer->next, &next, &to)) {  // [linked]
                break;
            }
        }
        ck_pr_fence_atomic();
        to.generation = after(tail.generation);
        ck_pr_cas_ptr_2(&fifo_.tail, &tail, &to);  // or somebody has done it for us
    }
    /// The library counts in pointers.
    static char* after(char* generation) noexcept {
        return reinterpret_cast<char*>(reinterpret_cast<std::uintptr_t>(generation) + 1);
    }

    ck_fifo_mpmc_nodes nodes_;
    alignas(cache_line) ck_fifo_mpmc_t fifo_;
};

}  // namespace handoff::impls::detail

#undef HANDOFF_CK_CALL
