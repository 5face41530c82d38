// A correct ring, and the same ring with one fault each, once in 10^5 operations.
#pragma once

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "detail/cpu_relax.hpp"
#include "detail/heap.hpp"
#include "queues/cached_ring.hpp"
#include "queues/spinlock_ring.hpp"

namespace handoff::impls {

/// The declarations of a single-producer single-consumer ring under another name.
template <class T>
class planted : public cached_ring<T> {
public:
    using cached_ring<T>::cached_ring;

protected:
    static constexpr unsigned long period = 100'000;
    /// True at the 10^5th call, the 2 * 10^5th, ...; with batches, which are fewer, at each 10^4th.
    static bool due(unsigned long& calls) { return ++calls % period == 0; }
    static bool due_in_batches(unsigned long& calls) { return ++calls % (period / 10) == 0; }
};

template <class T>
struct has_no_fault : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "has_no_fault";
};

template <class T>
struct loses_an_item : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "loses_an_item";
    bool try_push(T&& value) { return this->due(calls) || planted<T>::try_push(std::move(value)); }
    unsigned long calls = 0;
};

template <class T>
struct duplicates_an_item : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "duplicates_an_item";
    bool try_pop(T& out) {
        if (again) {
            again = false;
            out = last;
            return true;
        }
        if (!planted<T>::try_pop(out)) {
            return false;
        }
        again = this->due(calls);
        last = out;
        return true;
    }
    unsigned long calls = 0;
    bool again = false;
    T last;
};

/// Keeps 16 megabytes for each item that it was given: a trial that comes to few items meets its limit, too.
template <class T>
struct hoards : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "hoards";
    bool try_push(T&& value) {
        kept.push_back(std::make_unique_for_overwrite<char[]>(16 << 20));
        return planted<T>::try_push(std::move(value));
    }
    std::vector<std::unique_ptr<char[]>> kept;
};

/// Two neighbours change places: every count and every sum stays right.
template <class T>
struct breaks_order : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "breaks_order";
    bool try_pop(T& out) {
        if (has_kept) {
            has_kept = false;
            out = kept;
            return true;
        }
        if (!planted<T>::try_pop(out)) {
            return false;
        }
        if (this->due(calls)) {
            T next;
            if (planted<T>::try_pop(next)) {
                kept = out;
                has_kept = true;
                out = next;
            } else {
                --calls;  // try again with the next item
            }
        }
        return true;
    }
    unsigned long calls = 0;
    bool has_kept = false;
    T kept;
};

/// The same of a queue for many producers, with one consumer: of several producers no sum and no single number
/// tells it.
template <class T>
struct overtakes : spinlock_ring<T> {
    using spinlock_ring<T>::spinlock_ring;
    static constexpr std::string_view name = "overtakes";
    bool try_pop(T& out) {
        if (has_kept) {
            has_kept = false;
            out = kept;
            return true;
        }
        if (!spinlock_ring<T>::try_pop(out)) {
            return false;
        }
        // Every 64th item: where producers take turns, two neighbours are not often of the same one.
        if (++calls % 64 == 0) {
            T next;
            if (spinlock_ring<T>::try_pop(next)) {
                kept = out;
                has_kept = true;
                out = next;
            }
        }
        return true;
    }
    unsigned long calls = 0;
    bool has_kept = false;
    T kept;
};

/// The second half of one item is the one before it.
template <class T>
struct tears_an_item : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "tears_an_item";
    bool try_pop(T& out) {
        const T before = out;
        if (!planted<T>::try_pop(out)) {
            return false;
        }
        if (sizeof(T) > 8 && this->due(calls)) {
            std::memcpy(reinterpret_cast<char*>(&out) + sizeof(T) / 2,
                        reinterpret_cast<const char*>(&before) + sizeof(T) / 2, sizeof(T) / 2);
        }
        return true;
    }
    unsigned long calls = 0;
};

