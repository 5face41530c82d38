#include "pools/traits.hpp"

#include <algorithm>

namespace handoff::benchmarks {

namespace {

bool among(const std::vector<std::string>& words, std::string_view word) {
    return std::ranges::find(words, word) != words.end();
}

}  // namespace

std::vector<std::string> pool_traits::wait_words() const {
    std::vector<std::string> words;
    for (const worker_wait& wait : waits) {
        words.emplace_back(wait.name);
    }
    return words;
}

pool_traits::axis_values pool_traits::axes(const axis_values& before, const axis_values& after) const {
    axis_values all{{"wait", wait_words()}, {"capacity", {is_bounded ? "1024" : "unbounded"}}};
    all.insert(all.end(), before.begin(), before.end());
    all.push_back({"policy", {is_bounded ? "block" : "none"}});
    all.insert(all.end(), after.begin(), after.end());
    all.push_back({"placement", {"spread"}});
    return all;
}

std::vector<std::string> pool_traits::policies(bool may_lose) const {
    if (!is_bounded) {
        return {"none"};
    }
    if (!may_lose) {
        return {"block", "caller_runs"};
    }
    std::vector<std::string> all{"block", "abort", "discard", "caller_runs"};
    if (accounts) {
        all.insert(all.end() - 1, "discard_oldest");  // nobody else could count what it displaced
    }
    return all;
}

harness::verdict pool_traits::judge(bool may_lose, std::string_view axis, std::string_view value) const {
    using kind = harness::verdict::kind;
    const std::string own(name);
    if (axis == "wait" && !among(wait_words(), value)) {
        return {kind::not_offered,
                has_wait ? own + " has no waiting of its own" : own + " waits by its own means (native)"};
    }
    if (axis == "capacity" && (value == "unbounded") == is_bounded) {
        return {kind::not_offered, own + (is_bounded ? " is bounded" : " is unbounded")};
    }
    if (axis == "capacity" && value == "0") {
        return {kind::senseless, own + " holds at least 1"};
    }
    if (axis == "policy") {
        if (among(policies(may_lose), value)) {
            return {};
        }
        if (!is_bounded || value == "none") {
            return {kind::not_offered, own + (is_bounded ? " is bounded" : " is never full")};
        }
        return {kind::not_offered, may_lose
                                       ? own + " does not say what it displaced"
                                       : "tasks would be lost; workload overload asks what becomes of them"};
    }
    if (axis == "depth" && value != "1") {
        if (value != "2") {
            return {kind::senseless, "legal: 1, 2"};
        }
        if (!nested_waits || !runs_all) {
            return {kind::not_offered, "tasks of " + own + " cannot wait for tasks"};
        }
    }
    return {};
}

impls::make_any_wait pool_traits::wait_of(const harness::point& p) const {
    const auto found = std::ranges::find(waits, p.value("wait"), &worker_wait::name);
    return found == waits.end() ? nullptr : found->make;
}

std::size_t submitters_of(const harness::point& p) {
    return p.value("submitters").empty() ? 1 : p.number("submitters");
}

std::function<std::size_t(const harness::point&)> threads_of(const pool_traits& pool, submitter_part part) {
    return [&pool, part](const harness::point& p) {
        return submitters_of(p) + pool.own_threads(p.number("workers"), part);
    };
}

void allow_losses(const pool_traits& pool, harness::candidate& c) {
    const auto policy = std::ranges::find(c.words, "policy", &pool_traits::axis_values::value_type::first);
    policy->second = pool.policies(true);
    c.judge = [&pool](std::string_view axis, std::string_view value) { return pool.judge(true, axis, value); };
}

limits::terms limit_of_submission(const pool_traits& pool, const harness::point& p) {
    if (pool.ignores_workers) {
        return {};
    }
    const bool crosses = pool.waiter == impls::waiter_part::waits && p.value("policy") != "caller_runs";
    return limits::stream(p, submitters_of(p), p.number("workers"), crosses ? 8 : 0,
                          pool.starts == impls::start_order::fifo, 0);
}

limits::terms limit_of_start(const pool_traits& pool, const harness::point& p) {
    if (pool.ignores_workers) {
        return {};
    }
    // These strategies sleep at once, and an idle pool is left alone for long enough that all its workers do.
    const bool sleeps = p.value("wait") == "park" || p.value("wait") == "condvar";
    return limits::start(p, sleeps && p.value("pool") == "idle");
}

}  // namespace handoff::benchmarks
