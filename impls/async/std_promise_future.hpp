// std::promise and std::future: a step sets the promise, its caller waits for the future.
//
// Source: ISO C++ [futures]; libstdc++.
//
// Progress: blocking.
// Order:    a step begins when its caller has waited for the one before it.
// Capacity: 2 allocations a step: what the two share, and the place of the result.
// Cost:     call_once, an exchange and counts of owners. There is nothing to continue with: a thread waits
//           for each step.
#pragma once

#include <chrono>
#include <exception>
#include <future>
#include <string_view>
#include <type_traits>
#include <utility>

#include "detail/blocking_steps.hpp"

namespace handoff::impls {

struct std_promise_future : async::detail::blocking_steps<std_promise_future> {
    static constexpr std::string_view name = "std_promise_future";
    static constexpr auto form = step_form::future;
    static constexpr auto runs = steps_run::on_executor;

    template <class Executor, class F>
    static auto start(Executor& ex, F f) {
        std::promise<std::invoke_result_t<F&>> made;
        auto later = made.get_future();
        ex.post([made = std::move(made), f = std::move(f)]() mutable {
            try {
                made.set_value(f());
            } catch (...) {
                made.set_exception(std::current_exception());
            }
        });
        return later;
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        std::promise<bool> never;
        return never.get_future().wait_for(patience) == std::future_status::timeout;
    }
};

}  // namespace handoff::impls
