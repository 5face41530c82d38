// A chain without an end in sight: does the stack grow, does the memory?
#pragma once

#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one step. As chain, of a million steps, in the form in which a style has them in bounded
/// memory. Styles that need stack or memory for each step say how many they can have, and are offered no more.
///
/// Stresses: what a style keeps of the steps that have ended. Verifies: as chain. `stack_bytes`: how much
/// further down the stack the deepest step was than the highest.
struct async_loop {
    static bool suits(const style_traits& style) { return style.on_caller.loop != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "loop";
        const auto executors = executor_words(style, &programs::loop);
        c.axes = {{"executor", {executors.front()}}, {"steps", {"1000000"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        return run_chains(t, style, executor_threads(t.point), &programs::loop);
    }
};

}  // namespace handoff::benchmarks
