// The programs of coroutine tasks (task.hpp), whatever their frames come from.
#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "../../concepts/async.hpp"
#include "../task.hpp"

namespace handoff::impls::async::detail {

template <class Frames>
struct coroutine_steps {
    static constexpr auto form = step_form::coroutine;
    static constexpr auto runs = steps_run::on_executor;
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;

    template <class Executor, class Step>
    static std::uint64_t chain(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        return sync_wait(all_in_turn(ex, step, first, n));
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        return sync_wait(each_in_turn(ex, step, first, n, take));
    }

    template <class Executor, class Step>
    static std::uint64_t nested(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        return sync_wait(level(ex, step, first, n));
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor& ex, Step& step, std::uint64_t n) {
        return sync_wait(sum_of_all(ex, step, n));
    }

    template <class Executor, class Step>
    static first_result fan_first(Executor& ex, Step& step, std::uint64_t n) {
        return sync_wait(first_of_all(ex, step, n));
    }

    template <class Executor, class Step>
    static std::optional<std::uint64_t> cancelled(Executor& ex, Step& step, std::uint64_t first,
                                                  std::uint64_t n, const std::stop_source& stop) {
        try {
            return sync_wait(all_in_turn(ex, step, first, n), stop.get_token());
        } catch (const async::cancelled&) {
            return std::nullopt;
        }
    }

private:
    template <class T>
    using task_of = task<T, Frames>;

    /// One asynchronous step.
    template <class Executor, class Step>
    static task_of<std::uint64_t> one(Executor& ex, Step& step, std::uint64_t value) {
        co_await resume_on(ex);
        co_return step(value);
    }

    template <class Executor, class Step>
    static task_of<std::uint64_t> all_in_turn(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = co_await one(ex, step, value);
        }
        co_return value;
    }

    template <class Executor, class Step, class Take>
    static task_of<std::uint64_t> each_in_turn(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n,
                                               Take& take) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = co_await one(ex, step, value);
            take(value);
        }
        co_return value;
    }

    template <class Executor, class Step>
    static task_of<std::uint64_t> level(Executor& ex, Step& step, std::uint64_t first, std::uint64_t k) {
        if (k == 0) {
            co_return first;
        }
        const std::uint64_t below = co_await level(ex, step, first, k - 1);
        co_await resume_on(ex);
        co_return step(below);
    }

    template <class Executor, class Step>
    static std::vector<task_of<std::uint64_t>> made(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<task_of<std::uint64_t>> all;
        all.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            all.push_back(one(ex, step, i));
        }
        return all;
    }

    template <class Executor, class Step>
    static task_of<std::uint64_t> sum_of_all(Executor& ex, Step& step, std::uint64_t n) {
        const std::vector<std::uint64_t> values = co_await when_all(made(ex, step, n));
        std::uint64_t sum = 0;
        for (const std::uint64_t value : values) {
            sum += value;
        }
        co_return sum;
    }

    template <class Executor, class Step>
    static task_of<first_result> first_of_all(Executor& ex, Step& step, std::uint64_t n) {
        const first_of_tasks<std::uint64_t> first = co_await when_any(made(ex, step, n));
        co_return first_result{first.index, first.value};
    }
};

}  // namespace handoff::impls::async::detail
