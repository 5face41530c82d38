// A benchmark binary that measures nothing: it answers the gate and the runner from fake.json beside it, so
// that verdicts and retries can be tested without a clock.
//
//   {"build": {...},             how it says it was built; absent: it does not say
//    "points": [{
//      "impl": "good",             point fake/work/<impl>
//      "at": {"threads": "2"},     its axes; in the name they stand by the alphabet: fake/work/<impl>/threads:2
//      "value": 100,               ns per item: value * exp(noise * standard normal of seed and salt)
//      "noise": 0.01,
//      "first": 80,                instead of value, of the first three trials
//      "measure": "latency",       what it is compared by; default items_per_second
//      "does": "crash",            ok (default), crash, hang, invalid, garbage, nothing, fail_silently
//      "from_trial": 3,            does it from this trial on
//      "below_seconds": 0.003,     does it in windows that are asked to be shorter only
//      "probe": 30,                ns
//      "run_delay": 0,             share of the window
//      "sleep_ms": 0,
//      "threads": 2,
//      "preempted": 0.5,           of the seeds: trials with them are flagged
//      "paced_by": "other",        measures the rate that it is offered: half of that point's
//      "carries": 1000000,         and is saturated above this rate
//      "place": 0.05,              how far the value moves with every link of this binary, for good;
//      "place_salt": 0,            points with the same move alike
//      "costs": {"cpu": 100, "system_calls": 0.5},  ns of CPU time and calls per item
//      "salt": 0,                  of its own, beside the build's
//      "rivals": "all",            its ranking group; empty: a control
//      "reference": true           listed for others' sake
//    }],
//    "salt": 0}                    of the noise: two builds with the same salt measure the same
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <random>
#include <string>

using nlohmann::json;

namespace {

/// FNV-1a of this program's file, which differs between two links of the same objects.
std::uint64_t hash_of_itself() {
    std::ifstream file("/proc/self/exe", std::ios::binary);
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::istreambuf_iterator<char> it(file), end; it != end; ++it) {
        hash = (hash ^ static_cast<unsigned char>(*it)) * 0x100000001b3;
    }
    return hash;
}

std::string name_of(const json& p) {
    std::string name = "fake/work/" + p.at("impl").get<std::string>();
    const json at = p.value("at", json::object());
    for (const auto& [axis, value] : at.items()) {
        const std::string label = axis == "capacity" ? "cap" : axis;
        name += "/" + label + ":" + value.get<std::string>();
    }
    return name;
}

json listed(const json& p) {
    const std::string impl = p.at("impl");
    json point{{"family", "fake"}, {"workload", "work"}, {"impl", impl}};
    point.update(p.value("at", json::object()));
    json all{{"name", name_of(p)},
             {"point", point},
             {"threads", p.value("threads", 2)},
             {"oversubscribed", false},
             {"guarantees", json::object()},
             {"rivals", p.value("rivals", "all")},
             {"measure", p.value("measure", "items_per_second")},
             {"fills", p.value("fills", "time")}};
    if (p.contains("paced_by")) {
        all["paced_by"] = {{"point", "fake/work/" + p.at("paced_by").get<std::string>()}, {"share", 0.5}};
    }
    if (p.contains("reference")) {
        all["reference"] = true;
    }
    return all;
}

int list(const json& script, const std::string& sweep_file, const std::string& self) {
    std::ifstream file(sweep_file);
    const json sweep = json::parse(file);
    json answer{{"points", json::array()}, {"left_out", json::array()}, {"implementations", json::array()}};
    if (script.contains("build") && !script.at("build").is_null()) {
        answer["build"] = script.at("build");
    }
    for (const json& block : sweep.at("blocks")) {
        if (block.contains("max_slowdown")) {
            std::cerr << self << ": unknown key 'max_slowdown'\n";  // as a binary older than the key
            return 2;
        }
        for (const json& impl : block.value("impl", json::array())) {
            bool known = false;
            for (const json& p : script.at("points")) {
                known = known || p.at("impl") == impl;
            }
            if (!known) {
                std::cerr << self << ": impl " << impl.get<std::string>() << " (" << sweep_file
                          << ": blocks[0].impl[0]): legal: something else\n";
                return 2;
            }
        }
        for (const json& p : script.at("points")) {
            const json impls = block.value("impl", json::array({p.at("impl")}));
            if (std::find(impls.begin(), impls.end(), p.at("impl")) != impls.end()) {
                answer["points"].push_back(listed(p));
            }
        }
    }
    std::cout << answer.dump() << "\n";
    return 0;
}

/// Without a sweep: the points of the named implementations, all if none is named, as `handoff duel` asks.
int list_of(const json& script, const std::string& impls, const std::string& self) {
    json answer{{"points", json::array()}, {"left_out", json::array()}, {"implementations", json::array()}};
    answer["build"] = script.value("build", json::object());
    for (const json& p : script.at("points")) {
        answer["implementations"].push_back(p.at("impl"));
        if (impls.empty() ||
            ("," + impls + ",").find("," + p.at("impl").get<std::string>() + ",") != std::string::npos) {
            answer["points"].push_back(listed(p));
        }
    }
    if (answer["points"].empty()) {
        std::cerr << self << ": impl " << impls << " (--impl): legal: something else\n";
        return 2;
    }
    std::cout << answer.dump() << "\n";
    return 0;
}

