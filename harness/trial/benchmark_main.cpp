#include "benchmark_main.hpp"

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>

#include "clock.hpp"
#include "environment.hpp"
#include "expansion.hpp"
#include "handing_cpus.hpp"
#include "json.hpp"
#include "kernel_counters.hpp"
#include "line_transfer.hpp"
#include "measured_trial.hpp"
#include "memory_limit.hpp"
#include "name_filter.hpp"
#include "output.hpp"
#include "paced_rate.hpp"
#include "registry.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "topology.hpp"
#include "usage_error.hpp"
#include "window_costs.hpp"

namespace handoff::harness {

namespace {

// ------------------------------------------------------------------------------------------------ trials

/// What a call of a benchmark observed, beyond what the workload saw.
struct observation {
    measurement seen;
    double window_wall_seconds = 0;  ///< by the main thread's clock, around the team's
    double cpu_seconds = 0;          ///< of the process, in the window
    std::optional<double> transfer_before_ns;
    std::optional<double> transfer_after_ns;
    std::optional<std::pair<int, int>> probed;
    std::optional<window_costs> costs;
};

/// More than any trial does.
constexpr std::uint64_t most_items = std::uint64_t{1} << 60;
/// More than a machine can hand over in a second.
constexpr std::uint64_t most_rate = 1'000'000'000'000;

struct scheduled {
    harness::point point;
    clock::duration longest;  ///< of a trial
    bool by_time;             ///< the trial ends after `longest` and not after some number of items
    std::uint64_t seed;
    check_kind check = check_kind::light;                ///< of workloads that have both kinds
    std::optional<double> asked_seconds = std::nullopt;  ///< that the window that counts is to fill
    std::optional<double> wake_ns = std::nullopt;        ///< as stated by a flag
    double rate = 0;                                     ///< that a paced point is offered
    std::string no_rate = "";                            ///< why it has none, so that it cannot be run
    const kernel_counters* hardware = nullptr;      ///< counts in the window; null: nothing is to be counted
    const kernel_counters* system_calls = nullptr;  ///< counts while rehearsing; likewise
    std::optional<double> system_calls_per_item = std::nullopt;  ///< in the last rehearsal
    std::optional<std::pair<int, int>> handing = std::nullopt;   ///< the CPUs of two roles, as it was rehearsed
    std::optional<observation> last = std::nullopt;  ///< of Google Benchmark's calls, the one that counts
};

std::optional<double> probe(const std::optional<std::pair<int, int>>& cpus) {
    return cpus ? std::optional(line_transfer_ns(cpus->first, cpus->second)) : std::nullopt;
}

void run_once(benchmark::State& state, scheduled& one) {
    observation now;
    const auto& run = candidate_of(one.point).run;
    const std::size_t threads = candidate_of(one.point).threads(one.point);
    now.probed = one.handing ? one.handing : probed_pair(seats(placement_of(one.point), threads));
    now.transfer_before_ns = probe(now.probed);
    // What the kernel counts for the process it counts for neighbours, too.
    now.costs.emplace(scheduling_of(one.point).neighbours > 0 ? nullptr : one.hardware);
    const auto window = [&](const std::function<void()>& go) {
        while (state.KeepRunningBatch(state.max_iterations)) {
            now.costs->begin();
            const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
            const auto before = clock::now();
            go();
            now.window_wall_seconds = seconds_between(before, clock::now());
            now.cpu_seconds = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
            now.costs->end();
        }
    };
    const auto asked = static_cast<std::uint64_t>(state.max_iterations);
    now.seen = run(trial{one.point, one.by_time ? most_items : asked, one.longest, one.seed, window, one.rate,
                         one.wake_ns, one.check});
    now.transfer_after_ns = probe(now.probed);
    if (const auto& beside = now.seen.team.neighbours) {
        now.cpu_seconds = std::max(0.0, now.cpu_seconds - beside->cpu_seconds);
        now.seen.metrics.emplace_back("neighbours_share", beside->share);
    }

    if (now.seen.failure.empty() && now.seen.items == 0) {
        now.seen.failure = nothing_done;
    }
    // The harness checks its own clock: no thread can have worked longer than the window was open.
    if (now.seen.failure.empty() && now.seen.team.window_seconds > now.window_wall_seconds) {
        now.seen.failure = "clock: the threads' window is longer than the time that passed around it";
    }
    if (now.seen.failure.empty()) {
        // Google Benchmark divides by the iterations that it asked for.
        state.SetIterationTime(now.seen.team.window_seconds * static_cast<double>(state.max_iterations) /
                               static_cast<double>(now.seen.items));
        for (const auto& [name, value] : now.seen.metrics) {
            state.counters[name] = value;
        }
    } else {
        state.SkipWithError(now.seen.failure.c_str());
    }
    one.last = std::move(now);
}

/// A call before the one that counts, checked like it: a failure becomes the trial's own, and there is nothing.
std::optional<measurement> rehearse(scheduled& one, std::uint64_t items, clock::duration longest) {
    std::vector<std::pair<std::string, double>> calls;
    const auto window = [&](const std::function<void()>& go) {
        if (one.system_calls == nullptr) {
            go();
            return;
        }
        const auto before = one.system_calls->read();
        go();
        calls = one.system_calls->between(before, one.system_calls->read());
    };
    measurement m = candidate_of(one.point).run(
        trial{one.point, items, longest, one.seed, window, one.rate, one.wake_ns, one.check});
    if (m.failure.empty()) {
        one.handing = handing_cpus(m.team);
        if (!calls.empty() && m.items > 0) {
            one.system_calls_per_item = calls.front().second / static_cast<double>(m.items);
        }
        return m;
    }
    one.last = observation{};
    one.last->seen = std::move(m);
    return std::nullopt;
}

/// The number of iterations that should fill `seconds`, found by calls that grow tenfold until all threads work
/// together for a tenth of it; they are checked like every other and warm up what can be. The call that counts
/// then takes what it takes: were it repeated until it is long enough, as Google Benchmark does, slow calls
/// would be kept and fast ones dropped. Nothing when a call fails its check: `one.last` says why.
///
/// What stands still once in a call looks as slow as that, and the window would be over in no time. A call that
/// is long enough, but whose iterations took more than twice as long as those of the calls before it, or that
/// has none before it, is therefore made again, at most twice; the fastest of these says how many fit.
std::optional<std::uint64_t> calibrate(scheduled& one, double seconds) {
    constexpr int most_calls = 3;
    double fastest_before = 0;  // seconds an iteration; 0: no call yet
    for (std::uint64_t items = 1;; items *= 10) {
        double fastest = std::numeric_limits<double>::infinity();
        bool long_enough = true;
        for (int calls = 1; long_enough; ++calls) {
            const auto m = rehearse(one, items, one.longest);
            if (!m) {
                return std::nullopt;
            }
            const double took = m->team.window_seconds;
            // Not the time in which threads were still arriving: with more threads than processors that alone
            // can be long.
            const double together = took * m->team.overlap;
            long_enough = together >= seconds / 10 || took >= seconds;
            fastest = std::min(fastest, took / static_cast<double>(m->items));
            if (long_enough && (fastest <= 2 * fastest_before || calls == most_calls)) {
                return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(1.1 * seconds / fastest));
            }
        }
        fastest_before = fastest_before == 0 ? fastest : std::min(fastest_before, fastest);
    }
}

/// The warm-up of a trial whose number of iterations was found before: a tenth of it.
std::optional<std::uint64_t> warm_up(scheduled& one, std::uint64_t items) {
    return rehearse(one, std::max<std::uint64_t>(1, items / 10), one.longest) ? std::optional(items)
                                                                              : std::nullopt;
}

/// The warm-up of a trial by time, a tenth of it. Such a trial needs no number of iterations; it is asked for
/// one.
std::optional<std::uint64_t> warm_up(scheduled& one) {
    return rehearse(one, most_items, one.longest / 10) ? std::optional<std::uint64_t>(1) : std::nullopt;
}

/// What `rehearse` leaves behind when a trial fails, of one that has no rate.
std::optional<std::uint64_t> fail(scheduled& one) {
    one.last = observation{};
    one.last->seen.failure = one.no_rate;
    return std::nullopt;
}

clock::duration duration_of(double seconds) {
    return std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(seconds));
}

