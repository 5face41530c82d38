// Steps that depend on each other: what one more step costs.
#pragma once

#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one step. The chain is made, run and waited for, again and again.
///
/// Stresses: how a style comes from a step to the next, and with few steps also how it begins and ends.
/// Verifies: after each chain the result, which no other order of the steps has, and that as many steps ran as
/// there are.
struct async_chain {
    static bool suits(const style_traits& style) { return style.on_caller.chain != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "chain";
        const auto executors = executor_words(style, &programs::chain);
        c.axes = {{"executor", executors}, {"steps", {"1", "100"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        return run_chains(t, style, executor_threads(t.point), &programs::chain);
    }
};

}  // namespace handoff::benchmarks
