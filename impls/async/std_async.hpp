// std::async(std::launch::async): a thread for each step, and a future for its result.
//
// Source: ISO C++ [futures.async]; libstdc++.
//
// Progress: blocking.
// Order:    a step begins when its caller has waited for the one before it.
// Capacity: a thread, and what it shares with its future, for each step that runs.
// Cost:     the beginning and the end of a thread.
#pragma once

#include <future>
#include <string_view>
#include <utility>

#include "detail/blocking_steps.hpp"

namespace handoff::impls {

struct std_async : async::detail::blocking_steps<std_async> {
    static constexpr std::string_view name = "std_async";
    static constexpr auto form = step_form::future;
    static constexpr auto runs = steps_run::on_threads;
    static constexpr std::uint64_t most_steps = 1000;  // in sensible time, and threads at once

    template <class Executor, class F>
    static auto start(Executor&, F f) {
        return std::async(std::launch::async, std::move(f));
    }
};

}  // namespace handoff::impls
