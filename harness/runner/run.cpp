#include "run.hpp"

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <set>

#include "calibrate.hpp"
#include "child.hpp"
#include "environment.hpp"
#include "journal.hpp"
#include "limits.hpp"
#include "pace.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "result.hpp"
#include "retry.hpp"
#include "scaling.hpp"
#include "summary.hpp"
#include "sweep.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

/// FNV-1a, 64 bits, of a file: tells whether a run is resumed with the binaries it began with.
std::string fingerprint(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::uint64_t hash = 0xcbf29ce484222325;
    for (std::istreambuf_iterator<char> it(file), end; it != end; ++it) {
        hash = (hash ^ static_cast<unsigned char>(*it)) * 0x100000001b3;
    }
    char text[20];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

struct listing {
    std::vector<planned_point> points;
    json left_out = json::array();
    json not_built = json::array();        ///< implementations of the catalog that the binaries lack, and why
    json implementations = json::array();  ///< all that the binaries have, in the order of their catalogs
};

/// Asks each family's binary for its points of the sweep.
listing list_points(const sweep& asked, const std::string& folder) {
    const auto binaries = benchmark_binaries(folder, "--binaries");
    std::vector<std::string> families;
    for (const block& b : asked.blocks) {
        const requested_value& family = b.families.front();
        if (!binaries.contains(family.text)) {
            std::string known;
            for (const auto& [name, path] : binaries) {
                known += (known.empty() ? "" : ", ") + name;
            }
            throw usage_error("family " + family.text + " (" + family.place + "): legal: " + known);
        }
        if (std::ranges::find(families, family.text) == families.end()) {
            families.push_back(family.text);
        }
    }
    listing all;
    for (const std::string& family : families) {
        const std::string binary = binaries.at(family);
        json answer;
        try {
            answer = json::parse(output_of({binary, "--sweep=" + asked.file, "--list_points"}));
        } catch (const usage_error& e) {
            std::string what = e.what();
            if (what.starts_with(binary + ": ")) {
                what.erase(0, binary.size() + 2);
            }
            throw usage_error(what);
        }
        for (const json& p : answer.at("points")) {
            all.points.push_back({binary, p.at("name"), p});
        }
        for (const json& reason : answer.at("left_out")) {
            all.left_out.push_back(reason);
        }
        for (const json& lacking : answer.value("not_built", json::array())) {
            all.not_built.push_back(lacking);
        }
        for (const json& name : answer.at("implementations")) {
            all.implementations.push_back(name);
        }
    }
    if (all.points.empty()) {
        std::string reasons;
        for (const json& reason : all.left_out) {
            reasons += (reasons.empty() ? "" : "; ") + reason.at("reason").get<std::string>();
        }
        throw usage_error(asked.file + ": none of its points is left: " + reasons);
    }
    return all;
}

std::string new_run_id(const std::string& sweep_name) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
    return std::string(text) + "-" + sweep_name;
}

