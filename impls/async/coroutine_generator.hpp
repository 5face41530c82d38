// A generator (generator.hpp): the steps run in one coroutine, which gives the result of each to its caller.
//
// Progress: wait-free, but for the steps.
// Order:    the coroutine runs a step when its caller asks for it.
// Capacity: 1 allocation a chain: the frame, unless the compiler puts it into its caller's.
// Cost:     an indirect call and a return a step. It returns to its caller only. It cannot run independent
//           steps, or steps on another thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "../concepts/async.hpp"
#include "generator.hpp"

namespace handoff::impls {

class coroutine_generator {
public:
    static constexpr std::string_view name = "coroutine_generator";
    static constexpr auto form = step_form::coroutine;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        constexpr auto nobody = [](std::uint64_t) {};
        return read(step, first, n, nobody);
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor&, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        return read(step, first, n, take);
    }

private:
    template <class Step, class Take>
    static std::uint64_t read(Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        std::uint64_t last = first;
        for (const std::uint64_t value : results(step, first, n)) {
            take(value);
            last = value;
        }
        return last;
    }

    template <class Step>
    static async::generator<std::uint64_t> results(Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = step(value);
            co_yield value;
        }
    }
};

}  // namespace handoff::impls
