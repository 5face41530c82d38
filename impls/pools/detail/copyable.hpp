// Callables for libraries that keep tasks in a std::function.
#pragma once

#include <concepts>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

namespace handoff::impls::detail {

/// The callable itself, or a handle to it where it can only be moved.
template <class F>
auto copyable(F&& f) {
    using callable = std::decay_t<F>;
    if constexpr (std::copy_constructible<callable>) {
        return callable(std::forward<F>(f));
    } else {
        return [shared = std::make_shared<callable>(std::forward<F>(f))] { std::invoke(*shared); };
    }
}

}  // namespace handoff::impls::detail