/// Runs one trial and says how it ended, as a journal line. Nothing when the user interrupted it. `done` are
/// the trials before it: a paced point's rate comes from them.
std::optional<json> run_trial(const planned_point& point, const planned_trial& trial, const journal& done) {
    const json& sweep_json = done.header().at("sweep");
    const auto pace = point.is_paced() ? std::optional(pace_of(point.listed, done.trials())) : std::nullopt;
    const std::string min_time = seconds_text(sweep_json.at("min_time_seconds"));
    std::vector<std::string> argv{point.binary, "--point=" + point.name, "--seed=" + std::to_string(trial.seed),
                                  "--benchmark_min_time=" + min_time};
    if (pace && pace->rate > 0) {
        argv.push_back("--rate=" + std::to_string(pace->rate));
    }
    // Calibrations are of the CPUs that `spread` begins with; elsewhere the trial measures its own wake.
    const json& values = point.listed.at("point");
    if (values.value("spin_budget", "own") != "own" && values.value("placement", "spread") == "spread") {
        if (const auto wake = wake_ns(done.calibrations())) {
            argv.push_back("--wake-ns=" + std::to_string(*wake));
        }
    }
    json line{{"point", point.name},
              {"repetition", trial.repetition},
              {"seed", trial.seed},
              {"command", command_text(argv)}};
    if (trial.retry_of) {
        line["retry_of"] = *trial.retry_of;
    }
    if (pace && pace->rate == 0) {
        line["trial_wall_seconds"] = 0.0;
        line["steal_ticks"] = 0;
        line["status"] = word(trial_status::invalid);
        line["reason"] = pace->why_none;
        return line;
    }
    if (pace) {
        line["rate"] = pace->rate;
    }
    argv.push_back(std::string("--measurement=") + measurement_path);

    const std::uint64_t steal_before = steal_ticks();
    const trial_outcome ended = run_trial_process(argv, sweep_json.at("timeout_seconds"));
    line["trial_wall_seconds"] = ended.process.wall_seconds;
    line["steal_ticks"] = steal_ticks() - steal_before;
    if (ended.status == trial_status::interrupted) {
        return std::nullopt;
    }
    line["status"] = word(ended.status);
    if (ended.status != trial_status::ok) {
        line["reason"] = ended.reason;
        return line;
    }
    // NaN and Infinity reach JSON as null: no number of a trial may be one.
    for (const std::string key : {"real_time_ns", "cpu_time_ns", "thread_time_ns", "window_seconds"}) {
        const json value = ended.measured.value(key, json());
        if (!value.is_number() || (key != "cpu_time_ns" && value.get<double>() <= 0)) {
            line["status"] = word(trial_status::invalid);
            line["reason"] = "clock: " + key + " is " + value.dump();
            return line;
        }
    }
    line["measurement"] = ended.measured;
    return line;
}

/// Where bench_limits is, or why there is none.
json limits_source(const std::string& folder) {
    const auto binaries = benchmark_binaries(folder, "--binaries");
    const auto found = binaries.find("limits");
    if (found == binaries.end()) {
        return {{"absent", "there is no bench_limits beside the other benchmark binaries"}};
    }
    return {{"binary", found->second}};
}

json header_of(const run_options& options, const sweep& asked, const listing& listed, const std::string& id) {
    json points = json::array();
    json fingerprints = json::object();
    for (const planned_point& p : listed.points) {
        json entry = p.listed;
        entry["binary"] = p.binary;
        points.push_back(entry);
        if (!fingerprints.contains(p.binary)) {
            fingerprints[p.binary] = fingerprint(p.binary);
        }
    }
    const json limits = limits_source(options.binaries);
    if (limits.contains("binary")) {
        const std::string binary = limits.at("binary");
        fingerprints[binary] = fingerprint(binary);
    }
    json ratios = json::array();
    for (const ratio_request& r : asked.ratios) {
        for (const std::string& name : {r.numerator, r.denominator}) {
            if (std::ranges::find(listed.points, name, &planned_point::name) == listed.points.end()) {
                throw usage_error("point " + name + " (" + asked.file + ": ratio '" + r.label +
                                  "'): not among the points of this sweep (handoff list prints them)");
            }
        }
        json one{{"label", r.label}, {"numerator", r.numerator}, {"denominator", r.denominator}};
        if (r.at_most) {
            one["at_most"] = *r.at_most;
        }
        ratios.push_back(one);
    }
    const unsigned repetitions = options.repetitions.value_or(asked.repetitions);
    return {{"handoff_journal", 1},
            {"id", id},
            {"context", environment(fs::read_symlink("/proc/self/exe"))},
            {"sweep",
             {{"name", asked.name},
              {"file", asked.file},
              {"repetitions", repetitions},
              {"min_time_seconds", options.min_time_seconds.value_or(asked.min_time_seconds)},
              {"timeout_seconds", options.timeout_seconds.value_or(asked.timeout_seconds)},
              {"retry_contaminated", options.retry_contaminated.value_or(asked.retry_contaminated)},
              {"retry_budget_percent", options.retry_budget_percent.value_or(asked.retry_budget_percent)}}},
            {"seed", options.seed.value_or(std::random_device()() & 0x7fffffff)},
            {"trials", listed.points.size() * repetitions},
            {"points", points},
            {"left_out", listed.left_out},
            {"not_built", listed.not_built},
            {"implementations", listed.implementations},
            {"ratios", ratios},
            {"limits", limits},
            {"binaries", fingerprints}};
}

