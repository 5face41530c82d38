// Adapted: boost::future, with then, when_all and when_any, as the library implements N3857 ("Improvements to
// std::future<T>").
//
// Source: Botet Escriba, Williams, Boost.Thread 1.74, boost/thread/future.hpp.
//
// Progress: blocking: each shared state has a mutex and a condition variable.
// Order:    a step begins when the one before it has ended.
// Capacity: a shared state for each future, and more for each `then`.
// Cost:     locks of the shared states, counts of owners, and allocations. The step that follows is told by
//           the launch policy `sync` to run where its predecessor has ended, on the stack of that: chains
//           of many steps need much of it.
#pragma once

#define BOOST_THREAD_PROVIDES_FUTURE
#define BOOST_THREAD_PROVIDES_FUTURE_CONTINUATION
#define BOOST_THREAD_PROVIDES_FUTURE_WHEN_ALL_WHEN_ANY
#define BOOST_THREAD_PROVIDES_FUTURE_UNWRAP
#define BOOST_THREAD_PROVIDES_SIGNATURE_PACKAGED_TASK
// Timed waits read clocks of Boost.Chrono: without its library.
#ifndef BOOST_CHRONO_HEADER_ONLY
#define BOOST_CHRONO_HEADER_ONLY
#endif

#include <boost/chrono/duration.hpp>
#include <boost/thread/future.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>
#include <vector>

#include "../../concepts/async.hpp"
#include "../../concepts/provenance.hpp"

namespace handoff::impls {

class boost_future {
    using number = boost::future<std::uint64_t>;

public:
    static constexpr std::string_view name = "boost_future";
    static constexpr auto form = step_form::future;
    static constexpr auto runs = steps_run::on_executor;
    static constexpr bool stack_grows = true;
    static constexpr std::uint64_t most_steps = 1000;  // of the stack that a thread has by default
    static constexpr provenance adapted{
        .library = "Boost.Thread", .source = "libboost-thread-dev", .version = "1.74.0"};

    /// On an inline executor the whole chain is made, and then begun. On others each step is begun by the
    /// continuation of the one before it, whose future is unwrapped.
    template <class Executor, class Step>
    static std::uint64_t chain(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        boost::promise<std::uint64_t> begin;
        number last = begin.get_future();
        for (std::uint64_t i = 0; i < n; ++i) {
            last = followed(ex, step, std::move(last));
        }
        begin.set_value(first);
        return last.get();
    }

    /// The future of a level is one of a future, and unwrapped.
    template <class Executor, class Step>
    static std::uint64_t nested(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        return level(ex, step, first, n).get();
    }

    /// The first step begins at once, and not when all have been added as in `chain`. The reader is a
    /// continuation of its own.
    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        number last = boost::make_ready_future(first);
        for (std::uint64_t i = 0; i < n; ++i) {
            last = followed(ex, step, std::move(last)).then(boost::launch::sync, [&take](number given) {
                const std::uint64_t value = given.get();
                take(value);
                return value;
            });
        }
        return last.get();
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<number> all = started(ex, step, n);
        auto gathered = boost::when_all(all.begin(), all.end()).get();
        std::uint64_t sum = 0;
        std::exception_ptr failure;
        for (number& each : gathered) {
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

    /// The others may run when the first has come, and need what the caller has.
    template <class Executor, class Step>
    static first_result fan_first(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<number> all = started(ex, step, n);
        auto gathered = boost::when_any(all.begin(), all.end()).get();
        first_result first;
        bool found = false;
        for (std::uint64_t i = 0; i < n; ++i) {
            if (!found && gathered[i].is_ready()) {
                found = true;
                first.index = i;
            }
            gathered[i].wait();
        }
        first.value = gathered[first.index].get();
        return first;
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        boost::promise<bool> never;
        return never.get_future().wait_for(boost::chrono::nanoseconds(patience.count())) ==
               boost::future_status::timeout;
    }

private:
    template <class Executor, class Step>
    static number level(Executor& ex, Step& step, std::uint64_t first, std::uint64_t k) {
        if (k == 0) {
            return boost::make_ready_future(first);
        }
        return followed(
            ex, step,
            boost::make_ready_future(k - 1)
                .then(boost::launch::sync,
                      [&ex, &step, first](number below) { return level(ex, step, first, below.get()); })
                .unwrap());
    }

    template <class Executor, class Step>
    static number followed(Executor& ex, Step& step, number before) {
        if constexpr (Executor::is_inline) {
            return before.then(boost::launch::sync, [&step](number value) { return step(value.get()); });
        } else {
            return before
                .then(boost::launch::sync,
                      [&ex, &step](number value) {
                          const std::uint64_t of = value.get();
                          return start(ex, [&step, of] { return step(of); });
                      })
                .unwrap();
        }
    }

    template <class Executor, class F>
    static number start(Executor& ex, F f) {
        boost::promise<std::uint64_t> made;
        number later = made.get_future();
        ex.post([made = std::move(made), f = std::move(f)]() mutable {
            try {
                made.set_value(f());
            } catch (...) {
                made.set_exception(boost::current_exception());
            }
        });
        return later;
    }

    template <class Executor, class Step>
    static std::vector<number> started(Executor& ex, Step& step, std::uint64_t n) {
        std::vector<number> all;
        all.reserve(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            all.push_back(start(ex, [&step, i] { return step(i); }));
        }
        return all;
    }
};

}  // namespace handoff::impls
