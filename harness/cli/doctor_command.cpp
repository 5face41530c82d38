#include "doctor_command.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "advice.hpp"
#include "arguments.hpp"
#include "calibrate.hpp"
#include "child.hpp"
#include "doctor_report.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "json.hpp"
#include "limits.hpp"
#include "requested_value.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr const char* help = R"(usage: handoff doctor [--seconds S] [--json]

Looks at this machine before anybody measures on it: what it is, what it could do at best (bench_limits, 2 seconds or
as long as it is watched), and for some time whether it changes its state and who else uses it. Ends with advice:
what was found, why it matters, and a command. Changes nothing and needs no rights.

  --seconds S   to watch the machine (default: 10)
  --json        print JSON instead
  --help        this text

exit codes: 0; 2 usage
)";

/// A calibration, or why there is none.
calibration_line calibrate_once(double seconds) {
    const auto binaries = benchmark_binaries("", "");
    const auto found = binaries.find("limits");
    if (found == binaries.end()) {
        return {std::nullopt, "there is no bench_limits among the binaries of this command", 0};
    }
    return calibrate(found->second, std::min(2.0, seconds), 0)
        .value_or(calibration_line{std::nullopt, "interrupted", 0});
}

void print_machine(const environment& context, const std::vector<processor>& cpus) {
    std::cout << "cpu_model: " << context.cpu_model << "\nvirtualization: " << context.virtualization
              << "\nkernel: " << context.kernel << "\nsmt: " << context.smt
              << "\ngovernor: " << context.governor << "\nclocksource: " << context.clocksource << "\n"
              << "cpus: " << context.cpus_allowed << " of " << context.num_cpus << " allowed, on "
              << context.physical_cores << " cores\n";
    constexpr std::size_t most = 64;
    for (std::size_t i = 0; i < std::min(cpus.size(), most); ++i) {
        std::cout << (i % 8 == 0 ? "  " : "   ") << "cpu " << cpus[i].cpu << ": core " << cpus[i].core
                  << ", package " << cpus[i].package << (i % 8 == 7 || i + 1 == cpus.size() ? "\n" : ";");
    }
    if (cpus.size() > most) {
        std::cout << "\n  and " << cpus.size() - most << " more (--json has all)\n";
    }
    for (const cache_description& cache : context.caches) {
        std::cout << "cache: level " << cache.level << " " << cache.type << ", " << cache.size / 1024
                  << " KiB, shared by " << cache.num_sharing << "\n";
    }
    std::cout << "load: [" << context.load_avg[0] << "," << context.load_avg[1] << "," << context.load_avg[2]
              << "]\n\n";
}

void print(const doctor_report& found) {
    print_machine(found.context, found.topology);
    if (found.limits.made) {
        std::cout << calibration_table(*found.limits.made);
    } else {
        std::cout << "no limits: " << found.limits.reason << "\n";
    }
    char line[200];
    std::snprintf(line, sizeof line, "\nwatched for %.1f s: others used %.2f CPUs, the hypervisor took %.2f\n",
                  found.watch.seconds, found.watch.foreign_cpus, found.watch.stolen_cpus);
    std::cout << line;
    for (const machine_state& state : found.states) {
        std::snprintf(line, sizeof line, "machine state %s: line transfer %.0f .. %.0f ns, %zu probes\n",
                      state.label.c_str(), state.least_ns, state.greatest_ns, state.trials);
        std::cout << line;
    }
    std::cout << "\n" << (found.advice.empty() ? "nothing to advise\n" : "advice, the gravest first\n");
    for (const advice& one : found.advice) {
        std::cout << "* " << one.finding << "\n    why: " << one.why << "\n    try: " << one.command << "\n";
    }
}

}  // namespace

int doctor_command(const std::vector<std::string>& given) {
    double seconds = 10;
    bool as_json = false;
    for (arguments all(given); all.next();) {
        if (all.flag() == "--help" || all.flag() == "-h") {
            std::cout << help;
            return 0;
        }
        if (all.flag() == "--seconds") {
            seconds = parse_seconds("seconds", {all.value(), "--seconds"});
        } else if (all.flag() == "--json") {
            as_json = all.on();
        } else {
            throw usage_error("unknown argument " + all.text() + ": legal: --seconds, --json, --help");
        }
    }
    catch_interrupts();
    doctor_report found;
    found.context = describe_environment(std::filesystem::read_symlink("/proc/self/exe"));
    found.topology = processors();
    if (!as_json) {
        std::cerr << "measuring limits, and then watching for " << seconds_text(seconds) << " s\n";
    }
    found.limits = calibrate_once(seconds);
    found.watch = watch(seconds);
    found.states = states_of(found.watch.transfers_ns);
    found.advice = advise(read_facts(), found.watch,
                          found.limits.made ? std::optional(found.limits.made->noise) : std::nullopt);
    if (as_json) {
        std::cout << file_text_of(found);
    } else {
        print(found);
    }
    return 0;
}

}  // namespace handoff::harness