int measure(const json& p, std::uint64_t seed, std::uint64_t salt, const std::string& to, bool has_items,
            std::uint64_t rate, double seconds) {
    const std::string does = seconds < p.value("below_seconds", 1e9) ? p.value("does", "ok") : "ok";
    const bool is_late = seed % 1024 >= p.value("from_trial", 0U);  // the gate numbers a point's trials there
    if (is_late && does == "crash") {
        std::cout << "about to crash" << std::endl;
        raise(SIGSEGV);
    }
    if (is_late && does == "hang") {
        for (;;) {
            pause();
        }
    }
    if (is_late && does == "fail_silently") {
        return 3;
    }
    usleep(static_cast<useconds_t>(1000 * p.value("sleep_ms", 0)));
    std::ofstream out(to);
    if (is_late && does == "garbage") {
        out << "{\"status\": ";
        return 0;
    }
    json m = listed(p);
    m["seed"] = seed;
    if (p.contains("paced_by") && rate == 0) {
        m["status"] = "invalid";
        m["reason"] = "no rate";
        out << m.dump() << "\n";
        return 1;
    }
    if (is_late && does == "nothing") {
        m["status"] = "invalid";
        m["reason"] = "nothing was done in the time that the trial had";
        out << m.dump() << "\n";
        return 1;
    }
    if (is_late && does == "invalid") {
        m["status"] = "invalid";
        m["reason"] = "lost: 3 of 1000 items <&\"|";
        out << m.dump() << "\n";
        return 1;
    }
    std::seed_seq mixed{seed, salt + p.value("salt", 0U)};
    std::mt19937_64 random(mixed);
    std::mt19937_64 of_this_link(hash_of_itself() + p.value("place_salt", 0U));
    const double factor = std::exp(p.value("noise", 0.0) * std::normal_distribution<double>()(random) +
                                   p.value("place", 0.0) * std::normal_distribution<double>()(of_this_link));
    const double scripted = p.value(seed % 1024 < 3 && p.contains("first") ? "first" : "value", 0.0);
    const double value = rate > 0 ? static_cast<double>(rate) : scripted * factor;
    const double probe = p.value("probe", 30.0);
    m["status"] = "ok";
    m["items"] = has_items ? 1000 : 2000;
    m["real_time_ns"] = value;
    m["window_seconds"] = 1e-6;
    m["overlap"] = 1.0;
    m["probe"] = {{"before_ns", probe}, {"after_ns", probe}, {"cpus", {0, 1}}};
    const bool preempted = static_cast<double>(seed % 1000) < 1000 * p.value("preempted", 0.0);
    const double run_delay = 1e-6 * (preempted ? 0.5 : p.value("run_delay", 0.0));
    m["cpu_time_ns"] = value;
    m["thread_time_ns"] = 2 * value;
    m["fairness"] = json::object();
    m["run_delay_seconds"] = run_delay;
    m["voluntary_switches"] = 0;
    m["involuntary_switches"] = 0;
    m["team"] = json::array({{{"role", "worker"},
                              {"cpu", p.value("cpu", 0)},
                              {"items", 1000},
                              {"start_seconds", 0.0},
                              {"end_seconds", 1e-6},
                              {"cpu_seconds", 1e-6},
                              {"run_delay_seconds", run_delay},
                              {"voluntary_switches", 0},
                              {"involuntary_switches", 0}}});
    if (p.value("measure", "") == "latency") {
        m["latency"] = {{"p50", value}};
    }
    m["metrics"] = json::object();
    if (p.value("measure", "") == "lost_share") {
        m["metrics"]["lost_share"] = value;
    }
    if (rate > 0) {
        m["rate"] = rate;
        m["metrics"]["saturated"] = rate > p.value("carries", ~std::uint64_t{0}) ? 1.0 : 0.0;
    }
    if (p.contains("costs")) {
        m["cpu_time_ns"] = p.at("costs").at("cpu").get<double>() * factor;
        m["system_calls_per_item"] = p.at("costs").at("system_calls");
    }
    out << m.dump() << "\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string self = argv[0];
    std::ifstream file(self.substr(0, self.rfind('/')) + "/fake.json");
    const json script = json::parse(file);
    std::string sweep;
    std::string impls;
    std::string point;
    std::string to;
    std::uint64_t seed = 0;
    std::uint64_t rate = 0;
    double seconds = 0;
    bool has_items = false;
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const auto value = [&] { return argument.substr(argument.find('=') + 1); };
        if (argument.starts_with("--sweep=")) {
            sweep = value();
        } else if (argument.starts_with("--impl=")) {
            impls = value();
        } else if (argument.starts_with("--point=")) {
            point = value();
        } else if (argument.starts_with("--measurement=")) {
            to = value();
        } else if (argument.starts_with("--seed=")) {
            seed = std::stoull(value());
        } else if (argument.starts_with("--benchmark_min_time=")) {
            seconds = std::stod(value());
        } else if (argument.starts_with("--rate=")) {
            rate = std::stoull(value());
        } else if (argument.starts_with("--items=")) {
            has_items = true;
        }
    }
    if (!sweep.empty()) {
        return list(script, sweep, self);
    }
    if (point.empty()) {
        return list_of(script, impls, self);
    }
    for (const json& p : script.at("points")) {
        if (point == name_of(p)) {
            return measure(p, seed, script.value("salt", 0U), to, has_items, rate, seconds);
        }
    }
    std::cerr << self << ": unknown point " << point << "\n";
    return 2;
}
