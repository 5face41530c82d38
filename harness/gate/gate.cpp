#include "gate.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <regex>

#include "builds.hpp"
#include "clock.hpp"
#include "engine.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "fresh_links.hpp"
#include "json.hpp"
#include "line_file.hpp"
#include "machine_use.hpp"
#include "measurement.hpp"
#include "measures.hpp"
#include "paced_rate.hpp"
#include "statistics.hpp"
#include "sweep.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

constexpr double infinite = std::numeric_limits<double>::infinity();

/// One trial of one side, and the command that runs it again.
struct side_trial {
    gate_trial seen;
    std::string command;
    std::size_t cpus = 2;  ///< that it sat on

    bool ok() const { return seen.ok(); }
    /// A saturated trial is worse than any number: infinite.
    double value() const { return seen.value.value_or(infinite); }
    surroundings around() const { return {seen.wall_seconds, seen.foreign_seconds, seen.steal_seconds, cpus}; }
};

/// Why a pair of passed trials does not count; empty where it does. A point that `has_one_thread` does not
/// depend on how long a line takes from core to core.
std::string why_replaced(const side_trial& base, const side_trial& candidate, double most_disturbance,
                         bool has_one_thread) {
    if (disturbed(base.around(), candidate.around(), most_disturbance)) {
        return "disturbed";
    }
    if (!base.seen.value && !candidate.seen.value) {
        return "saturated";
    }
    for (const side_trial* side : {&base, &candidate}) {
        for (const std::string& flag : side->seen.flags) {
            if (flag != "contaminated" || !has_one_thread) {
                return flag;
            }
        }
    }
    const std::optional<double>& b = base.seen.probe_ns;
    const std::optional<double>& c = candidate.seen.probe_ns;
    if (!has_one_thread && b && c &&
        std::max(*b, *c) > std::min(*b, *c) * (1 + flag_limits::most_probe_change)) {
        return "machine state";
    }
    return "";
}

/// "crashed: signal 11 (Segmentation fault)"
std::string what_became_of(const side_trial& t) {
    const char* const what = t.seen.status == trial_status::crashed   ? "crashed"
                             : t.seen.status == trial_status::timeout ? "hung"
                             : t.ok()                                 ? "measured nothing"
                                                                      : "is invalid";
    return what + (t.seen.reason.empty() ? "" : ": " + t.seen.reason);
}

/// ln(candidate / base). If both are 0, they are the same, and it is 0.
double logarithm_of_ratio(double base, double candidate) {
    return base == candidate ? 0 : std::log(candidate) - std::log(base);
}

/// JSON has no infinity: a number that is not finite is stated as none.
std::optional<double> if_finite(const std::optional<double>& value) {
    return value && std::isfinite(*value) ? value : std::nullopt;
}

/// One comparison of all points, from the first pair to the verdicts.
class suite {
public:
    suite(const gate_options& options, const comparison& compared, const build& base, const build& candidate,
          const sweep& asked, gate_setup setup)
        : options_(options),
          compared_(compared),
          base_(base),
          candidate_(candidate),
          setup_(std::move(setup)),
          links_(base, candidate, options.seed) {
        min_time_ = options.min_time_seconds.value_or(asked.min_time_seconds);
        timeout_ = options.timeout_seconds.value_or(asked.timeout_seconds);
        std::vector<double> limits;
        for (std::size_t i = 0; i < compared.points.size(); ++i) {
            const compared_point& p = compared.points[i];
            if (p.in_base && p.in_candidate) {
                both_.push_back(i);
                limits.push_back(p.max_slowdown);
            }
        }
        gate_rules rules;
        rules.prove = options.require_proof;
        rules.short_of_time = options.budget_seconds.has_value();
        engine_.emplace(rules, limits);
        runs_.resize(both_.size());
    }

