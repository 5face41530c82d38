// Hazard pointers: a node that somebody may still read is not freed.
//
// Source: Michael, "Hazard Pointers: Safe Memory Reclamation for Lock-Free Objects", IEEE TPDS 15(6), 2004.
//
// Progress: lock-free; a retirement frees in batches, at an amortised constant number of steps.
// Bound:    at most `records * (hazards + batch)` retired nodes are waiting to be freed at any time.
// Cost:     one sequentially consistent store per protected pointer, or a plain one where the fence is left to
//           whoever frees (`fences::on_freeing`).
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../detail/asymmetric_fence.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// Who pays for the order of "I protect it, and look whether it is still there" and "I unlink it, and look
/// whether it is protected".
enum class fences {
    on_protecting,  ///< each protection
    on_freeing,     ///< each look at the hazards, by a membarrier (some microseconds, and an interrupt of each
                    ///< core): for structures that seldom retire a node. Where the kernel grants none, as
                    ///< `on_protecting`.
};

/// One domain for one structure with nodes of type Node; each thread takes a `guard` from it and keeps it.
/// `Hazards` is the number of nodes a thread protects at once. The domain outlives its guards.
template <class Node, std::size_t Hazards, fences Fences = fences::on_protecting>
class hazard_domain {
    struct record;

public:
    hazard_domain() : cheap_(Fences == fences::on_freeing && detail::asymmetric_fences_available()) {}
    ~hazard_domain() {
        // relaxed: no threads are left
        for (record* r = records_.load(std::memory_order_relaxed); r != nullptr;) {
            for (Node* node : r->retired) {
                delete node;
            }
            delete std::exchange(r, r->next);
        }
    }
    hazard_domain(const hazard_domain&) = delete;
    hazard_domain& operator=(const hazard_domain&) = delete;

    /// A thread's membership: its hazards and its retired nodes. A later guard inherits what an ended one
    /// has not yet freed.
    class guard {
    public:
        explicit guard(hazard_domain& domain) : domain_(&domain), record_(domain.acquire()) {}
        guard(guard&& other) noexcept
            : domain_(other.domain_), record_(std::exchange(other.record_, nullptr)) {}
        guard& operator=(guard&&) = delete;
        ~guard() {
            if (record_ != nullptr) {
                release();
                record_->taken.store(false, std::memory_order_release);  // [inherited]
            }
        }

        /// Returns a pointer read from `source` to a node that stays alive until the hazard is reused.
        Node* protect(std::size_t hazard, const atomic<Node*>& source) noexcept {
            Node* seen = source.load(std::memory_order_relaxed);  // relaxed: read again below
            for (;;) {
                // [hazard]: before the second reading. A thread that unlinks the node (seq_cst) and then looks
                // at the hazards either sees this one or has unlinked before our second reading, which then
                // shows another pointer.
                if constexpr (Fences == fences::on_protecting) {
                    record_->hazards[hazard].store(seen, std::memory_order_seq_cst);
                } else {
                    // The fence orders it. release [unread], as in release(): who sees this instead of the
                    // end of an earlier protection knows as well that our reads of that node are over.
                    record_->hazards[hazard].store(seen, std::memory_order_release);
                    detail::light_fence(domain_->cheap_);
                }
                Node* again = source.load(std::memory_order_seq_cst);
                if (again == seen) {
                    return seen;
                }
                seen = again;
            }
        }

        /// Ends all protections.
        void release() noexcept {
            for (auto& hazard : record_->hazards) {
                hazard.store(nullptr, std::memory_order_release);  // [unread]: our reads of the node are over
            }
        }

        /// The caller has unlinked `node` with a seq_cst operation: free it when nobody protects it.
        void retire(Node* node) {
            record_->retired.push_back(node);
            if (record_->retired.size() >= domain_->batch()) {
                domain_->free_unprotected(*record_);
            }
        }

    private:
        hazard_domain* domain_;
        record* record_;
    };

private:
    struct alignas(detail::cache_line) record {
        std::array<atomic<Node*>, Hazards> hazards{};
        atomic<bool> taken{true};
        record* next = nullptr;  // written before the record is published, never after
        std::vector<Node*> retired;
        std::vector<Node*> in_use;  // scratch of free_unprotected
    };

    /// Retirements before a look at the hazards: a constant share of each look finds a node to free. What is
    /// retired seldom is large, so little of it is kept.
    std::size_t batch() const noexcept {
        if constexpr (in_model) {
            return 1;
        }
        return (Fences == fences::on_freeing ? 8 : 64) +
               2 * Hazards * count_.load(std::memory_order_relaxed);  // relaxed: a hint
    }

    record* acquire() {
        // [listed]: the records' `next` are set.
        for (record* r = records_.load(std::memory_order_acquire); r != nullptr; r = r->next) {
            bool expected = false;
            // [inherited]: the retired nodes of the record's last owner are ours. relaxed look first: a hint.
            if (!r->taken.load(std::memory_order_relaxed) &&
                r->taken.compare_exchange_strong(expected, true, std::memory_order_acquire,
                                                 std::memory_order_relaxed)) {
                return r;
            }
        }
        auto* mine = new record;
        count_.fetch_add(1, std::memory_order_relaxed);            // relaxed: a hint
        record* first = records_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        do {
            mine->next = first;
            // [listed]; seq_cst so that a record stands in the list before its hazards protect anything
        } while (
            !records_.compare_exchange_weak(first, mine, std::memory_order_seq_cst, std::memory_order_relaxed));
        return mine;
    }

    void free_unprotected(record& mine) {
        mine.in_use.clear();
        if (cheap_) {
            detail::heavy_fence();  // [hazard]: the partner of the light one in `protect`
        }
        // [listed], and [hazard]: seq_cst, after the unlinking of every retired node.
        for (record* r = records_.load(std::memory_order_seq_cst); r != nullptr; r = r->next) {
            for (auto& hazard : r->hazards) {
                // [hazard] and [unread]: whoever has moved on had finished its reads.
                if (Node* node = hazard.load(std::memory_order_seq_cst)) {
                    mine.in_use.push_back(node);
                }
            }
        }
        std::sort(mine.in_use.begin(), mine.in_use.end());
        std::erase_if(mine.retired, [&](Node* node) {
            if (std::binary_search(mine.in_use.begin(), mine.in_use.end(), node)) {
                return false;
            }
            delete node;
            return true;
        });
    }

    const bool cheap_;  ///< protections leave their fence to us
    atomic<record*> records_{nullptr};
    atomic<std::size_t> count_{0};
};

}  // namespace handoff::impls
