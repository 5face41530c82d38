// The floor: a step is a call, and what follows is the next statement.
//
// Progress: wait-free, but for the steps.
// Order:    the program's.
// Capacity: nothing is allocated.
// Cost:     the call of the step.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/async.hpp"

namespace handoff::impls {

struct plain_loop {
    static constexpr std::string_view name = "plain_loop";
    static constexpr auto form = step_form::call;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = step(value);
        }
        return value;
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor&, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = step(value);
            take(value);
        }
        return value;
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor&, Step& step, std::uint64_t n) {
        std::uint64_t sum = 0;
        for (std::uint64_t i = 0; i < n; ++i) {
            sum += step(i);
        }
        return sum;
    }
};

}  // namespace handoff::impls