    /// Measures until the engine has its verdicts, the budget is spent or the user interrupts.
    void run(std::optional<line_file>& log, const std::string& file) {
        const auto begin = clock::now();
        auto written = begin;
        bool is_first = true;
        while (const auto next = engine_->next()) {
            const auto left = [&] {
                return options_.budget_seconds.value_or(infinite) - seconds_between(begin, clock::now());
            };
            wait(std::min(engine_->pause_seconds(), left()));
            if (left() <= 0) {
                engine_->stop("the budget of " + seconds_text(*options_.budget_seconds) + " s was spent");
                break;
            }
            const std::size_t known = pairs_.size();
            measure_pair(*next);
            if (interrupted()) {
                engine_->stop("interrupted");
                interrupted_ = true;
                break;
            }
            if (log && pairs_.size() > known) {
                log->append(line_of(pairs_.back()));
            }
            wall_seconds_ = seconds_between(begin, clock::now());
            if (!file.empty() && (is_first || seconds_between(written, clock::now()) > 1)) {
                write_file(file, indented_text_of(result()));
                written = clock::now();
                is_first = false;
            }
            show();
        }
        wall_seconds_ = seconds_between(begin, clock::now());
        complete_ = !interrupted_;
        if (draws_on_terminal()) {
            std::cerr << "\r\033[K";
        }
    }

    bool was_interrupted() const { return interrupted_; }

    gate_result result() const {
        gate_result r;
        r.setup = setup_;
        r.complete = complete_;
        r.wall_seconds = wall_seconds_;
        std::size_t engine_index = 0;
        for (const compared_point& p : compared_.points) {
            gate_point one;
            one.name = p.name;
            one.family = p.family;
            one.max_slowdown = p.max_slowdown;
            one.measure = p.listed.measure;
            one.unit = measure_named(p.listed.measure).cost_words();
            if (p.in_base && p.in_candidate) {
                add_standing(one, engine_index++);
            } else {
                one.found = p.in_base ? finding::missing : finding::added;
                one.reason = p.in_base ? "the candidate does not have it" : "the base does not have it";
            }
            r.points.push_back(std::move(one));
        }
        r.pairs = pairs_;
        r.failures = failures_;
        r.exit_code = exit_code(r.points);
        return r;
    }

private:
    struct point_run {
        std::size_t attempts = 0;
        std::optional<std::uint64_t> items;  ///< of every trial, once the base has found them
        std::optional<std::uint64_t> rate;   ///< of a paced point: the same for both sides
        std::vector<double> base;            ///< values of the pairs that count
        std::vector<double> candidate;
        double seconds = 0;
    };

    int exit_code(const std::vector<gate_point>& points) const {
        const auto any = [&](std::initializer_list<finding> findings) {
            return std::ranges::any_of(points, [&](const gate_point& p) {
                return std::ranges::find(findings, p.found) != findings.end();
            });
        };
        if (interrupted_) {
            return 130;
        }
        if (any({finding::regressed, finding::failed}) ||
            (any({finding::missing}) && !options_.allow_missing)) {
            return 1;
        }
        if (any({finding::broken}) || both_.empty()) {
            return 2;
        }
        const bool is_undecided = options_.shuts != fails_on::regression && nothing_decided(points);
        return is_undecided || (options_.shuts == fails_on::inconclusive && any({finding::inconclusive})) ? 3
                                                                                                          : 0;
    }

