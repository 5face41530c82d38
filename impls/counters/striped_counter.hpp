// One number until threads collide, then more and more of them: LongAdder's growth on contention.
//
// Source: Doug Lea's java.util.concurrent.atomic.LongAdder (Java 8, 2014), after Herlihy, Lim, Shavit,
// "Scalable Concurrent Counting", 1995, in its aim: a collision is the sign that more room is needed.
//
// Progress: lock-free.   Reading: interval.   Cost: 1 RMW; after a collision a new stripe or more stripes;
// reading costs a line transfer for each stripe.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/mutex.hpp"

namespace handoff::impls {

/// Costs the memory of one number while nobody collides, and of one line per processor at most.
class striped_counter {
    struct alignas(detail::cache_line) stripe {
        atomic<std::uint64_t> value{0};
    };

    /// Stripes by number; the first ones are those of the smaller table before, so that no value moves. Never
    /// freed while the counter lives, since a reader may be inside.
    struct table {
        explicit table(std::size_t count) : stripes(count) {}
        std::size_t mask() const noexcept { return stripes.size() - 1; }
        std::vector<stripe*> stripes;
    };

public:
    static constexpr std::string_view name = "striped_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::lock_free;

    striped_counter()
        : most_(std::bit_ceil(in_model ? 2U : std::max(2U, std::thread::hardware_concurrency()))) {
        grow(nullptr);
    }
    striped_counter(const striped_counter&) = delete;
    striped_counter& operator=(const striped_counter&) = delete;

    /// A thread's way to its stripe: a number that changes whenever it meets somebody there.
    class adder_handle {
    public:
        explicit adder_handle(striped_counter& owner)
            // relaxed: any number will do
            : owner_(owner), probe_(owner.probes_.fetch_add(0x9e3779b9, std::memory_order_relaxed)) {}

        void add(std::uint64_t n) noexcept {
            for (bool collided_before = false;; collided_before = true) {
                const table* const now = owner_.table_.load(std::memory_order_acquire);  // [table]
                atomic<std::uint64_t>& mine = now->stripes[probe_ & now->mask()]->value;
                std::uint64_t seen =
                    mine.load(std::memory_order_relaxed);  // relaxed: a guess that the CAS checks
                // A CAS and not an addition: it fails when somebody else is here. relaxed: a number
                if (mine.compare_exchange_strong(seen, seen + n, std::memory_order_relaxed)) {
                    return;
                }
                // Once: it may be better elsewhere. Twice in a row: there are too few stripes.
                if (!collided_before || !owner_.grow(now)) {
                    probe_ ^= probe_ << 13;
                    probe_ ^= probe_ >> 17;
                    probe_ ^= probe_ << 5;
                }
            }
        }

    private:
        striped_counter& owner_;
        std::uint32_t probe_;
    };

    adder_handle adder() { return adder_handle(*this); }

    std::uint64_t read() const noexcept {
        std::uint64_t total = 0;
        for (const stripe* s : table_.load(std::memory_order_acquire)->stripes) {  // [table]
            total += s->value.load(std::memory_order_relaxed);                     // relaxed: a number
        }
        return total;
    }

private:
    /// Doubles the table that was `seen`. False: it is the largest, or another thread is at it; nobody waits.
    bool grow(const table* seen) {
        const std::size_t count = seen == nullptr ? 1 : 2 * seen->stripes.size();
        if (count > most_) {
            return false;
        }
        const std::unique_lock lock(growing_, std::try_to_lock);
        if (!lock) {
            return false;
        }
        if (!tables_.empty() && tables_.back().get() != seen) {
            return true;  // it has been doubled meanwhile
        }
        auto next = std::make_unique<table>(count);
        for (std::size_t i = 0; i < count; ++i) {
            if (seen != nullptr && i < seen->stripes.size()) {
                next->stripes[i] = seen->stripes[i];
            } else {
                next->stripes[i] = stripes_.emplace_back(std::make_unique<stripe>()).get();
            }
        }
        table_.store(next.get(), std::memory_order_release);  // [table]: its stripes are there
        tables_.push_back(std::move(next));
        return true;
    }

    const std::size_t most_;
    alignas(detail::cache_line) atomic<const table*> table_{nullptr};
    atomic<std::uint32_t> probes_{1};

    alignas(detail::cache_line) mutex growing_;  // protects what follows
    std::vector<std::unique_ptr<table>> tables_;
    std::vector<std::unique_ptr<stripe>> stripes_;
};

}  // namespace handoff::impls
