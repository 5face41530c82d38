#include "fork_join/staged.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "fork_join/stacks.hpp"
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

}  // namespace

harness::measurement fork_join(const harness::trial& t, stage put) {
    const std::size_t workers = t.point.number("workers");
    const std::vector<int> cpus = harness::seats(placement_of(t.point), workers);
    impls::worker_options options;
    options.on_start = [&](unsigned number) {
        if (const int cpu = number + 1 < cpus.size() ? cpus[number + 1] : -1; cpu >= 0) {
            harness::pin_this_thread(cpu);
        }
    };
    const deep_stacks roomy;

    harness::measurement m;
    std::uint64_t runs = 0;
    std::uint64_t tasks = 0;
    std::optional<impls::stealing_counts> before;
    std::optional<impls::stealing_counts> after;
    harness::team crew(placement_of(t.point), workers - 1);
    crew.add("root", [&](harness::lap& me) {
        const std::unique_ptr<staged_program> program = put(t.point, options, settings_of(t));
        const outcome expected = program->expected();
        if (program->workers() != workers) {
            m.failure = "made with " + std::to_string(workers) + " workers, it has " +
                        std::to_string(program->workers());
        }
        before = program->counts();
        me.start();
        const auto end = harness::clock::now() + t.longest;
        while (m.failure.empty()) {
            const outcome seen = program->run();
            m.failure = fault_in(seen, expected);
            ++runs;
            tasks += seen.tasks;
            m.items += std::max<std::uint64_t>(seen.tasks, 1);
            if (m.items >= t.items || harness::clock::now() >= end) {
                break;
            }
        }
        me.stop(m.items);
        after = program->counts();
    });
    m.team = crew.run(t.window, [] {});

    m.metrics = {
        {"runs", static_cast<double>(runs)},
        {"tasks_per_run", static_cast<double>(tasks) / static_cast<double>(std::max<std::uint64_t>(runs, 1))}};
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

}  // namespace handoff::benchmarks
