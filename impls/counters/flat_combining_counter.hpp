// One thread adds for all who wait: flat combining.
//
// Source: Hendler, Incze, Shavit, Tzafrir, "Flat Combining and the Synchronization-Parallelism Tradeoff", 2010.
//
// Progress: blocking.   Reading: linearizable.   Cost: a store and a wait for most; for the combiner 1 RMW, and
// a line transfer for every thread that asks.
#pragma once

#include <cstdint>
#include <mutex>
#include <string_view>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/mutex.hpp"
#include "../locks/ttas_lock.hpp"

namespace handoff::impls {

/// A counter is the smallest structure that can be combined, so this shows the price of the pattern itself.
class flat_combining_counter {
    struct alignas(detail::cache_line) record {
        /// What its thread wants added; 0: nothing.
        atomic<std::uint64_t> wanted{0};
        std::uint64_t taken = 0;  ///< the combiner's note
        record* next = nullptr;
    };

public:
    static constexpr std::string_view name = "flat_combining_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::blocking;

    flat_combining_counter() = default;
    flat_combining_counter(const flat_combining_counter&) = delete;
    flat_combining_counter& operator=(const flat_combining_counter&) = delete;
    ~flat_combining_counter() {
        for (record* r = records_.load(std::memory_order_relaxed);
             r != nullptr;) {  // relaxed: no threads are left
            record* const next = r->next;
            delete r;
            r = next;
        }
    }

    /// A thread's place on the publication list. Places are never unlinked; the next handle takes a left one.
    class adder_handle {
    public:
        explicit adder_handle(flat_combining_counter& owner) : owner_(owner), mine_(owner.claim()) {}
        ~adder_handle() { owner_.release(mine_); }
        adder_handle(const adder_handle&) = delete;
        adder_handle& operator=(const adder_handle&) = delete;

        void add(std::uint64_t n) noexcept {
            if (n == 0) {
                return;
            }
            // relaxed: a number, read and answered by the combiner
            mine_.wanted.store(n, std::memory_order_relaxed);
            // [answered]: the sum that holds ours is visible.
            while (mine_.wanted.load(std::memory_order_acquire) != 0) {
                if (owner_.combining_.try_lock()) {
                    owner_.combine();
                    owner_.combining_.unlock();
                } else {
                    detail::cpu_relax();
                }
            }
        }

    private:
        flat_combining_counter& owner_;
        record& mine_;
    };

    adder_handle adder() { return adder_handle(*this); }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    /// Called with `combining_` held. The sum is stored before anybody is answered: who returns from add()
    /// finds its addition in read().
    void combine() noexcept {
        record* const first = records_.load(std::memory_order_acquire);  // [record]
        std::uint64_t sum = 0;
        for (record* r = first; r != nullptr; r = r->next) {
            r->taken = r->wanted.load(std::memory_order_relaxed);  // relaxed: a number
            sum += r->taken;
        }
        // relaxed, both: changed by the combiner only, and the lock orders combiners
        count_.store(count_.load(std::memory_order_relaxed) + sum, std::memory_order_relaxed);
        for (record* r = first; r != nullptr; r = r->next) {
            if (r->taken != 0) {
                r->wanted.store(0, std::memory_order_release);  // [answered]
            }
        }
    }

    record& claim() {
        const std::lock_guard lock(claims_);
        if (!free_.empty()) {
            record* const again = free_.back();
            free_.pop_back();
            return *again;
        }
        auto* const made = new record;
        made->next = records_.load(std::memory_order_relaxed);  // relaxed: changed under the lock only
        records_.store(made, std::memory_order_release);        // [record]: its members are set
        return *made;
    }
    void release(record& left) {
        const std::lock_guard lock(claims_);
        free_.push_back(&left);
    }

    alignas(detail::cache_line) ttas_lock combining_;
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
    alignas(detail::cache_line) atomic<record*> records_{nullptr};
    mutex claims_;  // protects what follows
    std::vector<record*> free_;
};

}  // namespace handoff::impls