plan plan_of(const json& header) {
    std::vector<planned_point> points;
    for (const json& p : header.at("points")) {
        points.push_back({p.at("binary"), p.at("name"), p});
    }
    return make_plan(std::move(points), header.at("sweep").at("repetitions"), header.at("seed"));
}

/// A run is one machine's: what was measured elsewhere, or on other CPUs, is another run.
void check_machine(const json& header, const std::string& folder) {
    const json now = environment("");
    const auto refuse = [&](const std::string& key, const json& then, const json& is) {
        if (then != is) {
            throw usage_error(folder + " (--resume): the run began with " + key + " " + then.dump() +
                              ", here it is " + is.dump() + "; begin a new run");
        }
    };
    const json& then = header.at("context");
    refuse("host_name", then.at("host_name"), now.at("host_name"));
    for (const char* key : {"cpu_model", "cpus_allowed", "kernel", "clocksource"}) {
        refuse(key, then.at("handoff").at(key), now.at("handoff").at(key));
    }
}

void check_binaries(const json& header, const std::string& folder) {
    for (const auto& [path, print] : header.at("binaries").items()) {
        if (!fs::exists(path) || json(fingerprint(path)) != print) {
            throw usage_error(
                folder + " (--resume): " + path +
                " is not the binary that the run began with; its numbers could not stand beside the "
                "others: begin a new run");
        }
    }
}

json write_results(const fs::path& folder, const journal& done) {
    const json results = make_results(done.header(), done.trials(), done.calibrations());
    const auto text = [](const json& document) {
        return document.dump(1, ' ', false, json::error_handler_t::replace) + "\n";
    };
    write_file(folder / "results.json", text(results));
    write_file(folder / "results.summary.json", text(summary_of(results)));
    return results;
}

int finish(const fs::path& folder, const journal& done, bool quiet) {
    const json results = write_results(folder, done);
    const json& run = results.at("run");
    if (!quiet) {
        std::cout << ranking(results) << scaling_report(results);
    }
    std::cout << ratio_report(results) << limit_report(results);
    std::map<std::string, std::size_t> flagged;
    for (const json& row : results.at("benchmarks")) {
        for (const json& flag : row.at("flags")) {
            ++flagged[flag];
        }
    }
    std::cout << results.at("benchmarks").size() + run.at("failed").size()
              << " trials: " << results.at("benchmarks").size() << " ok";
    for (const auto& [flag, count] : flagged) {
        std::cout << ", " << count << " flagged " << flag;
    }
    std::cout << ", " << run.at("failed").size() << " failed\n";
    if (const json& repeated = run.at("retries"); repeated.at("made") != 0) {
        std::cout << repeated.at("made") << " of them repeat flagged ones (at most " << repeated.at("budget")
                  << "); " << repeated.at("cured") << " of these count\n";
    }
    for (const json& state : run.at("states")) {
        char line[160];
        std::snprintf(line, sizeof line, "machine state %s%s: line transfer %.0f .. %.0f ns, %zu trials%s\n",
                      state.at("label").get<std::string>().c_str(),
                      state.contains("cpus") ? (" between CPUs " + state.at("cpus").dump()).c_str() : "",
                      state.at("transfer_ns")[0].get<double>(), state.at("transfer_ns")[1].get<double>(),
                      state.at("trials").get<std::size_t>(),
                      state.at("counted") == true ? "" : " (not counted: kept apart)");
        std::cout << line;
    }
    std::cout << "results: " << (folder / "results.json").string() << "\n";
    bool wrong = !run.at("failed").empty();
    for (const json& trial : run.at("failed")) {
        std::cout << "FAILED " << trial.at("status").get<std::string>() << ": "
                  << trial.at("point").get<std::string>() << ", repetition " << trial.at("repetition") << ": "
                  << trial.at("reason").get<std::string>()
                  << "\n    again: " << trial.at("command").get<std::string>() << "\n";
    }
    for (const json& ratio : run.at("ratios")) {
        const std::string verdict = ratio.at("verdict");
        // a limit that was not tested at all is not kept; one that 95% of doubt surrounds is said to be
        // undecided
        wrong = wrong || (ratio.contains("at_most") && verdict != "within" && verdict != "undecided");
    }
    const json& check = run.at("clock_check");
    if (check.at("measured_seconds").get<double>() > check.at("wall_seconds").get<double>()) {
        std::cout
            << "CLOCK: the sum of measured times exceeds the wall time of the run; believe no number of it\n";
        wrong = true;
    }
    return wrong ? 1 : 0;
}

