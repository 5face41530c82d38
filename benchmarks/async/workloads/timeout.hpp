// A wait for what never comes is given up: how late?
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "clock.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one wait of 100 us. The distribution holds how long after that the waiter went on.
///
/// Stresses: the timer that a style waits with, and the kernel's. Verifies: that no wait ended early, nor with
/// a result.
struct async_timeout {
    static bool suits(const style_traits& style) { return style.on_caller.times_out != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "timeout";
        c.measure = "latency";
        c.axes = {{"placement", {"spread"}}};
        c.keeps_cpu = nullptr;
        c.rivals = [](const harness::point&) { return "waits with a timeout"; };
        static_cast<void>(style);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        constexpr std::chrono::microseconds patience(100);
        harness::histogram late;
        auto m = run_programs(t, style, 0, 1, [&](const staged_executor& on) -> std::string {
            const auto begun = harness::clock::now();
            const bool given_up = on.its.times_out(on.executor, patience);
            const auto took = std::chrono::nanoseconds(harness::clock::now() - begun);
            if (!given_up) {
                return "not timed out: what never comes has come";
            }
            if (took < patience) {
                return "early: the wait was given up after " + std::to_string(took.count()) + " ns, not " +
                       std::to_string(std::chrono::nanoseconds(patience).count());
            }
            late.record(static_cast<std::uint64_t>((took - patience).count()));
            return "";
        });
        m.latency = harness::sampled_latency{"from the end of the patience to the waiter", 1, std::move(late)};
        return m;
    }
};

}  // namespace handoff::benchmarks
