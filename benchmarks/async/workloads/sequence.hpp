// Values one after another: what it costs that a reader is given each of them.
#pragma once

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one value: the result of a step of a chain, which is given to the reader before the next
/// step begins. The reader calls a function that is compiled elsewhere, as the steps are.
///
/// Stresses: the way from a step to the reader and back, which generators are made for. Verifies: as chain, and
/// that each value was given once, in order, after its step and before the next one; ThreadSanitizer sees a
/// step that runs at the same time as the reader.
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
