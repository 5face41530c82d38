// Each step on another thread than the one before it.
#pragma once

#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one step. Two threads take turns; the one that waits sleeps, as the textbook's pool does.
///
/// Stresses: the hand-over, which is the pool's, and what a style adds to it. Verifies: as chain;
/// ThreadSanitizer sees whether a style orders a step after the one before it.
struct async_cross {
    static bool suits(const style_traits& style) { return style.on_threads.chain != nullptr; }

    static void declare(const auto&, auto& c) {
        c.workload = "cross";
        c.axes = {{"steps", {"100"}}, {"placement", {"spread"}}};
        c.threads = [](const harness::point&) { return 3; };
        c.keeps_cpu = nullptr;
        c.rivals = [](const harness::point&) { return "each step on another thread"; };
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        return run_chains(t, style, 2, &programs::chain);
    }
};

}  // namespace handoff::benchmarks
