// Futures with continuations, in one block of memory each (future.hpp).
//
// Progress: lock-free, but for the thread that waits for the end, and the executor.
// Order:    a step begins when the one before it has ended.
// Capacity: 1 allocation a continuation: 1 for a step of a chain, 2 for a value of a sequence.
// Cost:     two read-modify-writes a continuation, and those of the owners' counts.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>
#include <utility>
#include <vector>

#include "../concepts/async.hpp"
#include "future.hpp"

namespace handoff::impls {

struct continuation_future {
    static constexpr std::string_view name = "continuation_future";
    static constexpr auto form = step_form::future;
    static constexpr auto runs = steps_run::on_executor;
    static constexpr bool stack_grows = false;
    // A chain has all of them in memory before the first runs, a sequence those that have not run.
    static constexpr std::uint64_t most_steps = 100'000;

    /// The whole chain is made, and then begun.
    template <class Executor, class Step>
    static std::uint64_t chain(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        return made(ex, step, first, n, {}).get();
    }

    /// Each step is added to what has been done already.
    template <class Executor, class Step>
        requires(Executor::is_inline)
    static std::uint64_t loop(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        auto last = async::make_ready_future(first);
        for (std::uint64_t i = 0; i < n; ++i) {
            last = std::move(last).then(ex, step_of(step));
        }
        return std::move(last).get();
    }

    /// The first step begins at once, and not when all have been added as in `chain`. The reader is a
    /// continuation of its own, which runs where the result came to be, or on the caller if it was there before
    /// the continuation: 2 allocations for a value.
    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        auto last = async::make_ready_future(first);
        for (std::uint64_t i = 0; i < n; ++i) {
            last = std::move(last).then(ex, step_of(step)).then([&take](std::uint64_t value) {
                take(value);
                return value;
            });
        }
        return std::move(last).get();
    }

    template <class Executor, class Step>
    static std::uint64_t nested(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        return level(ex, step, first, n).get();
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor& ex, Step& step, std::uint64_t n) {
        std::uint64_t sum = 0;
        for (const std::uint64_t value : async::when_all(started(ex, step, n)).get()) {
            sum += value;
        }
        return sum;
    }

    template <class Executor, class Step>
    static first_result fan_first(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<async::future<bool>> ends;
        std::vector<async::future<std::uint64_t>> steps;
        ends.reserve(n);
        steps.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            async::promise<bool> end;
            ends.push_back(end.get_future());
            steps.push_back(async::run_on(ex, [&step, i, end = std::move(end)]() mutable {
                struct last {
                    async::promise<bool>& of;
                    ~last() { of.set_value(true); }
                } const at_the_end{end};
                return step(i);
            }));
        }
        auto winner = async::when_any(std::move(steps));
        // The others may run when the first has come, with a value or a failure, and need what the caller has.
        static_cast<void>(async::when_all(std::move(ends)).get());
        const async::first_of<std::uint64_t> first = std::move(winner).get();
        return {first.index, first.value};
    }

    template <class Executor, class Step>
    static std::optional<std::uint64_t> cancelled(Executor& ex, Step& step, std::uint64_t first,
                                                  std::uint64_t n, const std::stop_source& stop) {
        try {
            return made(ex, step, first, n, stop.get_token()).get();
        } catch (const async::cancelled&) {
            return std::nullopt;
        }
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        async::promise<bool> never;
        return !never.get_future().wait_for(patience);
    }

private:
    template <class Step>
    static auto step_of(Step& step) {
        return [&step](std::uint64_t value) { return step(value); };
    }

    template <class Executor, class Step>
    static async::future<std::uint64_t> made(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n,
                                             std::stop_token stop) {
        async::promise<std::uint64_t> begin(std::move(stop));
        auto last = begin.get_future();
        for (std::uint64_t i = 0; i < n; ++i) {
            last = std::move(last).then(ex, step_of(step));
        }
        begin.set_value(first);
        return last;
    }

    template <class Executor, class Step>
    static async::future<std::uint64_t> level(Executor& ex, Step& step, std::uint64_t first, std::uint64_t k) {
        if (k == 0) {
            return async::make_ready_future(first);
        }
        return async::make_ready_future(k - 1)
            .then([&ex, &step, first](std::uint64_t below) { return level(ex, step, first, below); })
            .then(ex, step_of(step));
    }

    template <class Executor, class Step>
    static std::vector<async::future<std::uint64_t>> started(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<async::future<std::uint64_t>> all;
        all.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            all.push_back(async::run_on(ex, [&step, i] { return step(i); }));
        }
        return all;
    }
};

}  // namespace handoff::impls
