#include "fork_join/family.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "fork_join/words.hpp"
#include "shared/team_candidate.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

constexpr std::array<std::pair<std::string_view, impls::steal_policy>, 4> steal_policies{{
    {"random", impls::steal_policy::random},
    {"round_robin", impls::steal_policy::round_robin},
    {"last_victim", impls::steal_policy::last_victim},
    {"steal_half", impls::steal_policy::steal_half},
}};

using verdict = harness::verdict;

bool is_power(std::uint64_t number, std::uint64_t base) {
    while (number % base == 0) {
        number /= base;
    }
    return number == 1;
}

verdict judge_parameter(const std::string& program, const parameter& p, const std::string& value) {
    if (!p.words.empty()) {
        return {};  // the words that are offered have been compared already
    }
    const std::uint64_t number = std::stoull(value);
    if (number < p.least || number > p.most) {
        return {verdict::kind::senseless,
                program + " takes " + std::to_string(p.least) + " to " + std::to_string(p.most)};
    }
    if (p.power_of != 0 && !is_power(number, p.power_of)) {
        return {verdict::kind::senseless, program + " needs a power of " + std::to_string(p.power_of)};
    }
    return {};
}

harness::candidate program_candidate(std::string_view program, std::span<const parameter> parameters,
                                     const declared_scheduler& on) {
    const bool is_ours = !on.waits.empty();
    const std::vector<std::string> native{std::string(impls::native::name)};
    const std::vector<std::string> waits = is_ours ? on.waits : native;
    std::vector<std::string> steals = native;
    if (is_ours) {
        steals.clear();
        for (const auto& [word, policy] : steal_policies) {
            steals.emplace_back(word);
        }
    }
    // The scheduler's own choice, where the catalog has it.
    const bool has_hybrid = std::ranges::find(waits, "hybrid") != waits.end();

    harness::candidate c;
    c.family = "fork_join";
    c.workload = program;
    c.impl = on.name;
    c.guarantees = {{"forks", words::of(on.forks)}};
    c.axes = {
        {"wait", {has_hybrid ? "hybrid" : waits.front()}},
        {"workers", on.most_workers == 1 ? std::vector<std::string>{"1"} : std::vector<std::string>{"1", "2"}},
        {"steal", {steals.front()}}};
    c.words = {{"wait", waits}, {"steal", steals}, {"placement", harness::placement_words()}};
    for (const parameter& p : parameters) {
        c.axes.emplace_back(p.axis, std::vector<std::string>{std::string(p.usual)});
        if (!p.words.empty()) {
            c.words.emplace_back(p.axis, std::vector<std::string>(p.words.begin(), p.words.end()));
        }
    }
    c.axes.emplace_back("placement", std::vector<std::string>{"spread"});
    c.judge = [program = c.workload, name = c.impl, parameters, words = c.words, is_ours,
               most_workers = on.most_workers](std::string_view axis, std::string_view value) -> verdict {
        if (verdict v = judge_alike(axis, value); v.is != verdict::kind::legal) {
            return v;
        }
        for (const auto& [worded, offered] : words) {
            if (worded == axis && std::ranges::find(offered, value) == offered.end()) {
                const std::string how = axis == "wait" ? "waits" : "steals";
                return {verdict::kind::not_offered, is_ours ? name + " " + how + " as it is told"
                                                            : name + " " + how + " by its own means (native)"};
            }
        }
        if (axis == "workers" && most_workers != 0 && std::stoul(std::string(value)) > most_workers) {
            return {verdict::kind::not_offered, name + " has at most " + std::to_string(most_workers)};
        }
        for (const parameter& p : parameters) {
            if (p.axis == axis) {
                return judge_parameter(program, p, std::string(value));
            }
        }
        return {};
    };
    c.threads = [](const harness::point& p) { return p.number("workers"); };
    c.rivals = [](const harness::point&) { return "all"; };
    c.stops_on_time = true;
    c.keeps_cpu = [awake = on.awake](const harness::point& p) {
        return std::ranges::find(awake, p.value("wait")) != awake.end();
    };
    return c;
}

/// What is measured of it is the time between two runs.
void let_it_wait(harness::candidate& c, stage put) {
    c.measure = "idle_cpu";
    const auto workers = std::ranges::find(c.axes, "workers", &decltype(c.axes)::value_type::first);
    workers->second = {"2"};
    c.judge = [judge = c.judge](std::string_view axis, std::string_view value) -> verdict {
        if (axis == "workers" && value == "1") {
            return {verdict::kind::senseless, "one worker is the thread that runs programs: nobody else waits"};
        }
        return judge(axis, value);
    };
    c.keeps_cpu = nullptr;  // the root sleeps
    c.run = [put](const harness::trial& t) { return idle_between_runs(t, put); };
}

}  // namespace

impls::steal_policy steal_policy_of(std::string_view word) {
    return std::ranges::find(steal_policies, word, &std::pair<std::string_view, impls::steal_policy>::first)
        ->second;
}

void enrol_scheduler(int rank, const declared_scheduler& scheduler, std::size_t program, stage put) {
    for_each_workload(fork_join_workloads(), [&]<class Program>(std::size_t number) {
        if (number == program) {
            harness::candidate c = program_candidate(Program::name, Program::parameters, scheduler);
            if constexpr (requires { requires Program::waits; }) {
                if (scheduler.most_workers == 1) {
                    return;  // without threads of its own
                }
                let_it_wait(c, put);
            } else {
                c.run = [put](const harness::trial& t) { return fork_join(t, put); };
            }
            enrol(rank, program, std::move(c));
        }
    });
}

}  // namespace handoff::benchmarks
