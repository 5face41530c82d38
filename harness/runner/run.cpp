#include "run.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <random>
#include <ranges>
#include <set>
#include <sstream>
#include <thread>
#include <tuple>

#include "calibrate.hpp"
#include "child.hpp"
#include "clock.hpp"
#include "cpu_quota.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "installed.hpp"
#include "journal.hpp"
#include "json.hpp"
#include "limits.hpp"
#include "line_transfer.hpp"
#include "machine_use.hpp"
#include "pace.hpp"
#include "plan.hpp"
#include "progress.hpp"
#include "requested_value.hpp"
#include "result.hpp"
#include "retry.hpp"
#include "scaling.hpp"
#include "start_state.hpp"
#include "summary.hpp"
#include "sweep.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

/// FNV-1a, 64 bits, of a file: tells whether a run goes on with the binaries it began with.
std::string fingerprint(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return "";
    }
    std::uint64_t hash = 0xcbf29ce484222325;
    std::vector<char> block(1 << 16);
    do {
        file.read(block.data(), static_cast<std::streamsize>(block.size()));
        for (std::streamsize i = 0; i < file.gcount(); ++i) {
            hash = (hash ^ static_cast<unsigned char>(block[static_cast<std::size_t>(i)])) * 0x100000001b3;
        }
    } while (file);
    char text[20];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
    return text;
}

/// Notices when a binary is replaced while a run goes on: a build into the same folder.
class binaries_watch {
public:
    explicit binaries_watch(const run_header& header) {
        for (const auto& [path, print] : header.binaries) {
            known_.emplace(path, state{print, stamp_of(path)});
        }
    }

    /// Throws usage_error where the file is not what the run began with.
    void check(const std::string& path) {
        const auto found = known_.find(path);
        if (found == known_.end()) {
            return;
        }
        const stamp now = stamp_of(path);
        if (now == found->second.seen) {
            return;  // nobody has touched it
        }
        if (fingerprint(path) != found->second.print) {
            throw usage_error(
                path + (fs::exists(path) ? " was replaced" : " is gone") +
                " while the run went on (a build?): other numbers could not stand beside its own; put "
                "it back, or begin a new run");
        }
        found->second.seen = now;
    }

private:
    using stamp = std::tuple<dev_t, ino_t, off_t, time_t, long>;
    struct state {
        std::string print;
        stamp seen;
    };

    static stamp stamp_of(const std::string& path) {
        struct stat of{};
        return stat(path.c_str(), &of) == 0
                   ? stamp{of.st_dev, of.st_ino, of.st_size, of.st_mtim.tv_sec, of.st_mtim.tv_nsec}
                   : stamp{};
    }

    std::map<std::string, state> known_;
};

/// What one family's binary says of a sweep.
listing listing_of(const std::string& binary, const sweep& asked) {
    const std::string read_from = readable_again(asked.file);
    try {
        return parse_record<listing>(
            output_of({binary, "--sweep=" + read_from, "--list_points"}, child_environment::of_trials));
    } catch (const usage_error& e) {
        std::string what = e.what();
        if (what.starts_with(binary + ": ")) {
            what.erase(0, binary.size() + 2);
        }
        if (const auto at = what.find(read_from); at != std::string::npos) {
            what.replace(at, read_from.size(), asked.file);
        }
        throw usage_error(what);
    } catch (const malformed& e) {
        throw std::runtime_error(binary + " --list_points: " + e.what());
    }
}

