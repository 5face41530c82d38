// Schedulers run a fork-join program again and again.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "concepts/fork_join.hpp"
#include "fork_join/program.hpp"
#include "measurement.hpp"

namespace handoff::benchmarks {

/// A program on a scheduler, both without their types: a trial asks for whole runs, each of at least some
/// microseconds.
class staged_program {
public:
    virtual ~staged_program() = default;
    virtual unsigned workers() const = 0;
    virtual outcome run() = 0;
    virtual outcome expected() const = 0;
    virtual std::optional<impls::stealing_counts> counts() const = 0;
};

template <impls::fork_join_scheduler Scheduler, fork_join_program<typename Scheduler::context> Program>
class staged final : public staged_program {
public:
    template <class Options>
    staged(unsigned workers, const Options& options, const settings& asked)
        : program_(asked), scheduler_(workers, options) {}

private:
    unsigned workers() const override { return scheduler_.workers(); }
    outcome run() override {
        outcome came_to;
        scheduler_.run([&](typename Scheduler::context& context) { came_to = program_.run(context); });
        return came_to;
    }
    outcome expected() const override { return program_.expected(); }
    std::optional<impls::stealing_counts> counts() const override {
        if constexpr (impls::counts_steals<Scheduler>) {
            return scheduler_.counts();
        } else {
            return std::nullopt;
        }
    }

    Program program_;
    Scheduler scheduler_;
};

/// Puts a program on a scheduler; called on the thread that will be its first worker.
using stage = std::unique_ptr<staged_program> (*)(const harness::point& p, const impls::worker_options& options,
                                                  const settings& asked);

/// One iteration is one task: a piece of work that could have run elsewhere. A run that forks nothing, because
/// its grain is its whole input, counts as one.
///
/// One thread of the team makes the scheduler before the gate and is its first worker; the scheduler's own take
/// the seats after it, and all must have come before the gate opens. The clock is looked at between runs: a run
/// is never cut off, and there is at least one.
///
/// Stresses: what the program says. Verifies: after every run its answer, and the number of tasks; that as many
/// threads came as there are to be workers.
harness::measurement fork_join(const harness::trial& t, stage put);

/// One iteration is one wait; the trial has one. The root sleeps for as long as the trial lasts, with a
/// scheduler that has just run a program and has nothing to do. `idle_cpu` is the CPU time of the scheduler's
/// own threads over the time.
///
/// Stresses: what workers without work do. Verifies: the program's answer, before and after.
harness::measurement idle_between_runs(const harness::trial& t, stage put);

}  // namespace handoff::benchmarks
