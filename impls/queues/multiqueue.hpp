// Relaxed priority queue of many heaps with a lock each. A push goes to any heap, a pop looks at two and takes
// from the one whose first item is less.
//
// Source: Rihani, Sanders, Dementiev, "MultiQueues: Simple Relaxed Concurrent Priority Queues", SPAA 2015, with
//         two heaps for each CPU of the machine.
//
// Progress: blocking: a thread that stops while it has a heap keeps its items from the others.
// Order:    priority, relaxed in expectation: no pop is bound.
// Capacity: unbounded; an array for each heap, which doubles.
// Cost:     1 RMW (an exchange of a heap's lock) per operation, 2 per pop of items that are larger than a word,
//           and log2 of a heap's size in comparisons and moves; a look at each heap, twice, when the queue is
//           empty.
#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/heap.hpp"
#include "../detail/random.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls {

template <nothrow_movable T>
    requires has_priority<T>
class multiqueue {
    static constexpr unsigned spins_before_yielding = 16;

    /// Others may read a copy of a heap's first item without its lock.
    static constexpr bool shows_first =
        std::is_trivially_copyable_v<T> && std::default_initializable<T> && sizeof(T) <= sizeof(std::uint64_t);
    struct nothing {};
    template <class U>
    struct shown {
        using type = atomic<U>;
    };

    class alignas(detail::cache_line) lane {
    public:
        void lock() noexcept {
            while (!try_lock()) {
                detail::cpu_relax();
            }
        }
        bool try_lock() noexcept {
            // relaxed: a look that leaves the line where it is. [lane]: what the last owner did
            return !locked_.load(std::memory_order_relaxed) &&
                   !locked_.exchange(true, std::memory_order_acquire);
        }
        void unlock() noexcept { locked_.store(false, std::memory_order_release); }  // [lane]

        // Without the lock: hints, which its owner checks.

        /// [counted]: whatever the caller looks at next, it looks at later
        bool looks_empty() const noexcept { return size_.load(std::memory_order_acquire) == 0; }
        /// Items since the beginning. [counted]
        std::uint64_t pushes() const noexcept { return pushes_.load(std::memory_order_acquire); }
        bool looks_less_than(const lane& other) const noexcept
            requires shows_first
        {
            // relaxed, both: values, and nothing behind them
            return first_.load(std::memory_order_relaxed) < other.first_.load(std::memory_order_relaxed);
        }

        // With the lock:

        bool is_empty() const noexcept { return heap_.empty(); }
        bool is_less_than(const lane& other) const noexcept { return heap_.top() < other.heap_.top(); }
        void push(T&& value) {
            heap_.push(std::move(value));
            show();
            // relaxed: only the lock's owner writes it
            const std::uint64_t before = pushes_.load(std::memory_order_relaxed);
            // [counted], after the size: who sees this push counted sees that the heap has items
            pushes_.store(before + 1, std::memory_order_release);
        }
        void pop(T& out) {
            heap_.pop(out);
            show();
        }

    private:
        void show() noexcept {
            // relaxed: a hint
            if constexpr (shows_first) {
                if (!heap_.empty()) {
                    first_.store(heap_.top(), std::memory_order_relaxed);
                }
            }
            // [counted]: who sees a heap emptied sees the pushes that were over before counted
            size_.store(heap_.size(), std::memory_order_release);
        }

        atomic<bool> locked_{false};
        atomic<std::size_t> size_{0};
        atomic<std::uint64_t> pushes_{0};
        [[no_unique_address]]
        typename std::conditional_t<shows_first, shown<T>, std::type_identity<nothing>>::type first_{};
        detail::heap<T> heap_;
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "multiqueue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::priority;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    multiqueue() : lanes_(in_model ? 2 : 2 * std::max<std::size_t>(1, std::thread::hardware_concurrency())) {}

    class producer_handle {
    public:
        explicit producer_handle(multiqueue& queue) : queue_(&queue), random_(queue.next_seed()) {}
        void push(T&& value) { queue_->push(std::move(value), random_); }

    private:
        multiqueue* queue_;
        detail::random random_;
    };
    class consumer_handle {
    public:
        explicit consumer_handle(multiqueue& queue) : queue_(&queue), random_(queue.next_seed()) {}
        bool try_pop(T& out) { return queue_->try_pop(out, random_); }

    private:
        multiqueue* queue_;
        detail::random random_;
    };
    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    lane& any(detail::random& random) { return lanes_[random.below(lanes_.size())]; }

    void push(T&& value, detail::random& random) {
        for (unsigned rounds = 1;; ++rounds) {
            if (lane& one = any(random); one.try_lock()) {
                const std::lock_guard guard(one, std::adopt_lock);  // a heap may fail to grow
                one.push(std::move(value));
                return;
            }
            pause(rounds);
        }
    }

    bool try_pop(T& out, detail::random& random) {
        for (unsigned rounds = 1;; ++rounds) {
            lane& one = any(random);
            lane& other = any(random);
            if (one.looks_empty() && other.looks_empty()) {
                const std::uint64_t pushes = pushes_in_all();
                bool all_are_empty = true;
                for (lane& each : lanes_) {
                    if (!each.looks_empty()) {
                        all_are_empty = false;
                        if (pop_from(each, out)) {
                            return true;
                        }
                    }
                }
                // Each heap was empty when it was looked at, and stayed so while nobody pushed.
                if (all_are_empty && pushes == pushes_in_all()) {
                    return false;
                }
            } else if (pop_from_better(one, other, out)) {
                return true;
            }
            pause(rounds);
        }
    }

    /// False: somebody else has it, or nothing is there.
    static bool pop_from(lane& one, T& out) {
        if (!one.try_lock()) {
            return false;
        }
        const std::lock_guard guard(one, std::adopt_lock);
        const bool has_items = !one.is_empty();
        if (has_items) {
            one.pop(out);
        }
        return has_items;
    }

    static bool pop_from_better(lane& one, lane& other, T& out) {
        if (&one == &other || other.looks_empty()) {
            return pop_from(one, out);
        }
        if (one.looks_empty()) {
            return pop_from(other, out);
        }
        if constexpr (shows_first) {
            return pop_from(other.looks_less_than(one) ? other : one, out);
        } else {
            if (!one.try_lock()) {
                return false;
            }
            if (!other.try_lock()) {
                one.unlock();
                return false;
            }
            const bool is_other = !other.is_empty() && (one.is_empty() || other.is_less_than(one));
            lane& better = is_other ? other : one;
            (is_other ? one : other).unlock();
            const std::lock_guard guard(better, std::adopt_lock);
            const bool has_items = !better.is_empty();
            if (has_items) {
                better.pop(out);
            }
            return has_items;
        }
    }

    std::uint64_t pushes_in_all() const noexcept {
        std::uint64_t sum = 0;
        for (const lane& each : lanes_) {
            sum += each.pushes();
        }
        return sum;
    }

    /// After somebody else was faster.
    static void pause(unsigned rounds) {
        if (rounds % spins_before_yielding == 0) {
            this_thread::yield();  // a heap's owner may be off its CPU
        } else {
            detail::cpu_relax();
        }
    }

    std::uint64_t next_seed() noexcept {
        return handles_.fetch_add(1, std::memory_order_relaxed);  // relaxed: any number will do
    }

    std::vector<lane> lanes_;
    alignas(detail::cache_line) atomic<std::uint64_t> handles_{1};
};

}  // namespace handoff::impls
