// bench_races: shows what goes wrong between threads, and how often here. Exhibits, not measurements.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "child.hpp"
#include "environment.hpp"
#include "exhibit.hpp"
#include "interval.hpp"
#include "json.hpp"
#include "output.hpp"
#include "requested_value.hpp"
#include "show.hpp"
#include "topology.hpp"
#include "usage_error.hpp"

namespace {

using namespace handoff::races;
using handoff::harness::parse_count;
using handoff::harness::usage_error;
using nlohmann::json;

constexpr const char* help = R"(usage: bench_races [flags]

Shows races, deadlocks and their like: each in a broken and a repaired twin that are played in child processes
for many rounds. Prints how many rounds failed, with a 95% confidence interval. The rates depend on the machine, on
what else it does, and on windows that are widened on purpose: they measure nothing. docs/races.md says how to read
them.

  --exhibit=A,B   only these (default: all)
  --rounds=N      of every twin (default: each exhibit's own; together some 40 s of CPU time on 2 CPUs)
  --seed=N        of the delays that are drawn (default: drawn, and printed)
  --json=FILE     write what was seen to FILE too (results/races.schema.json)
  --list          print the exhibits and their twins
  --help          this text

exit codes: 0 every exhibit ran and no repaired twin failed; 1 a repaired twin failed, which is a bug; 2 usage;
130 interrupted
)";

struct options {
    std::vector<const exhibit*> exhibits;
    std::optional<std::uint64_t> rounds;
    std::uint64_t seed = 0;
    std::string json_file;
    bool list = false;
    const twin* child = nullptr;  ///< of exhibits[0]
};

const exhibit& exhibit_named(const std::string& name, const std::string& place) {
    const auto found = std::ranges::find(all_exhibits(), name, &exhibit::name);
    if (found == all_exhibits().end()) {
        std::string known;
        for (const exhibit& e : all_exhibits()) {
            known += (known.empty() ? "" : ", ") + std::string(e.name);
        }
        throw usage_error("exhibit " + (name.empty() ? "''" : name) + " (" + place + "): legal: " + known);
    }
    return *found;
}

std::vector<const exhibit*> exhibits_named(const std::string& list) {
    std::vector<const exhibit*> asked;
    for (std::size_t begin = 0, end = 0; end != std::string::npos; begin = end + 1) {
        end = list.find(',', begin);
        const exhibit* e = &exhibit_named(list.substr(begin, end - begin), "--exhibit");
        if (std::ranges::find(asked, e) == asked.end()) {
            asked.push_back(e);
        }
    }
    return asked;
}

/// Nothing: asked for help.
std::optional<options> parse(const std::vector<std::string>& arguments) {
    constexpr const char* legal = "--exhibit, --rounds, --seed, --json, --list, --help";
    options o;
    o.seed = std::random_device{}();
    std::set<std::string> given;
    for (const std::string& argument : arguments) {
        const auto equals = argument.find('=');
        const std::string flag = argument.substr(0, equals);
        const std::string value = equals == std::string::npos ? "" : argument.substr(equals + 1);
        if (flag == "--help" || flag == "-h" || flag == "--list") {
            if (equals != std::string::npos) {
                throw usage_error(argument + ": " + flag + " takes no value");
            }
        } else if (flag == "--exhibit" || flag == "--rounds" || flag == "--seed" || flag == "--json" ||
                   flag == "--child") {
            if (value.empty()) {
                throw usage_error(flag + ": needs a value: " + flag + "=" +
                                  (flag == "--json" ? "FILE" : "..."));
            }
        } else if (flag == "--sweep") {  // the runner asks every binary of a family so
            throw usage_error("family races: exhibits are not swept: run bench_races itself");
        } else {
            throw usage_error("unknown argument " + (argument.empty() ? "''" : argument) + ": legal: " + legal);
        }
        if (!given.insert(flag).second) {
            throw usage_error(flag + ": given twice");
        }
        if (flag == "--help" || flag == "-h") {
            return std::nullopt;
        }
        if (flag == "--list") {
            o.list = true;
        } else if (flag == "--exhibit") {
            o.exhibits = exhibits_named(value);
        } else if (flag == "--rounds") {
            o.rounds = parse_count("rounds", {value, "--rounds"}, 1, 1'000'000'000);
        } else if (flag == "--seed") {
            o.seed = parse_count("seed", {value, "--seed"}, 0, ~0UL);
        } else if (flag == "--json") {
            o.json_file = value;
        } else {
            const exhibit& e = exhibit_named(value.substr(0, value.find('/')), "--child");
            const auto t = std::ranges::find(e.twins, value.substr(value.find('/') + 1), &twin::name);
            if (t == e.twins.end()) {
                throw usage_error("twin " + value + " (--child): there is none of that name");
            }
            o.exhibits = {&e};
            o.child = &*t;
        }
    }
    if (o.exhibits.empty()) {
        for (const exhibit& e : all_exhibits()) {
            o.exhibits.push_back(&e);
        }
    }
    return o;
}

const char* name_of(role r) {
    return r == role::broken ? "broken" : "repaired";
}

/// 12.3%, 0.12%, 0.0012%: two digits at least; 0% and 100% only for what is exactly that.
std::string percent(double rate) {
    if (rate == 0 || rate == 1) {
        return rate == 0 ? "0%" : "100%";
    }
    const double p = rate * 100;
    if (p < 1e-7 || p > 99.99) {
        return p < 1 ? "<0.0000001%" : ">99.99%";
    }
    const char* format = p > 99.9 ? "%.2f%%" : p >= 1 ? "%.1f%%" : p >= 1e-4 ? "%.2g%%" : "%.7f%%";
    char text[32];
    std::snprintf(text, sizeof text, format, p);
    return text;
}

bool pinned(const exhibit& e) {
    using namespace handoff::harness;
    return seats(placement::spread, e.threads).front() >= 0;
}

std::string conditions(const exhibit& e) {
    const std::string windows =
        e.window_ns == 0 ? "windows not widened"
                         : "windows widened by up to " + std::to_string(e.window_ns) + " ns in all twins alike";
    return windows + "; " + std::to_string(e.threads) + " threads, " +
           (pinned(e) ? "each on a CPU of its own" : "not pinned: there are fewer CPUs");
}

/// One line: what is seen.
std::string seen_text(const twin& t, const observation& o) {
    std::string text;
    if (o.seen.rounds == 0) {
        return o.why_stopped;
    }
    if (o.seen.failures > o.crashed + o.timed_out) {
        text = t.seen_failed;
    } else if (o.seen.failures > 0) {
        text = "a child ended before its time";
    } else if (t.is == role::repaired) {
        text = t.seen_none;
    } else {
        text = "not seen in these rounds";
        text += t.seen_none.empty() ? "" : ": " + std::string(t.seen_none);
    }
    if (o.crashed > 0) {
        text += "; " + std::to_string(o.crashed) + " of these crashed";
    }
    if (o.timed_out > 0) {
        text += "; " + std::to_string(o.timed_out) + " of these stood still";
    }
    if (!o.why_stopped.empty()) {
        text += "; stopped early: " + o.why_stopped;
    }
    return text;
}

/// One line, or none: what else was counted.
std::string counted_text(const observation& o) {
    std::string text;
    for (const auto* more : {&o.seen.totals, &o.seen.longest}) {
        for (const auto& [what, value] : *more) {
            text += (text.empty() ? "" : ", ") + what + " " + std::to_string(value);
        }
    }
    std::ranges::replace(text, '_', ' ');
    return text;
}

void print_row(const twin& t, const observation& o) {
    if (o.seen.rounds == 0) {
        std::printf("  %-23s no round ended: %s\n", std::string(t.name).c_str(), o.why_stopped.c_str());
        return;
    }
    const interval sure = wilson(o.seen.failures, o.seen.rounds);
    const std::string share = std::to_string(o.seen.failures) + "/" + std::to_string(o.seen.rounds);
    const double rate = static_cast<double>(o.seen.failures) / static_cast<double>(o.seen.rounds);
    const std::string between = "[" + percent(sure.low) + ", " + percent(sure.high) + "]";
    std::printf("  %-23s %15s %8s %-20s %s\n", std::string(t.name).c_str(), share.c_str(),
                percent(rate).c_str(), between.c_str(), seen_text(t, o).c_str());
    if (const std::string counted = counted_text(o); !counted.empty()) {
        std::printf("  %-69s %s\n", "", counted.c_str());
    }
}

json row_of(const twin& t, const observation& o) {
    json row{{"name", t.name},
             {"role", name_of(t.is)},
             {"how", t.how},
             {"rounds", o.seen.rounds},
             {"failures", o.seen.failures},
             {"rate", nullptr},
             {"low", nullptr},
             {"high", nullptr},
             {"seen", seen_text(t, o)},
             {"totals", o.seen.totals},
             {"longest", o.seen.longest},
             {"children", {{"started", o.children}, {"crashed", o.crashed}, {"timed_out", o.timed_out}}},
             {"stopped_early", o.why_stopped.empty() ? json() : json(o.why_stopped)}};
    if (o.seen.rounds > 0) {
        const interval sure = wilson(o.seen.failures, o.seen.rounds);
        row["rate"] = static_cast<double>(o.seen.failures) / static_cast<double>(o.seen.rounds);
        row["low"] = sure.low;
        row["high"] = sure.high;
    }
    return row;
}

void list(const options& o) {
    for (const exhibit* e : o.exhibits) {
        std::cout << e->name << ": " << e->title << "\n";
        for (const twin& t : e->twins) {
            std::cout << "  " << t.name << ": " << t.how << "\n";
        }
    }
}

/// Refuses before the rounds what could not be written after them.
void check_writable(const std::string& path) {
    const std::string why = handoff::harness::build_info::why_not();
    if (!why.empty()) {
        throw usage_error("json " + path + " (--json): refusing to write results: " + why);
    }
    const bool existed = std::filesystem::exists(path);
    const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
        throw usage_error("json " + path + " (--json): cannot be written: " + std::strerror(errno) +
                          ": name a file in a folder that exists");
    }
    close(descriptor);
    if (!existed) {
        std::filesystem::remove(path);
    }
}

void write_json(const std::string& path, const json& document) {
    std::ofstream file(path);
    file << document.dump(1, ' ', false, json::error_handler_t::replace) << "\n";
    file.close();
    if (!file) {
        throw std::runtime_error("json " + path + " (--json): cannot be written: is the disk full?");
    }
}

int show_all(const options& o) {
    if (!o.json_file.empty()) {
        check_writable(o.json_file);
    }
    handoff::harness::catch_interrupts();
    const auto cpus = handoff::harness::processors().size();
    std::printf(
        "Exhibits, not measurements: rates depend on the machine, its load, and windows widened on purpose "
        "(one in 8\n"
        "of them by giving the CPU away instead).\n"
        "%zu CPU%s. Seed %llu. failures/rounds, rate, 95%% interval (Wilson):\n",
        cpus, cpus == 1 ? ": what takes two at the same moment cannot be seen" : "s",
        static_cast<unsigned long long>(o.seed));

    json shown = json::array();
    json failed_repairs = json::array();
    bool interrupted = false;
    for (const exhibit* e : o.exhibits) {
        std::printf("\n%s: %s\n  failed: %s (%s)\n  %s\n", std::string(e->name).c_str(),
                    std::string(e->title).c_str(), std::string(e->fails).c_str(), std::string(e->kind).c_str(),
                    conditions(*e).c_str());
        json rows = json::array();
        for (const twin& t : e->twins) {
            std::fflush(stdout);
            const observation seen = show(*e, t, o.rounds.value_or(e->rounds), o.seed);
            print_row(t, seen);
            rows.push_back(row_of(t, seen));
            if (t.is == role::repaired && seen.seen.failures > 0) {
                failed_repairs.push_back(std::string(e->name) + "/" + std::string(t.name));
            }
            interrupted = seen.interrupted;
            if (interrupted) {
                break;
            }
        }
        shown.push_back({{"name", e->name},
                         {"title", e->title},
                         {"kind_of_failure", e->kind},
                         {"fails_when", e->fails},
                         {"threads", e->threads},
                         {"pinned", pinned(*e)},
                         {"window",
                          {{"widened_by_up_to_ns", e->window_ns},
                           {"given_away_one_in", e->window_ns == 0 ? json() : json(8)}}},
                         {"twins", rows}});
        if (interrupted) {
            break;
        }
    }
    std::fflush(stdout);

    if (!o.json_file.empty()) {
        write_json(
            o.json_file,
            {{"schema", 1},
             {"note",
              "exhibits, not measurements: rates depend on the machine, its load, and windows widened "
              "on purpose"},
             {"context", handoff::harness::to_json(handoff::harness::describe_environment("bench_races"))},
             {"seed", o.seed},
             {"complete", !interrupted},
             {"interval", {{"method", "Wilson score"}, {"confidence", 0.95}}},
             {"failed_repairs", failed_repairs},
             {"exhibits", shown}});
    }
    for (const json& name : failed_repairs) {
        std::cerr << "bench_races: " << name.get<std::string>()
                  << " failed: a repaired twin never should; this is a bug\n";
    }
    if (interrupted) {
        std::cerr << "bench_races: interrupted\n";
        return 130;
    }
    return failed_repairs.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    return handoff::harness::run_program("bench_races", handoff::harness::output_text::as_it_is, [&] {
        const auto asked = parse({argv + 1, argv + argc});
        if (!asked) {
            std::cout << help;
            return 0;
        }
        if (asked->child != nullptr) {
            return be_child(*asked->child, {asked->rounds.value_or(1), asked->seed});
        }
        if (asked->list) {
            list(*asked);
            return 0;
        }
        return show_all(*asked);
    });
}
