// Values one after another: what it costs that somebody takes each of them.
#pragma once

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one value: the result of a step of a chain, which is given to who asked for the sequence
/// before the next step begins. Who takes is a function that is compiled elsewhere, as the steps are.
///
/// Stresses: the way from who computes to who takes and back, which generators are made for. Verifies: as
/// chain, and that each value was given once, in order, and before the next step ran.
struct async_sequence {
    static bool suits(const style_traits& style) { return style.on_caller.sequence != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "sequence";
        const auto executors = executor_words(style, &programs::sequence);
        c.axes = {{"executor", executors}, {"steps", {"100"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        return run_chains(t, style, executor_threads(t.point), &programs::sequence, &steps::fault_in_sequence);
    }
};

}  // namespace handoff::benchmarks
