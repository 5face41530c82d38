#include "doctor_command.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "advice.hpp"
#include "arguments.hpp"
#include "calibrate.hpp"
#include "child.hpp"
#include "environment.hpp"
#include "limits.hpp"
#include "requested_value.hpp"
#include "result.hpp"
#include "topology.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

using nlohmann::json;

constexpr const char* help = R"(usage: handoff doctor [--seconds S] [--json]

Looks at this machine before anybody measures on it: what it is, what it could do at best (bench_limits, 2 seconds or
as long as it is watched), and for some time whether it changes its state and who else uses it. Ends with advice:
what was found, why it matters, and a command. Changes nothing and needs no rights.

  --seconds S   to watch the machine (default: 10)
  --json        print JSON instead
  --help        this text

exit codes: 0; 2 usage
)";

json topology() {
    json all = json::array();
    for (const processor& p : processors()) {
        all.push_back({{"cpu", p.cpu}, {"core", p.core}, {"package", p.package}});
    }
    return all;
}

/// A calibration's line of the journal, as a run would have it.
json calibration(double seconds) {
    const auto binaries = benchmark_binaries("", "");
    const auto found = binaries.find("limits");
    if (found == binaries.end()) {
        return {{"calibration", nullptr}, {"reason", "there is no bench_limits beside this command"}};
    }
    return calibrate(found->second, std::min(2.0, seconds), 0)
        .value_or(json{{"calibration", nullptr}, {"reason", "interrupted"}});
}

json watch_json(const machine_watch& seen) {
    json states = json::array();
    for (const machine_state& s : states_of(seen.transfers_ns)) {
        states.push_back(
            {{"label", s.label}, {"transfer_ns", {s.least_ns, s.greatest_ns}}, {"probes", s.trials}});
    }
    return {{"seconds", seen.seconds},
            {"transfers_ns", seen.transfers_ns},
            {"interrupted_probes", seen.interrupted_probes},
            {"states", states},
            {"foreign_cpus", seen.foreign_cpus},
            {"stolen_cpus", seen.stolen_cpus}};
}

void print(const json& all) {
    const json& context = all.at("context");
    const json& machine = context.at("handoff");
    for (const char* key : {"cpu_model", "virtualization", "kernel", "smt", "governor", "clocksource"}) {
        std::cout << key << ": " << machine.at(key).get<std::string>() << "\n";
    }
    std::cout << "cpus: " << machine.at("cpus_allowed") << " of " << context.at("num_cpus") << " allowed, on "
              << machine.at("physical_cores") << " cores\n";
    const json& cpus = all.at("topology");
    constexpr std::size_t most = 64;
    for (std::size_t i = 0; i < std::min(cpus.size(), most); ++i) {
        std::cout << (i % 8 == 0 ? "  " : "   ") << "cpu " << cpus[i].at("cpu") << ": core "
                  << cpus[i].at("core") << ", package " << cpus[i].at("package")
                  << (i % 8 == 7 || i + 1 == cpus.size() ? "\n" : ";");
    }
    if (cpus.size() > most) {
        std::cout << "\n  and " << cpus.size() - most << " more (--json has all)\n";
    }
    for (const json& cache : context.at("caches")) {
        std::cout << "cache: level " << cache.at("level") << " " << cache.at("type").get<std::string>() << ", "
                  << cache.at("size").get<std::size_t>() / 1024 << " KiB, shared by " << cache.at("num_sharing")
                  << "\n";
    }
    std::cout << "load: " << context.at("load_avg").dump() << "\n\n";
    if (all.contains("limits")) {
        std::cout << calibration_table(all.at("limits"));
    } else {
        std::cout << "no limits: " << all.at("limits_note").get<std::string>() << "\n";
    }
    const json& watched = all.at("watch");
    char line[200];
    std::snprintf(line, sizeof line, "\nwatched for %.1f s: others used %.2f CPUs, the hypervisor took %.2f\n",
                  watched.at("seconds").get<double>(), watched.at("foreign_cpus").get<double>(),
                  watched.at("stolen_cpus").get<double>());
    std::cout << line;
    for (const json& state : watched.at("states")) {
        std::snprintf(line, sizeof line, "machine state %s: line transfer %.0f .. %.0f ns, %zu probes\n",
                      state.at("label").get<std::string>().c_str(), state.at("transfer_ns")[0].get<double>(),
                      state.at("transfer_ns")[1].get<double>(), state.at("probes").get<std::size_t>());
        std::cout << line;
    }
    std::cout << "\n" << (all.at("advice").empty() ? "nothing to advise\n" : "advice, the gravest first\n");
    for (const json& one : all.at("advice")) {
        std::cout << "* " << one.at("finding").get<std::string>()
                  << "\n    why: " << one.at("why").get<std::string>()
                  << "\n    try: " << one.at("command").get<std::string>() << "\n";
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
    json found{{"handoff_doctor", 1},
               {"context", environment(std::filesystem::read_symlink("/proc/self/exe"))}};
    found["topology"] = topology();
    if (!as_json) {
        std::cerr << "measuring limits, and then watching for " << seconds_text(seconds) << " s\n";
    }
    const json line = calibration(seconds);
    json noise = nullptr;
    if (line.at("calibration").is_null()) {
        found["limits_note"] = line.at("reason");
    } else {
        found["limits"] = line.at("calibration");
        noise = found["limits"].at("noise");
    }
    const machine_watch seen = watch(seconds);
    found["watch"] = watch_json(seen);
    found["advice"] = json::array();
    for (const advice& one : advise(read_facts(), seen, noise)) {
        found["advice"].push_back({{"finding", one.finding}, {"why", one.why}, {"command", one.command}});
    }
    if (as_json) {
        std::cout << found.dump(1, ' ', false, json::error_handler_t::replace) << "\n";
    } else {
        print(found);
    }
    return 0;
}

}  // namespace handoff::harness
