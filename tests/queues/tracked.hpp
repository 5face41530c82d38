// Values that know how many of them are alive, and how many hold something.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include "detail/first_index.hpp"
#include "queues/subject.hpp"

namespace handoff::tests {

/// Movable; a moved-from one holds 0, which is nothing, but is still alive. A queue may keep its free slots
/// constructed: what it must not do is to keep what was taken out of them.
template <std::size_t Alignment, bool Copies>
class alignas(Alignment) tracked {
public:
    explicit tracked(std::uint64_t value = 0) noexcept : value_(value) { begin(); }
    tracked(tracked&& other) noexcept : value_(std::exchange(other.value_, 0)) {
        ++alive_;  // what it holds is counted already
        look_where_it_is();
    }
    tracked(const tracked& other) noexcept
        requires Copies
        : value_(other.value_) {
        begin();
    }
    tracked& operator=(tracked&& other) noexcept {
        holding_ -= value_ != 0;
        value_ = std::exchange(other.value_, 0);
        return *this;
    }
    tracked& operator=(const tracked& other) noexcept
        requires Copies
    {
        holding_ += (other.value_ != 0) - (value_ != 0);
        value_ = other.value_;
        return *this;
    }
    ~tracked() {
        --alive_;
        holding_ -= value_ != 0;
    }

    std::uint64_t value() const noexcept { return value_; }
    friend bool operator<(const tracked& a, const tracked& b) noexcept { return a.value_ < b.value_; }

    static long alive() noexcept { return alive_.load(); }
    static long holding() noexcept { return holding_.load(); }
    /// How many began their lives at an address that does not suit them.
    static long misplaced() noexcept { return misplaced_.load(); }

private:
    void begin() noexcept {
        ++alive_;
        holding_ += value_ != 0;
        look_where_it_is();
    }
    void look_where_it_is() const noexcept {
        // volatile: the compiler knows where it has to be
        const void* volatile here = this;
        misplaced_ += reinterpret_cast<std::uintptr_t>(here) % Alignment != 0;
    }

    std::uint64_t value_;
    static inline std::atomic<long> alive_{0};
    static inline std::atomic<long> holding_{0};
    static inline std::atomic<long> misplaced_{0};
};

/// What values of two lines are to a queue that takes no more than the alignment of an allocation.
inline constexpr std::size_t large_alignment = 128, usual_alignment = alignof(std::uint64_t);

/// The tracked value that asks the most of a queue, of those that it takes; void: none.
template <class Subject>
auto choose_tracked() {
    if constexpr (accepts<Subject, tracked<large_alignment, false>>) {
        return std::type_identity<tracked<large_alignment, false>>();
    } else if constexpr (accepts<Subject, tracked<usual_alignment, false>>) {
        return std::type_identity<tracked<usual_alignment, false>>();
    } else if constexpr (accepts<Subject, tracked<large_alignment, true>>) {
        return std::type_identity<tracked<large_alignment, true>>();
    } else if constexpr (accepts<Subject, tracked<usual_alignment, true>>) {
        return std::type_identity<tracked<usual_alignment, true>>();
    } else {
        return std::type_identity<void>();
    }
}
template <class Subject>
using tracked_by = typename decltype(choose_tracked<Subject>())::type;

/// Movable, copyable and ordered; a move throws when a test says so.
class throwing {
public:
    explicit throwing(std::uint64_t value = 0) noexcept : value_(value) {}
    throwing(const throwing& other) : value_(other.value_) { may_throw(); }
    throwing(throwing&& other) noexcept(false) : value_(other.value_) {
        may_throw();
        other.value_ = 0;
    }
    throwing& operator=(const throwing& other) {
        may_throw();
        value_ = other.value_;
        return *this;
    }
    throwing& operator=(throwing&& other) noexcept(false) {
        may_throw();
        value_ = std::exchange(other.value_, 0);
        return *this;
    }
    ~throwing() = default;

    std::uint64_t value() const noexcept { return value_; }
    friend bool operator<(const throwing& a, const throwing& b) noexcept { return a.value_ < b.value_; }

    struct thrown {};
    static inline bool throws = false;

private:
    static void may_throw() {
        if (throws) {
            throw thrown();
        }
    }

    std::uint64_t value_;
};

}  // namespace handoff::tests

/// From where rings of tracked values count: as the test says that makes them.
template <std::size_t Alignment, bool Copies>
inline std::uint64_t handoff::impls::detail::first_index<handoff::tests::tracked<Alignment, Copies>> = 0;

namespace handoff::tests {

/// While it lives, rings of `Value` that are made count from there, where they let a test choose.
template <class Value>
class counting_from {
public:
    explicit counting_from(std::uint64_t first) noexcept { impls::detail::first_index<Value> = first; }
    ~counting_from() { impls::detail::first_index<Value> = 0; }
    counting_from(const counting_from&) = delete;
    counting_from& operator=(const counting_from&) = delete;
};

}  // namespace handoff::tests
