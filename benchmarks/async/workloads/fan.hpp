// Steps that do not depend on each other: what it costs to wait for all of them, or for the first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "async/program_trial.hpp"
#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// One iteration is one step that was asked for. Until `first`, the others may be told to stop, and need not
/// run; the program returns when none of them will any more.
///
/// Stresses: gathering. Verifies: that each step ran once (until `first`: at most once, and the one that came
/// first did), and the sum or the result.
struct async_fan {
    static bool suits(const style_traits& style) { return style.on_caller.fan_all != nullptr; }

    static void declare(const auto& style, auto& c) {
        c.workload = "fan";
        const auto executors = executor_words(style, &programs::fan_all);
        c.axes = {{"executor", executors}, {"fan", {"10"}}, {"until", {"all"}}, {"placement", {"spread"}}};
        c.words.emplace_back("executor", executors);
        std::vector<std::string> untils{"all"};
        if (style.on_caller.fan_first != nullptr) {
            untils.emplace_back("first");
        }
        c.words.emplace_back("until", untils);
        c.judge_together = [&style](const harness::point& p) -> harness::verdict {
            if (style.own_stacks && p.number("fan") > most_stacks) {
                return {harness::verdict::kind::not_offered,
                        "it needs a stack for each step: at most " + std::to_string(most_stacks)};
            }
            return {};
        };
    }

    static harness::measurement run(const auto& t, const style_traits& style) {
        const bool until_all = t.point.value("until") == "all";
        steps of = steps::apart(t.point.number("fan"));
        return run_programs(t, style, executor_threads(t.point), of.size(), [&](const staged_executor& on) {
            of.begin();
            return until_all ? of.fault_in_sum(on.its.fan_all(on.executor, of))
                             : of.fault_in_first(on.its.fan_first(on.executor, of));
        });
    }

private:
    static constexpr std::uint64_t most_stacks = 100;
};

}  // namespace handoff::benchmarks