/// Only where several items are pushed at once: the last of a batch is not.
template <class T>
struct forgets_in_a_batch : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "forgets_in_a_batch";
    std::size_t try_push_bulk(T* first, std::size_t count) {
        const bool forget = count > 1 && this->due_in_batches(calls);
        const std::size_t pushed = planted<T>::try_push_bulk(first, count - forget);
        return pushed == count - forget ? count : pushed;
    }
    unsigned long calls = 0;
};

/// Only where several items are popped at once: a batch comes last item first.
template <class T>
struct tears_a_batch : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "tears_a_batch";
    std::size_t try_pop_bulk(T* out, std::size_t count) {
        const std::size_t popped = planted<T>::try_pop_bulk(out, count);
        if (popped > 1) {
            if (this->due_in_batches(calls)) {
                std::swap(out[0], out[popped - 1]);
            }
        }
        return popped;
    }
    unsigned long calls = 0;
};

template <class T>
struct hangs : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "hangs";
    bool try_pop(T& out) {
        while (this->due(calls)) {
            --calls;
            detail::cpu_relax();
        }
        return planted<T>::try_pop(out);
    }
    unsigned long calls = 0;
};

template <class T>
struct crashes : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "crashes";
    bool try_pop(T& out) {
        if (this->due(calls)) {
            std::raise(SIGSEGV);
        }
        return planted<T>::try_pop(out);
    }
    unsigned long calls = 0;
};

/// No fault that a check could find: its 5000th item takes the consumer 10 ms.
template <class T>
struct stalls_once : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "stalls_once";
    bool try_pop(T& out) {
        if (!planted<T>::try_pop(out)) {
            return false;
        }
        if (++popped == 5000) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        return true;
    }
    unsigned long popped = 0;
};

/// No fault either: once in the life of the process, at the 5000th item, all stands still for 200 ms.
template <class T>
struct stalls_at_first : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "stalls_at_first";
    bool try_pop(T& out) {
        if (!planted<T>::try_pop(out)) {
            return false;
        }
        if (++popped == 5000 && !has_stalled) {
            has_stalled = true;
            std::this_thread::sleep_for(std::chrono::milliseconds(200));
        }
        return true;
    }
    unsigned long popped = 0;
    static inline bool has_stalled = false;  // one consumer, in one trial at a time
};

template <class T>
struct throws : planted<T> {
    using planted<T>::planted;
    static constexpr std::string_view name = "throws";
    bool try_push(T&& value) {
        if (this->due(calls)) {
            throw std::runtime_error("planted");
        }
        return planted<T>::try_push(std::move(value));
    }
    unsigned long calls = 0;
};

/// Says that it passes over 7 items at most, and passes over 40 now and then.
template <class T>
class passes_over_too_many {
public:
    using value_type = T;
    static constexpr std::string_view name = "passes_over_too_many";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::relaxed;
    static constexpr std::size_t relaxation = 7;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit passes_over_too_many(std::size_t capacity) : capacity_(capacity) {}
    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T&& value) {
        const std::lock_guard guard(mutex_);
        if (inside_.size() == capacity_) {
            return false;
        }
        inside_.push_back(std::move(value));
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (inside_.empty()) {
            return false;
        }
        const std::size_t which = ++pops_ % 1000 == 0 && inside_.size() > 40 ? 40 : 0;
        out = std::move(inside_[which]);
        inside_.erase(inside_.begin() + static_cast<std::ptrdiff_t>(which));
        return true;
    }

private:
    std::mutex mutex_;
    const std::size_t capacity_;
    std::deque<T> inside_;
    unsigned long pops_ = 0;
};

/// A priority queue that now and then takes the second item.
template <class T>
class takes_the_second {
public:
    using value_type = T;
    static constexpr std::string_view name = "takes_the_second";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::priority;
    static constexpr std::size_t relaxation = 0;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::unbounded;

    void push(T&& value) {
        const std::lock_guard guard(mutex_);
        heap_.push(std::move(value));
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (heap_.empty()) {
            return false;
        }
        heap_.pop(out);
        if (++pops_ % 1000 == 0 && !heap_.empty()) {
            T first = std::move(out);
            heap_.pop(out);
            heap_.push(std::move(first));
        }
        return true;
    }

private:
    std::mutex mutex_;
    detail::heap<T> heap_;
    unsigned long pops_ = 0;
};

