#include "fork_join/staged.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fork_join/stacks.hpp"
#include "shared/asleep.hpp"
#include "shared/worker_roll.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

settings settings_of(const harness::trial& t) {
    const auto number = [&](std::string_view axis) -> std::uint64_t {
        return t.point.value(axis).empty() ? 0 : t.point.number(axis);
    };
    return {number("size"), number("grain"), std::string(t.point.value("tree")), t.seed};
}

/// What is wrong with a run, in words; empty if nothing is.
std::string fault_in(const outcome& seen, const outcome& expected) {
    const auto of_all = [&](std::uint64_t some) {
        return std::to_string(some) + " of " + std::to_string(expected.tasks) + " tasks";
    };
    if (seen.tasks < expected.tasks) {
        return "lost: " + of_all(expected.tasks - seen.tasks) + " did not run";
    }
    if (seen.tasks > expected.tasks) {
        return "duplicated: " + of_all(seen.tasks - expected.tasks) + " ran twice";
    }
    if (seen.answer != expected.answer) {
        return "wrong: the answer is " + std::to_string(seen.answer) + ", not " +
               std::to_string(expected.answer);
    }
    return "";
}

/// A scheduler whose threads are not those that were asked for, in words; empty if they are.
std::string fault_in(const staged_program& program, const worker_roll& others) {
    const std::size_t asked_for = others.asked_for() + 1;
    if (program.workers() != asked_for) {
        return too_few_workers(asked_for, program.workers());
    }
    constexpr std::chrono::seconds patience(5);
    return others.all_enter(patience) ? "" : too_few_workers(asked_for, others.entered() + 1);
}

/// One thread of the team, the root, makes the scheduler before the gate and is its first worker; the others
/// are the scheduler's and take the seats after it. `body(program, lap)` is the root's lap. What the scheduler
/// throws when it is made goes to the caller.
harness::measurement with_root(
    const harness::trial& t, stage put,
    const std::function<void(staged_program&, worker_roll&, harness::lap&, harness::measurement&)>& body) {
    const std::size_t workers = t.point.number("workers");
    const std::vector<int> cpus = harness::seats(placement_of(t.point), workers);
    worker_roll others(std::vector<int>(cpus.begin() + 1, cpus.end()));
    impls::worker_options options;
    options.on_start = [&others](unsigned number) { others.enter(number); };
    const deep_stacks roomy;

    harness::measurement m;
    std::exception_ptr broken;
    harness::team crew(placement_of(t.point), workers - 1);
    crew.add("root", [&](harness::lap& me) {
        std::unique_ptr<staged_program> program;
        try {
            program = put(t.point, options, settings_of(t));
            m.failure = fault_in(*program, others);
        } catch (...) {
            broken = std::current_exception();
        }
        if (broken || !m.failure.empty()) {
            me.start();
            me.stop(0);
        } else {
            body(*program, others, me, m);
        }
    });
    m.team = crew.run(t.window, [] {});
    if (broken) {
        std::rethrow_exception(broken);
    }
    others.report(m.team);
    m.metrics.emplace_back("workers_active", static_cast<double>(others.active() + 1));
    return m;
}

}  // namespace

harness::measurement fork_join(const harness::trial& t, stage put) {
    std::uint64_t runs = 0;
    std::uint64_t tasks = 0;
    std::optional<impls::stealing_counts> before;
    std::optional<impls::stealing_counts> after;
    auto m = with_root(
        t, put,
        [&](staged_program& program, worker_roll& others, harness::lap& me, harness::measurement& seen_so_far) {
            const outcome expected = program.expected();
            before = program.counts();
            others.open();
            me.start();
            const auto end = harness::clock::now() + t.longest;
            for (;;) {
                const outcome seen = program.run();
                seen_so_far.failure = fault_in(seen, expected);
                ++runs;
                tasks += seen.tasks;
                seen_so_far.items += std::max<std::uint64_t>(seen.tasks, 1);
                if (!seen_so_far.failure.empty() || seen_so_far.items >= t.items ||
                    harness::clock::now() >= end) {
                    break;
                }
            }
            me.stop(seen_so_far.items);
            others.close();
            after = program.counts();
            if (seen_so_far.failure.empty() && program.workers() != others.asked_for() + 1) {
                seen_so_far.failure = too_few_workers(others.asked_for() + 1, program.workers());
            }
        });

    m.metrics.emplace_back("runs", static_cast<double>(runs));
    m.metrics.emplace_back("tasks_per_run",
                           static_cast<double>(tasks) / static_cast<double>(std::max<std::uint64_t>(runs, 1)));
    if (before && after) {
        const auto add = [&](const char* name, std::uint64_t impls::stealing_counts::* count) {
            m.metrics.emplace_back(name, static_cast<double>((*after).*count - (*before).*count));
        };
        add("steals", &impls::stealing_counts::steals);
        add("failed_steals", &impls::stealing_counts::failed_steals);
        add("parks", &impls::stealing_counts::parks);
        add("wakes", &impls::stealing_counts::wakes);
    }
    return m;
}

harness::measurement idle_between_runs(const harness::trial& t, stage put) {
    double burnt = 0;
    auto m = with_root(
        t, put, [&](staged_program& program, worker_roll& others, harness::lap& me, harness::measurement& of) {
            const auto length = static_cast<std::uint64_t>(std::chrono::nanoseconds(t.longest).count());
            of.failure =
                fault_in(program.run(), program.expected());  // all have worked, and have no more to do
            me.start();
            others.open();
            const std::uint64_t slept = sleep_for(length);
            others.close();
            of.items = 1;
            me.stop(1);
            burnt = others.cpu_seconds() / (1e-9 * static_cast<double>(slept));
            if (of.failure.empty()) {
                of.failure = fault_in(program.run(), program.expected());
            }
        });
    m.metrics.emplace_back("idle_cpu", burnt);
    return m;
}

}  // namespace handoff::benchmarks