    void add_standing(gate_point& point, std::size_t index) const {
        const standing_of_point s = engine_->standing(index);
        const point_run& r = runs_[index];
        const auto median_of = [&](const std::vector<double>& values) {
            return if_finite(values.empty() || !s.median ? std::nullopt : std::optional(median(values)));
        };
        point.found = s.found;
        point.reason = s.reason;
        const bool is_relinked = options_.relink != relinks::none && links_.why_not(point.family).empty();
        if (s.found == finding::regressed && !is_relinked) {
            point.reason = "or moved by the place of its code alone: the binaries were not linked again, " +
                           (options_.relink == relinks::none ? "as --relink none asks"
                                                             : "since " + links_.why_not(point.family));
        } else if (is_relinked && s.reason.starts_with(unconfirmed)) {
            point.reason += " of binaries linked again";
        }
        point.standing = {.suspect = s.suspect,
                          .pairs = {s.screening.size(), s.confirming.size(), s.proving.size(), s.replaced},
                          .slowdown = {.median = if_finite(s.median),
                                       .low = if_finite(s.low),
                                       .high = if_finite(s.high),
                                       .at_most = if_finite(s.at_most),
                                       .could_see = if_finite(s.could_see)},
                          .p = if_finite(s.p),
                          .base_median = median_of(r.base),
                          .candidate_median = median_of(r.candidate),
                          .seconds = r.seconds,
                          .rate = r.rate};
    }

    /// `binary`: a link of the side's binary, if not its own.
    side_trial run_side(const compared_point& p, bool is_base, const point_run& r, std::uint64_t seed,
                        std::optional<check_kind> check = std::nullopt, const fs::path& binary = {}) {
        const build& from = is_base ? base_ : candidate_;
        trial_request request{from.binaries.at(p.family).string(), p.name, seed, min_time_};
        request.rate = r.rate;
        request.check = check;
        side_trial t;
        t.command = command_text(trial_command(request));
        if (is_base ? compared_.base_takes_items : compared_.candidate_takes_items) {
            request.items = r.items;
        }
        if (!binary.empty()) {
            request.binary = binary;
        }
        const machine_use before = machine_use::read();
        const double own_before = own_cpu_seconds();
        const trial_outcome outcome = run_trial_process(trial_command(request), timeout_);
        const double own = own_cpu_seconds() - own_before;
        const machine_use used = between(before, machine_use::read());
        t.seen.status = outcome.status;
        t.seen.reason = outcome.reason;
        t.seen.wall_seconds = outcome.process.wall_seconds;
        t.seen.cpu_seconds = outcome.process.cpu_seconds;
        // What the trial's main thread and this command did on other CPUs is subtracted, too: some
        // milliseconds, by which a disturbance can seem less than it is, and none can be made up.
        cpu_use near = used;
        if (t.ok() && !used.cpus.empty()) {
            const std::vector<int> seats = cpus_of(*outcome.measured);
            near = sum_of(used, seats);
            t.cpus = seats.size();
        }
        t.seen.foreign_seconds = near.busy_seconds - outcome.process.cpu_seconds - own;
        t.seen.steal_seconds = near.steal_seconds;
        if (t.ok()) {
            read_measurement(t.seen, *outcome.measured, p.listed.measure);
        }
        return t;
    }

    static void read_measurement(gate_trial& seen, const measured_trial& m, const std::string& measure) {
        seen.items = m.items;
        seen.flags = flags_of(m);
        if (m.probe) {
            seen.probe_ns = m.probe->middle_ns();
        }
        if (is_saturated(m.metrics)) {
            return;  // it has no latency, because it is longer than any
        }
        const auto refuse = [&](const std::string& why) {
            seen.status = trial_status::invalid;
            seen.reason = "its measurement cannot be used: " + why;
        };
        const std::optional<double> cost = cost_of(measure, m);
        if (!cost) {
            refuse("it has no " + measure + ", which not every machine can tell (handoff doctor)");
        } else if (!(*cost >= 0) || std::isinf(*cost)) {
            refuse("its value is " + std::to_string(*cost) + ", which is no time and no share");
        } else {
            seen.value = *cost;
        }
    }

    void add_failure(const std::string& point, bool is_base, const side_trial& t) {
        failures_.push_back({point, is_base ? "base" : "candidate", t.seen.status, t.seen.reason, t.command});
    }

