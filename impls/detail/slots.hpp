// Uninitialised storage for the values of a ring.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>

#include "cache_line.hpp"

namespace handoff::impls::detail {

/// What a ring computes with in place of a capacity: no memory holds the largest ones anyway, and with this one
/// nothing overflows on the way to the allocation, which throws std::bad_alloc.
constexpr std::size_t computable(std::size_t capacity) noexcept {
    return std::min(capacity, SIZE_MAX / 4);
}

/// `count` places for a T, none of them constructed; the ring knows which are, and ends their lives. The memory
/// starts on a cache line of its own and is touched here, so that no measured operation pays for a page fault.
template <class T>
class slots {
public:
    explicit slots(std::size_t count)
        : memory_(static_cast<std::byte*>(::operator new(bytes(count), std::align_val_t{cache_line}))) {
        for (std::size_t at = 0; at < bytes(count); at += cache_line) {
            *const_cast<volatile std::byte*>(memory_ + at) = std::byte{0};
        }
    }
    ~slots() { ::operator delete(memory_, std::align_val_t{cache_line}); }
    slots(const slots&) = delete;
    slots& operator=(const slots&) = delete;

    /// The place of a value that is alive.
    T& operator[](std::size_t i) noexcept { return *place(i); }

    template <class... Arguments>
    void construct(std::size_t i, Arguments&&... arguments) {
        std::construct_at(place(i), std::forward<Arguments>(arguments)...);
    }

    /// Moves the value at `i` into `out` and ends its life.
    void take(std::size_t i, T& out) {
        out = std::move(*place(i));
        std::destroy_at(place(i));
    }

    void destroy(std::size_t i) noexcept { std::destroy_at(place(i)); }

    // The same of `count` places in a row, whose addresses follow each other: values that are copied as bytes
    // go several at a time.
    void construct_row(std::size_t i, T* from, std::size_t count) {
        T* const to = place(i);
        for (std::size_t n = 0; n < count; ++n) {
            std::construct_at(to + n, std::move(from[n]));
        }
    }
    void take_row(std::size_t i, T* out, std::size_t count) {
        T* const from = place(i);
        for (std::size_t n = 0; n < count; ++n) {
            out[n] = std::move(from[n]);
            std::destroy_at(from + n);
        }
    }

private:
    static_assert(alignof(T) <= cache_line);

    /// Whole pairs of lines: the memory behind the last slot belongs to nobody else. A number that overflows
    /// becomes one that no allocation has.
    static std::size_t bytes(std::size_t count) {
        constexpr std::size_t most = PTRDIFF_MAX / cache_line * cache_line;
        if (count > most / sizeof(T)) {
            return most;
        }
        return (count * sizeof(T) + cache_line - 1) / cache_line * cache_line;
    }
    T* place(std::size_t i) noexcept { return reinterpret_cast<T*>(memory_) + i; }

    std::byte* memory_;
};

}  // namespace handoff::impls::detail
