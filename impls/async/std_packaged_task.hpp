// std::packaged_task: a callable and the promise of what it returns, in one block.
//
// Source: ISO C++ [futures.task]; libstdc++.
//
// Progress: blocking.
// Order:    a step begins when its caller has waited for the one before it.
// Capacity: 2 allocations a step.
// Cost:     as std_promise_future, and the call through the task. There is nothing to continue with.
#pragma once

#include <future>
#include <string_view>
#include <type_traits>
#include <utility>

#include "detail/blocking_steps.hpp"

namespace handoff::impls {

struct std_packaged_task : async::detail::blocking_steps<std_packaged_task> {
    static constexpr std::string_view name = "std_packaged_task";
    static constexpr auto form = step_form::future;
    static constexpr auto runs = steps_run::on_executor;

    template <class Executor, class F>
    static auto start(Executor& ex, F f) {
        std::packaged_task<std::invoke_result_t<F&>()> packed(std::move(f));
        auto later = packed.get_future();
        ex.post(std::move(packed));
        return later;
    }
};

}  // namespace handoff::impls
