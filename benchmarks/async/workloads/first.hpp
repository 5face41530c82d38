// How soon the first of several values comes.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "clock.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one sequence of `steps` values. The latency is from the call of the program to the moment
/// when the reader is given the first value, on whatever thread the style does that; one reading of the clock
/// is in it. The first sequence of a trial is not recorded. Another thread may still be awake from the sequence
/// before, or sleep.
///
/// Stresses: what a style makes before the first step runs, and the way from its end to the reader. It shows
///           whether a style makes something for later values first.
/// Verifies: as sequence.
struct async_first {
    static bool suits(const style_traits& style) { return style.on_caller.sequence != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "first";
        c.measure = "latency";
        const auto executors = executor_words(style, &programs::sequence);
        c.axes = {{"executor", executors}, {"steps", {"100"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        steps of = steps::in_chain(t.seed, t.point.number("steps"));
        of.time_first();
        harness::histogram times;
        bool is_warm = false;
        auto m = run_programs(t, style, executor_threads(t.point), 1, [&](const staged_executor& on) {
            of.begin();
            const auto begun = harness::clock::now();
            std::string fault = of.fault_in_sequence(on.its.sequence(on.executor, of));
            if (std::exchange(is_warm, true) && fault.empty()) {
                const std::chrono::nanoseconds took = of.first_taken() - begun;
                times.record(static_cast<std::uint64_t>(took.count()));
            }
            return fault;
        });
        m.latency =
            harness::sampled_latency{"from the call to the first value that is given", 1, std::move(times)};
        return m;
    }
};

}  // namespace handoff::benchmarks
