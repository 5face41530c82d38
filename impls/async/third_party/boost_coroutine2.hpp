// Adapted: boost::coroutines2: one coroutine with a stack of its own, which gives the result of each step to
// its caller.
//
// Source: Kowalke, Boost.Coroutine2, 2014.
//
// Progress: wait-free, but for the steps.
// Order:    the coroutine runs a step when its caller asks for it.
// Capacity: one stack for a chain, of 128 KiB or what the system's default says.
// Cost:     two switches of stacks a step. It returns to its caller only. It cannot run independent steps, or
//           steps on another thread.
#pragma once

// Its states are set before they are read, which g++ 12 does not see with -O3.
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <boost/coroutine2/coroutine.hpp>
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

#include <cstdint>
#include <string_view>

#include "../../concepts/async.hpp"
#include "../../concepts/provenance.hpp"

namespace handoff::impls {

class boost_coroutine2 {
    using coroutine = boost::coroutines2::coroutine<std::uint64_t>;

public:
    static constexpr std::string_view name = "boost_coroutine2";
    static constexpr auto form = step_form::fiber;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = false;
    static constexpr bool own_stacks = true;
    static constexpr std::uint64_t most_steps = 0;
    static constexpr provenance adapted{
        .library = "Boost.Coroutine2", .source = "libboost-fiber-dev", .version = "1.74.0"};

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        constexpr auto nobody = [](std::uint64_t) {};
        return pulled(step, first, n, nobody);
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor&, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        return pulled(step, first, n, take);
    }

private:
    template <class Step, class Take>
    static std::uint64_t pulled(Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        std::uint64_t value = first;
        if (n == 0) {
            return value;
        }
        coroutine::pull_type results([&step, first, n](coroutine::push_type& give) {
            std::uint64_t last = first;
            for (std::uint64_t i = 0; i < n; ++i) {
                last = step(last);
                give(last);
            }
        });
        while (results) {
            value = results.get();
            take(value);
            results();
        }
        return value;
    }
};

}  // namespace handoff::impls
