// Bounded queue of lanes, each of which is a FIFO ring. A push looks at two lanes at random and takes the one
// with fewer pushes, a pop the one with fewer pops, so that the lanes stay in step and threads seldom meet.
//
// Source: Haas, Lippautz, Henzinger, Payer, Sokolova, Kirsch, Sezgin, "Distributed Queues in Shared Memory",
//         CF 2013 (lanes, two random choices, how emptiness is found); the choice by counts of operations is
//         that of von Geijer, Tsigas, Johansson, Hermansson, "Balanced Allocations over Efficient Queues",
//         PPoPP 2025.
//
// Progress: blocking: a thread that stops while it has one end of a lane keeps that end from the others.
// Order:    relaxed, in expectation: no pop is bound, but lanes with few operations are caught up with, so that
//           an item passes over some items of each lane. There are two lanes for each CPU of the machine.
// Capacity: at least what was asked for, the same power of two in each lane; allocated once.
// Cost:     1 RMW (an exchange of the lane's lock) per operation; a look at each lane, twice, when the queue is
//           empty.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/first_index.hpp"
#include "../detail/random.hpp"
#include "../detail/slots.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class d_choice {
    static constexpr unsigned spins_before_yielding = 16;

    /// A ring with a lock for each end.
    class lane {
    public:
        explicit lane(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {}
        ~lane() {
            // relaxed: no threads are left
            for (std::uint64_t i = popped_.load(std::memory_order_relaxed);
                 i != pushed_.load(std::memory_order_relaxed); ++i) {
                slots_.destroy(i & mask_);
            }
        }
        lane(const lane&) = delete;
        lane& operator=(const lane&) = delete;

        // relaxed: numbers to choose by, no data
        std::uint64_t pushes() const noexcept { return pushed_.load(std::memory_order_relaxed); }
        std::uint64_t pops() const noexcept { return popped_.load(std::memory_order_relaxed); }
        // acquire: whatever the caller looks at next, it looks at later
        std::uint64_t pushes_before_the_next_look() const noexcept {
            return pushed_.load(std::memory_order_acquire);
        }

        /// In this order: later pushes are no fewer than the pops seen before. acquire: in this order; whoever
        /// pushes looks again under the lock
        bool is_full() const noexcept {
            const std::uint64_t pops = popped_.load(std::memory_order_acquire);
            return pushed_.load(std::memory_order_acquire) - pops > mask_;
        }
        /// In this order: the pops that it has seen are as many as the pushes at the moment of the second look
        /// only if nothing was in the lane then. acquire: in this order; whoever pops looks again under the
        /// lock
        bool is_empty() const noexcept {
            const std::uint64_t pops = popped_.load(std::memory_order_acquire);
            return pushed_.load(std::memory_order_acquire) == pops;
        }

        /// False: another thread is at this end, or there is no room; `value` is untouched.
        bool try_push(T&& value) {
            if (!try_lock(pushing_)) {
                return false;
            }
            // relaxed: only the lock's owner writes it
            const std::uint64_t at = pushed_.load(std::memory_order_relaxed);
            if (at - seen_pops_ > mask_) {
                seen_pops_ = popped_.load(std::memory_order_acquire);  // [freed]
            }
            const bool has_room = at - seen_pops_ <= mask_;
            if (has_room) {
                slots_.construct(at & mask_, std::move(value));
                pushed_.store(at + 1, std::memory_order_release);  // [published]: the value is inside
            }
            unlock(pushing_);
            return has_room;
        }

        /// False: another thread is at this end, or nothing is there; `out` is unchanged.
        bool try_pop(T& out) {
            if (!try_lock(popping_)) {
                return false;
            }
            // relaxed: only the lock's owner writes it
            const std::uint64_t at = popped_.load(std::memory_order_relaxed);
            if (at == seen_pushes_) {
                seen_pushes_ = pushed_.load(std::memory_order_acquire);  // [published]
            }
            const bool has_item = at != seen_pushes_;
            if (has_item) {
                slots_.take(at & mask_, out);
                popped_.store(at + 1, std::memory_order_release);  // [freed]: the value has been moved out
            }
            unlock(popping_);
            return has_item;
        }

    private:
        static bool try_lock(atomic<bool>& end) noexcept {
            // relaxed: a look that leaves the line where it is. [end]: what the last owner did
            return !end.load(std::memory_order_relaxed) && !end.exchange(true, std::memory_order_acquire);
        }
        static void unlock(atomic<bool>& end) noexcept {
            // [end]
            end.store(false, std::memory_order_release);
        }

        // The line of those who push, and that of those who pop.
        alignas(detail::cache_line) atomic<bool> pushing_{false};
        atomic<std::uint64_t> pushed_{detail::first_index<T>};  ///< items since the beginning
        std::uint64_t seen_pops_ = detail::first_index<T>;
        alignas(detail::cache_line) atomic<bool> popping_{false};
        atomic<std::uint64_t> popped_{detail::first_index<T>};
        std::uint64_t seen_pushes_ = detail::first_index<T>;
        alignas(detail::cache_line) const std::size_t mask_;
        detail::slots<T> slots_;
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "d_choice";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::relaxed;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::at_least;

    explicit d_choice(std::size_t capacity) {
        const std::size_t count = in_model ? 2 : 2 * std::max(1U, std::thread::hardware_concurrency());
        in_a_lane_ = std::bit_ceil((detail::computable(capacity) + count - 1) / count);
        for (std::size_t i = 0; i < count; ++i) {
            lanes_.push_back(std::make_unique<lane>(in_a_lane_));
        }
    }

    std::size_t capacity() const noexcept { return lanes_.size() * in_a_lane_; }

    class producer_handle {
    public:
        explicit producer_handle(d_choice& queue) : queue_(&queue), random_(queue.next_seed()) {}
        bool try_push(T&& value) { return queue_->try_push(std::move(value), random_); }

    private:
        d_choice* queue_;
        detail::random random_;
    };
    class consumer_handle {
    public:
        explicit consumer_handle(d_choice& queue) : queue_(&queue), random_(queue.next_seed()) {}
        bool try_pop(T& out) { return queue_->try_pop(out, random_); }

    private:
        d_choice* queue_;
        detail::random random_;
    };
    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    lane& any(detail::random& random) { return *lanes_[random.below(lanes_.size())]; }

    bool try_push(T&& value, detail::random& random) {
        for (unsigned rounds = 1;; ++rounds) {
            lane& one = any(random);
            lane& other = any(random);
            if ((one.pushes() <= other.pushes() ? one : other).try_push(std::move(value))) {
                return true;
            }
            if (one.is_full() || other.is_full()) {
                bool all_are_full = true;
                for (const auto& each : lanes_) {
                    if (!each->is_full()) {
                        all_are_full = false;
                        if (each->try_push(std::move(value))) {
                            return true;
                        }
                    }
                }
                if (all_are_full) {
                    return false;
                }
            }
            pause(rounds);
        }
    }

    bool try_pop(T& out, detail::random& random) {
        for (unsigned rounds = 1;; ++rounds) {
            lane& one = any(random);
            lane& other = any(random);
            const bool one_has_items = !one.is_empty();
            const bool other_has_items = !other.is_empty();
            if (one_has_items || other_has_items) {
                const bool is_first = one_has_items && (!other_has_items || one.pops() <= other.pops());
                if ((is_first ? one : other).try_pop(out)) {
                    return true;
                }
            } else {
                const std::uint64_t pushes = pushes_in_all();
                bool all_are_empty = true;
                for (const auto& each : lanes_) {
                    if (!each->is_empty()) {
                        all_are_empty = false;
                        if (each->try_pop(out)) {
                            return true;
                        }
                    }
                }
                // Each lane was empty when it was looked at, and stayed so while nobody pushed.
                if (all_are_empty && pushes == pushes_in_all()) {
                    return false;
                }
            }
            pause(rounds);
        }
    }

    std::uint64_t pushes_in_all() const noexcept {
        std::uint64_t sum = 0;
        for (const auto& each : lanes_) {
            sum += each->pushes_before_the_next_look();
        }
        return sum;
    }

    /// After somebody else was faster.
    static void pause(unsigned rounds) {
        if (rounds % spins_before_yielding == 0) {
            this_thread::yield();  // the owner of an end may be off its CPU
        } else {
            detail::cpu_relax();
        }
    }

    std::uint64_t next_seed() noexcept {
        return handles_.fetch_add(1, std::memory_order_relaxed);  // relaxed: any number will do
    }

    std::vector<std::unique_ptr<lane>> lanes_;
    std::size_t in_a_lane_ = 0;
    alignas(detail::cache_line) atomic<std::uint64_t> handles_{1};
};

}  // namespace handoff::impls
