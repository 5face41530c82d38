// Functions in functions: what a level costs.
#pragma once

#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one level. The function of each level starts the one below it, and runs its step when that
/// has ended.
///
/// Stresses: what a function keeps while another runs: a callback inside of a callback, a frame. Verifies: as
/// chain.
struct async_nested {
    static bool suits(const style_traits& style) { return style.on_caller.nested != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "nested";
        const auto executors = executor_words(style, &programs::nested);
        c.axes = {{"executor", executors}, {"steps", {"10"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        return run_chains(t, style, executor_threads(t.point), &programs::nested);
    }
};

}  // namespace handoff::benchmarks