/// Finds the rate of a paced point: its reference is measured here and now. `handoff run` has measured it in
/// processes of its own and says --rate. `known`: what was found before, by name of the reference.
void find_rate(scheduled& one, double seconds, std::map<std::string, double>& known) {
    const pacing by = candidate_of(one.point).paced_by(one.point);
    const std::string name = by.reference.name();
    if (!known.contains(name)) {
        scheduled reference{by.reference, duration_of(3 * seconds), false, one.seed};
        const auto items = calibrate(reference, seconds);
        const auto m = items ? rehearse(reference, *items, reference.longest) : std::nullopt;
        if (!m) {
            one.no_rate = "no rate: " + name + ", which decides it, failed: " + reference.last->seen.failure;
            return;
        }
        known[name] = static_cast<double>(m->items) / m->team.window_seconds;
    }
    one.rate = static_cast<double>(paced_rate(known[name], by.share));
}

latency latency_of(const sampled_latency& sampled) {
    const histogram& h = sampled.samples;
    const auto ns = [&](std::uint64_t sample) { return sampled.scale * static_cast<double>(sample); };
    latency all;
    all.what = sampled.what;
    all.relative_error = histogram::relative_error;
    all.count = h.count();
    all.min = ns(h.min());
    all.p50 = ns(h.quantile(0.5));
    all.p90 = ns(h.quantile(0.9));
    all.p99 = ns(h.quantile(0.99));
    all.p999 = ns(h.quantile(0.999));
    all.p9999 = ns(h.quantile(0.9999));
    all.max = ns(h.max());
    all.samples.scale = sampled.scale;
    h.for_each_bucket([&](std::size_t index, std::uint64_t count) {
        all.samples.buckets.emplace_back(static_cast<std::uint32_t>(index), count);
    });
    return all;
}

