// Single-producer single-consumer ring of groups of eight values: a group says itself how many of them are
// there, and in which lap, so that the consumer never reads the producer's index and never writes to the
// values' lines.
//
// Source: the phase tag of completion queues in the NVM Express Base Specification (an entry belongs to the lap
// whose parity it carries, and need not be cleared); the index that is read only when it is needed is that of
// MCRingBuffer (Lee, Bu, Chandranmenon, ANCS 2009).
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     no RMW. A consumer that follows closely takes a group's lines (two, of 8-byte values) for each
//           item; one that lags takes them once for eight. The producer reads the consumer's index when its
//           copy of it says full.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class phase_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "phase_ring";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::power_of_two;

    explicit phase_ring(std::size_t capacity)
        : mask_(capacity - 1),
          in_a_group_(std::min(most_in_a_group, capacity)),
          group_bits_(static_cast<unsigned>(std::countr_zero(in_a_group_))),
          lap_bits_(static_cast<unsigned>(std::countr_zero(capacity))),
          groups_(capacity / in_a_group_) {
        for (std::size_t i = 0; i < capacity / in_a_group_; ++i) {
            groups_.construct(i, phase_of(detail::first_index<T>));
        }
    }
    ~phase_ring() {
        // relaxed: no threads are left
        for (std::size_t head = head_.load(std::memory_order_relaxed); head != tail_; ++head) {
            std::destroy_at(&place(head));
        }
    }
    phase_ring(const phase_ring&) = delete;
    phase_ring& operator=(const phase_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) {
        if (tail_ - head_seen_ == capacity()) {
            head_seen_ = head_.load(std::memory_order_acquire);  // [freed]: the old values have been moved out
            if (tail_ - head_seen_ == capacity()) {
                return false;
            }
        }
        std::construct_at(&place(tail_), std::move(value));
        publish(++tail_);
        return true;
    }

    bool try_pop(T& out) {
        // relaxed: only the consumer writes it
        const std::size_t head = head_.load(std::memory_order_relaxed);
        if (head == tail_seen_ && (tail_seen_ = published_from(head)) == head) {
            return false;
        }
        take(head, out);
        head_.store(head + 1, std::memory_order_release);  // [freed]
        return true;
    }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        if (tail_ - head_seen_ + count > capacity()) {
            head_seen_ = head_.load(std::memory_order_acquire);  // [freed]
        }
        const std::size_t pushed = std::min(count, capacity() - (tail_ - head_seen_));
        for (const std::size_t end = tail_ + pushed; tail_ != end;) {
            const std::size_t stop = tail_ + std::min(end - tail_, end_of_group(tail_) - tail_);
            for (; tail_ != stop; ++tail_) {
                std::construct_at(&place(tail_), std::move(*first++));
            }
            publish(stop);
        }
        return pushed;
    }

    std::size_t try_pop_bulk(T* out, std::size_t count) {
        // relaxed: only the consumer writes it
        const std::size_t begin = head_.load(std::memory_order_relaxed);
        std::size_t head = begin;
        for (const std::size_t end = begin + count; head != end;) {
            if (head == tail_seen_ && (tail_seen_ = published_from(head)) == head) {
                break;
            }
            for (const std::size_t stop = head + std::min(end - head, tail_seen_ - head); head != stop;
                 ++head) {
                take(head, *out++);
            }
        }
        head_.store(head, std::memory_order_release);  // [freed]
        return head - begin;
    }

private:
    static constexpr std::size_t most_in_a_group = 8;
    static constexpr unsigned count_bits = 4;

    struct group {
        /// The lap, and how many of its values are there. Before the first, none is.
        atomic<std::uint32_t> published;
        union {
            T values[most_in_a_group];
        };
        explicit group(std::uint32_t none) : published(none) {}
        ~group() {}  // values begin their lives in pushes and end them in pops or in the ring's destructor
    };

    group& group_of(std::size_t index) noexcept { return groups_[(index & mask_) >> group_bits_]; }
    T& place(std::size_t index) noexcept { return group_of(index).values[index & (in_a_group_ - 1)]; }
    std::size_t end_of_group(std::size_t index) const noexcept { return (index | (in_a_group_ - 1)) + 1; }
    /// The number of the index's lap, as a group carries it.
    std::uint32_t phase_of(std::size_t index) const noexcept {
        return static_cast<std::uint32_t>(index >> lap_bits_) << count_bits;
    }

    /// The values before `end`, in the group of the last of them, may be taken.
    void publish(std::size_t end) noexcept {
        const std::size_t last = end - 1;
        const auto count = static_cast<std::uint32_t>((last & (in_a_group_ - 1)) + 1);
        group_of(last).published.store(phase_of(last) | count, std::memory_order_release);  // [published]
    }

    /// The index behind the last value that may be taken in the group of `head`; `head`: none.
    std::size_t published_from(std::size_t head) noexcept {
        // [published]: the values that it counts are there, and all of the laps before
        const std::uint32_t seen = group_of(head).published.load(std::memory_order_acquire);
        const std::uint32_t counted = seen - phase_of(head);  // of this lap
        if (counted <= in_a_group_) {
            const std::size_t taken = head & (in_a_group_ - 1);
            return head + (std::max<std::size_t>(counted, taken) - taken);
        }
        // The producer is one lap ahead, in this very group, or one behind.
        return counted >> count_bits == 1 ? end_of_group(head) : head;
    }

    void take(std::size_t head, T& out) {
        T& value = place(head);
        out = std::move(value);
        std::destroy_at(&value);
    }

    // The indices count items since the beginning and wrap only with the integer.
    // The producer's line: its index, which nobody else reads, and the consumer's as it last saw it.
    alignas(detail::cache_line) std::size_t tail_ = detail::first_index<T>;
    std::size_t head_seen_ = detail::first_index<T>;
    // The consumer's index, and the producer's as the consumer last saw it: on a line of its own, since a
    // producer that polls the index takes its line away, on some processors even from the owner's loads.
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) std::size_t tail_seen_ = detail::first_index<T>;
    alignas(detail::cache_line) const std::size_t mask_;
    const std::size_t in_a_group_;
    const unsigned group_bits_;
    const unsigned lap_bits_;
    detail::slots<group> groups_;
};

}  // namespace handoff::impls