/// Asks each family's binary for its points of the sweep. Points know their binary.
listing list_points(const sweep& asked, const std::string& folder) {
    const auto binaries = benchmark_binaries(folder, "--binaries");
    if (binaries.empty()) {
        throw usage_error(
            folder.empty()
                ? "there are no bench_* binaries beside this command: name their folder with --binaries"
                : "--binaries " + folder + ": there are no bench_* binaries in it");
    }
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
        std::ranges::copy_if(answer.adapted, std::back_inserter(all.adapted), [&](const adapted_impl& one) {
            return std::ranges::any_of(all.points, [&](const listed_point& p) {
                return p.point.family == one.family && p.point.impl == one.impl;
            });
        });
        all.implementations.insert(all.implementations.end(), answer.implementations.begin(),
                                   answer.implementations.end());
        if (!all.build) {
            all.build = std::move(answer.build);
        }
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

/// What is measured was built as its binaries say, which need not be this command's build.
void describe_build(const stated_build& stated, build_description& build) {
    build = {stated.compiler.value_or(build.compiler),     stated.flags.value_or(build.flags),
             stated.build_type.value_or(build.build_type), stated.libraries.value_or(build.libraries),
             stated.git_commit.value_or(build.git_commit), stated.git_dirty.value_or(build.git_dirty)};
}

std::string new_run_id(const std::string& sweep_name) {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    localtime_r(&now, &local);
    char text[32];
    std::strftime(text, sizeof text, "%Y%m%d-%H%M%S", &local);
    return std::string(text) + "-" + sweep_name;
}

/// So often is a trial run again in which nothing was done; then it has failed.
constexpr unsigned most_starved = 6;

/// Runs one trial and says how it ended, as a journal line. Nothing when the user interrupted it. `done` are
/// the trials before it: a paced point's rate comes from them.
std::optional<trial_line> run_trial(const listed_point& point, const planned_trial& trial, const journal& done,
                                    binaries_watch& binaries) {
    const sweep_settings& settings = done.header().sweep;
    const auto pace = point.is_paced() ? std::optional(pace_of(point, done.trials())) : std::nullopt;
    trial_request request{point.binary, point.name, trial.seed,
                          point.window_seconds(settings.min_time_seconds)};
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

    machine_use before = machine_use::read();
    auto throttled_before = throttled_periods();
    trial_outcome ended = run_trial_process(command, settings.timeout_seconds);
    // Others had the CPUs for the whole of its window: that says nothing of the implementation. Each time it
    // gets twice the window.
    while (line.starved < most_starved && ended.status == trial_status::invalid &&
           ended.reason == nothing_done) {
        ++line.starved;
        request.min_time_seconds *= 2;
        before = machine_use::read();
        throttled_before = throttled_periods();
        ended = run_trial_process(trial_command(request), settings.timeout_seconds);
    }
    binaries.check(point.binary);
    line.trial_wall_seconds = ended.process.wall_seconds;
    const machine_use used = between(before, machine_use::read());
    line.steal_ticks =
        static_cast<std::uint64_t>(std::max(0.0, std::round(used.steal_seconds / machine_use::tick_seconds())));
    line.throttled_periods = throttled_between(throttled_before, throttled_periods());
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
        line.seat_steal_seconds = stolen_from(*line.measurement, used);
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

/// What the file says of the implementations that have points.
std::vector<tested_impl> tested_of(const std::string& file, const listing& listed) {
    std::ifstream in(file);
    std::ostringstream text;
    if (!(text << in.rdbuf())) {
        throw usage_error("--tested " + file + ": cannot read it; ./check writes build/tested.json");
    }
    tests_file all;
    try {
        all = parse_record<tests_file>(text.str());
    } catch (const malformed& why) {
        throw usage_error("--tested " + file + ": " + why.what());
    }
    std::set<std::string> met;
    for (const listed_point& p : listed.points) {
        if (!p.rivals.empty()) {
            met.insert(p.point.impl);
        }
    }
    std::vector<tested_impl> found;
    for (const std::string& impl : met) {
        const auto one = std::ranges::find(all.tested, impl, &tested_impl::impl);
        found.push_back(one == all.tested.end() ? tested_impl{impl, {}} : *one);
    }
    return found;
}

run_header header_of(const run_options& options, const sweep& asked, const listing& listed) {
    for (const ratio_request& r : asked.ratios) {
        for (const std::string& name : {r.numerator, r.denominator}) {
            if (std::ranges::find(listed.points, name, &listed_point::name) == listed.points.end()) {
                throw usage_error("point " + name + " (" + asked.file + ": ratio '" + r.label +
                                  "'): not among the points of this sweep (handoff list prints them)");
            }
        }
    }
    run_header header;
    header.context = describe_environment(fs::read_symlink("/proc/self/exe"));
    if (listed.build) {
        describe_build(*listed.build, header.context.build);
    }
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
    header.adapted = listed.adapted;
    header.tested = options.tested.empty() ? std::vector<tested_impl>{} : tested_of(options.tested, listed);
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
    if (!then.start.scheduler.empty()) {  // older journals do not say
        std::vector<std::string> passed;
        for (const auto& [name, value] : then.start.variables) {
            if (const char* is = std::getenv(name.c_str()); is == nullptr || is != value) {
                throw usage_error(folder + " (--resume): the run began with " + name + "='" + value +
                                  "', here it is " + (is == nullptr ? "not set" : "'" + std::string(is) + "'") +
                                  "; set it so, or begin a new run");
            }
            passed.push_back(name);
        }
        pass_on(passed);
        for (const auto& [name, value] : describe_start().variables) {
            if (!then.start.variables.contains(name)) {
                throw usage_error(folder + " (--resume): the run began without " + name + ", here it is '" +
                                  value + "'; unset it, or begin a new run");
            }
        }
    }
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

void check_binaries(const run_header& header, const std::string& then, const std::string& folder) {
    for (const auto& [path, print] : header.binaries) {
        if (fingerprint(path) != print) {
            throw usage_error(
                folder + " (--resume): " + path + " is not the binary that the run began with" +
                (fs::path(path).parent_path() == fs::path(then) ? "" : ", one of " + then) +
                "; its numbers could not stand beside the others: name the folder of its binaries with "
                "--binaries, or begin a new run");
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
    std::cout << counted(results.rows.size() + run.failed.size(), "trial") << ": " << results.rows.size()
              << " ok";
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
    std::cout << ratio_report(results) << limit_report(results) << tests_report(run);
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

/// Calibrates; what has gone wrong is in the journal, and the run goes on. False: no more of it.
bool calibrate_into(journal& done, double seconds) {
    if (done.calibrations().size() >= most_calibrations) {
        return false;
    }
    const auto line = calibrate(done.header().limits->binary, seconds, done.trials().size());
    if (line) {
        done.append_calibration(*line);
    }
    return line && line->made;
}

/// Once all trials are done: calibrates while the state that counts lacks kernels, and only when the machine is
/// in it, for as long as the budget lasts.
void calibrate_what_is_missing(journal& done, const calibration_plan& plan) {
    const auto begin = clock::now();
    auto missing = state_without_limits(make_results(done.header(), done.trials(), done.calibrations()));
    const auto pair = calibrated_pair(done.calibrations());
    while (missing && pair && !interrupted() && seconds_between(begin, clock::now()) < plan.budget) {
        const double now = line_transfer_ns(pair->first, pair->second);
        if (now * (1 + flag_limits::most_probe_change) < missing->least_ns ||
            now > missing->greatest_ns * (1 + flag_limits::most_probe_change)) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
            continue;
        }
        if (!calibrate_into(done, plan.seconds)) {
            return;
        }
        missing = state_without_limits(make_results(done.header(), done.trials(), done.calibrations()));
    }
}

/// A run that was interrupted, with the binaries of the command's own folder or of the one that the user names:
/// a journal may come from anywhere, and what it names is not run.
journal open_resumed(const run_options& options) {
    journal done = journal::resume(fs::path(options.resume) / "journal.jsonl");
    for (const std::string& what : done.damage()) {
        std::cerr << options.resume << "/journal.jsonl: " << what
                  << " and is passed over; what it said is measured again\n";
    }
    const fs::path then = fs::path(done.header().points.front().binary).parent_path();
    if (!options.binaries.empty() && !fs::is_directory(options.binaries)) {
        throw usage_error("--binaries " + options.binaries + ": no such folder");
    }
    done.find_binaries_in(options.binaries.empty() ? folder_of_binaries() : fs::absolute(options.binaries));
    check_binaries(done.header(), then, options.resume);
    check_machine(done.header().context, options.resume);
    return done;
}

/// The default folder of a run: others may begin in the same second.
fs::path make_folder(const std::string& sweep_name) {
    const auto refuse = [](const fs::path& folder, const std::error_code& why) {
        throw usage_error(folder.string() + ": cannot make it: " + why.message() +
                          "; name another folder with --out");
    };
    std::error_code failed;
    if (fs::create_directories("results", failed); failed) {
        refuse("results", failed);
    }
    const std::string id = new_run_id(sweep_name);
    for (int n = 1;; ++n) {
        const fs::path folder = fs::path("results") / (n == 1 ? id : id + "-" + std::to_string(n));
        if (fs::create_directory(folder, failed)) {
            return folder;
        }
        if (failed) {
            refuse(folder, failed);
        }
    }
}

journal open_journal(const run_options& options, fs::path& folder) {
    if (!options.resume.empty()) {
        folder = options.resume;
        return open_resumed(options);
    }
    const sweep asked = read_sweep(options.sweep_file);
    const listing listed = list_points(asked, options.binaries);
    folder = options.out;
    std::error_code failed;
    if (!options.out.empty() && journal::has_begun(folder / "journal.jsonl")) {
        throw usage_error("--out " + folder.string() +
                          ": there is a run in it already; resume it with --resume " + folder.string() +
                          " or name another folder");
    }
    run_header header = header_of(options, asked, listed);  // refuses before anything is made
    if (options.out.empty()) {
        folder = make_folder(asked.name);
    } else if (fs::create_directories(folder, failed); failed) {
        throw usage_error("--out " + folder.string() + ": cannot make it: " + failed.message());
    }
    // The run is called as its folder is, also when `./bench` or a user has chosen that.
    const fs::path whole = fs::absolute(folder / "", failed);
    header.id = (failed ? folder / "" : whole).lexically_normal().parent_path().filename().string();
    try {
        return journal::create(folder / "journal.jsonl", std::move(header));
    } catch (const std::system_error& e) {
        throw usage_error("--out " + folder.string() + ": cannot begin a run in it: " + e.what());
    }
}

/// How to go on with a run.
std::string resume_command(const run_options& options, const fs::path& folder) {
    std::vector<std::string> command{fs::read_symlink("/proc/self/exe"), "run", "--resume", folder};
    if (!options.binaries.empty()) {
        command.insert(command.end(), {"--binaries", options.binaries});
    }
    return command_text(command);
}

/// Once all planned trials are done: more trials of flagged points, until none is flagged or the budget is
/// spent.
void repeat_flagged(const fs::path& folder, const plan& planned, journal& done, binaries_watch& binaries) {
    retries left(done.header());
    for (const trial_line& trial : done.trials()) {
        left.enter(trial);
    }
    if (!left.next()) {
        return;
    }
    std::cerr << "repeating flagged trials, at most " << left.outstanding() << " times\n";
    write_results(folder, done);  // readable whatever happens next
    // Which trials these will be is not known.
    progress bar(left.made() + left.outstanding(), left.made(), static_cast<double>(left.outstanding()));
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
                                    done, binaries);
        if (!line) {
            return;
        }
        done.append(*line);
        left.enter(*line);
        bar.advance(point.name, 1);
        if (interrupted()) {
            return;
        }
    }
}

std::string retried_text(const run_record& run) {
    return run.retries.made == 0 ? "" : " and " + counted(run.retries.made, "repetition") + " of flagged ones";
}

/// Runs what is left of a run, and says what came of it.
int go_on(const run_options& options, const fs::path& folder, journal& done) {
    binaries_watch binaries(done.header());
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
              << counted(planned.points.size(), "point") << " x "
              << counted(done.header().sweep.repetitions, "repetition") << full_checks_text(planned.points)
              << ", " << counted(left.size(), "trial") << " to go\n";
    const limits_source source = done.header().limits.value_or(limits_source{});
    if (!source.absent.empty() && !left.empty()) {
        std::cerr << "no limits: " << source.absent << "\n";
    }
    const auto expected = [&](const std::vector<planned_trial>& trials) {
        return expected_seconds(planned.points, trials, done.header().sweep.min_time_seconds);
    };
    const calibration_plan calibrations =
        plan_calibrations(expected(planned.trials), planned.trials.back().round + 1);
    {
        progress bar(planned.trials.size(), planned.trials.size() - left.size(), expected(left));
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
            const auto line = run_trial(point, trial, done, binaries);
            if (!line) {
                break;
            }
            done.append(*line);
            bar.advance(point.name, expected({trial}));
            if (interrupted()) {
                break;
            }
        }
    }
    if (!interrupted()) {
        repeat_flagged(folder, planned, done, binaries);
    }
    if (!interrupted() && !source.binary.empty() && !left.empty()) {
        calibrate_what_is_missing(done, calibrations);
    }
    if (interrupted()) {
        const run_record partial = write_results(folder, done).run;
        if (partial.complete) {
            return finish(folder, done, options.quiet);
        }
        std::cerr << "interrupted after " << partial.trials_done << " of "
                  << counted(partial.trials_planned, "trial") << retried_text(partial)
                  << "; none is lost. Go on with:\n    " << resume_command(options, folder) << "\n";
        return 130;
    }
    return finish(folder, done, options.quiet);
}

}  // namespace

int run_sweep(const run_options& options) {
    if (!build_info::measures()) {
        throw usage_error("refusing to write results: " + build_info::why_not() + " (use the release preset)");
    }
    catch_interrupts();
    pass_on(options.variables);
    fs::path folder;
    journal done = open_journal(options, folder);
    const auto stopped = [&](const std::exception& why) {
        std::cerr << "handoff: " << printable(why.what())
                  << "\nfinished trials are kept; once that is mended go on with:\n    "
                  << resume_command(options, folder) << "\n";
        return 2;
    };
    try {
        return go_on(options, folder, done);
    } catch (const std::system_error& e) {  // a full disk, no more processes: nothing that a trial did
        return stopped(e);
    } catch (const usage_error& e) {
        return stopped(e);
    }
}

namespace {

/// Libraries that a build uses only where the user says where they are: a short group, since most builds have
/// none.
void say_what_nobody_asked_for(const std::vector<not_built_impl>& not_built) {
    std::vector<std::string> options;  // in the order of the catalog
    std::map<std::string, std::vector<std::string>> impls;
    for (const not_built_impl& lacking : not_built) {
        if (!lacking.option.empty()) {
            if (!impls.contains(lacking.option)) {
                options.push_back(lacking.option);
            }
            impls[lacking.option].push_back(lacking.family + " " + lacking.impl);
        }
    }
    if (!options.empty()) {
        std::cout << "not asked for: they are used where you say where they are (docs/adapted.md):\n";
    }
    for (const std::string& option : options) {
        std::cout << "  -D" << option << "=FOLDER: " << joined(impls[option]) << "\n";
    }
}

/// A line for each library.
void say_what_is_adapted(const std::vector<adapted_impl>& adapted) {
    std::vector<std::string> lines;
    std::map<std::string, std::vector<std::string>> impls;
    for (const adapted_impl& one : adapted) {
        const std::string line =
            one.library + " (" + one.source + " " + one.version.value_or("of unknown version") +
            "; tested with " + one.tested_version + ") by " + one.adapted_by +
            ", reviewed by the library's author: " + (one.reviewed_by_author ? "yes" : "no");
        if (!impls.contains(line)) {
            lines.push_back(line);
        }
        impls[line].push_back(one.impl);
    }
    for (const std::string& line : lines) {
        std::cout << "adapted: " << joined(impls[line]) << ": " << printable(line) << "\n";
    }
}

}  // namespace

int list_sweep(const std::string& sweep_file, const std::string& binaries) {
    const sweep asked = read_sweep(sweep_file);
    const listing listed = list_points(asked, binaries);
    std::size_t oversubscribed = 0;
    for (const listed_point& p : listed.points) {
        oversubscribed += p.oversubscribed ? 1 : 0;
        std::cout << printable(p.name) << (p.oversubscribed ? "  (oversubscribed)" : "")
                  << (p.reference ? "  (added: it decides the rate of others)" : "") << "\n";
    }
    std::cout << counted(listed.points.size(), "point") << " (" << oversubscribed << " oversubscribed here) x "
              << counted(asked.repetitions, "repetition") << full_checks_text(listed.points) << "\n";
    for (const left_out& one : listed.left_out) {
        std::cout << "left out " << one.points << "x: " << one.reason << "\n";
    }
    for (const not_built_impl& lacking : listed.not_built) {
        if (lacking.option.empty()) {
            std::cout << "not built: " << lacking.family << " " << lacking.impl << ": " << lacking.reason
                      << "\n";
        }
    }
    say_what_nobody_asked_for(listed.not_built);
    say_what_is_adapted(listed.adapted);
    return 0;
}

}  // namespace handoff::harness