/// Calibrates, and once more if the machine changed its state meanwhile. What has gone wrong is in the journal,
/// and the run goes on.
void calibrate_into(journal& done, double seconds) {
    for (int attempt = 0; attempt < 2 && done.calibrations().size() < most_calibrations; ++attempt) {
        const auto line = calibrate(done.header().at("limits").at("binary"), seconds, done.trials().size());
        if (!line) {
            return;
        }
        done.append_calibration(*line);
        if (steady(*line)) {
            return;
        }
    }
}

journal open_journal(const run_options& options, fs::path& folder) {
    if (!options.resume.empty()) {
        folder = options.resume;
        journal done = journal::resume(folder / "journal.jsonl");
        check_binaries(done.header(), options.resume);
        check_machine(done.header(), options.resume);
        return done;
    }
    const sweep asked = read_sweep(options.sweep_file);
    const listing listed = list_points(asked, options.binaries);
    std::string id = new_run_id(asked.name);
    if (options.out.empty()) {
        // two runs within a second get two folders
        for (int n = 2; fs::exists(fs::path("results") / id); ++n) {
            id = new_run_id(asked.name) + "-" + std::to_string(n);
        }
        folder = fs::path("results") / id;
    } else {
        // The run is called as its folder is, also when `./bench` or a user has chosen that.
        folder = options.out;
        id = fs::absolute(folder / "").lexically_normal().parent_path().filename().string();
    }
    if (fs::exists(folder / "journal.jsonl")) {
        throw usage_error("--out " + folder.string() +
                          ": there is a run in it already; resume it with --resume " + folder.string() +
                          " or name another folder");
    }
    const json header = header_of(options, asked, listed, id);  // refuses before anything is made
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) {
        throw usage_error("--out " + folder.string() + ": cannot make it: " + failed.message());
    }
    return journal::create(folder / "journal.jsonl", header);
}

/// Once all planned trials are done: more trials of flagged points, until none is flagged or the budget is
/// spent.
void repeat_flagged(const fs::path& folder, const plan& planned, journal& done) {
    retries left(done.header());
    for (const json& trial : done.trials()) {
        left.enter(trial);
    }
    if (!left.next()) {
        return;
    }
    std::cerr << "repeating flagged trials, at most " << left.outstanding() << " times\n";
    write_results(folder, done);  // readable whatever happens next
    progress bar(left.made() + left.outstanding(), left.made());
    while (const auto next = left.next()) {
        const planned_point& point = planned.points[next->point];
        bar.show(point.name);
        const auto line = run_trial(point, {next->point, next->repetition, next->seed, next->of}, done);
        if (!line) {
            return;
        }
        done.append(*line);
        left.enter(*line);
        bar.advance(point.name);
        if (interrupted()) {
            return;
        }
    }
}

std::string retried_text(const json& run) {
    const json& made = run.at("retries").at("made");
    return made == 0 ? "" : " and " + made.dump() + " repetitions of flagged ones";
}

}  // namespace

