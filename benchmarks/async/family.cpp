#include "async/family.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "async/enrol.hpp"
#include "async/program_trial.hpp"
#include "async/style.hpp"
#include "async/words.hpp"
#include "registry.hpp"
#include "shared/team_candidate.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

using kind = harness::verdict::kind;

harness::verdict judge(const style_traits& style, const harness::candidate& c, std::string_view axis,
                       std::string_view value) {
    const std::string name(style.name);
    if (harness::verdict v = judge_alike(axis, value); v.is != kind::legal) {
        return v;
    }
    for (const auto& [worded, offered] : c.words) {
        if (worded != axis || std::ranges::find(offered, value) != offered.end()) {
            continue;
        }
        if (axis == "executor") {
            return {kind::not_offered, !style.takes_executor() ? name + " runs steps by its own means (native)"
                                       : value == words::by_itself
                                           ? name + " runs steps where it is told"
                                           : name + " would wait there for steps that wait for it"};
        }
        return {kind::not_offered, name + " has no means to wait for the first"};
    }
    if (axis == "steps" && style.most_steps != 0 && std::stoull(std::string(value)) > style.most_steps) {
        return {kind::not_offered,
                name + (style.stack_grows ? " needs stack for each step" : " needs memory for each step") +
                    ": at most " + std::to_string(style.most_steps)};
    }
    return {};
}

bool is_inline(const harness::point& p) {
    return p.value("executor") == words::on_caller;
}

}  // namespace

void enrol_style(int rank, const style_traits& style) {
    for_each_workload(async_workloads(), [&]<class W>(std::size_t number) {
        if (!W::suits(style)) {
            return;
        }
        harness::candidate c;
        c.family = "async";
        c.impl = style.name;
        c.guarantees = {{"form", words::of(style.form)},
                        {"runs", words::of(style.runs, true)},
                        {"stack", style.stack_grows ? "grows" : "bounded"}};
        c.threads = [](const harness::point& p) { return 1 + executor_threads(p); };
        c.members = [](const harness::point&) { return 1; };
        c.keeps_cpu = [&style](const harness::point& p) {
            return style.runs != impls::steps_run::on_threads && executor_threads(p) == 0;
        };
        c.rivals = [&style](const harness::point& p) { return words::of(style.runs, is_inline(p)); };
        c.stops_on_time = true;
        c.words = {{"placement", harness::placement_words()}};
        W::declare(style, c);
        c.judge = [&style, words = c](std::string_view axis, std::string_view value) {
            return judge(style, words, axis, value);
        };
        c.run = [&style](const harness::trial& t) { return W::run(t, style); };
        enrol(rank, number, std::move(c));
    });
}

}  // namespace handoff::benchmarks
