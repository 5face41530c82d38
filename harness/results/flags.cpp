#include "flags.hpp"

#include <algorithm>

namespace handoff::harness {

std::map<std::string, double> flag_limits::by_name() {
    return {{"least_overlap", least_overlap},     {"most_probe_change", most_probe_change},
            {"most_run_delay", most_run_delay},   {"most_steal", most_steal},
            {"least_cpu_share", least_cpu_share}, {"most_sleeps_per_ms", most_sleeps_per_ms},
            {"least_window", least_window},       {"state_gap", state_gap}};
}

bool steady(const std::optional<transfer_probe>& probe) {
    return !probe || std::max(probe->before_ns, probe->after_ns) <=
                         std::min(probe->before_ns, probe->after_ns) * (1 + flag_limits::most_probe_change);
}

std::vector<std::string> flags_of(const measured_trial& m) {
    std::vector<std::string> flags;
    if (m.overlap < flag_limits::least_overlap) {
        flags.emplace_back("low_overlap");
    }
    if (m.asked_seconds && m.window_seconds < flag_limits::least_window * *m.asked_seconds) {
        flags.emplace_back("short_window");
    }
    if (!steady(m.probe)) {
        flags.emplace_back("contaminated");
    }
    if (m.listed.oversubscribed) {
        return flags;
    }
    const double most_delay = flag_limits::most_run_delay * m.window_seconds;
    if (std::ranges::any_of(m.team,
                            [&](const measured_thread& t) { return t.run_delay_seconds > most_delay; })) {
        flags.emplace_back("preempted");
    }
    if (m.listed.keeps_cpu) {
        // A thread that waits without sleeping may still be put to sleep by the allocator's locks: hundreds of
        // times in a trial. At some 50 us each, the few sleeps that are allowed here explain half of the time
        // that may be missing.
        const auto was_off = [](const measured_thread& t) {
            const double lap = t.end_seconds - t.start_seconds;
            return static_cast<double>(t.voluntary_switches) <= flag_limits::most_sleeps_per_ms * 1e3 * lap &&
                   t.cpu_seconds < flag_limits::least_cpu_share * lap;
        };
        if (std::ranges::any_of(m.team, was_off)) {
            flags.emplace_back("off_cpu");
        }
    }
    return flags;
}

std::vector<std::string> flags_of_trial(const trial_line& trial) {
    std::vector<std::string> flags = flags_of(*trial.measurement);
    if (trial.steal_seconds() > flag_limits::most_steal * trial.trial_wall_seconds) {
        flags.emplace_back("stolen");
    }
    return flags;
}

std::vector<machine_state> states_of(std::vector<double> probes) {
    std::ranges::sort(probes);
    std::vector<machine_state> states;
    for (const double probe : probes) {
        if (states.empty() || probe > states.back().greatest_ns * flag_limits::state_gap) {
            states.push_back({"", probe, probe, 0});
        }
        states.back().greatest_ns = probe;
        ++states.back().trials;
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i].label = states.size() == 1   ? "steady"
                          : states.size() == 2 ? (i == 0 ? "near" : "far")
                                               : "state_" + std::to_string(i + 1);
    }
    return states;
}

}  // namespace handoff::harness