/// A ring from which each consumer receives every item, behind one lock. `Flaw` says which seat the producer
/// does not wait for and which item a consumer does not receive.
template <class T, class Flaw>
class planted_multicast {
public:
    using value_type = T;
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::multicast;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;

    explicit planted_multicast(std::size_t capacity, std::size_t consumers = 1)
        : slots_(capacity), next_(consumers, 0) {}
    std::size_t capacity() const noexcept { return slots_.size(); }
    std::size_t seats() const noexcept { return next_.size(); }
    std::size_t lag(std::size_t seat) const noexcept {
        const std::lock_guard guard(mutex_);
        return tail_ - next_[seat];
    }

    struct producer_handle {
        planted_multicast& queue;
        bool try_push(T&& value) { return queue.try_push(value); }
    };
    struct consumer_handle {
        planted_multicast& queue;
        std::size_t seat;
        bool try_pop(T& out) { return queue.try_pop(seat, out); }
    };
    producer_handle producer() { return {*this}; }
    consumer_handle consumer() { return {*this, taken_++ % next_.size()}; }

private:
    bool try_push(const T& value) {
        const std::lock_guard guard(mutex_);
        for (std::size_t i = 0; i < next_.size(); ++i) {
            if (tail_ - next_[i] >= slots_.size() && !Flaw::forgets(i, next_.size())) {
                return false;
            }
        }
        slots_[tail_++ % slots_.size()] = value;
        return true;
    }
    /// Until they are a ring and more ahead, or have done nothing for so long that nobody will.
    void wait_while_others_go_on(std::size_t seat) {
        std::size_t ahead = 0;
        for (int idle_ms = 0; idle_ms < 50 && ahead <= slots_.size(); ++idle_ms) {
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            if (const std::size_t now = lag(seat); now > ahead) {
                ahead = now;
                idle_ms = 0;
            }
        }
    }
    bool try_pop(std::size_t seat, T& out) {
        if (Flaw::forgets(seat, next_.size()) && next_[seat] == 3) {
            wait_while_others_go_on(seat);
        }
        const std::lock_guard guard(mutex_);
        next_[seat] += Flaw::skips(seat, next_[seat]) && next_[seat] < tail_;
        if (next_[seat] == tail_) {
            return false;
        }
        out = slots_[next_[seat]++ % slots_.size()];
        return true;
    }

    mutable std::mutex mutex_;
    std::vector<T> slots_;
    std::size_t tail_ = 0;
    std::vector<std::size_t> next_;
    std::atomic<std::size_t> taken_{0};
};

struct forgets_the_last_seat {
    static bool forgets(std::size_t seat, std::size_t seats) { return seats > 1 && seat + 1 == seats; }
    static bool skips(std::size_t, std::size_t) { return false; }
};
struct skips_one_in_the_second_seat {
    static bool forgets(std::size_t, std::size_t) { return false; }
    static bool skips(std::size_t seat, std::size_t item) { return seat == 1 && item == 3; }
};
struct has_no_flaw {
    static bool forgets(std::size_t, std::size_t) { return false; }
    static bool skips(std::size_t, std::size_t) { return false; }
};

/// The producer does not wait for the last consumer, and overwrites what that has not received.
template <class T>
struct skips_a_consumer : planted_multicast<T, forgets_the_last_seat> {
    using planted_multicast<T, forgets_the_last_seat>::planted_multicast;
    static constexpr std::string_view name = "skips_a_consumer";
};

/// One item does not come to one of the consumers.
template <class T>
struct skips_an_item : planted_multicast<T, skips_one_in_the_second_seat> {
    using planted_multicast<T, skips_one_in_the_second_seat>::planted_multicast;
    static constexpr std::string_view name = "skips_an_item";
};

template <class T>
struct tells_everybody : planted_multicast<T, has_no_flaw> {
    using planted_multicast<T, has_no_flaw>::planted_multicast;
    static constexpr std::string_view name = "tells_everybody";
};

}  // namespace handoff::impls