std::string progress_of(const candidate& c) {
    const auto found = std::ranges::find(c.guarantees, "progress", &std::pair<std::string, std::string>::first);
    return found == c.guarantees.end() ? "" : found->second;
}

/// The ranking group of a point. It says who can be held up by a thread that stops, where the contenders of the
/// workload do not all promise the same of that.
std::string rivals_of(const candidate& c, const point& p) {
    const std::string group = c.rivals(p);
    const std::string own = progress_of(c);
    const bool differs = std::ranges::any_of(registry(), [&](const candidate& other) {
        const std::string its = progress_of(other);
        return other.family == c.family && other.workload == c.workload && !its.empty() && its != own;
    });
    return group.empty() || group == "all" || own.empty() || !differs ? group : group + ", " + own;
}

/// A point as the runner plans it.
listed_point listed(const point& p) {
    const candidate& c = candidate_of(p);
    listed_point listed;
    listed.name = p.name();
    listed.point = p;
    listed.threads = c.threads(p);
    listed.oversubscribed = oversubscribed(placement_of(p), listed.threads) || scheduling_of(p).neighbours > 0;
    listed.guarantees = {c.guarantees.begin(), c.guarantees.end()};
    listed.rivals = rivals_of(c, p);
    listed.measure = c.measure;
    listed.fills = c.stops_on_time ? "time" : "count";
    listed.keeps_cpu = c.keeps_cpu && c.keeps_cpu(p);
    if (c.paced_by) {
        const pacing by = c.paced_by(p);
        listed.paced_by = {by.reference.name(), by.share};
    }
    if (c.limit) {
        listed.limit = c.limit(p);
    }
    listed.light_check = c.has_light_check;
    listed.streams = c.streams && apart(placement_of(p), listed.threads);
    return listed;
}

/// The points without which some of these have no rate, and which are not among them.
std::vector<point> missing_references(const std::vector<point>& points) {
    std::vector<point> missing;
    std::set<std::string> there;
    for (const point& p : points) {
        there.insert(p.name());
    }
    for (const point& p : points) {
        if (const candidate& c = candidate_of(p); c.paced_by) {
            point reference = c.paced_by(p).reference;
            if (there.insert(reference.name()).second) {
                missing.push_back(std::move(reference));
            }
        }
    }
    return missing;
}

measured_thread measured(const thread_report& t) {
    measured_thread one;
    one.role = t.role;
    one.cpu = t.cpu < 0 ? std::nullopt : std::optional(t.cpu);
    one.items = t.items;
    one.start_seconds = t.start_seconds;
    one.end_seconds = t.end_seconds;
    one.cpu_seconds = t.cpu_seconds;
    one.run_delay_seconds = t.run_delay_seconds;
    one.voluntary_switches = t.voluntary_switches;
    one.involuntary_switches = t.involuntary_switches;
    if (t.of_team && t.costs) {
        one.cpu_user_seconds = t.costs->user_seconds;
        one.cpu_system_seconds = t.costs->system_seconds;
        one.minor_faults = t.costs->minor_faults;
        one.major_faults = t.costs->major_faults;
        one.migrations = t.costs->migrations;
    }
    return one;
}

