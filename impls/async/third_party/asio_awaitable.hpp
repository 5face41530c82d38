// Adapted: boost::asio::awaitable: coroutines of an event loop. The steps of a chain are coroutines that await
// each other; independent ones are given to the loop.
//
// Source: Kohlhoff, Boost.Asio 1.74, boost/asio/awaitable.hpp, co_spawn.hpp.
//
// Progress: blocking.
// Order:    a step begins when the one before it has ended.
// Capacity: a frame for each coroutine that has begun, from a small cache of the thread.
// Cost:     a push to and a pop from the list of frames that await each other; a program makes a loop and
//           runs it.
#pragma once

// Boost 1.74 knows of g++'s coroutines and of those that clang had before the standard's.
#if defined(__clang__) && !defined(BOOST_ASIO_HAS_CO_AWAIT)
#define BOOST_ASIO_HAS_CO_AWAIT 1
#define BOOST_ASIO_HAS_STD_COROUTINE 1
#endif

// Boost 1.74 uses std::exchange in awaitable.hpp and does not include it.
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>

#include "../../concepts/async.hpp"
#include "../../concepts/provenance.hpp"
#include "../detail/outcome.hpp"

namespace handoff::impls {

class asio_awaitable {
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

public:
    static constexpr std::string_view name = "asio_awaitable";
    static constexpr auto form = step_form::coroutine;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool stack_grows = false;
    static constexpr std::uint64_t most_steps = 0;
    static constexpr provenance adapted{.library = "Boost.Asio", .source = "libboost-dev", .version = "1.74.0"};

    template <class Executor, class Step>
    static std::uint64_t chain(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        return run<std::uint64_t>([&step, first, n] { return all_in_turn(step, first, n); });
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor&, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        return run<std::uint64_t>([&step, first, n, &take] { return each_in_turn(step, first, n, take); });
    }

    template <class Executor, class Step>
    static std::uint64_t nested(Executor&, Step& step, std::uint64_t first, std::uint64_t n) {
        return run<std::uint64_t>([&step, first, n] { return level(step, first, n); });
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor&, Step& step, std::uint64_t n) {
        boost::asio::io_context loop(1);
        std::uint64_t sum = 0;
        std::exception_ptr failure;
        for (std::uint64_t i = 0; i < n; ++i) {
            boost::asio::co_spawn(
                loop, [&step, i] { return one(step, i); },
                [&](std::exception_ptr error, std::uint64_t value) {
                    if (error) {
                        failure = std::move(error);
                    }
                    sum += value;
                });
        }
        loop.run();
        if (failure) {
            std::rethrow_exception(failure);
        }
        return sum;
    }

    template <class Executor, class Step>
    static first_result fan_first(Executor&, Step& step, std::uint64_t n) {
        boost::asio::io_context loop(1);
        async::detail::outcome<first_result> first;
        for (std::uint64_t i = 0; i < n; ++i) {
            boost::asio::co_spawn(
                loop, [&step, i] { return one(step, i); },
                [&, i](std::exception_ptr error, std::uint64_t value) {
                    if (first.has_come()) {
                        return;
                    }
                    if (error) {
                        first.set_error(std::move(error));
                    } else {
                        first.set_value(first_result{i, value});
                    }
                    loop.stop();
                });
        }
        loop.run();
        return first.take();
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        boost::asio::io_context loop(1);
        boost::asio::steady_timer timer(loop, patience);
        bool over = false;
        boost::asio::co_spawn(
            loop, [&timer] { return timer.async_wait(boost::asio::use_awaitable); },
            [&over](const std::exception_ptr&) { over = true; });
        loop.run();
        return over;
    }

private:
    template <class T, class Make>
    static T run(Make make) {
        boost::asio::io_context loop(1);
        async::detail::outcome<T> result;
        boost::asio::co_spawn(loop, std::move(make), [&result](std::exception_ptr error, T value) {
            if (error) {
                result.set_error(std::move(error));
            } else {
                result.set_value(std::move(value));
            }
        });
        loop.run();
        return result.take();
    }

    template <class Step>
    static awaitable<std::uint64_t> one(Step& step, std::uint64_t value) {
        co_return step(value);
    }

    template <class Step>
    static awaitable<std::uint64_t> all_in_turn(Step& step, std::uint64_t first, std::uint64_t n) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = co_await one(step, value);
        }
        co_return value;
    }

    template <class Step, class Take>
    static awaitable<std::uint64_t> each_in_turn(Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        std::uint64_t value = first;
        for (std::uint64_t i = 0; i < n; ++i) {
            value = co_await one(step, value);
            take(value);
        }
        co_return value;
    }

    template <class Step>
    static awaitable<std::uint64_t> level(Step& step, std::uint64_t first, std::uint64_t k) {
        if (k == 0) {
            co_return first;
        }
        const std::uint64_t below = co_await level(step, first, k - 1);
        co_return step(below);
    }
};

}  // namespace handoff::impls
