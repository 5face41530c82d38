// Single-producer single-consumer ring whose slots say in which lap they were filled, and whose consumer gives
// places back many at a time: for an item no line goes from core to core but its slot's; the consumer's
// index goes once in a batch, and gives a waiting producer that much room.
//
// Source: the slot as flag is FastForward's (Giacomoni, Moseley, Vachharajani, PPoPP 2008), with a lap in place
// of a flag that the consumer must clear; the index that lags is the consumer's of MCRingBuffer (Lee, Bu,
// Chandranmenon, ANCS 2009). There the producer's lags as well, which hides items when the producer pauses.
// Places that lag hide no item; the ring has that many more.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: at least; when it is new up to an eighth more than is asked for (127 at most). Allocated once.
// Cost:     no RMW; the consumer stores its index for each eighth of the capacity (128 items at most), and when
//           it finds nothing.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class batch_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "batch_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::at_least;

    explicit batch_ring(std::size_t capacity)
        : batch_(std::clamp<std::size_t>(capacity / 8, 1, 128)),
          count_(detail::computable(capacity) + batch_ - 1),
          slots_(count_) {
        for (std::size_t i = 0; i < count_; ++i) {
            slots_.construct(i);
        }
    }
    ~batch_ring() {
        // relaxed: no threads are left
        while (slots_[pop_at_].lap.load(std::memory_order_relaxed) == pop_lap_) {
            std::destroy_at(&slots_[pop_at_].value);
            advance(pop_at_, pop_lap_);
        }
    }
    batch_ring(const batch_ring&) = delete;
    batch_ring& operator=(const batch_ring&) = delete;

    std::size_t capacity() const noexcept { return count_; }

    bool try_push(T&& value) {
        if (pushed_ - given_back_seen_ == count_) {
            // [freed]: the consumer has moved the old values out of all places before the index.
            given_back_seen_ = given_back_.load(std::memory_order_acquire);
            if (pushed_ - given_back_seen_ == count_) {
                return false;
            }
        }
        slot& mine = slots_[push_at_];
        std::construct_at(&mine.value, std::move(value));
        mine.lap.store(push_lap_, std::memory_order_release);  // [published]
        ++pushed_;
        advance(push_at_, push_lap_);
        return true;
    }

    bool try_pop(T& out) {
        slot& mine = slots_[pop_at_];
        // [published]: the slot holds the value of this lap.
        if (mine.lap.load(std::memory_order_acquire) != pop_lap_) {
            if (kept_ > 0) {
                give_back();
            }
            return false;
        }
        out = std::move(mine.value);
        std::destroy_at(&mine.value);
        advance(pop_at_, pop_lap_);
        if (++kept_ == batch_) {
            give_back();
        }
        return true;
    }

private:
    void advance(std::size_t& at, std::size_t& lap) const noexcept {
        if (++at == count_) {
            at = 0;
            ++lap;
        }
    }

    void give_back() noexcept {
        // relaxed: only the consumer writes it
        given_back_.store(given_back_.load(std::memory_order_relaxed) + kept_,
                          std::memory_order_release);  // [freed]
        kept_ = 0;
    }

    /// In which lap of the ring the value came, from 1 on. Only the producer writes slots' laps, so a consumer
    /// that keeps up with it reads each line as often as it must and takes it away from nobody.
    struct slot {
        atomic<std::size_t> lap{detail::first_index<T>};
        union {
            T value;
        };
        slot() {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    // The producer's line.
    alignas(detail::cache_line) std::size_t push_at_ = 0;
    std::size_t push_lap_ = detail::first_index<T> + 1;
    std::size_t pushed_ = detail::first_index<T>;
    std::size_t given_back_seen_ = detail::first_index<T>;
    // The consumer's.
    alignas(detail::cache_line) std::size_t pop_at_ = 0;
    std::size_t pop_lap_ = detail::first_index<T> + 1;
    std::size_t kept_ = 0;  ///< places, not given back yet
    // What both touch, once in a batch. The counts wrap with the integer.
    alignas(detail::cache_line) atomic<std::size_t> given_back_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t batch_;
    const std::size_t count_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