measured_trial measured(const scheduled& one) {
    const observation& o = *one.last;
    const measurement& m = o.seen;
    measured_trial result;
    result.listed = listed(one.point);
    result.seed = one.seed;
    result.check = result.listed.light_check ? word(one.check) : "";
    result.status = m.failure.empty() ? "ok" : "invalid";
    result.rate = one.rate > 0 ? std::optional(one.rate) : std::nullopt;
    if (!m.failure.empty()) {
        result.reason = m.failure;
        return result;  // a trial that failed its check carries no number
    }
    const double items = static_cast<double>(m.items);
    result.items = m.items;
    result.real_time_ns = m.team.window_seconds * 1e9 / items;
    result.cpu_time_ns = o.cpu_seconds * 1e9 / items;
    result.window_seconds = m.team.window_seconds;
    result.asked_seconds = one.asked_seconds;
    result.overlap = m.team.overlap;
    result.costs = o.costs->per_item(items);
    if (const auto& beside = m.team.neighbours; beside && result.costs.cpu_user_ns) {
        result.costs.cpu_user_ns = std::max(0.0, *result.costs.cpu_user_ns - beside->cpu_seconds * 1e9 / items);
    }
    result.costs.system_calls_per_item = one.system_calls_per_item;
    if (o.probed) {
        result.probe = {*o.transfer_before_ns, *o.transfer_after_ns, *o.probed};
    }
    double thread_seconds = 0;
    std::optional<std::uint64_t> migrations = 0;  // of the threads of the team; none where one does not say
    for (const thread_report& t : m.team.threads) {
        if (const auto index = jains_index(m.team.threads, t.role)) {
            result.fairness[t.role] = *index;
        }
        result.team.push_back(measured(t));
        result.run_delay_seconds += t.run_delay_seconds;
        result.voluntary_switches += t.voluntary_switches;
        result.involuntary_switches += t.involuntary_switches;
        if (t.of_team) {
            thread_seconds += t.end_seconds - t.start_seconds;
            const auto own = result.team.back().migrations;
            migrations = migrations && own ? std::optional(*migrations + *own) : std::nullopt;
        }
    }
    result.costs.migrations = migrations;
    result.thread_time_ns = thread_seconds * 1e9 / items;
    result.metrics = {m.metrics.begin(), m.metrics.end()};
    result.actual_capacity = m.actual_capacity;
    if (m.latency) {
        result.latency = latency_of(*m.latency);
    }
    result.course = m.course;
    return result;
}

// ---------------------------------------------------------------------------------------------- reporters

/// Google Benchmark's reporters with names as we spell them: a trial times itself, so that the library's
/// "/process_time/manual_time" says nothing.
template <class Base>
class plain_names : public Base {
public:
    using Base::Base;

    plain_names(const std::map<std::string, std::size_t>& threads) : threads_(&threads) {}
    template <class Options>
    plain_names(const std::map<std::string, std::size_t>& threads, Options options)
        : Base(options), threads_(&threads) {}

    void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
        auto renamed = runs;
        for (auto& run : renamed) {
            run.run_name.time_type.clear();
            run.run_name.iterations.clear();
            run.threads = static_cast<int64_t>(threads_->at(run.run_name.function_name));
        }
        Base::ReportRuns(renamed);
    }

private:
    const std::map<std::string, std::size_t>* threads_;
};

/// JSON has no NaN: Google Benchmark writes it all the same, as the coefficient of variation of zeros, and
/// parsers refuse the whole file. What is no number is left out.
class json_reporter : public plain_names<benchmark::JSONReporter> {
public:
    using plain_names::plain_names;

    void ReportRuns(const std::vector<benchmark::BenchmarkReporter::Run>& runs) override {
        std::vector<benchmark::BenchmarkReporter::Run> numbers;
        for (const auto& run : runs) {
            if (run.error_occurred ||
                (std::isfinite(run.real_accumulated_time) && std::isfinite(run.cpu_accumulated_time))) {
                numbers.push_back(run);
                std::erase_if(numbers.back().counters,
                              [](const auto& counter) { return !std::isfinite(counter.second.value); });
            }
        }
        if (!numbers.empty()) {
            plain_names::ReportRuns(numbers);
        }
    }
};

class console : public plain_names<benchmark::ConsoleReporter> {
public:
    /// `quiet`: for the runner, to whom the last line of the output is the reason of a crash.
    console(const std::map<std::string, std::size_t>& threads, OutputOptions how, bool quiet)
        : plain_names(threads, how), quiet_(quiet) {}

