// Adapted: boost::fibers::async: a fiber for each step, and a future that the caller's fiber waits for. Fibers
// of one thread take turns; a wait lets another fiber run.
//
// Source: Kowalke, Boost.Fiber, 2016.
//
// Progress: blocking.
// Order:    a step begins when its caller has waited for the one before it.
// Capacity: a stack for each step that runs, of 128 KiB or what the system's default says, and the state of
//           its future.
// Cost:     the memory of a stack, two switches of stacks, and the scheduler's queue.
#pragma once

#include <boost/fiber/future.hpp>
#include <boost/fiber/future/async.hpp>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

// Boost.Fiber leaves macros behind, one of which has the name of a function of ours.
#undef cpu_relax

#include "../../concepts/async.hpp"
#include "../../concepts/provenance.hpp"
#include "../detail/blocking_steps.hpp"

namespace handoff::impls {

struct boost_fiber_future : async::detail::blocking_steps<boost_fiber_future> {
    static constexpr std::string_view name = "boost_fiber_future";
    static constexpr auto form = step_form::fiber;
    static constexpr auto runs = steps_run::by_itself;
    static constexpr bool own_stacks = true;
    static constexpr provenance adapted{
        .library = "Boost.Fiber", .source = "libboost-fiber-dev", .version = "1.74.0"};

    template <class Executor, class F>
    static auto start(Executor&, F f) {
        return boost::fibers::async(std::move(f));
    }

    template <class Executor>
    static bool times_out(Executor&, std::chrono::nanoseconds patience) {
        boost::fibers::promise<bool> never;
        return never.get_future().wait_for(patience) == boost::fibers::future_status::timeout;
    }
};

}  // namespace handoff::impls
