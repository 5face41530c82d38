// The floor of functions in functions: each level is a call that calls the level below it, and then its own
// step.
//
// Progress: wait-free, but for the steps.
// Order:    the program's.
// Capacity: a stack frame for each level.
// Cost:     two calls a step.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/async.hpp"

namespace handoff::impls {

struct plain_call {
    static constexpr std::string_view name = "plain_call";
    static constexpr auto form = step_form::call;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = true;
    static constexpr std::uint64_t most_steps = 10'000;  // of the stack that a thread has by default

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        return level(step, first, n);
    }
    template <class Executor, class Step>
    static std::uint64_t nested(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        return level(step, first, n);
    }

private:
    template <class Step>
    [[gnu::noinline]] static std::uint64_t level(Step& step, std::uint64_t first, std::uint64_t k) {
        return k == 0 ? first : step(level(step, first, k - 1));
    }
};

}  // namespace handoff::impls
