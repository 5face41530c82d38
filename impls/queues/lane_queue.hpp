// Unbounded queue of lanes: each producer has a list of its own, and a consumer stays at one lane while it
// finds items there. Nothing orders one producer's items among another's, so pushes share no line.
//
// Source: the idea of a list for each producer is that of moodycamel::ConcurrentQueue (Desrochers, 2014); here
// a consumer locks the lane that it takes from.
//
// Progress: a push is wait-free (as far as the allocator is); a pop is blocking: a consumer that stops while it
//           has a lane keeps that lane's items from the others.
// Order:    per-producer FIFO.
// Capacity: unbounded; a lane allocates 256 items at a time and keeps one such block in reserve. Lanes outlive
//           their producers and are given to later ones.
// Cost:     no RMW per push, 1 RMW (an exchange of the lane's lock) per pop, and a look at each empty lane on
//           the way.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/first_index.hpp"
#include "../detail/this_thread.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class lane_queue {
    static constexpr std::size_t in_a_block = in_model ? 2 : 256;
    /// So many items does a consumer take from one lane while others have some.
    static constexpr std::size_t longest_stay = in_model ? 1 : 64;
    static constexpr unsigned spins_before_yielding = 16;

    struct block {
        block* next = nullptr;  // written before the first item of the next block is published
        union place {
            T value;
            place() {}
            ~place() {
            }  // values begin their lives in push and end them in try_pop or in the queue's destructor
        };
        std::array<place, in_a_block> places;
    };

    class lane {
    public:
        lane() : filling_(new block), emptying_(filling_) {}
        ~lane() {
            // relaxed: no threads are left
            const std::size_t end = published_.load(std::memory_order_relaxed);
            for (std::size_t i = taken_.load(std::memory_order_relaxed); i != end; ++i) {
                std::destroy_at(place_of(i));
            }
            while (emptying_ != nullptr) {
                delete std::exchange(emptying_, emptying_->next);
            }
            delete spare_.load(std::memory_order_relaxed);
        }
        lane(const lane&) = delete;
        lane& operator=(const lane&) = delete;

        /// Its producer only.
        void push(T* first, std::size_t count) {
            std::size_t at =
                published_.load(std::memory_order_relaxed);  // relaxed: only the producer writes it
            for (; count > 0; --count, ++first, ++at) {
                if (at % in_a_block == 0 && at != entered_) {
                    // What is here already stays, should there be no memory for the rest.
                    published_.store(at, std::memory_order_release);  // [published]
                    // [spared]: nobody reads it any more
                    block* fresh = spare_.exchange(nullptr, std::memory_order_acquire);
                    if (fresh == nullptr) {
                        fresh = new block;
                    }
                    fresh->next = nullptr;
                    entered_ = at;
                    filling_ = filling_->next = fresh;
                }
                std::construct_at(&filling_->places[at % in_a_block].value, std::move(*first));
            }
            published_.store(at,
                             std::memory_order_release);  // [published]: the items, and the way to their blocks
        }

        /// Whether items are left. False: there was a moment of the call when none was.
        bool has_items() const noexcept {
            // Pops first, then pushes: what had been pushed when the second is read had all been popped when
            // the first was. The other way round each could be of a moment of its own, with items at both.
            // acquire keeps the order of the looks, and nothing else.
            const std::size_t taken = taken_.load(std::memory_order_acquire);
            // [published], so that an emptiness that is seen is not older than what the caller knows of
            return published_.load(std::memory_order_acquire) != taken;
        }

        bool try_lock() noexcept {
            return !locked_.exchange(true, std::memory_order_acquire);  // [lane]
        }
        void unlock() noexcept { locked_.store(false, std::memory_order_release); }  // [lane]

        /// Who has locked it. Up to `count` items; how many.
        std::size_t try_pop(T* out, std::size_t count) {
            std::size_t at =
                taken_.load(std::memory_order_relaxed);  // relaxed: only the lock's owner writes it
            if (seen_ - at < count) {
                seen_ = published_.load(std::memory_order_acquire);  // [published]
            }
            const std::size_t popped = std::min(count, seen_ - at);
            for (std::size_t i = 0; i < popped; ++i, ++at) {
                T* place = place_of(at);
                out[i] = std::move(*place);
                std::destroy_at(place);
            }
            // relaxed: for those without the lock, who order their looks by themselves
            taken_.store(at, std::memory_order_relaxed);
            return popped;
        }

        atomic<bool> owned{true};  ///< by a producer
        lane* next = nullptr;      ///< written before the lane is listed

    private:
        /// The place of an item that has been published; leaves the block before it.
        T* place_of(std::size_t at) {
            if (at % in_a_block == 0 && at != left_) {
                left_ = at;
                block* before = std::exchange(emptying_, emptying_->next);
                block* none = nullptr;
                // [spared]. relaxed on failure: there is a spare one
                if (!spare_.compare_exchange_strong(none, before, std::memory_order_release,
                                                    std::memory_order_relaxed)) {
                    delete before;
                }
            }
            return &emptying_->places[at % in_a_block].value;
        }

        // The producer's line.
        alignas(detail::cache_line) atomic<std::size_t> published_{
            detail::first_index<T>};                    ///< items since the beginning
        std::size_t entered_ = detail::first_index<T>;  ///< the first item of the block that is being filled
        block* filling_;
        // The lock's owner's.
        alignas(detail::cache_line) atomic<bool> locked_{false};
        atomic<std::size_t> taken_{detail::first_index<T>};
        std::size_t seen_ = detail::first_index<T>;  ///< of `published_`
        std::size_t left_ = detail::first_index<T>;  ///< the first item of the block that is being emptied
        block* emptying_;
        alignas(detail::cache_line) atomic<block*> spare_{nullptr};
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "lane_queue";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::per_producer_fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    lane_queue() = default;
    ~lane_queue() {
        // relaxed: no threads are left
        for (lane* one = lanes_.load(std::memory_order_relaxed); one != nullptr;) {
            delete std::exchange(one, one->next);
        }
    }
    lane_queue(const lane_queue&) = delete;
    lane_queue& operator=(const lane_queue&) = delete;

    /// A producer's lane.
    class producer_handle {
    public:
        explicit producer_handle(lane_queue& queue) : lane_(queue.take_lane()) {}
        ~producer_handle() { lane_->owned.store(false, std::memory_order_release); }  // [inherited]
        producer_handle(const producer_handle&) = delete;
        producer_handle& operator=(const producer_handle&) = delete;

        void push(T&& value) { lane_->push(&value, 1); }
        void push_bulk(T* first, std::size_t count) { lane_->push(first, count); }

    private:
        lane* lane_;
    };

    /// Which lane a consumer is at.
    class consumer_handle {
    public:
        explicit consumer_handle(lane_queue& queue) : queue_(&queue) {}

        bool try_pop(T& out) { return try_pop_bulk(&out, 1) == 1; }

        /// All from one lane.
        std::size_t try_pop_bulk(T* out, std::size_t count) {
            for (unsigned rounds = 1;; ++rounds) {
                // [listed]: lanes are complete
                lane* const first = queue_->lanes_.load(std::memory_order_acquire);
                if (first == nullptr) {
                    return 0;
                }
                if (at_ == nullptr) {
                    at_ = first;
                }
                bool some_are_locked = false;
                // From where it is to the end, then from the beginning to where it was.
                lane* const begun_at = at_;
                do {
                    if (at_->has_items()) {
                        if (!at_->try_lock()) {
                            some_are_locked = true;
                        } else {
                            const std::size_t popped = at_->try_pop(out, count);
                            at_->unlock();
                            if (popped > 0) {
                                stay_ += popped;
                                if (stay_ >= longest_stay) {
                                    move_on(first);
                                }
                                return popped;
                            }
                        }
                    }
                    move_on(first);
                } while (at_ != begun_at);
                if (!some_are_locked) {
                    return 0;
                }
                // Whoever has the lock may leave items behind.
                if (rounds % spins_before_yielding == 0) {
                    this_thread::yield();
                } else {
                    detail::cpu_relax();
                }
            }
        }

    private:
        void move_on(lane* first) noexcept {
            stay_ = 0;
            at_ = at_->next != nullptr ? at_->next : first;
        }

        lane_queue* queue_;
        lane* at_ = nullptr;
        std::size_t stay_ = 0;
    };

    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

private:
    lane* take_lane() {
        // [listed]: lanes are complete
        for (lane* one = lanes_.load(std::memory_order_acquire); one != nullptr; one = one->next) {
            // [inherited]: what the last owner wrote to it. The look before it keeps the line where it is.
            if (!one->owned.load(std::memory_order_relaxed) &&
                !one->owned.exchange(true, std::memory_order_acquire)) {
                return one;
            }
        }
        auto mine = std::make_unique<lane>();
        lane* first = lanes_.load(std::memory_order_relaxed);  // relaxed: the exchange decides
        do {
            mine->next = first;
        } while (!lanes_.compare_exchange_weak(first, mine.get(), std::memory_order_release,  // [listed]
                                               std::memory_order_relaxed));
        return mine.release();
    }

    alignas(detail::cache_line) atomic<lane*> lanes_{nullptr};
};

}  // namespace handoff::impls
