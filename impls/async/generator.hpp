// A generator: a coroutine that gives values, one whenever its caller asks for the next.
//
// Source: the shape of C++23's std::generator (Jabot, Baker, P2168, 2021; Carter, P2502, 2022), without
//         generators in generators.
//
// Progress: as what it computes; it never waits. One thread at a time.
// Order:    the coroutine runs from a request for a value to its next co_yield, and not before the first one.
// Capacity: one value, which stays where the coroutine has it; 1 allocation for all values: the frame, unless
//           the compiler puts it into its caller's.
// Cost:     an indirect call to go on and a return, for each value.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <iterator>
#include <memory>
#include <type_traits>
#include <utility>

#include "frames.hpp"

namespace handoff::impls::async {

/// An input range of the values that a coroutine gives by co_yield. Movable; read once. The coroutine cannot
/// co_await: its caller would get the thread back without a value.
///
/// `begin()` runs it to its first value, `++` to the next one. What it throws, they throw, and the range is at
/// its end. Destroyed before its end it runs no further; what it holds is destroyed.
template <class T, class Frames = heap_frames>
class [[nodiscard]] generator {
    static_assert(std::is_object_v<T>, "a generator gives values: references to them come from its iterator");

public:
    class promise_type {
    public:
        static void* operator new(std::size_t bytes) { return Frames::allocate(bytes); }
        static void operator delete(void* frame, std::size_t bytes) noexcept {
            Frames::deallocate(frame, bytes);
        }

        generator get_return_object() noexcept { return generator(handle::from_promise(*this)); }
        static std::suspend_always initial_suspend() noexcept { return {}; }
        static std::suspend_always final_suspend() noexcept { return {}; }
        /// No copy: what is given, a temporary too, lives until the coroutine goes on.
        std::suspend_always yield_value(const T& value) noexcept {
            value_ = std::addressof(value);
            return {};
        }
        static void return_void() noexcept {}
        void unhandled_exception() noexcept { error_ = std::current_exception(); }
        template <class U>
        std::suspend_never await_transform(U&&) = delete;

    private:
        friend class generator;

        const T* value_ = nullptr;
        std::exception_ptr error_;
    };
    using handle = std::coroutine_handle<promise_type>;

    /// Of the value at which the generator stands; all of a generator's iterators stand at the same.
    class iterator {
    public:
        using iterator_concept = std::input_iterator_tag;
        using value_type = std::remove_cv_t<T>;
        using difference_type = std::ptrdiff_t;

        const T& operator*() const noexcept { return *coroutine_.promise().value_; }
        const T* operator->() const noexcept { return coroutine_.promise().value_; }
        iterator& operator++() {
            go_on(coroutine_);
            return *this;
        }
        void operator++(int) { ++*this; }
        friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept {
            return at.coroutine_.done();
        }

    private:
        friend class generator;
        explicit iterator(handle coroutine) noexcept : coroutine_(coroutine) {}

        handle coroutine_;
    };

    generator(generator&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
    generator& operator=(generator other) noexcept {
        std::swap(coroutine_, other.coroutine_);
        return *this;
    }
    ~generator() {
        if (coroutine_) {
            coroutine_.destroy();
        }
    }

    /// Once. Not of a generator that was moved from.
    iterator begin() {
        go_on(coroutine_);
        return iterator(coroutine_);
    }
    static std::default_sentinel_t end() noexcept { return {}; }

private:
    explicit generator(handle made) noexcept : coroutine_(made) {}

    static void go_on(handle coroutine) {
        coroutine.resume();
        if (coroutine.done() && coroutine.promise().error_) {
            std::rethrow_exception(std::exchange(coroutine.promise().error_, nullptr));
        }
    }

    handle coroutine_;
};

}  // namespace handoff::impls::async
