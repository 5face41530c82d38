#include "flags.hpp"

#include <algorithm>
#include <cstdio>
#include <set>
#include <span>

#include "measurement.hpp"
#include "statistics.hpp"
#include "topology.hpp"

namespace handoff::harness {

std::map<std::string, double> flag_limits::by_name() {
    return {{"least_overlap", least_overlap},     {"most_probe_change", most_probe_change},
            {"most_run_delay", most_run_delay},   {"most_steal", most_steal},
            {"least_cpu_share", least_cpu_share}, {"most_sleeps_per_ms", most_sleeps_per_ms},
            {"least_window", least_window},       {"state_gap", state_gap},
            {"state_width", state_width}};
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
    if (trial.seat_steal_seconds.value_or(trial.steal_seconds()) >
        flag_limits::most_steal * trial.trial_wall_seconds) {
        flags.emplace_back("stolen");
    }
    if (trial.throttled_periods.value_or(0) > 0) {
        flags.emplace_back("throttled");
    }
    if (trial.starved > 0) {
        flags.emplace_back("starved");
    }
    return flags;
}

std::vector<int> cpus_of(const measured_trial& m) {
    std::set<int> seats;
    for (const measured_thread& t : m.team) {
        if (!t.cpu) {
            seats.clear();
            for (const processor& p : processors()) {
                seats.insert(p.cpu);
            }
            break;
        }
        seats.insert(*t.cpu);
    }
    return {seats.begin(), seats.end()};
}

double stolen_from(const measured_trial& m, const machine_use& use) {
    const auto roams = [](const measured_thread& t) { return !t.cpu; };
    const bool roaming = std::ranges::any_of(m.team, roams);
    return most_stolen(use, cpus_of(m), roaming ? m.team.size() : 1);
}

bool shows_fault(const trial_line& failed) {
    const std::string& why = failed.reason;
    return why != nothing_done && !why.starts_with("no rate: ") && !why.starts_with("clock: ") &&
           why.find("cannot make thread ") == std::string::npos;
}

namespace {

using probe_range = std::span<const double>;  // ascending

/// Of the ranges that are no wider than a state may be, the one with most probes; of equals the narrowest.
probe_range fullest(probe_range probes) {
    probe_range best;
    const auto width = [](probe_range range) { return range.back() / range.front(); };
    std::size_t end = 0;
    for (std::size_t begin = 0; begin < probes.size(); ++begin) {
        while (end < probes.size() && probes[end] <= probes[begin] * flag_limits::state_width) {
            ++end;
        }
        const probe_range now = probes.subspan(begin, end - begin);
        if (now.size() > best.size() || (now.size() == best.size() && width(now) < width(best))) {
            best = now;
        }
    }
    return best;
}

/// Appends the states of probes among which there is no gap, in ascending order.
void part(probe_range probes, std::vector<probe_range>& states) {
    if (probes.empty()) {
        return;
    }
    const probe_range state = fullest(probes);
    const auto begin = static_cast<std::size_t>(state.data() - probes.data());
    part(probes.first(begin), states);
    states.push_back(state);
    part(probes.subspan(begin + state.size()), states);
}

/// `31 ns`, with as many digits as keep the names of neighbours apart.
std::string name_of(double ns, int digits) {
    char text[40];
    std::snprintf(text, sizeof text, "%.*f ns", digits, ns);
    return text;
}

}  // namespace

std::vector<machine_state> states_of(std::vector<double> probes) {
    std::ranges::sort(probes);
    std::vector<probe_range> ranges;
    for (std::size_t begin = 0; begin < probes.size();) {
        std::size_t end = begin + 1;
        while (end < probes.size() && probes[end] <= probes[end - 1] * flag_limits::state_gap) {
            ++end;
        }
        part(probe_range(probes).subspan(begin, end - begin), ranges);
        begin = end;
    }
    std::vector<machine_state> states;
    for (const probe_range& range : ranges) {
        const double middle = median({range.begin(), range.end()});
        int digits = 0;
        const auto is_taken = [&](const machine_state& s) { return s.label == name_of(middle, digits); };
        while (digits < 6 && std::ranges::any_of(states, is_taken)) {
            ++digits;
        }
        states.push_back({name_of(middle, digits), range.front(), range.back(), range.size()});
    }
    return states;
}

}  // namespace handoff::harness
