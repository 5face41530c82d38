// The programs of styles whose step returns something to wait for, and nothing to continue with: the caller
// waits for each step before it begins the next.
#pragma once

#include <cstdint>
#include <exception>
#include <utility>
#include <vector>

#include "../../concepts/async.hpp"

namespace handoff::impls::async::detail {

/// `Style::start(executor, f)` begins a step; `get()` of what it returns waits for what `f()` returns, or
/// throws.
template <class Style>
struct blocking_steps {
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;

    template <class Executor, class Step>
    static std::uint64_t chain(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = Style::start(ex, [&step, value] { return step(value); }).get();
        }
        return value;
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = Style::start(ex, [&step, value] { return step(value); }).get();
            take(value);
        }
        return value;
    }

    /// A level waits for the one below it inside of its step: where all steps have one thread, that is for
    /// ever.
    template <class Executor, class Step>
        requires(Executor::is_inline)
    static std::uint64_t nested(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        if (n == 0) {
            return first;
        }
        return Style::start(ex, [&ex, &step, first, n] { return step(nested(ex, step, first, n - 1)); }).get();
    }

    /// All are waited for, whatever the first of them throws: they need what the caller has.
    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor& ex, Step& step, std::uint64_t n) {
        struct none {
            std::uint64_t operator()() const { return 0; }
        };
        std::vector<decltype(Style::start(ex, none{}))> all;
        all.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            all.push_back(Style::start(ex, [&step, i] { return step(i); }));
        }
        std::uint64_t sum = 0;
        std::exception_ptr failure;
        for (auto& each : all) {
            try {
                sum += each.get();
            } catch (...) {
                failure = std::current_exception();
            }
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
        return sum;
    }
};

}  // namespace handoff::impls::async::detail