    /// Finds what both sides of a paced point are offered: a share of what the base's reference reaches, the
    /// median of three trials. False: there is none, and the point has been given up.
    bool find_rate(std::size_t index) {
        const compared_point& p = compared_.points[both_[index]];
        compared_point reference = p;
        reference.name = p.listed.paced_by->point;
        reference.listed = {};
        reference.listed.measure = "items_per_second";
        std::vector<double> reached;
        for (int i = 0; i < 3; ++i) {
            const side_trial t = run_side(reference, true, {}, options_.seed);
            if (t.seen.status == trial_status::interrupted) {
                return false;
            }
            if (!t.ok() || t.value() <= 0) {
                engine_->give_up(index, finding::broken,
                                 "no rate: the base's trial of " + reference.name + ", which decides it, " +
                                     what_became_of(t));
                add_failure(reference.name, true, t);
                return false;
            }
            reached.push_back(1e9 / t.value());
        }
        runs_[index].rate = paced_rate(median(reached), p.listed.paced_by->share);
        return true;
    }

    /// Runs the candidate once with the full check, where its pairs check lightly. False: it did not pass, and
    /// the point has been given up.
    bool passes_full_check(std::size_t index) {
        const compared_point& p = compared_.points[both_[index]];
        const side_trial t = run_side(p, false, runs_[index], options_.seed, check_kind::full);
        const bool starved = t.seen.status == trial_status::invalid && t.seen.reason == nothing_done;
        if (t.ok() || starved) {
            return true;
        }
        if (t.seen.status != trial_status::interrupted) {
            engine_->give_up(index, finding::failed, std::string(word(t.seen.status)) + ": " + t.seen.reason);
            add_failure(p.name, false, t);
        }
        return false;
    }

    /// Measures both sides once. The order alternates, so that each side is first equally often.
    void measure_pair(std::size_t index) {
        const compared_point& p = compared_.points[both_[index]];
        point_run& r = runs_[index];
        const auto begin = clock::now();
        if (r.attempts == 0 && p.listed.is_paced() && !find_rate(index)) {
            return;
        }
        if (r.attempts == 0 && p.listed.light_check && !passes_full_check(index)) {
            return;
        }
        if (r.attempts == 0 && p.listed.fills == "count" && compared_.base_takes_items) {
            // The base finds once how many iterations fill the time; both sides then run as many.
            const side_trial found = run_side(p, true, r, options_.seed);
            if (found.seen.status == trial_status::interrupted) {
                return;
            }
            if (found.ok() && found.seen.items > 0) {
                r.items = found.seen.items;
            }
        }
        std::optional<fresh_links::linked_pair> fresh;
        if (options_.relink == relinks::all ||
            (options_.relink == relinks::confirming && engine_->is_confirming(index))) {
            fresh = links_.next(p.family, index);
            if (interrupted()) {
                return;
            }
        }
        const bool base_first = r.attempts % 2 == 0;
        // 53 bits: every JSON reader keeps them
        const std::uint64_t seed = ((options_.seed << 20) + index * 1024 + r.attempts) & ((1UL << 53) - 1);
        ++r.attempts;
        const auto run_one = [&](bool is_base) {
            return run_side(p, is_base, r, seed, std::nullopt,
                            !fresh    ? fs::path()
                            : is_base ? fresh->base
                                      : fresh->candidate);
        };
        const side_trial first = run_one(base_first);
        const side_trial second = run_one(!base_first);
        r.seconds += seconds_between(begin, clock::now());
        const side_trial& base = base_first ? first : second;
        const side_trial& candidate = base_first ? second : first;
        if (first.seen.status == trial_status::interrupted || second.seen.status == trial_status::interrupted) {
            return;
        }
        gate_pair pair{p.name,         base_first,   seed, base.seen,
                       candidate.seen, std::nullopt, "",   fresh ? std::optional(fresh->seed) : std::nullopt};
        // If a trial did nothing while others used the processors, the pair is repeated. A trial that crashed,
        // hung or broke a promise has failed, whatever else ran.
        const auto passed_or_starved = [](const side_trial& t) {
            return t.ok() || (t.seen.status == trial_status::invalid && t.seen.reason == nothing_done);
        };
        const bool both_passed = base.ok() && candidate.ok();
        if (!both_passed && passed_or_starved(base) && passed_or_starved(candidate) &&
            disturbed(base.around(), candidate.around(), options_.most_disturbance)) {
            pair.replaced = "disturbed";
            engine_->add_replaced(index, "disturbed", true);
        } else if (!both_passed) {
            pair.replaced = "failed";
            for (const bool is_base : {true, false}) {
                if (const side_trial& side = is_base ? base : candidate; !side.ok()) {
                    add_failure(p.name, is_base, side);
                }
            }
            if (!base.ok()) {
                engine_->give_up(index, finding::broken, "the base's trial " + what_became_of(base));
            } else {
                engine_->give_up(index, finding::failed, "its trial " + what_became_of(candidate));
            }
        } else if (const std::string why =
                       why_replaced(base, candidate, options_.most_disturbance, p.listed.threads == 1);
                   !why.empty()) {
            pair.replaced = why;
            engine_->add_replaced(index, why, why == "disturbed");
        } else {
            const double d = logarithm_of_ratio(base.value(), candidate.value());
            pair.d = if_finite(d);
            r.base.push_back(base.value());
            r.candidate.push_back(candidate.value());
            engine_->add_pair(index, d);
        }
        pairs_.push_back(std::move(pair));
    }

