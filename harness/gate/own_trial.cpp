#include "own_trial.hpp"

#include <cmath>
#include <optional>
#include <vector>

#include "cpu_quota.hpp"
#include "flags.hpp"
#include "measures.hpp"

namespace handoff::harness {

namespace {

void read_measurement(gate_trial& seen, const measured_trial& m, const std::string& measure) {
    seen.items = m.items;
    seen.flags = flags_of(m);
    if (m.probe) {
        seen.probe_ns = m.probe->middle_ns();
    }
    if (is_saturated(m.metrics)) {
        return;  // it has no latency, because it is longer than any
    }
    const auto refuse = [&](const std::string& why) {
        seen.status = trial_status::invalid;
        seen.reason = "its measurement cannot be used: " + why;
    };
    const std::optional<double> cost = cost_of(measure, m);
    if (!cost) {
        refuse("it has no " + measure + ", which not every machine can tell (handoff doctor)");
    } else if (!(*cost >= 0) || std::isinf(*cost)) {
        refuse("its value is " + std::to_string(*cost) + ", which is no time and no share");
    } else {
        seen.value = *cost;
    }
}

}  // namespace

side_trial run_own_trial(const trial_request& request, double timeout_seconds, const std::string& measure) {
    side_trial t;
    const machine_use before = machine_use::read();
    const double own_before = own_cpu_seconds();
    const auto throttled_before = throttled_periods();
    const trial_outcome outcome = run_trial_process(trial_command(request), timeout_seconds);
    const double own = own_cpu_seconds() - own_before;
    const auto throttled = throttled_between(throttled_before, throttled_periods()).value_or(0);
    const machine_use used = between(before, machine_use::read());
    t.seen.status = outcome.status;
    t.seen.reason = outcome.reason;
    t.seen.wall_seconds = outcome.process.wall_seconds;
    t.seen.cpu_seconds = outcome.process.cpu_seconds;
    // What the trial's main thread and this command did on other CPUs is subtracted, too: some
    // milliseconds, by which a disturbance can seem less than it is, and none can be made up.
    cpu_use near = used;
    if (t.ok() && !used.cpus.empty()) {
        const std::vector<int> seats = cpus_of(*outcome.measured);
        near = sum_of(used, seats);
        t.cpus = seats.size();
    }
    t.seen.foreign_seconds = near.busy_seconds - outcome.process.cpu_seconds - own;
    t.seen.steal_seconds = near.steal_seconds;
    t.seen.throttled_periods = throttled;
    if (t.ok()) {
        read_measurement(t.seen, *outcome.measured, measure);
    }
    return t;
}

}  // namespace handoff::harness