    bool ReportContext(const Context& context) override {
        name_field_width_ = context.name_field_width;
        printed_header_ = false;
        prev_counters_.clear();
        if (quiet_) {
            return true;
        }
        std::cerr << timestamp() << "\n"
                  << "One iteration is one item handed over, one task, one round trip, one increment, one "
                     "critical section; Time is wall, CPU is the whole process's.\n";
        if (!build_info::measures()) {
            std::cerr << "*** NOT MEASUREMENTS: " << build_info::why_not() << ".\n";
        }
        return true;
    }

private:
    const bool quiet_;
};

// -------------------------------------------------------------------------------------------------- flags

struct options {
    bool help = false;
    bool list_tests = false;
    bool list_points = false;
    std::string filter = ".";
    std::string format = "console";
    std::string out;
    std::string out_format = "json";
    std::string color = "auto";
    bool tabular = false;
    bool repeated = false;
    std::optional<std::string> sweep;
    std::optional<std::string> point;
    std::optional<std::string> measurement;
    std::uint64_t seed = 1;
    std::optional<std::uint64_t> items;
    std::optional<std::uint64_t> rate;
    std::optional<double> wake_ns;
    check_kind check = check_kind::light;
    double min_time = 0.5;  ///< Google Benchmark's default
    block flags{"flags", {}, {}, {}, {}};
    bool has_flags = false;
    std::vector<char*> passed_on;
};

bool truth(const std::string& flag, const std::string& value) {
    if (value.empty() || value == "true" || value == "1" || value == "yes" || value == "t" || value == "on") {
        return true;
    }
    if (value == "false" || value == "0" || value == "no" || value == "f" || value == "off") {
        return false;
    }
    throw usage_error(flag + " " + value + ": legal: true, false");
}

std::string one_of(const std::string& flag, const std::string& value, const std::vector<std::string>& legal) {
    if (std::ranges::find(legal, value) == legal.end()) {
        std::string all;
        for (const std::string& word : legal) {
            all += (all.empty() ? "" : ", ") + word;
        }
        throw usage_error(flag + " " + (value.empty() ? "''" : value) + ": legal: " + all);
    }
    return value;
}

std::string axis_flags() {
    std::string all = "--workload, --impl";
    for (const axis& a : axes()) {
        all += ", --" + std::string(a.name);
    }
    return all;
}