    /// Leaves the machine alone, until the user interrupts at the longest.
    static void wait(double seconds) {
        const auto begin = clock::now();
        for (double left = seconds; left > 0 && !interrupted();
             left = seconds - seconds_between(begin, clock::now())) {
            poll(nullptr, 0, static_cast<int>(std::ceil(1000 * std::min(left, 0.05))));
        }
    }

    void show() const {
        if (!options_.quiet && draws_on_terminal()) {
            const std::size_t open = engine_->undecided();
            std::cerr << "\r\033[K" << counted(pairs_.size(), "pair") << ", " << open << " of " << both_.size()
                      << (both_.size() == 1 ? " point" : " points") << " not decided, "
                      << static_cast<int>(wall_seconds_) << " s" << std::flush;
        }
    }

    const gate_options& options_;
    const comparison& compared_;
    const build& base_;
    const build& candidate_;
    gate_setup setup_;
    double min_time_;
    double timeout_;
    std::vector<std::size_t> both_;  ///< points that both sides have; the engine numbers them from 0
    std::optional<gate_engine> engine_;
    fresh_links links_;
    std::vector<point_run> runs_;
    std::vector<gate_pair> pairs_;
    std::vector<gate_failure> failures_;
    double wall_seconds_ = 0;
    bool complete_ = false;
    bool interrupted_ = false;
};

void filter_points(comparison& compared, const std::vector<std::string>& filters) {
    if (filters.empty()) {
        return;
    }
    std::vector<std::regex> patterns;
    for (const std::string& filter : filters) {
        try {
            patterns.emplace_back(filter, std::regex::extended);
        } catch (const std::regex_error& e) {
            throw usage_error("--filter " + filter + ": no regular expression: " + e.what());
        }
    }
    std::erase_if(compared.points, [&](const compared_point& p) {
        return std::ranges::none_of(patterns,
                                    [&](const std::regex& r) { return std::regex_search(p.name, r); });
    });
    if (compared.points.empty()) {
        throw usage_error("--filter " + filters.front() +
                          ": no point of the sweep matches (handoff list prints them)");
    }
}

