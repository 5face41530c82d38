// What a pool runs: something that can be called once, whatever its type, in 64 bytes.
//
// Progress: as the allocator's for large callables; otherwise every operation is a bounded number of own steps.
// Capacity: callables of at most 48 bytes that move without throwing are kept inside, others on the heap.
// Cost:     one indirect call to run and destroy; one, or a copy of 48 bytes, to move.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

#include "../atomic.hpp"

namespace handoff::impls::detail {

/// A callable without arguments whose result nobody wants. Move-only, and so may the callable be.
class task {
public:
    static constexpr std::size_t inline_bytes = 48;

    template <class F>
    static constexpr bool fits = sizeof(F) <= inline_bytes && alignof(F) <= alignof(std::max_align_t) &&
                                 std::is_nothrow_move_constructible_v<F>;
    /// Whether making a task of an argument of type F can neither throw nor allocate.
    template <class F>
    static constexpr bool cannot_fail =
        fits<std::decay_t<F>> && std::is_nothrow_constructible_v<std::decay_t<F>, F>;

    task() noexcept = default;
    template <class F>
        requires(!std::same_as<std::decay_t<F>, task> && std::is_invocable_v<std::decay_t<F>&>)
    explicit task(F&& f) {
        emplace(std::forward<F>(f));
    }
    task(task&& other) noexcept { take(other); }
    task& operator=(task&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~task() { reset(); }

    explicit operator bool() const noexcept { return kind_ != nullptr; }

    /// Only when empty. When making the callable throws, the task stays empty.
    template <class F>
    void emplace(F&& f) {
        using callable = std::decay_t<F>;
        if constexpr (fits<callable>) {
            std::construct_at(reinterpret_cast<callable*>(storage_), std::forward<F>(f));
            kind_ = &inside<callable>;
        } else {
            auto* const made = new callable(std::forward<F>(f));
            std::memcpy(storage_, &made, sizeof made);
            kind_ = &outside<callable>;
        }
    }

    /// Calls it, once: the task is empty afterwards, also when the call throws, and the callable is gone.
    void operator()() { std::exchange(kind_, nullptr)->run(storage_); }

    /// Destroys the callable without calling it.
    void reset() noexcept {
        if (const kind* const was = std::exchange(kind_, nullptr); was != nullptr && was->destroy != nullptr) {
            was->destroy(storage_);
        }
    }

    /// Eight bytes that belong to the place and not to the task: moving leaves them where they are. For the
    /// queue that the task stands in.
    atomic<std::uint64_t> place{0};

private:
    struct kind {
        void (*run)(std::byte*);                               // and destroys
        void (*relocate)(std::byte* to, std::byte*) noexcept;  // null: copies the bytes
        void (*destroy)(std::byte*) noexcept;                  // null: nothing to do
    };

    template <class F>
    static F& in(std::byte* storage) noexcept {
        return *std::launder(reinterpret_cast<F*>(storage));
    }
    template <class F>
    static F* behind(std::byte* storage) noexcept {
        F* made;
        std::memcpy(&made, storage, sizeof made);
        return made;
    }

    template <class F>
    static constexpr kind inside{
        [](std::byte* storage) {
            struct end {
                F& f;
                ~end() { std::destroy_at(&f); }
            } const end{in<F>(storage)};
            static_cast<void>(std::invoke(end.f));
        },
        std::is_trivially_copyable_v<F> ? nullptr
                                        : +[](std::byte* to, std::byte* from) noexcept {
                                              F& old = in<F>(from);
                                              std::construct_at(reinterpret_cast<F*>(to), std::move(old));
                                              std::destroy_at(&old);
                                          },
        std::is_trivially_destructible_v<F> ? nullptr
                                            : +[](std::byte* storage) noexcept { std::destroy_at(&in<F>(storage)); }};
    template <class F>
    static constexpr kind outside{[](std::byte* storage) {
                                      const std::unique_ptr<F> f(behind<F>(storage));
                                      static_cast<void>(std::invoke(*f));
                                  },
                                  nullptr, [](std::byte* storage) noexcept { delete behind<F>(storage); }};

    void take(task& other) noexcept {
        kind_ = std::exchange(other.kind_, nullptr);
        if (kind_ == nullptr) {
            return;
        }
        if (kind_->relocate == nullptr) {
            std::memcpy(storage_, other.storage_, inline_bytes);
        } else {
            kind_->relocate(storage_, other.storage_);
        }
    }

    const kind* kind_ = nullptr;
    alignas(std::max_align_t) std::byte storage_[inline_bytes];
};
static_assert(sizeof(task) == 64);

}  // namespace handoff::impls::detail
