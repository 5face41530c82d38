#include "run.hpp"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <ranges>
#include <set>
#include <tuple>

#include "calibrate.hpp"
#include "child.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "journal.hpp"
#include "json.hpp"
#include "limits.hpp"
#include "pace.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "requested_value.hpp"
#include "result.hpp"
#include "retry.hpp"
#include "scaling.hpp"
#include "summary.hpp"
#include "sweep.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

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

/// What one family's binary says of a sweep.
listing listing_of(const std::string& binary, const sweep& asked) {
    try {
        return parse_record<listing>(output_of({binary, "--sweep=" + asked.file, "--list_points"}));
    } catch (const usage_error& e) {
        std::string what = e.what();
        if (what.starts_with(binary + ": ")) {
            what.erase(0, binary.size() + 2);
        }
        throw usage_error(what);
    } catch (const malformed& e) {
        throw std::runtime_error(binary + " --list_points: " + e.what());
    }
}

/// Asks each family's binary for its points of the sweep. Points know their binary.
listing list_points(const sweep& asked, const std::string& folder) {
    const auto binaries = benchmark_binaries(folder, "--binaries");
    std::vector<std::string> families;
    for (const block& b : asked.blocks) {
        const requested_value& family = b.families.front();
        if (!binaries.contains(family.text)) {
            refuse("family", family, "legal: " + joined(std::views::keys(binaries)));
        }
        if (std::ranges::find(families, family.text) == families.end()) {
            families.push_back(family.text);
        }
    }
    listing all;
    for (const std::string& family : families) {
        listing answer = listing_of(binaries.at(family), asked);
        for (listed_point& p : answer.points) {
            p.binary = binaries.at(family);
            all.points.push_back(std::move(p));
        }
        all.left_out.insert(all.left_out.end(), answer.left_out.begin(), answer.left_out.end());
        all.not_built.insert(all.not_built.end(), answer.not_built.begin(), answer.not_built.end());
        all.implementations.insert(all.implementations.end(), answer.implementations.begin(),
                                   answer.implementations.end());
    }
    if (all.points.empty()) {
        std::vector<std::string> reasons;
        for (const left_out& one : all.left_out) {
            reasons.push_back(one.reason);
        }
        throw usage_error(asked.file + ": none of its points is left: " + joined(reasons, "; "));
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

/// The number of a trial that no clock can have given; nothing where all are sound.
std::optional<std::string> unsound_number(const measured_trial& m) {
    const std::tuple<const char*, double, bool> numbers[] = {{"real_time_ns", m.real_time_ns, true},
                                                             {"cpu_time_ns", m.cpu_time_ns, false},
                                                             {"thread_time_ns", m.thread_time_ns, true},
                                                             {"window_seconds", m.window_seconds, true}};
    for (const auto& [name, value, positive] : numbers) {
        if (!std::isfinite(value)) {  // NaN and Infinity reach JSON as null
            return "clock: " + std::string(name) + " is null";
        }
        if (positive && value <= 0) {
            return "clock: " + std::string(name) + " is " + seconds_text(value);
        }
    }
    return std::nullopt;
}

/// Runs one trial and says how it ended, as a journal line. Nothing when the user interrupted it. `done` are
/// the trials before it: a paced point's rate comes from them.
std::optional<trial_line> run_trial(const listed_point& point, const planned_trial& trial,
                                    const journal& done) {
    const sweep_settings& settings = done.header().sweep;
    const auto pace = point.is_paced() ? std::optional(pace_of(point, done.trials())) : std::nullopt;
    trial_request request{point.binary, point.name, trial.seed, settings.min_time_seconds};
    if (pace && pace->rate > 0) {
        request.rate = pace->rate;
    }
    request.check = trial.check;
    // Calibrations are of the CPUs that `spread` begins with; elsewhere the trial measures its own wake.
    const std::string_view budget = point.point.value("spin_budget");
    if (!budget.empty() && budget != "own" && placement_of(point.point) == placement::spread) {
        request.wake_ns = wake_ns(done.calibrations());
    }
    const std::vector<std::string> command = trial_command(request);
    trial_line line;
    line.point = point.name;
    line.repetition = trial.repetition;
    line.seed = trial.seed;
    line.command = command_text(command);
    line.retry_of = trial.retry_of;
    line.check = trial.check ? word(*trial.check) : "";
    if (pace && pace->rate == 0) {
        line.status = trial_status::invalid;
        line.reason = pace->why_none;
        return line;
    }
    if (pace) {
        line.rate = pace->rate;
    }

    const std::uint64_t steal_before = steal_ticks();
    const trial_outcome ended = run_trial_process(command, settings.timeout_seconds);
    line.trial_wall_seconds = ended.process.wall_seconds;
    line.steal_ticks = steal_ticks() - steal_before;
    line.status = ended.status;
    if (ended.status == trial_status::interrupted) {
        return std::nullopt;
    }
    if (ended.status != trial_status::ok) {
        line.reason = ended.reason;
    } else if (const auto wrong = unsound_number(*ended.measured)) {
        line.status = trial_status::invalid;
        line.reason = *wrong;
    } else {
        line.measurement = ended.measured;
    }
    return line;
}

/// Where bench_limits is, or why there is none.
limits_source find_limits(const std::string& folder) {
    const auto binaries = benchmark_binaries(folder, "--binaries");
    const auto found = binaries.find("limits");
    return found == binaries.end()
               ? limits_source{"", "there is no bench_limits beside the other benchmark binaries"}
               : limits_source{found->second, ""};
}

run_header header_of(const run_options& options, const sweep& asked, const listing& listed,
                     const std::string& id) {
    for (const ratio_request& r : asked.ratios) {
        for (const std::string& name : {r.numerator, r.denominator}) {
            if (std::ranges::find(listed.points, name, &listed_point::name) == listed.points.end()) {
                throw usage_error("point " + name + " (" + asked.file + ": ratio '" + r.label +
                                  "'): not among the points of this sweep (handoff list prints them)");
            }
        }
    }
    run_header header;
    header.id = id;
    header.context = describe_environment(fs::read_symlink("/proc/self/exe"));
    header.sweep = {asked.name,
                    asked.file,
                    options.repetitions.value_or(asked.repetitions),
                    options.min_time_seconds.value_or(asked.min_time_seconds),
                    options.timeout_seconds.value_or(asked.timeout_seconds),
                    options.retry_contaminated.value_or(asked.retry_contaminated),
                    options.retry_budget_percent.value_or(asked.retry_budget_percent)};
    header.seed = options.seed.value_or(std::random_device()() & 0x7fffffff);
    header.trials = planned_trials(listed.points, header.sweep.repetitions);
    header.points = listed.points;
    header.left_out = listed.left_out;
    header.not_built = listed.not_built;
    header.implementations = listed.implementations;
    header.ratios = asked.ratios;
    header.limits = find_limits(options.binaries);
    for (const listed_point& p : header.points) {
        if (!header.binaries.contains(p.binary)) {
            header.binaries[p.binary] = fingerprint(p.binary);
        }
    }
    if (!header.limits->binary.empty()) {
        header.binaries[header.limits->binary] = fingerprint(header.limits->binary);
    }
    return header;
}

/// What a plan has beside the repetitions, for messages.
std::string full_checks_text(const std::vector<listed_point>& points) {
    const std::size_t more = planned_trials(points, 0);
    return more == 0 ? "" : " and " + std::to_string(more) + " full checks";
}

plan plan_of(const run_header& header) {
    return make_plan(header.points, header.sweep.repetitions, header.seed);
}

/// A run is one machine's: what was measured elsewhere, or on other CPUs, is another run.
void check_machine(const environment& then, const std::string& folder) {
    const environment now = describe_environment("");
    const auto refuse = [&](const std::string& key, const std::string& was, const std::string& is) {
        if (was != is) {
            throw usage_error(folder + " (--resume): the run began with " + key + " '" + was +
                              "', here it is '" + is + "'; begin a new run");
        }
    };
    refuse("host_name", then.host_name, now.host_name);
    refuse("cpu_model", then.cpu_model, now.cpu_model);
    refuse("cpus_allowed", std::to_string(then.cpus_allowed), std::to_string(now.cpus_allowed));
    refuse("kernel", then.kernel, now.kernel);
    refuse("clocksource", then.clocksource, now.clocksource);
}

void check_binaries(const run_header& header, const std::string& folder) {
    for (const auto& [path, print] : header.binaries) {
        if (!fs::exists(path) || fingerprint(path) != print) {
            throw usage_error(
                folder + " (--resume): " + path +
                " is not the binary that the run began with; its numbers could not stand beside the "
                "others: begin a new run");
        }
    }
}

result_file write_results(const fs::path& folder, const journal& done) {
    result_file results = make_results(done.header(), done.trials(), done.calibrations());
    write_file(folder / "results.json", file_text_of(results));
    write_file(folder / "results.summary.json", file_text_of(summary_of(results)));
    return results;
}

/// What the trials were, in lines for the terminal.
void print_trials(const result_file& results) {
    const run_record& run = results.run;
    std::map<std::string, std::size_t> flagged;
    std::size_t vouching = 0;
    for (const result_row& row : results.rows) {
        vouching += row.trial.vouches() ? 1 : 0;
        for (const std::string& flag : row.flags) {
            ++flagged[flag];
        }
    }
    std::cout << results.rows.size() + run.failed.size() << " trials: " << results.rows.size() << " ok";
    for (const auto& [flag, count] : flagged) {
        std::cout << ", " << count << " flagged " << flag;
    }
    std::cout << ", " << run.failed.size() << " failed";
    if (vouching > 0) {
        std::cout << "; " << vouching << " checked in full, and are not ranked";
    }
    std::cout << "\n";
    if (run.retries.made != 0) {
        std::cout << run.retries.made << " of them repeat flagged ones (at most " << run.retries.budget << "); "
                  << run.retries.cured << " of these count\n";
    }
    for (const state_seen& seen : run.states) {
        const std::string between = !seen.cpus ? ""
                                               : " between CPUs " + std::to_string(seen.cpus->first) + " and " +
                                                     std::to_string(seen.cpus->second);
        char line[200];
        std::snprintf(line, sizeof line, "machine state %s%s: line transfer %.0f .. %.0f ns, %zu trials%s\n",
                      seen.state.label.c_str(), between.c_str(), seen.state.least_ns, seen.state.greatest_ns,
                      seen.state.trials, seen.counted ? "" : " (not counted: kept apart)");
        std::cout << line;
    }
}

int finish(const fs::path& folder, const journal& done, bool quiet) {
    const result_file results = write_results(folder, done);
    const run_record& run = results.run;
    if (!quiet) {
        std::cout << ranking(results) << scaling_report(results);
    }
    std::cout << ratio_report(results) << limit_report(results);
    print_trials(results);
    std::cout << "results: " << (folder / "results.json").string() << "\n";
    bool wrong = !run.failed.empty();
    for (const trial_line& trial : run.failed) {
        std::cout << "FAILED " << word(trial.status) << ": " << trial.point << ", repetition "
                  << trial.repetition << ": " << trial.reason << "\n    again: " << trial.command << "\n";
    }
    for (const ratio_result& ratio : run.ratios) {
        // A ratio that could not be tested fails; one whose interval holds the limit is undecided, and does
        // not.
        wrong = wrong || (ratio.asked.at_most && ratio.verdict != "within" && ratio.verdict != "undecided");
    }
    if (run.measured_seconds > run.wall_seconds) {
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
        const auto line = calibrate(done.header().limits->binary, seconds, done.trials().size());
        if (!line) {
            return;
        }
        done.append_calibration(*line);
        if (!line->made || steady(line->made->probe)) {
            return;
        }
    }
}

journal open_journal(const run_options& options, fs::path& folder) {
    if (!options.resume.empty()) {
        folder = options.resume;
        journal done = journal::resume(folder / "journal.jsonl");
        check_binaries(done.header(), options.resume);
        check_machine(done.header().context, options.resume);
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
    run_header header = header_of(options, asked, listed, id);  // refuses before anything is made
    std::error_code failed;
    fs::create_directories(folder, failed);
    if (failed) {
        throw usage_error("--out " + folder.string() + ": cannot make it: " + failed.message());
    }
    return journal::create(folder / "journal.jsonl", std::move(header));
}

/// Once all planned trials are done: more trials of flagged points, until none is flagged or the budget is
/// spent.
void repeat_flagged(const fs::path& folder, const plan& planned, journal& done) {
    retries left(done.header());
    for (const trial_line& trial : done.trials()) {
        left.enter(trial);
    }
    if (!left.next()) {
        return;
    }
    std::cerr << "repeating flagged trials, at most " << left.outstanding() << " times\n";
    write_results(folder, done);  // readable whatever happens next
    progress bar(left.made() + left.outstanding(), left.made());
    while (const auto next = left.next()) {
        const listed_point& point = planned.points[next->point];
        bar.show(point.name);
        const auto check = point.light_check ? std::optional(check_kind::light) : std::nullopt;
        const auto line = run_trial(point,
                                    {.point = next->point,
                                     .repetition = next->repetition,
                                     .seed = next->seed,
                                     .retry_of = next->of,
                                     .check = check},
                                    done);
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

std::string retried_text(const run_record& run) {
    return run.retries.made == 0 ? ""
                                 : " and " + std::to_string(run.retries.made) + " repetitions of flagged ones";
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
    for (const trial_line& trial : done.trials()) {
        finished.emplace(trial.point, trial.repetition);
    }
    std::vector<planned_trial> left;
    for (const planned_trial& trial : planned.trials) {
        if (!finished.contains({planned.points[trial.point].name, trial.repetition})) {
            left.push_back(trial);
        }
    }
    std::cerr << (options.resume.empty() ? "run " : "resuming run ") << done.header().id << ": "
              << planned.points.size() << " points x " << done.header().sweep.repetitions << " repetitions"
              << full_checks_text(planned.points) << ", " << left.size() << " trials to go\n";
    const limits_source source = done.header().limits.value_or(limits_source{});
    if (!source.absent.empty() && !left.empty()) {
        std::cerr << "no limits: " << source.absent << "\n";
    }
    const calibration_plan calibrations = plan_calibrations(
        planned.trials.size(), planned.trials.back().round + 1, done.header().sweep.min_time_seconds);
    {
        progress bar(planned.trials.size(), planned.trials.size() - left.size());
        if (!source.binary.empty() && !left.empty()) {
            bar.show("bench_limits");
            calibrate_into(done, calibrations.seconds);
        }
        unsigned round = left.empty() ? 0 : left.front().round;
        for (const planned_trial& trial : left) {
            const listed_point& point = planned.points[trial.point];
            bar.show(point.name);
            if (trial.round != round) {
                round = trial.round;
                write_results(folder, done);  // readable whatever happens next
                if (!source.binary.empty() && calibrations.due(round)) {
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
        const run_record partial = write_results(folder, done).run;
        if (partial.complete) {
            return finish(folder, done, options.quiet);
        }
        std::cerr << "interrupted after " << partial.trials_done << " of " << partial.trials_planned
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
    for (const listed_point& p : listed.points) {
        oversubscribed += p.oversubscribed ? 1 : 0;
        std::cout << p.name << (p.oversubscribed ? "  (oversubscribed)" : "")
                  << (p.reference ? "  (added: it decides the rate of others)" : "") << "\n";
    }
    std::cout << listed.points.size() << " points (" << oversubscribed << " oversubscribed here) x "
              << asked.repetitions << " repetitions" << full_checks_text(listed.points) << "\n";
    for (const left_out& one : listed.left_out) {
        std::cout << "left out " << one.points << "x: " << one.reason << "\n";
    }
    for (const not_built_impl& lacking : listed.not_built) {
        std::cout << "not built: " << lacking.family << " " << lacking.impl << ": " << lacking.reason << "\n";
    }
    return 0;
}

}  // namespace handoff::harness
