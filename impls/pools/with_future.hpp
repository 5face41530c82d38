// Futures for any pool: what they cost is then the same for all.
#pragma once

#include <exception>
#include <functional>
#include <future>
#include <optional>
#include <type_traits>
#include <utility>

#include "../concepts/pools.hpp"

namespace handoff::impls {

/// Submits `f`; the future has its result or its exception, which the pool itself never sees. Nothing when the
/// pool refused or dropped `f` at once. A task that is accepted and then never runs leaves a broken promise.
/// Allocates the state that promise and future share.
template <class Pool, class F>
auto submit_with_future(Pool& pool, F&& f) {
    using result = std::invoke_result_t<std::decay_t<F>&>;
    std::promise<result> promise;
    std::optional<std::future<result>> future(promise.get_future());
    const submission became = pool.submit([promise = std::move(promise), f = std::forward<F>(f)]() mutable {
        try {
            if constexpr (std::is_void_v<result>) {
                std::invoke(f);
                promise.set_value();
            } else {
                promise.set_value(std::invoke(f));
            }
        } catch (...) {
            promise.set_exception(std::current_exception());
        }
    });
    if (became == submission::rejected || became == submission::discarded) {
        future.reset();
    }
    return future;
}

}  // namespace handoff::impls
