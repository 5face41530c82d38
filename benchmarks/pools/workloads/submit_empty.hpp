// Tasks that do nothing, submitted from outside, one by one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <future>
#include <utility>
#include <vector>

#include "pools/pool_trial.hpp"
#include "pools/traits.hpp"
#include "pools/with_future.hpp"

namespace handoff::benchmarks {

/// A pool for one task, which has a number.
template <impls::thread_pool P>
struct as_pool {
    P& pool;
    std::uint64_t id;
    impls::submission became = impls::submission::rejected;

    template <class Task>
    impls::submission submit(Task&& task) {
        became = hand_over(pool, id, std::forward<Task>(task));
        return became;
    }
};

/// Controls do not.
template <class P>
constexpr bool gives_futures = !requires { requires !P::gives_futures; };

/// Tasks that do nothing but be counted: what submitting, dispatching and starting one costs. At most 200,000 a
/// trial, submitted at full speed, so that an unbounded pool may hold most of them; published figures are for
/// as many. With `result` future each submission returns one, and its submitter gets them all.
///
/// Stresses: the submission path, by one submitter and by several against each other; the workers' way to the
/// next task. Verifies: each task ran once, none after wait_idle() returned.
struct submit_empty {
    static void declare(const auto& pool, auto& c) {
        c.workload = "submit_empty";
        c.axes = pool.axes({{"submitters", {"1"}}, {"workers", {"1", "2"}}}, {{"result", {"none"}}});
        c.threads = threads_of(pool, submitter_part::waits_for_it);
        c.words.push_back({"result", {"none", "future"}});
        c.limit = [&pool](const harness::point& p) { return limit_of_submission(pool, p); };
    }

    template <impls::thread_pool P>
    static harness::measurement run(const harness::trial& t, impls::make_any_wait wait) {
        const std::uint64_t most = std::min<std::uint64_t>(t.items, 200'000);
        pool_trial<P> trial(t, wait, submitter_part::waits_for_it, most);
        const auto hand_over_all = [&](std::size_t i, auto&& hand_over_one) {
            const std::uint64_t self = i;
            std::uint64_t turn = 0;
            trial.template work<64>([&](std::uint64_t left) {
                for (; left > 0; --left) {
                    const std::uint64_t id = task_id(self, turn++);
                    hand_over_one(id, [id] { task_tally::mine().enter(id); });
                }
            });
        };
        if constexpr (gives_futures<P>) {
            if (t.point.value("result") == "future") {
                return with_futures(trial, most, hand_over_all);
            }
        }
        return trial.run([&](std::size_t i, submissions& mine) {
            P& pool = trial.pool();
            hand_over_all(i, [&](std::uint64_t id, auto task) { mine.enter(hand_over(pool, id, task), id); });
        });
    }

private:
    template <class P>
    static harness::measurement with_futures(pool_trial<P>& trial, std::uint64_t most,
                                             const auto& hand_over_all) {
        std::vector<std::vector<std::future<void>>> futures(trial.submitters());
        for (auto& those_of_one : futures) {
            those_of_one.reserve(most);
        }
        return trial.run([&](std::size_t i, submissions& mine) {
            hand_over_all(i, [&](std::uint64_t id, auto task) {
                as_pool<P> only{trial.pool(), id};
                if (auto future = impls::submit_with_future(only, task)) {
                    futures[i].push_back(std::move(*future));
                }
                mine.enter(only.became, id);
            });
            if (P::waiter == impls::waiter_part::helps && i == 0) {
                trial.pool().wait_idle();  // who blocks on a future does not help
            }
            for (std::future<void>& future : futures[i]) {
                future.get();
            }
        });
    }
};

}  // namespace handoff::benchmarks