int run_sweep(const run_options& options) {
    if (!build_info::measures()) {
        throw usage_error("refusing to write results: " + build_info::why_not() + " (use the release preset)");
    }
    catch_interrupts();
    forget_benchmark_environment();
    fs::path folder;
    journal done = open_journal(options, folder);
    const plan planned = plan_of(done.header());

    std::set<std::pair<std::string, unsigned>> finished;
    for (const json& trial : done.trials()) {
        finished.emplace(trial.at("point"), trial.at("repetition"));
    }
    std::vector<planned_trial> left;
    for (const planned_trial& trial : planned.trials) {
        if (!finished.contains({planned.points[trial.point].name, trial.repetition})) {
            left.push_back(trial);
        }
    }
    std::cerr << (options.resume.empty() ? "run " : "resuming run ")
              << done.header().at("id").get<std::string>() << ": " << planned.points.size() << " points x "
              << done.header().at("sweep").at("repetitions") << " repetitions, " << left.size()
              << " trials to go\n";
    const json source = done.header().value("limits", json::object());
    if (source.contains("absent") && !left.empty()) {
        std::cerr << "no limits: " << source.at("absent").get<std::string>() << "\n";
    }
    const json& shape = done.header().at("sweep");
    const calibration_plan calibrations =
        plan_calibrations(planned.trials.size(), planned.trials.back().round + 1, shape.at("min_time_seconds"));
    {
        progress bar(planned.trials.size(), planned.trials.size() - left.size());
        if (source.contains("binary") && !left.empty()) {
            bar.show("bench_limits");
            calibrate_into(done, calibrations.seconds);
        }
        unsigned round = left.empty() ? 0 : left.front().round;
        for (const planned_trial& trial : left) {
            const planned_point& point = planned.points[trial.point];
            bar.show(point.name);
            if (trial.round != round) {
                round = trial.round;
                write_results(folder, done);  // readable whatever happens next
                if (source.contains("binary") && calibrations.due(round)) {
                    bar.show("bench_limits");
                    calibrate_into(done, calibrations.seconds);
                }
            }
            const auto line = run_trial(point, trial, done);
            if (!line) {
                break;
            }
            done.append(*line);
            bar.advance(point.name);
            if (interrupted()) {
                break;
            }
        }
    }
    if (!interrupted()) {
        repeat_flagged(folder, planned, done);
    }
    if (interrupted()) {
        const json partial = write_results(folder, done).at("run");
        if (partial.at("complete") == true) {
            return finish(folder, done, options.quiet);
        }
        std::cerr << "interrupted after " << partial.at("trials_done") << " of " << partial.at("trials_planned")
                  << " trials" << retried_text(partial) << "; none is lost. Go on with:\n    "
                  << command_text({fs::read_symlink("/proc/self/exe"), "run", "--resume", folder}) << "\n";
        return 130;
    }
    return finish(folder, done, options.quiet);
}

int list_sweep(const std::string& sweep_file, const std::string& binaries) {
    const sweep asked = read_sweep(sweep_file);
    const listing listed = list_points(asked, binaries);
    std::size_t oversubscribed = 0;
    for (const planned_point& p : listed.points) {
        const bool more = p.listed.at("oversubscribed");
        oversubscribed += more ? 1 : 0;
        std::cout << p.name << (more ? "  (oversubscribed)" : "")
                  << (p.listed.contains("reference") ? "  (added: it decides the rate of others)" : "") << "\n";
    }
    std::cout << listed.points.size() << " points (" << oversubscribed << " oversubscribed here) x "
              << asked.repetitions << " repetitions\n";
    for (const json& reason : listed.left_out) {
        std::cout << "left out " << reason.at("points") << "x: " << reason.at("reason").get<std::string>()
                  << "\n";
    }
    for (const json& lacking : listed.not_built) {
        std::cout << "not built: " << lacking.at("family").get<std::string>() << " "
                  << lacking.at("impl").get<std::string>() << ": " << lacking.at("reason").get<std::string>()
                  << "\n";
    }
    return 0;
}

}  // namespace handoff::harness
