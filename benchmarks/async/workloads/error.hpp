// A step fails in the middle of a chain: what it costs that the failure reaches the end.
#pragma once

#include <cstdint>

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one chain that fails in the middle. A chain of the same length that does not fail is
/// measured in `chain`.
///
/// Stresses: throwing and catching, once or at each step. Verifies: that what the step threw arrives, and that
/// no step ran after it.
struct async_error {
    static bool suits(const style_traits& style) { return style.on_caller.chain != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "error";
        const auto executors = executor_words(style, &programs::chain);
        c.axes = {{"executor", executors}, {"steps", {"10"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        const std::uint64_t n = t.point.number("steps");
        steps of = steps::in_chain(t.seed, n);
        of.fail_at((n + 1) / 2);
        return run_programs(t, style, executor_threads(t.point), 1, [&](const staged_executor& on) {
            of.begin();
            std::uint64_t number = 0;
            try {
                on.its.chain(on.executor, of);
            } catch (const step_failed& failure) {
                number = failure.number;
            }
            return of.fault_in_failure(number);
        });
    }
};

}  // namespace handoff::benchmarks
