// The model's atomics (impls/atomic.hpp).
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "engine.hpp"

namespace handoff::impls {

/// As impls/atomic.hpp has it.
inline constexpr bool in_model = true;

namespace model_detail {

template <class T>
std::uint64_t bits(T value) noexcept {
    static_assert(std::is_trivially_copyable_v<T> && sizeof(T) <= sizeof(std::uint64_t));
    std::uint64_t word = 0;
    std::memcpy(&word, &value, sizeof(T));
    return word;
}
template <class T>
T value_of(std::uint64_t word) noexcept {
    T value;
    std::memcpy(static_cast<void*>(&value), &word, sizeof(T));
    return value;
}

/// Of std::atomic and std::atomic_ref: what they do with an object.
template <class T, class Self>
class operations {
    using difference = std::conditional_t<std::is_pointer_v<T>, std::ptrdiff_t, T>;
    using where = model::where;
    using order_type = std::memory_order;
    static constexpr order_type seq_cst = std::memory_order_seq_cst;

public:
    using value_type = T;
    static constexpr bool is_always_lock_free = true;
    bool is_lock_free() const noexcept { return true; }

    T load(order_type order = seq_cst, where place = where::current()) const {
        return value_of<T>(model::load(at(), sizeof(T), order, place));
    }
    void store(T value, order_type order = seq_cst, where place = where::current()) const {
        model::store(at(), sizeof(T), bits(value), order, place);
    }
    T exchange(T value, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::exchange, bits(value), order, place);
    }
    bool compare_exchange_strong(T& expected, T desired, order_type success, order_type failure,
                                 where place = where::current()) const {
        std::uint64_t seen = bits(expected);
        const bool done =
            model::compare_exchange(at(), sizeof(T), seen, bits(desired), success, failure, place);
        if (!done) {
            expected = value_of<T>(seen);
        }
        return done;
    }
    bool compare_exchange_strong(T& expected, T desired, order_type order = seq_cst,
                                 where place = where::current()) const {
        return compare_exchange_strong(expected, desired, order, of_failure(order), place);
    }
    bool compare_exchange_weak(T& expected, T desired, order_type success, order_type failure,
                               where place = where::current()) const {
        return compare_exchange_strong(expected, desired, success, failure, place);
    }
    bool compare_exchange_weak(T& expected, T desired, order_type order = seq_cst,
                               where place = where::current()) const {
        return compare_exchange_strong(expected, desired, order, of_failure(order), place);
    }
    T fetch_add(difference n, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::add, scaled(n), order, place);
    }
    T fetch_sub(difference n, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::subtract, scaled(n), order, place);
    }
    T fetch_and(T value, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::bit_and, bits(value), order, place);
    }
    T fetch_or(T value, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::bit_or, bits(value), order, place);
    }
    T fetch_xor(T value, order_type order = seq_cst, where place = where::current()) const {
        return modify(model::change::bit_xor, bits(value), order, place);
    }
    operator T() const { return load(); }
    T operator++(int) const { return fetch_add(1); }
    T operator--(int) const { return fetch_sub(1); }
    T operator++() const { return static_cast<T>(fetch_add(1) + 1); }
    T operator--() const { return static_cast<T>(fetch_sub(1) - 1); }
    T operator+=(difference n) const { return static_cast<T>(fetch_add(n) + n); }
    T operator-=(difference n) const { return static_cast<T>(fetch_sub(n) - n); }

private:
    const volatile void* at() const noexcept { return static_cast<const Self*>(this)->place(); }
    static constexpr order_type of_failure(order_type order) noexcept {
        return order == std::memory_order_acq_rel   ? std::memory_order_acquire
               : order == std::memory_order_release ? std::memory_order_relaxed
                                                    : order;
    }
    static std::uint64_t scaled(difference n) noexcept {
        if constexpr (std::is_pointer_v<T>) {
            return static_cast<std::uint64_t>(n) * sizeof(std::remove_pointer_t<T>);
        } else {
            return bits(n);
        }
    }
    T modify(model::change how, std::uint64_t operand, order_type order, const where& place) const {
        return value_of<T>(model::modify(at(), sizeof(T), how, operand, order, place));
    }
};

}  // namespace model_detail

template <class T>
class atomic : public model_detail::operations<T, atomic<T>> {
public:
    atomic() : atomic(T{}) {}
    atomic(T value) : value_(value) { model::construct(&value_, sizeof(T), model_detail::bits(value)); }
    ~atomic() { model::destroy(&value_, sizeof(T)); }
    atomic(const atomic&) = delete;
    atomic& operator=(const atomic&) = delete;
    T operator=(T value) const {
        this->store(value);
        return value;
    }

private:
    friend model_detail::operations<T, atomic<T>>;
    const volatile void* place() const noexcept { return &value_; }

    alignas(sizeof(T)) T value_;  // its place is what counts; the engine knows the values
};

template <class T>
class atomic_ref : public model_detail::operations<T, atomic_ref<T>> {
public:
    explicit atomic_ref(T& object) : object_(&object) {}
    atomic_ref(const atomic_ref&) = default;
    atomic_ref& operator=(const atomic_ref&) = delete;
    T operator=(T value) const {
        this->store(value);
        return value;
    }

private:
    friend model_detail::operations<T, atomic_ref<T>>;
    const volatile void* place() const noexcept { return object_; }

    T* object_;
};

inline void thread_fence(std::memory_order order, model::where place = model::where::current()) {
    model::fence(order, place);
}

}  // namespace handoff::impls