options parse(int argc, char** argv) {
    options o;
    o.passed_on.push_back(argv[0]);
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const auto equals = argument.find('=');
        const std::string flag = argument.substr(0, equals);
        const bool has_value = equals != std::string::npos;
        const std::string value = has_value ? argument.substr(equals + 1) : "";
        const auto needs_value = [&] {
            if (!has_value || value.empty()) {
                throw usage_error(flag + ": needs a value, as " + flag + "=...");
            }
        };
        if (flag == "--help" || flag == "-h") {
            o.help = true;
        } else if (flag == "--benchmark_list_tests") {
            o.list_tests = truth(flag, value);
        } else if (flag == "--benchmark_filter") {
            o.filter = value.empty() || value == "all" ? "." : value;
        } else if (flag == "--benchmark_format") {
            o.format = one_of(flag, value, {"console", "json", "csv"});
        } else if (flag == "--benchmark_out_format") {
            o.out_format = one_of(flag, value, {"json", "console", "csv"});
            o.passed_on.push_back(argv[i]);
        } else if (flag == "--benchmark_out") {
            needs_value();
            o.out = value;
            o.passed_on.push_back(argv[i]);
        } else if (flag == "--benchmark_color") {
            o.color = value.empty() ? "true" : value;
            o.passed_on.push_back(argv[i]);
        } else if (flag == "--benchmark_counters_tabular") {
            o.tabular = truth(flag, value);
            o.passed_on.push_back(argv[i]);
        } else if (flag == "--benchmark_min_time") {
            o.min_time = parse_seconds("min_time", {value, flag});
            o.passed_on.push_back(argv[i]);
        } else if (flag.starts_with("--benchmark_") || flag == "--v" || flag == "--version") {
            o.repeated = o.repeated || (flag == "--benchmark_repetitions" && value != "1");
            o.passed_on.push_back(argv[i]);
        } else if (flag == "--sweep") {
            needs_value();
            o.sweep = value;
        } else if (flag == "--point") {
            needs_value();
            o.point = value;
        } else if (flag == "--seed") {
            o.seed = parse_count("seed", {value, "--seed"}, 0, ~0UL);
        } else if (flag == "--items") {
            o.items = parse_count("items", {value, "--items"}, 1, most_items);
        } else if (flag == "--rate") {
            o.rate = parse_count("rate", {value, "--rate"}, 1, most_rate);
        } else if (flag == "--wake-ns") {
            o.wake_ns = static_cast<double>(parse_count("wake-ns", {value, "--wake-ns"}, 1, 1'000'000'000));
        } else if (flag == "--check") {
            o.check = one_of(flag, value, {"light", "full"}) == "full" ? check_kind::full : check_kind::light;
        } else if (flag == "--measurement") {
            needs_value();
            o.measurement = value;
        } else if (flag == "--list_points") {
            o.list_points = truth(flag, value);
        } else if (flag.starts_with("--") && (needs_value(), add_flag(o.flags, flag.substr(2), value))) {
            o.has_flags = true;
        } else {
            throw usage_error("unknown flag " + argument + ": legal: " + axis_flags() +
                              ", --sweep, --point, --seed, --items, --rate, --wake-ns, --check, "
                              "--measurement, --list_points, --help, --benchmark_*");
        }
    }
    if (o.items && !o.measurement) {
        throw usage_error("--items goes with --measurement: otherwise Google Benchmark finds the number");
    }
    if (int(o.sweep.has_value()) + int(o.point.has_value()) + int(o.has_flags) > 1) {
        throw usage_error("--sweep, --point and axis flags exclude each other: each says which points to run");
    }
    return o;
}

void print_help(const char* binary) {
    std::cout
        << "usage: " << binary << " [--AXIS=VALUE,VALUE...] [--benchmark_*]\n\n"
        << "Measures the legal points of a product of axis values; without flags, the defaults of all.\n\n"
        << "  --workload=, --impl=   names, as --benchmark_list_tests prints them\n";
    for (const axis& a : axes()) {
        std::cout << "  --" << a.name << "=";
        std::vector<std::string> words;
        for (const candidate& c : registry()) {
            for (const auto& [name, offered] : c.words) {
                for (const std::string& word : offered) {
                    if (name == a.name && std::ranges::find(words, word) == words.end()) {
                        words.push_back(word);
                    }
                }
            }
        }
        for (std::size_t i = 0; i < words.size(); ++i) {
            std::cout << (i == 0 ? "  " : ", ") << words[i];
        }
        if (a.is != axis::kind::word) {
            std::cout << "  whole numbers from " << a.least
                      << (a.is == axis::kind::size ? ", or unbounded" : "");
        }
        std::cout << "\n      " << a.meaning << "\n";
    }
    std::cout
        << "\n  --sweep=FILE           the points of this family in a sweep file instead\n"
        << "  --point=NAME           exactly one point, by its name\n"
        << "  --seed=N               of what a trial draws by chance\n"
        << "  --items=N              the trial's iterations, instead of finding how many fill its time; a "
           "trial that\n"
        << "                         fills a time whatever it does in it takes no notice\n"
        << "  --rate=N               what a point with a load is offered, in items per second (one point "
           "only); "
           "else what\n"
        << "                         the load is a share of is measured first\n"
        << "  --wake-ns=N            what a futex wake takes here, for spin budgets, instead of measuring it\n"
        << "  --check=KIND           light (the default): count, sum, and order where one number is enough for "
           "it; "
           "full:\n"
        << "                         every item by itself, which makes some consumers slower; workloads that "
           "have one\n"
        << "                         kind of check take no notice\n"
        << "  --measurement=FILE     write the last trial's measurement as one line of JSON (one point only)\n"
        << "  --list_points          print the points as JSON\n\n"
        << "Exit codes: 0 fine, 1 a trial failed its check, 2 usage.\n"
        << "Repetitions in one process share its luck; `handoff run` gives each its own.\n\n"
        << "Google Benchmark's own flags:\n";
    std::cout.flush();  // what follows comes from C's functions
    benchmark::PrintDefaultHelp();
}

expansion chosen_points(const options& o) {
    expansion all;
    if (o.point) {
        all = expand(block_of_point(*o.point));
        if (all.points.size() != 1 || all.points.front().name() != *o.point) {
            throw usage_error("point " + *o.point + " (--point): it lacks an axis; the nearest is " +
                              all.points.front().name());
        }
        return all;
    }
    if (o.sweep) {
        const sweep asked = read_sweep(*o.sweep);
        std::string lack;
        std::set<std::string> there;
        for (const block& b : asked.blocks) {
            const bool ours =
                std::ranges::any_of(registry(),
                                    [&](const candidate& c) { return c.family == b.families.front().text; }) ||
                std::ranges::any_of(not_built(), [&](const not_built_impl& one) {
                    return one.family == b.families.front().text;
                });
            if (ours) {
                expansion more;
                try {
                    more = expand(b, unoffered::left_out);
                } catch (const nothing_here& absent) {
                    more.left_out = absent.left_out;
                    lack = lack.empty() ? absent.what() : lack;
                }
                for (point& p : more.points) {
                    if (there.insert(p.name()).second) {
                        all.points.push_back(std::move(p));
                    }
                }
                refuse_too_many(static_cast<double>(all.points.size()), asked.file);
                for (const auto& [reason, count] : more.left_out) {
                    all.left_out[reason] += count;
                }
            }
        }
        // Who lists may find points in other families: the runner refuses when nobody has any.
        if (all.points.empty() && (lack.empty() || !o.list_points)) {
            throw usage_error(!lack.empty() ? lack
                              : registry().empty()
                                  ? "this binary has no implementation (--list_points says why)"
                                  : *o.sweep + " has no block of family " + registry().front().family);
        }
        return all;
    }
    return expand(o.flags);
}

std::unique_ptr<benchmark::BenchmarkReporter> make_reporter(const options& o, const std::string& format,
                                                            bool to_terminal,
                                                            const std::map<std::string, std::size_t>& threads) {
    if (format == "json") {
        return std::make_unique<json_reporter>(threads);
    }
    if (format == "csv") {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
        return std::make_unique<plain_names<benchmark::CSVReporter>>(threads);
#pragma GCC diagnostic pop
    }
    int how = benchmark::ConsoleReporter::OO_None;
    if (o.color == "auto" ? to_terminal : truth("--benchmark_color", o.color)) {
        how |= benchmark::ConsoleReporter::OO_Color;
    }
    if (o.tabular) {
        how |= benchmark::ConsoleReporter::OO_Tabular;
    }
    return std::make_unique<console>(threads, static_cast<benchmark::ConsoleReporter::OutputOptions>(how),
                                     o.measurement.has_value());
}

void write_measurement(const std::string& path, const scheduled& one) {
    std::ofstream out(path);
    out << line_of(measured(one)) << "\n";
    if (!out.flush()) {
        throw usage_error("--measurement " + path + ": cannot write");
    }
}

/// Which implementations adapt a library, in the order of the catalog, with the versions that this build has.
std::vector<adapted_impl> adapted_in_order(const std::vector<std::string>& implementations) {
    std::vector<adapted_impl> all = adapted();
    const auto& libraries = build_info::description.libraries;
    for (adapted_impl& one : all) {
        if (const auto found = libraries.find(one.source); found != libraries.end()) {
            one.version = found->second;
        }
    }
    std::ranges::stable_sort(
        all, {}, [&](const adapted_impl& one) { return std::ranges::find(implementations, one.impl); });
    return all;
}

int run(const options& o) {
    expansion chosen = chosen_points(o);
    std::vector<point> points = filtered(std::move(chosen.points), o.filter);
    if (o.list_tests) {
        for (const point& p : points) {
            std::cout << p.name() << "\n";
        }
        return 0;
    }
    if (o.list_points) {
        listing answer;
        answer.build = build_info::description;
        for (const candidate& c : registry()) {
            if (std::ranges::find(answer.implementations, c.impl) == answer.implementations.end()) {
                answer.implementations.push_back(c.impl);
            }
        }
        answer.not_built = not_built();
        answer.adapted = adapted_in_order(answer.implementations);
        for (const point& p : points) {
            answer.points.push_back(listed(p));
        }
        for (const point& p : missing_references(points)) {
            answer.points.push_back(listed(p));
            answer.points.back().reference = true;
        }
        for (const auto& [reason, count] : chosen.left_out) {
            answer.left_out.push_back({reason, count});
        }
        std::cout << file_text_of(answer);
        return 0;
    }
    if (!build_info::measures() && (o.measurement || !o.out.empty() || o.format != "console")) {
        throw usage_error("refusing to write results: " + build_info::why_not());
    }
    if (o.measurement && (points.size() != 1 || o.repeated)) {
        throw usage_error("--measurement takes exactly one point, once: name it with --point");
    }
    if (points.empty()) {
        throw usage_error("--benchmark_filter " + o.filter + ": no point matches");
    }
    if (o.rate && (points.size() != 1 || !candidate_of(points.front()).paced_by)) {
        throw usage_error("--rate " + std::to_string(*o.rate) +
                          ": takes exactly one point, and one with a load: name it with --point");
    }

    // Before any thread that a trial may use is made, an implementation's lasting ones among them. Counting a
    // system call makes it slower: it ends before the window that is timed.
    std::optional<kernel_counters> hardware;
    std::optional<kernel_counters> system_calls;
    if (o.measurement) {
        limit_memory(most_memory_bytes());
        hardware.emplace(hardware_events());
        if (const system_call_event found = find_system_call_event(); found.event) {
            system_calls.emplace(std::span(&*found.event, 1));
        }
    }

    // Google Benchmark's own calls grow until they are long enough; the limit only ends those that got stuck.
    std::vector<scheduled> all;
    std::map<std::string, std::size_t> threads;
    for (point& p : points) {
        threads[p.name()] = candidate_of(p).threads(p);
        const candidate& c = candidate_of(p);
        const bool by_time = c.stops_on_time && o.measurement;
        const double crowd = threads_per_cpu(placement_of(p), c.members ? c.members(p) : c.threads(p));
        // Oversubscribed members of a team come and go one after the other for some time at both ends.
        const double seconds = o.min_time * (!by_time ? 3 : crowd > 1 ? 2 * crowd : 1);
        const auto asked = !o.measurement || (o.items && !by_time)
                               ? std::nullopt
                               : std::optional(by_time ? seconds : o.min_time);
        all.push_back({std::move(p), duration_of(seconds), by_time, o.seed, o.check, asked, o.wake_ns});
    }
    std::map<std::string, double> throughputs;
    for (scheduled& one : all) {
        if (o.rate) {
            one.rate = static_cast<double>(*o.rate);
        } else if (candidate_of(one.point).paced_by) {
            find_rate(one, std::min(o.min_time, longest_for_a_rate), throughputs);
        }
    }
    int failures = 0;
    for (scheduled& one : all) {
        auto* registered =
            benchmark::RegisterBenchmark(one.point.name().c_str(), [&one, &failures](benchmark::State& state) {
                if (one.last && !one.last->seen.failure.empty()) {
                    // Google Benchmark 1.7 takes the statistics from the first repetition, which has none if it
                    // failed while later ones did not.
                    state.SkipWithError(("as in an earlier repetition: " + one.last->seen.failure).c_str());
                } else if (one.no_rate.empty()) {
                    run_once(state, one);
                } else {
                    fail(one);
                    state.SkipWithError(one.no_rate.c_str());
                }
                failures += one.last->seen.failure.empty() ? 0 : 1;
            });
        registered->UseManualTime()->MeasureProcessCPUTime();
        if (o.measurement) {
            one.hardware = &*hardware;
            one.system_calls = system_calls && system_calls->has_any() ? &*system_calls : nullptr;
            const auto items = !one.no_rate.empty() ? fail(one)
                               : one.by_time        ? warm_up(one)
                               : o.items            ? warm_up(one, *o.items)
                                                    : calibrate(one, o.min_time);
            if (!items) {
                std::cout << one.point.name() << " ERROR OCCURRED: '" << one.last->seen.failure << "'\n";
                write_measurement(*o.measurement, one);
                return 1;
            }
            registered->Iterations(static_cast<benchmark::IterationCount>(*items));
        }
    }

    system_calls.reset();

    std::vector<char*> arguments = o.passed_on;
    int count = static_cast<int>(arguments.size());
    benchmark::Initialize(&count, arguments.data());
    if (benchmark::ReportUnrecognizedArguments(count, arguments.data())) {
        return 2;
    }
    benchmark::AddCustomContext("library_build_note",
                                "Debian's Google Benchmark is optimised but keeps assertions and calls itself "
                                "debug; trials time themselves");
    const auto display = make_reporter(o, o.format, draws_on_terminal(STDOUT_FILENO), threads);
    const auto file = o.out.empty() ? nullptr : make_reporter(o, o.out_format, false, threads);
    benchmark::RunSpecifiedBenchmarks(display.get(), file.get(), ".");

    if (o.measurement && all.front().last) {
        write_measurement(*o.measurement, all.front());
    }
    return failures == 0 ? 0 : 1;
}

}  // namespace

int benchmark_main(int argc, char** argv) {
    const std::string name = argc > 0 ? argv[0] : "bench";
    return run_program(name, output_text::as_it_is, [&] {
        const options o = parse(argc, argv);
        if (o.help) {
            print_help(name.c_str());
            return 0;
        }
        return run(o);
    });
}

}  // namespace handoff::harness
