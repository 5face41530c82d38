// A function object of any type, move-only, with room for small callables inside.
//
// Source: the idea of std::move_only_function (Calabrese, Romeo, P0288, "any_invocable").
//
// Progress: as the allocator's for large callables; otherwise every operation is a bounded number of own steps.
// Order:    none.
// Capacity: callables of at most `Inside` bytes that move without throwing are kept inside, others on the heap.
// Cost:     one indirect call to call it; one to move or destroy it.
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>

namespace handoff::impls::async {

template <class Signature, std::size_t Inside = 24>
class unique_function;

template <class R, class... Args, std::size_t Inside>
class unique_function<R(Args...), Inside> {
    static_assert(Inside >= sizeof(void*));

public:
    template <class F>
    static constexpr bool fits =
        sizeof(F) <= Inside && alignof(F) <= alignof(void*) && std::is_nothrow_move_constructible_v<F>;

    unique_function() noexcept = default;
    template <class F>
        requires(!std::same_as<std::decay_t<F>, unique_function> &&
                 std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
    unique_function(F&& f) {  // NOLINT(google-explicit-constructor): a lambda is passed where one is wanted
        using callable = std::decay_t<F>;
        if constexpr (fits<callable>) {
            std::construct_at(reinterpret_cast<callable*>(storage_), std::forward<F>(f));
            kind_ = &inside<callable>;
        } else {
            std::construct_at(reinterpret_cast<callable**>(storage_), new callable(std::forward<F>(f)));
            kind_ = &outside<callable>;
        }
    }
    unique_function(unique_function&& other) noexcept { take(other); }
    unique_function& operator=(unique_function&& other) noexcept {
        if (this != &other) {
            reset();
            take(other);
        }
        return *this;
    }
    ~unique_function() { reset(); }

    explicit operator bool() const noexcept { return kind_ != nullptr; }

    /// Only when it is not empty.
    R operator()(Args... args) { return kind_->call(storage_, std::forward<Args>(args)...); }

private:
    struct kind {
        R (*call)(std::byte*, Args&&...);
        void (*relocate)(std::byte* to, std::byte* from) noexcept;
        void (*destroy)(std::byte*) noexcept;
    };

    template <class F>
    static F& in(std::byte* storage) noexcept {
        return *std::launder(reinterpret_cast<F*>(storage));
    }

    template <class F>
    static constexpr kind inside{[](std::byte* storage, Args&&... args) -> R {
                                     return std::invoke(in<F>(storage), std::forward<Args>(args)...);
                                 },
                                 [](std::byte* to, std::byte* from) noexcept {
                                     F& old = in<F>(from);
                                     std::construct_at(reinterpret_cast<F*>(to), std::move(old));
                                     std::destroy_at(&old);
                                 },
                                 [](std::byte* storage) noexcept { std::destroy_at(&in<F>(storage)); }};
    template <class F>
    static constexpr kind outside{[](std::byte* storage, Args&&... args) -> R {
                                      return std::invoke(*in<F*>(storage), std::forward<Args>(args)...);
                                  },
                                  [](std::byte* to, std::byte* from) noexcept {
                                      std::construct_at(reinterpret_cast<F**>(to), in<F*>(from));
                                  },
                                  [](std::byte* storage) noexcept { delete in<F*>(storage); }};

    void take(unique_function& other) noexcept {
        kind_ = std::exchange(other.kind_, nullptr);
        if (kind_ != nullptr) {
            kind_->relocate(storage_, other.storage_);
        }
    }
    void reset() noexcept {
        if (const kind* const was = std::exchange(kind_, nullptr); was != nullptr) {
            was->destroy(storage_);
        }
    }

    const kind* kind_ = nullptr;
    alignas(void*) std::byte storage_[Inside];
};

}  // namespace handoff::impls::async