gate_setup setup_of(const gate_options& options, const comparison& compared, const build& base,
                    const build& candidate, const sweep& asked) {
    const gate_rules rules;
    gate_setup setup;
    setup.date = timestamp();
    setup.context = describe_environment(fs::read_symlink("/proc/self/exe"));
    setup.base = {base.folder.string(), options.base_ref, compared.base_build};
    setup.candidate = {candidate.folder.string(), std::nullopt, compared.candidate_build};
    setup.differences = compared.differences;
    setup.sweep_name = asked.name;
    setup.sweep_file = options.sweep_file;
    setup.seed = options.seed;
    setup.rules = {.change_error = rules.change_error,
                   .proof_error = rules.proof_error,
                   .least_screening = rules.least_screening,
                   .most_screening = rules.most_screening,
                   .most_confirming = rules.most_confirming,
                   .most_pairs = rules.most_pairs,
                   .reported_share = gate_rules::reported_share,
                   .require_proof = options.require_proof,
                   .allow_missing = options.allow_missing,
                   .fail_on_undecided = options.shuts != fails_on::regression,
                   .fail_on_inconclusive = options.shuts == fails_on::inconclusive,
                   .relink = options.relink == relinks::none  ? "none"
                             : options.relink == relinks::all ? "all"
                                                              : "confirming",
                   .budget_seconds = options.budget_seconds,
                   .min_time_seconds = options.min_time_seconds.value_or(asked.min_time_seconds),
                   .most_disturbance = options.most_disturbance,
                   .most_probe_change = flag_limits::most_probe_change};
    return setup;
}

share_of_suites share_of(std::size_t count, std::size_t of) {
    const chance_interval i = clopper_pearson(count, of, 0.95);
    return {count, of, i.low, i.high};
}

/// What the suites of a self-test said of one point.
struct point_tally {
    std::size_t suites = 0;
    std::map<finding, std::size_t> found;
    std::vector<double> could_see;

    self_tested_point summary(const std::string& name) const {
        const auto count = [&](finding f) {
            const auto seen = found.find(f);
            return seen == found.end() ? 0 : seen->second;
        };
        return {name,
                suites,
                share_of(count(finding::regressed), suites),
                share_of(count(finding::improved), suites),
                count(finding::unchanged),
                count(finding::inconclusive),
                could_see.empty() ? std::nullopt : std::optional(median(could_see))};
    }
};

int run_self_test(const gate_options& options, const comparison& compared, const build& base,
                  const sweep& asked) {
    std::map<std::string, point_tally> points;
    std::size_t regressed = 0;
    std::size_t improved = 0;
    std::size_t suites = 0;
    bool any_broken = false;
    std::vector<double> seconds;
    self_test_result file;
    while (suites < options.suites && !interrupted()) {
        gate_options one = options;
        one.seed = options.seed + suites;
        suite s(one, compared, base, base, asked, setup_of(one, compared, base, base, asked));
        std::optional<line_file> none;
        s.run(none, "");
        if (s.was_interrupted()) {
            break;
        }
        const gate_result r = s.result();
        ++suites;
        seconds.push_back(r.wall_seconds);
        for (const gate_point& p : r.points) {
            point_tally& tally = points[p.name];
            ++tally.suites;
            ++tally.found[p.found];
            any_broken = any_broken || p.found == finding::broken || p.found == finding::failed;
            if (p.standing && p.standing->slowdown.could_see) {
                tally.could_see.push_back(*p.standing->slowdown.could_see);
            }
        }
        const auto any = [&](finding f) {
            return std::ranges::find(r.points, f, &gate_point::found) != r.points.end();
        };
        regressed += any(finding::regressed) ? 1 : 0;
        improved += any(finding::improved) ? 1 : 0;
        file.setup = setup_of(options, compared, base, base, asked);
        file.complete = suites == options.suites;
        file.regressed = share_of(regressed, suites);
        file.improved = share_of(improved, suites);
        file.seconds_per_suite = median(seconds);
        file.points.clear();
        for (const auto& [name, tally] : points) {
            file.points.push_back(tally.summary(name));
        }
        if (!options.json_file.empty() && (options.json_file != "-" || file.complete)) {
            write_output("--json", options.json_file, indented_text_of(file));
        }
        std::cerr << "suite " << suites << " of " << options.suites << ": " << regressed
                  << " with a false regression so far, " << seconds_text(std::round(seconds.back() * 10) / 10)
                  << " s\n";
    }
    if (suites == 0) {
        return 130;
    }
    char line[240];
    std::snprintf(line, sizeof line,
                  "base against itself: %zu of %zu suites said \"regressed\" (95%% interval %.1f%% to %.1f%%), "
                  "%.1f s a suite\n",
                  regressed, suites, 100 * file.regressed.low, 100 * file.regressed.high, median(seconds));
    std::cout << line;
    std::cout << "smallest slowdown that is found 4 times in 5:\n";
    for (const self_tested_point& p : file.points) {
        char found[32] = "   none";
        if (p.could_see) {
            std::snprintf(found, sizeof found, "%+6.1f%%", 100 * (*p.could_see - 1));
        }
        std::cout << "  " << found << "  " << p.name << "\n";
    }
    return interrupted() ? 130 : any_broken ? 2 : 0;
}

}  // namespace

