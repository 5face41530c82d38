// Where pools meet workloads: what the harness may ask of a pool.
#pragma once

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "limits_of.hpp"
#include "registry.hpp"
#include "topology.hpp"
#include "words.hpp"
#include "workloads/blocking_mix.hpp"
#include "workloads/fan_out_fan_in.hpp"
#include "workloads/overload.hpp"
#include "workloads/submit.hpp"
#include "workloads/uneven.hpp"
#include "workloads/wakeup.hpp"

namespace handoff::benchmarks {

/// The candidates of one pool: every workload that suits it. Workers wait by any of the strategies, chosen when
/// the pool is made, so that no workload is instantiated for each.
template <impls::thread_pool P, class... Waits>
class pool_family {
    using axis_values = std::vector<std::pair<std::string, std::vector<std::string>>>;
    using run_function = harness::measurement (*)(const harness::trial&, impls::make_any_wait);

    static std::vector<std::string> wait_words() {
        if constexpr (P::has_wait) {
            return {std::string(Waits::name)...};
        } else {
            return {std::string(impls::native::name)};
        }
    }
    /// Null: the pool's own.
    static impls::make_any_wait wait_of(const harness::point& p) {
        impls::make_any_wait chosen = nullptr;
        if constexpr (P::has_wait) {
            static_cast<void>(
                ((p.value("wait") == Waits::name && (chosen = &impls::any_wait_of<Waits>)) || ...));
        }
        return chosen;
    }

    /// What the pool may do when it is full: where tasks may be lost, only if the workload asks what becomes of
    /// them.
    static std::vector<std::string> policies(bool may_lose) {
        if (!P::bounded) {
            return {"none"};
        }
        if (!may_lose) {
            return {"block", "caller_runs"};
        }
        std::vector<std::string> all{"block", "abort", "discard", "caller_runs"};
        if (impls::accounts<P>) {
            all.insert(all.end() - 1, "discard_oldest");  // what it displaced nobody else could count
        }
        return all;
    }

    static harness::verdict judge(bool may_lose, std::string_view axis, std::string_view value) {
        using kind = harness::verdict::kind;
        const std::string name(P::name);
        const auto among = [](const std::vector<std::string>& words, std::string_view word) {
            return std::ranges::find(words, word) != words.end();
        };
        if (axis == "wait" && !among(wait_words(), value)) {
            return {kind::not_offered, P::has_wait ? name + " has no waiting of its own"
                                                   : name + " waits by its own means (native)"};
        }
        if (axis == "capacity" && (value == "unbounded") == P::bounded) {
            return {kind::not_offered, name + (P::bounded ? " is bounded" : " is unbounded")};
        }
        if (axis == "policy") {
            if (among(policies(may_lose), value)) {
                return {};
            }
            if (!P::bounded || value == "none") {
                return {kind::not_offered, name + (P::bounded ? " is bounded" : " is never full")};
            }
            return {kind::not_offered,
                    may_lose ? name + " does not say what it displaced"
                             : "tasks would be lost; workload overload asks what becomes of them"};
        }
        if (axis == "depth" && value != "1") {
            if (value != "2") {
                return {kind::senseless, "legal: 1, 2"};
            }
            if (!P::nested_waits || !impls::runs_all<P>) {
                return {kind::not_offered, "tasks of " + name + " cannot wait for tasks"};
            }
        }
        return {};
    }

    /// What the pool does when it has too much, though it takes no capacity.
    static std::string hidden_rejection() {
        if constexpr (requires { P::hidden_rejection; }) {
            return words::of(P::hidden_rejection);
        }
        return "none";
    }

    /// What a user would lose who took a pool with other words instead.
    static std::string promises(const harness::point& p) {
        const std::string hidden = hidden_rejection();
        const std::string bound = P::bounded         ? "bounded, capacity " + std::string(p.value("capacity"))
                                  : hidden == "none" ? "unbounded"
                                                     : "hidden bound: " + hidden;
        return bound + (ignores_workers<P> ? ", a thread per task" : "") + ", starts: " + words::of(P::starts) +
               ", exceptions " + (P::keeps_exceptions ? "kept" : "not kept") + ", waiter " +
               words::of(P::waiter) + ", nested waits: " + (P::nested_waits ? "yes" : "no");
    }

    /// As of a queue of tasks, each at least a word. A waiter that helps and a caller that runs what is too
    /// much may do the tasks where they are.
    static limits::terms limit_of_submission(const harness::point& p) {
        if (ignores_workers<P>) {
            return {};
        }
        const bool crosses = P::waiter == impls::waiter_part::waits && p.value("policy") != "caller_runs";
        return limits::stream(p, submitters_of(p), p.number("workers"), crosses ? 8 : 0,
                              P::starts == impls::start_order::fifo, 0);
    }

