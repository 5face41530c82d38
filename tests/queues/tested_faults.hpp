// Queues whose faults the conformance and stress tests must find, and correct ones that these tests must let
// pass.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "concepts/queues.hpp"
#include "detail/first_index.hpp"
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
struct notifies_early_seldom : notifies_too_early<T, 100> {
    using notifies_too_early<T, 100>::notifies_too_early;
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
template <nothrow_movable T>
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

/// Correct, but for the fault that the environment names (HANDOFF_FAULT): one type, so that the tests are
/// compiled once for all of them. A place is allocated for each item.
template <class T>
class faulty_ring : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "faulty_ring";
    static constexpr auto order = ordering::per_producer_fifo;

    explicit faulty_ring(std::size_t capacity)
        : capacity_(capacity),
          places_(is("overflows") ? static_cast<std::uint32_t>(capacity) : capacity + is("holds_one_more")) {}
    ~faulty_ring() {
        // the fault: after a wrap the last item lies before the first one
        for (std::size_t i = head_; is("leaks_behind_the_wrap") ? i < end_of_lap() && i != tail_ : i != tail_;
             ++i) {
            release(place_of(i));
        }
    }
    faulty_ring(const faulty_ring&) = delete;
    faulty_ring& operator=(const faulty_ring&) = delete;

    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T&& value) {
        const std::lock_guard guard(mutex_);
        if (is("compares_across_the_wrap") ? tail_ >= head_ + places_.size()
                                           : tail_ - head_ == places_.size()) {
            return false;
        }
        if (is("claims_before_it_moves")) {
            T* const place = place_of(tail_) = allocate();
            ++tail_;
            std::construct_at(place, std::move(value));
            return true;
        }
        if (is("moves_before_it_allocates") && std::is_nothrow_move_constructible_v<T>) {
            T kept(std::move(value));
            place_of(tail_) = allocate();
            std::construct_at(place_of(tail_), std::move(kept));
        } else {
            T* const place = allocate();
            try {
                std::construct_at(place, std::move(value));
            } catch (...) {
                deallocate(place);
                throw;
            }
            place_of(tail_) = place;
        }
        ++tail_;
        return true;
    }

    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (!is("consumers_keep_one")) {
            return pop_under_lock(out);
        }
        std::optional<T>& kept = kept_[std::this_thread::get_id()];
        if (kept) {
            out = std::move(*kept);
            kept.reset();
            return true;
        }
        if (tail_ - head_ > 1) {
            T next{};
            pop_under_lock(out);
            pop_under_lock(next);
            kept.emplace(std::move(next));
            return true;
        }
        return pop_under_lock(out);
    }

private:
    bool pop_under_lock(T& out) {
        if (head_ == tail_) {
            return false;
        }
        out = std::move(*place_of(head_));
        release(place_of(head_));
        ++head_;
        return true;
    }

    static bool is(std::string_view fault) {
        static const char* const chosen = std::getenv("HANDOFF_FAULT");
        return chosen != nullptr && chosen == fault;
    }

    T*& place_of(std::size_t index) { return places_[index % places_.size()]; }
    std::size_t end_of_lap() const { return head_ - head_ % places_.size() + places_.size(); }

    /// With the fault 8 bytes behind a place that suits a T.
    static std::size_t offset() { return is("puts_values_anywhere") ? 8 : 0; }
    static T* allocate() {
        void* const memory = ::operator new(sizeof(T) + 8, std::align_val_t{alignof(T)});
        return reinterpret_cast<T*>(static_cast<std::byte*>(memory) + offset());
    }
    static void deallocate(T* place) {
        ::operator delete(reinterpret_cast<std::byte*>(place) - offset(), std::align_val_t{alignof(T)});
    }
    static void release(T* place) {
        std::destroy_at(place);
        deallocate(place);
    }

    std::mutex mutex_;
    const std::size_t capacity_;
    std::size_t head_ = detail::first_index<T>;
    std::size_t tail_ = detail::first_index<T>;
    std::vector<T*> places_;
    std::map<std::thread::id, std::optional<T>> kept_;
};

/// What goes wrong in one of 5 chances.
enum class mistake {
    invents,         ///< a value that nobody has pushed
    repeats,         ///< a value stays when it is popped
    swaps,           ///< the first two values leave in the other order, where two producers have pushed them
    forgets,         ///< a value vanishes
    says_empty,      ///< with values inside
    says_full,       ///< with room for two values
    holds_one_more,  ///< than its capacity
};

/// A queue of numbers behind a lock that makes one mistake.
template <class T, mistake What>
class seldom_wrong : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "seldom_wrong";

    explicit seldom_wrong(std::size_t capacity) : capacity_(capacity) {}
    std::size_t capacity() const noexcept { return capacity_; }

    bool try_push(T&& value) {
        const std::lock_guard guard(mutex_);
        const std::size_t free = capacity_ - std::min(capacity_, inside_.size());
        if (free == 0 ? !goes_wrong<mistake::holds_one_more>() : free > 1 && goes_wrong<mistake::says_full>()) {
            return false;
        }
        inside_.push_back(value);
        return true;
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (!inside_.empty() && goes_wrong<mistake::forgets>()) {
            inside_.pop_front();
        }
        if (inside_.empty() || goes_wrong<mistake::says_empty>()) {
            return false;
        }
        if (inside_.size() > 1 && producer_of(inside_[0]) != producer_of(inside_[1]) &&
            goes_wrong<mistake::swaps>()) {
            std::swap(inside_[0], inside_[1]);
        }
        out = goes_wrong<mistake::invents>() ? inside_.front() + 500'000 : inside_.front();
        if (!goes_wrong<mistake::repeats>()) {
            inside_.pop_front();
        }
        return true;
    }

private:
    template <mistake Chance>
    bool goes_wrong() {
        return What == Chance && ++chances_ % 5 == 0;
    }
    /// As tests/queues/history.hpp numbers what they push.
    static T producer_of(T number) { return number / 1'000'000; }

    std::mutex mutex_;
    const std::size_t capacity_;
    std::deque<T> inside_;
    unsigned long chances_ = 0;
};

/// Two steps as in Vyukov's ring: a push claims its place and then fills it, and a pop finds nothing at a place
/// that is not filled, also where later ones are. Claims exact refusals.
template <class T>
class hides_behind_a_push : public planted_mpmc {
public:
    using value_type = T;
    static constexpr std::string_view name = "hides_behind_a_push";
    static constexpr auto capacity_is = capacity_rule::unbounded;

    void push(T&& value) {
        place* mine = nullptr;
        {
            const std::lock_guard guard(mutex_);
            mine = &inside_.emplace_back();
        }
        mine->value = std::move(value);
        mine->filled.store(true, std::memory_order_release);  // [filled]
    }
    bool try_pop(T& out) {
        const std::lock_guard guard(mutex_);
        if (inside_.empty() || !inside_.front().filled.load(std::memory_order_acquire)) {  // [filled]
            return false;
        }
        out = std::move(inside_.front().value);
        inside_.pop_front();
        return true;
    }

private:
    struct place {
        T value{};
        std::atomic<bool> filled{false};
    };
    std::mutex mutex_;
    std::deque<place> inside_;
};

/// The same, and says so.
template <class T>
struct says_that_pushes_hide : hides_behind_a_push<T> {
    static constexpr std::string_view name = "says_that_pushes_hide";
    static constexpr auto empty_is = refusal_rule::held_up;
};

}  // namespace handoff::impls
