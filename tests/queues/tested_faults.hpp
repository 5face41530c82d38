// Queues whose faults the conformance and stress tests must find, and correct ones that these tests must let
// pass.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "detail/plain_ring.hpp"

namespace handoff::impls {

/// What the queues here have in common.
struct planted_mpmc {
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::exact;
};

/// A native queue of which one push in `Period` notifies before the item is inside. Whoever wakes between the
/// two steps finds nothing, and sleeps on with the item there.
template <class T, unsigned long Period>
class notifies_too_early : public planted_mpmc {
public:
    using value_type = T;

    explicit notifies_too_early(std::size_t capacity) : ring_(capacity) {}
    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T&& value) {
        const bool early = pushes_.fetch_add(1, std::memory_order_relaxed) % Period == Period - 1;
        if (early) {
            not_empty_.notify_one();
        }
        {
            const std::lock_guard guard(mutex_);
            if (ring_.full()) {
                return false;
            }
            ring_.push(std::move(value));
        }
        if (!early) {
            not_empty_.notify_one();
        }
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        return pop_under_lock(out);
    }
    bool wait_push(T&& value) {
        {
            std::unique_lock lock(mutex_);
            const auto seen = interrupts_;
            not_full_.wait(lock, [&] { return !ring_.full() || interrupts_ != seen; });
        }
        return try_push(std::move(value));
    }
    bool wait_pop(T& out) {
        std::unique_lock lock(mutex_);
        const auto seen = interrupts_;
        not_empty_.wait(lock, [&] { return !ring_.empty() || interrupts_ != seen; });
        return pop_under_lock(out);
    }
    void interrupt() {
        const std::lock_guard guard(mutex_);
        ++interrupts_;
        not_full_.notify_all();
        not_empty_.notify_all();
    }

private:
    bool pop_under_lock(T& out) {
        if (ring_.empty()) {
            return false;
        }
        ring_.pop(out);
        not_full_.notify_one();
        return true;
    }

    std::mutex mutex_;
    std::condition_variable not_full_;
    std::condition_variable not_empty_;
    std::atomic<unsigned long> pushes_{0};
    std::size_t interrupts_ = 0;
    detail::plain_ring<T> ring_;
};

template <class T>
struct notifies_early : notifies_too_early<T, 1> {
    using notifies_too_early<T, 1>::notifies_too_early;
    static constexpr std::string_view name = "notifies_early";
};

template <class T>
struct notifies_early_seldom : notifies_too_early<T, 1000> {
    using notifies_too_early<T, 1000>::notifies_too_early;
    static constexpr std::string_view name = "notifies_early_seldom";
};

/// Refuses with its lock held: the next operation sleeps for ever.
template <class T>
class keeps_its_lock : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "keeps_its_lock";

    explicit keeps_its_lock(std::size_t capacity) : ring_(capacity) {}
    std::size_t capacity() const noexcept { return ring_.capacity(); }

    bool try_push(T&& value) {
        mutex_.lock();
        if (ring_.full()) {
            return false;
        }
        ring_.push(std::move(value));
        mutex_.unlock();
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (ring_.empty()) {
            return false;
        }
        ring_.pop(out);
        return true;
    }

private:
    std::mutex mutex_;
    detail::plain_ring<T> ring_;
};

/// Claims FIFO, and has a lane for each half of its threads: items stay in order of one producer only.
template <class T>
class two_lanes : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "two_lanes";

    explicit two_lanes(std::size_t capacity) : capacity_(capacity) {}
    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T&& value) {
        const std::lock_guard guard(mutex_);
        if (inside_ == capacity_) {
            return false;
        }
        ++inside_;
        lanes_[mine() % lanes_.size()].push(std::move(value));
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        for (auto& lane : lanes_) {
            if (!lane.empty()) {
                lane.pop(out);
                --inside_;
                return true;
            }
        }
        return false;
    }

private:
    static unsigned mine() {
        static std::atomic<unsigned> threads{0};
        thread_local const unsigned me = threads++;
        return me;
    }

    std::mutex mutex_;
    const std::size_t capacity_;
    std::size_t inside_ = 0;
    std::array<detail::plain_ring<T>, 2> lanes_{detail::plain_ring<T>(4096), detail::plain_ring<T>(4096)};
};

/// Takes the 12th oldest item now and then, of which it promises to take one of the 8 oldest.
template <class T>
class relaxed_beyond_its_bound : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "relaxed_beyond_its_bound";
    static constexpr auto order = ordering::relaxed;
    static constexpr std::size_t relaxation = 7;

    explicit relaxed_beyond_its_bound(std::size_t capacity) : capacity_(capacity) {}
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
        const std::size_t too_far = relaxation + 4;
        const std::size_t which =
            ++pops_ % 64 == 0 && inside_.size() > too_far ? too_far : std::min(relaxation, inside_.size() - 1);
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

/// Correct: values are moved under a lock, so that a push that stands still lets all others wait, and free
/// slots stay constructed.
template <class T>
class locked_slots : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "locked_slots";

    explicit locked_slots(std::size_t capacity) : slots_(capacity) {}
    std::size_t capacity() const noexcept { return slots_.size(); }

    bool try_push(T&& value) {
        const std::lock_guard guard(mutex_);
        if (tail_ - head_ == slots_.size()) {
            return false;
        }
        slots_[tail_++ % slots_.size()] = std::move(value);
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (tail_ == head_) {
            return false;
        }
        out = std::move(slots_[head_++ % slots_.size()]);
        return true;
    }

private:
    std::mutex mutex_;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
    std::vector<T> slots_;
};

}  // namespace handoff::impls