int run_gate(const gate_options& options) {
    catch_interrupts();
    const sweep asked = read_sweep(options.sweep_file);
    const build candidate = options.self_test ? build{} : find_build(options.candidate, "--candidate");
    const build base = options.base_ref.empty()
                           ? find_build(options.base, "--base")
                           : build_ref(options.base_ref, candidate, families_of(options.sweep_file));
    const build& other = options.self_test ? base : candidate;
    output_limits limits;
    limits.seconds = options.timeout_seconds.value_or(limits.seconds);
    comparison compared = compare_points(base, other, options.sweep_file, options.max_slowdown, limits);
    filter_points(compared, options.filters);
    if (!options.measure.empty()) {
        for (compared_point& p : compared.points) {
            p.listed.measure = options.measure;
        }
    }
    if (options.self_test) {
        compared.differences.clear();
        return run_self_test(options, compared, base, asked);
    }
    for (const std::string& difference : compared.differences) {
        std::cerr << "WARNING: the builds differ: " << difference << "\n";
    }
    std::optional<line_file> log;
    const bool has_json_file = !options.json_file.empty() && options.json_file != "-";
    const std::string log_file = options.json_file + ".journal";
    const gate_setup setup = setup_of(options, compared, base, candidate, asked);
    if (has_json_file) {
        std::error_code ignored;
        fs::remove(log_file, ignored);
        try {
            log.emplace(line_file::create(log_file));
            log->append(line_of(gate_log_header{setup}));
        } catch (const std::system_error& e) {
            throw usage_error("--json " + options.json_file + ": cannot write: " + e.code().message());
        }
    }
    suite s(options, compared, base, candidate, asked, setup);
    s.run(log, has_json_file ? options.json_file : "");
    const gate_result result = s.result();
    // The verdict is said whatever becomes of the files.
    const bool is_taken = options.json_file == "-" || options.markdown_file == "-" || options.junit_file == "-";
    std::ostream& terminal = is_taken ? std::cerr : std::cout;
    if (!options.quiet) {
        terminal << gate_table(result);
    }
    if (options.annotations) {
        terminal << gate_annotations(result);
    }
    terminal << gate_summary(result) << "\n";
    std::string unwritten;
    const auto write = [&](const char* flag, const std::string& file, const auto& text) {
        try {
            if (!file.empty()) {
                write_output(flag, file, text(result));
            }
        } catch (const usage_error& e) {
            unwritten += (unwritten.empty() ? "" : "; ") + std::string(e.what());
        }
    };
    write("--json", options.json_file, [](const gate_result& r) { return indented_text_of(r); });
    write("--markdown", options.markdown_file, gate_markdown);
    write("--junit", options.junit_file, gate_junit);
    if (!unwritten.empty()) {
        throw usage_error(unwritten);
    }
    if (has_json_file) {
        log.reset();
        std::error_code ignored;
        fs::remove(log_file, ignored);  // the file says all of it
    }
    return result.exit_code;
}

}  // namespace handoff::harness