    /// These strategies sleep at once, and an idle pool is left alone for long enough that all its workers do.
    static limits::terms limit_of_start(const harness::point& p) {
        if (ignores_workers<P>) {
            return {};
        }
        const bool sleeps = p.value("wait") == "park" || p.value("wait") == "condvar";
        return limits::start(p, sleeps && p.value("pool") == "idle");
    }

    static harness::candidate make(const char* workload, axis_values axes, submitter_part part,
                                   run_function run) {
        const bool may_lose = std::string_view(workload) == "overload";
        harness::candidate c;
        c.family = "pools";
        c.workload = workload;
        c.impl = P::name;
        if constexpr (requires { P::unavailable(); }) {
            c.unavailable = P::unavailable();
        }
        c.guarantees = {
            {"capacity", P::bounded ? "bounded" : "unbounded"},        {"starts", words::of(P::starts)},
            {"exceptions", P::keeps_exceptions ? "kept" : "not_kept"}, {"waiter", words::of(P::waiter)},
            {"nested_waits", P::nested_waits ? "yes" : "no"},          {"hidden_rejection", hidden_rejection()},
            {"obeys_workers", ignores_workers<P> ? "no" : "yes"}};
        c.axes = std::move(axes);
        c.words = {
            {"wait", wait_words()}, {"policy", policies(may_lose)}, {"placement", harness::placement_words()}};
        for (const auto& [axis, words] : axis_values{{"result", {"none", "future"}},
                                                     {"pool", {"hot", "idle"}},
                                                     {"lengths", {"bimodal", "pareto"}}}) {
            if (std::ranges::find(c.axes, axis, &axis_values::value_type::first) != c.axes.end()) {
                c.words.emplace_back(axis, words);
            }
        }
        c.judge = [may_lose](std::string_view axis, std::string_view value) {
            return judge(may_lose, axis, value);
        };
        c.threads = [part](const harness::point& p) {
            return submitters_of(p) + own_threads<P>(p.number("workers"), part);
        };
        c.members = submitters_of;
        c.rivals = promises;
        c.run = [run](const harness::trial& t) { return run(t, wait_of(t.point)); };
        c.stops_on_time = true;
        return c;
    }

public:
    static std::vector<harness::candidate> candidates() {
        const std::vector<std::string> capacity{P::bounded ? "1024" : "unbounded"};
        const std::vector<std::string> policy{P::bounded ? "block" : "none"};
        const auto waits = wait_words();
        std::vector<harness::candidate> all;
        const auto add = [&](const char* workload, axis_values before, axis_values after, submitter_part part,
                             run_function run, const char* measure) {
            // in the order in which names spell them
            axis_values axes{{"wait", waits}, {"capacity", capacity}};
            axes.insert(axes.end(), before.begin(), before.end());
            axes.emplace_back("policy", policy);
            axes.insert(axes.end(), after.begin(), after.end());
            axes.emplace_back("placement", std::vector<std::string>{"spread"});
            all.push_back(make(workload, std::move(axes), part, run));
            all.back().measure = measure;
        };
        using enum submitter_part;
        add("submit_empty", {{"submitters", {"1"}}, {"workers", {"1", "2"}}}, {{"result", {"none"}}},
            waits_for_it, &submit_empty<P>, "items_per_second");
        all.back().limit = limit_of_submission;
        add("submit_work", {{"submitters", {"1"}}, {"workers", {"1", "2"}}}, {{"task_ns", {"1000"}}},
            waits_for_it, &submit_work<P>, "items_per_second");
        add("uneven", {{"workers", {"2"}}}, {{"lengths", {"bimodal", "pareto"}}, {"task_ns", {"10000"}}},
            waits_for_it, &uneven<P>, "makespan_over_bound");
        add("fan_out_fan_in", {{"workers", {"2"}}}, {{"task_ns", {"1000"}}, {"fan", {"16"}}, {"depth", {"1"}}},
            waits_for_it, &fan_out_fan_in<P>, "latency");
        add("wakeup", {{"workers", {"1"}}}, {{"pool", {"hot", "idle"}}}, carries_on, &wakeup<P>, "latency");
        all.back().limit = limit_of_start;
        add("overload", {{"workers", {"1"}}}, {{"task_ns", {"10000"}}, {"load", {"80", "120"}}}, carries_on,
            &overload<P>, "latency");
        add("blocking_mix", {{"workers", {"1", "2", "4"}}}, {{"task_ns", {"100000"}}, {"wait_ratio", {"1"}}},
            waits_for_it, &blocking_mix<P>, "items_per_second");
        return all;
    }
};

}  // namespace handoff::benchmarks
