// Queue lock: an implicit list of waiters, each spinning on the flag in its predecessor's node.
//
// Source: Craig, "Building FIFO and Priority-Queuing Spin Locks from Atomic Swap", Univ. of Washington TR
//         93-02-02, 1993; Landin and Hagersten, "Queue Locks on Cache Coherent Multiprocessors", IPPS 1994.
//
// Progress: blocking.
// Order:    FIFO.
// Cost:     1 RMW to take, a store to leave, whoever waits. One node per handle, allocated with it.
//
// No try_lock: whether the last node is free can only be told by looking into it, and between reading `tail_`
// and looking its owner may have left and freed it.
#pragma once

#include <string_view>

#include "../atomic.hpp"
#include "../concepts/locks.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"

namespace handoff::impls {

class clh_lock {
    struct alignas(detail::cache_line) node {
        atomic<bool> held{false};
    };

public:
    static constexpr std::string_view name = "clh_lock";
    static constexpr auto admits = admission::fifo;
    static constexpr auto waits = waiting::spins;

    clh_lock() : tail_(new node) {}
    ~clh_lock() {
        delete tail_.load(std::memory_order_relaxed);  // relaxed: no threads are left
    }
    clh_lock(const clh_lock&) = delete;
    clh_lock& operator=(const clh_lock&) = delete;

    /// One thread's way into the lock; it may be destroyed whenever it does not hold the lock.
    class holder_handle {
    public:
        explicit holder_handle(clh_lock& lock) : lock_(lock), mine_(new node) {}
        ~holder_handle() { delete mine_; }
        holder_handle(const holder_handle&) = delete;
        holder_handle& operator=(const holder_handle&) = delete;

        void lock() noexcept {
            mine_->held.store(true, std::memory_order_relaxed);  // relaxed: [queued] shows it to the successor
            // [queued], both ways: my node is held and ready for a successor; so is the predecessor's.
            predecessor_ = lock_.tail_.exchange(mine_, std::memory_order_acq_rel);
            // [released]: everything done under the lock before is visible here.
            while (predecessor_->held.load(std::memory_order_acquire)) {
                detail::cpu_relax();
            }
        }

        void unlock() noexcept {
            mine_->held.store(false, std::memory_order_release);  // [released]
            mine_ = predecessor_;
        }

    private:
        clh_lock& lock_;
        node* mine_;
        node* predecessor_ = nullptr;
    };

    holder_handle holder() { return holder_handle(*this); }

private:
    // Who owns which node: the successor looks into a node after its holder has left, so the holder leaves the
    // node behind and takes its predecessor's instead, into which nobody looks any more: that one's holder has
    // left it behind in the same way, and its only other visitor is the one who takes it. Hence an idle handle
    // is the only one that knows its node and may free it, and the last node in the list belongs to the lock,
    // which brought the first. There is always one node more than there are handles.
    alignas(detail::cache_line) atomic<node*> tail_;
};

}  // namespace handoff::impls
