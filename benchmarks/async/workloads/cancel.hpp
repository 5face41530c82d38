// A chain is told to stop in its middle.
#pragma once

#include <cstdint>
#include <stop_token>

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one chain that is told to stop by the step in its middle. Steps look at nothing: the style
/// sees to it that no other begins.
///
/// Stresses: how a style tells all that waits for a step that it will not come. Verifies: that no step ran
/// after the request, and that the chain has no result.
struct async_cancel {
    static bool suits(const style_traits& style) { return style.on_caller.cancelled != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "cancel";
        const auto executors = executor_words(style, &programs::cancelled);
        c.axes = {{"executor", executors}, {"steps", {"10"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
        c.judge_together = [](const harness::point& p) -> harness::verdict {
            if (p.number("steps") == 1) {
                return {harness::verdict::kind::not_offered,
                        "the only step requests the stop: none is left to stop"};
            }
            return {};
        };
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        const std::uint64_t n = t.point.number("steps");
        steps of = steps::in_chain(t.seed, n);
        of.stop_at((n + 1) / 2);
        return run_programs(t, style, executor_threads(t.point), 1, [&](const staged_executor& on) {
            std::stop_source stop;
            of.begin(&stop);
            return of.fault_in_cancellation(on.its.cancelled(on.executor, of, stop).has_value());
        });
    }
};

}  // namespace handoff::benchmarks
