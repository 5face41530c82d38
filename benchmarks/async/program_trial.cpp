#include "async/program_trial.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <vector>

#include "shared/worker_roll.hpp"
#include "team.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

/// What is wrong with one run, in words. Programs throw where they should not when a style is broken.
std::string run_once(const std::function<std::string(const staged_executor&)>& once,
                     const staged_executor& on) {
    try {
        return once(on);
    } catch (const std::exception& broken) {
        return std::string("threw: ") + broken.what();
    }
}

/// The executor of a trial.
struct stage_of_trial {
    impls::async::inline_executor here;
    std::unique_ptr<threads_executor> threads;
    std::unique_ptr<loop_executor> loop;

    staged_executor staged(const style_traits& style) {
        return loop      ? staged_executor{loop.get(), style.in_loop}
               : threads ? staged_executor{threads.get(), style.on_threads}
                         : staged_executor{&here, style.on_caller};
    }
};

}  // namespace

std::size_t executor_threads(const harness::point& p) {
    const std::string_view where = p.value("executor");
    return where == words::on_thread || where == words::in_loop ? 1 : 0;
}

harness::measurement run_programs(const harness::trial& t, const style_traits& style, std::size_t threads,
                                  std::uint64_t items_of_run,
                                  const std::function<std::string(const staged_executor&)>& once) {
    const std::vector<int> cpus = harness::seats(placement_of(t.point), threads + 1);
    worker_roll others(std::vector<int>(cpus.begin() + 1, cpus.end()));
    stage_of_trial stage;
    harness::measurement m;
    std::uint64_t runs = 0;
    harness::team crew(placement_of(t.point), threads);
    crew.add("driver", [&](harness::lap& me) {
        if (threads > 0) {
            const auto enter = [&](unsigned number) { others.enter(number); };
            if (t.point.value("executor") == words::in_loop) {
                stage.loop = std::make_unique<loop_executor>(enter);
            } else {
                stage.threads = std::make_unique<threads_executor>(threads, enter);
            }
            constexpr std::chrono::seconds patience(5);
            if (!others.all_enter(patience)) {
                m.failure = too_few_workers(threads, others.entered());
            }
        }
        const staged_executor on = stage.staged(style);
        if (m.failure.empty()) {
            m.failure = run_once(once, on);
        }
        others.open();
        me.start();
        const auto end = harness::clock::now() + t.longest;
        while (m.failure.empty()) {
            m.failure = run_once(once, on);
            ++runs;
            m.items += items_of_run;
            if (m.items >= t.items || harness::clock::now() >= end) {
                break;
            }
        }
        me.stop(m.items);
        others.close();
    });
    m.team = crew.run(t.window, [] {});
    others.report(m.team);
    stage = stage_of_trial();
    m.metrics.emplace_back("runs", static_cast<double>(runs));
    return m;
}

harness::measurement run_chains(const harness::trial& t, const style_traits& style, std::size_t threads,
                                programs::chained programs::* program,
                                std::string (steps::*fault)(std::uint64_t) const) {
    const std::uint64_t n = t.point.number("steps");
    steps of = steps::in_chain(t.seed, n);
    auto m = run_programs(t, style, threads, n, [&](const staged_executor& on) {
        of.begin();
        return (of.*fault)((on.its.*program)(on.executor, of));
    });
    if (!style.own_stacks && threads < 2) {
        m.metrics.emplace_back("stack_bytes", static_cast<double>(of.stack_bytes()));
    }
    return m;
}

}  // namespace handoff::benchmarks
