#include "loops/family.hpp"

#include <string>
#include <utility>

#include "queues/words.hpp"
#include "shared/run_loops.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

std::string step_words(std::chrono::nanoseconds step) {
    return step >= std::chrono::milliseconds(1)   ? "timers in steps of 1 ms"
           : step >= std::chrono::microseconds(1) ? "timers in steps of 1 us"
                                                  : "timers in steps of 1 ns";
}

}  // namespace

void enrol_loop_in(int rank, const loop_traits& loop, std::size_t workload, const void* loops) {
    harness::candidate c;
    c.family = "loops";
    c.impl = loop.name;
    if (loop.lack != nullptr) {
        c.unavailable = loop.lack();
    }
    c.guarantees = {{"order", words::of(loop.order, std::nullopt)},
                    {"stops", loop.stops == impls::stop_rule::at_once ? "at_once" : "end_of_turn"},
                    {"timer_step", std::to_string(loop.timer_step.count()) + " ns"}};
    c.words = {{"placement", harness::placement_words()}};
    c.judge = [](std::string_view, std::string_view) { return harness::verdict{}; };
    // Loops run what they find ready in orders of their own (the workload order), and nobody can exchange them
    // blindly; the promises below are what all programs rely on.
    c.rivals = [&loop](const harness::point& p) {
        const std::string posts = "posts " + words::of(loop.order, std::nullopt);
        const bool of_timers = p.workload == "fire" || p.workload == "timers";
        return of_timers ? posts + ", " + step_words(loop.timer_step) : posts;
    };
    complete(loop_workloads(), workload, loop, c);
    c.run = [workload, loops](const harness::trial& t) {
        return run_loops(loop_workloads(), workload, t, loops);
    };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
