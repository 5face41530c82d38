#include "advice.hpp"

#include <cstdio>

#include "flags.hpp"

namespace handoff::harness {

namespace {

/// Above these something is worth a line.
constexpr double most_foreign_cpus = 0.05;
constexpr double most_stolen_cpus = 0.01;
constexpr double most_gap_share = 0.005;
constexpr std::size_t spare_cpus = 4;  ///< from so many on some can be kept for measuring alone

template <class... Values>
std::string text(const char* format, Values... values) {
    char line[300];
    std::snprintf(line, sizeof line, format, values...);
    return line;
}

/// Where the machine was in several states: how often it went from one to another, and which they were.
std::string state_changes(const std::vector<double>& probes) {
    const std::vector<machine_state> states = states_of(probes);
    if (states.size() < 2) {
        return "";
    }
    std::size_t changes = 0;
    const auto state_of = [&](double probe) {
        std::size_t i = 0;
        while (probe > states[i].greatest_ns) {
            ++i;
        }
        return i;
    };
    for (std::size_t i = 1; i < probes.size(); ++i) {
        changes += state_of(probes[i]) != state_of(probes[i - 1]) ? 1 : 0;
    }
    std::string all = text("the machine changed its state %zu times: line transfer", changes);
    for (const machine_state& s : states) {
        all += text("%s %.0f .. %.0f ns (%zu of %zu probes)", &s == &states.front() ? "" : ",", s.least_ns,
                    s.greatest_ns, s.trials, probes.size());
    }
    return all;
}

}  // namespace

std::vector<advice> advise(const machine_facts& facts, const machine_watch& watched,
                           const std::optional<noise_seen>& noise) {
    std::vector<advice> all;
    const auto say = [&](std::string finding, std::string why, std::string command) {
        all.push_back({std::move(finding), std::move(why), std::move(command)});
    };
    if (facts.cpus_allowed == 1) {
        say("this process has one CPU",
            "two threads can only take turns on it: nothing is handed from core to core, and every team is "
            "oversubscribed",
            "taskset -pc 0-3 $$    # or give the container or virtual machine more than one");
    }
    if (facts.cpu_quota && *facts.cpu_quota < static_cast<double>(facts.cpus_allowed)) {
        say(text("the control group gets %.2g CPUs' time for %zu CPUs", *facts.cpu_quota, facts.cpus_allowed),
            "when it is used up all threads stop for the rest of the period, some 100 ms",
            "echo max | sudo tee " + facts.cpu_quota_file + "    # docker: no --cpus, but --cpuset-cpus");
    }
    if (const std::string changes = state_changes(watched.transfers_ns); !changes.empty()) {
        say(changes,
            "everything that passes between CPUs changes with it; trials of the rarer state do not count, and "
            "those that "
            "meet both are contaminated",
            "handoff run SWEEP --repetitions 15    # more trials; on the host: virsh vcpupin, or another "
            "machine");
    }
    if (watched.foreign_cpus > most_foreign_cpus) {
        say(text("others use %.2f CPUs", watched.foreign_cpus) +
                (watched.interrupted_probes > 0 ? text(", and stopped %zu probes", watched.interrupted_probes)
                                                : ""),
            "a thread that waits for its CPU makes all that wait for it wait",
            "ps -eo pid,pcpu,etimes,args --sort=-pcpu | head    # stop what need not run now");
    }
    if (watched.stolen_cpus > most_stolen_cpus) {
        say(text("the hypervisor takes %.2f CPUs away", watched.stolen_cpus),
            "a stolen CPU stands still inside a measured loop; such trials are flagged `stolen`",
            "vmstat 1    # column st; on the host: fewer virtual CPUs than real ones, or another machine");
    }
    if (noise && noise->gap_share > most_gap_share) {
        say(text("the clock jumped by more than 1 us %.0f times a second, in all %.1f%% of the time, at most "
                 "%.0f us",
                 noise->gaps_per_second, 100 * noise->gap_share, noise->longest_gap_ns / 1000),
            "interrupts and other processes stop a thread in the middle of an operation: the tail of every "
            "latency",
            "watch -n1 -d cat /proc/interrupts    # keep them off: /proc/irq/*/smp_affinity_list, isolcpus, "
            "nohz_full");
    }
    if (facts.virtual_machine) {
        say("a virtual machine",
            "its CPUs may be moved, or be two threads of one core, without its knowing; a wake-up goes through "
            "the hypervisor",
            "systemd-detect-virt    # bare metal, or virtual CPUs pinned on the host, if the numbers must hold "
            "elsewhere");
    }
    if (!facts.governor.empty() && facts.governor != "performance") {
        say("the frequency governor is " + facts.governor,
            "the clock follows the load: trials begin slowly and short ones stay slow",
            "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
    }
    if (facts.smt.value_or(false)) {
        say("simultaneous multithreading is on",
            "whatever runs on the other thread of a core slows this one; teams take whole cores first, while "
            "they last",
            "echo off | sudo tee /sys/devices/system/cpu/smt/control");
    }
    if (facts.isolated.empty() && facts.cpus_allowed > 1) {
        if (facts.cpus_allowed >= spare_cpus) {
            say("no CPU is isolated", "the scheduler puts other processes on the CPUs of a team",
                "isolcpus=2-3 nohz_full=2-3 on the kernel's command line, and then: taskset -c 2-3 handoff run "
                "SWEEP");
        } else {
            say(text("no CPU is isolated, and %zu are too few to keep some apart", facts.cpus_allowed),
                "the scheduler puts other processes on the CPUs of a team",
                "systemctl list-units --type=service --state=running    # stop what need not run now");
        }
    }
    if (!facts.clocksource.empty() && facts.clocksource != "tsc" && facts.clocksource != "arch_sys_counter") {
        const bool offered = (" " + facts.other_clocksources + " ").find(" tsc ") != std::string::npos;
        say("the clock source is " + facts.clocksource,
            "reading it takes longer than reading the processor's own counter, and each latency sample holds "
            "one reading",
            offered ? "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"
                    : "tsc=reliable on the kernel's command line, if the processor's counter is steady (dmesg "
                      "| grep -i tsc)");
    }
    if (!facts.counters) {
        const int paranoid = facts.perf_event_paranoid.value_or(0);
        say(facts.perf_event_paranoid ? text("no hardware counters (perf_event_paranoid %d)", paranoid)
                                      : std::string("no hardware counters"),
            "cycles, instructions and cache misses are left out of the results; times are not affected",
            paranoid > 2            ? "sudo sysctl kernel.perf_event_paranoid=1"
            : facts.virtual_machine ? "on the host: give the virtual machine a PMU (qemu: -cpu host,pmu=on)"
                                    : "dmesg | grep -i 'performance events'    # why the kernel has none");
    }
    if (facts.swap_used_bytes > 0) {
        say(text("%.0f MiB are swapped out", static_cast<double>(facts.swap_used_bytes) / (1 << 20)),
            "a page that comes back from the disk stops its thread for milliseconds", "sudo swapoff -a");
    }
    return all;
}

}  // namespace handoff::harness
