// Queue lock: a linked list of waiters, each spinning on a flag in its own node.
//
// Source: Mellor-Crummey and Scott, "Algorithms for Scalable Synchronization on Shared-Memory Multiprocessors",
//         ACM TOCS 1991.
//
// Progress: blocking.
// Order:    FIFO.
// Cost:     1 RMW to take; 1 RMW to leave when nobody waits, a store to the next one's node when somebody does.
//           Each hand-over moves lines between two threads only, however many wait.
#pragma once

#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class mcs_lock {
    struct alignas(detail::cache_line) node {
        atomic<node*> next{nullptr};
        atomic<bool> waits{false};
    };

public:
    static constexpr std::string_view name = "mcs_lock";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;

    mcs_lock() = default;
    mcs_lock(const mcs_lock&) = delete;
    mcs_lock& operator=(const mcs_lock&) = delete;

    /// One thread's way into the lock; it may be destroyed whenever it does not hold the lock.
    class holder_handle {
    public:
        explicit holder_handle(mcs_lock& lock) noexcept : lock_(lock) {}
        holder_handle(const holder_handle&) = delete;
        holder_handle& operator=(const holder_handle&) = delete;

        void lock() noexcept {
            // relaxed: [queued] shows it to the successor
            node_.next.store(nullptr, std::memory_order_relaxed);
            // release [queued]: the node is ready for a successor. acquire [queued]: so is the predecessor's;
            // and [emptied]: with no predecessor, everything done under the lock before is visible here.
            node* const predecessor = lock_.tail_.exchange(&node_, std::memory_order_acq_rel);
            if (predecessor == nullptr) {
                return;
            }
            // relaxed: [linked] shows it to the predecessor
            node_.waits.store(true, std::memory_order_relaxed);
            predecessor->next.store(&node_, std::memory_order_release);  // [linked]
            // [handed]: everything done under the lock before is visible here.
            while (node_.waits.load(std::memory_order_acquire)) {
                detail::cpu_relax();
            }
        }

        bool try_lock() noexcept {
            node_.next.store(nullptr, std::memory_order_relaxed);  // relaxed: as in lock
            node* expected = nullptr;
            // [queued], [emptied]: as in lock. relaxed on failure: nothing was taken.
            return lock_.tail_.compare_exchange_strong(expected, &node_, std::memory_order_acq_rel,
                                                       std::memory_order_relaxed);
        }

        void unlock() noexcept {
            // [linked]: the successor is ready to be told.
            node* successor = node_.next.load(std::memory_order_acquire);
            if (successor == nullptr) {
                node* expected = &node_;
                // [emptied]. relaxed on failure: what follows waits for [linked].
                if (lock_.tail_.compare_exchange_strong(expected, nullptr, std::memory_order_release,
                                                        std::memory_order_relaxed)) {
                    return;
                }
                // Somebody is between its exchange and its link. [linked]: as above.
                while ((successor = node_.next.load(std::memory_order_acquire)) == nullptr) {
                    detail::cpu_relax();
                }
            }
            // Nobody comes back to this node: its one visitor has left its link.
            successor->waits.store(false, std::memory_order_release);  // [handed]
        }

    private:
        mcs_lock& lock_;
        node node_;
    };

    holder_handle holder() noexcept { return holder_handle(*this); }

private:
    alignas(detail::cache_line) atomic<node*> tail_{nullptr};
};

}  // namespace handoff::impls
