#include "gate.hpp"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <limits>
#include <memory>

#include "build_pairs.hpp"
#include "clock.hpp"
#include "command_pairs.hpp"
#include "engine.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "implementation_pairs.hpp"
#include "json.hpp"
#include "line_file.hpp"
#include "pair_source.hpp"
#include "program_pairs.hpp"
#include "statistics.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

constexpr double infinite = std::numeric_limits<double>::infinity();

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
    suite(const gate_options& options, pair_source& source, gate_setup setup)
        : options_(options), source_(source), setup_(std::move(setup)) {
        source_.begin_suite(setup_.seed);
        std::vector<double> limits;
        for (std::size_t i = 0; i < source_.points().size(); ++i) {
            const gated_point& p = source_.points()[i];
            if (p.in_base && p.in_candidate) {
                both_.push_back(i);
                limits.push_back(p.max_slowdown);
            }
        }
        gate_rules rules;
        rules.prove_both = options.sides == gate_sides::implementations;
        rules.prove = options.require_proof || rules.prove_both;
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
        for (const gated_point& p : source_.points()) {
            gate_point one;
            one.name = p.name;
            one.family = p.family;
            one.max_slowdown = p.max_slowdown;
            one.measure = p.measure;
            one.unit = p.unit;
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
        std::vector<double> base;  ///< values of the pairs that count
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
        if (s.found == finding::regressed && !options_.drill) {
            point.reason = source_.doubt(both_[index]);
        } else if (source_.is_linked_again(both_[index]) && s.reason.starts_with(unconfirmed)) {
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
                          .rate = source_.rate(both_[index])};
    }

    void give_up(std::size_t index, const no_pairs& why) {
        if (!why.is_interrupt()) {
            engine_->give_up(index, why.as, why.reason);
        }
        if (why.failure) {
            failures_.push_back(*why.failure);
        }
    }

    void add_failure(const std::string& point, bool is_base, const side_trial& t) {
        failures_.push_back({point, is_base ? "base" : "candidate", t.seen.status, t.seen.reason, t.command});
    }

    /// Measures both sides once. The order alternates, so that each side is first equally often.
    void measure_pair(std::size_t index) {
        const std::size_t at = both_[index];
        const gated_point& p = source_.points()[at];
        point_run& r = runs_[index];
        const auto begin = clock::now();
        if (r.attempts == 0) {
            if (const std::optional<no_pairs> why = source_.prepare(at)) {
                give_up(index, *why);
                return;
            }
        }
        const std::optional<std::uint64_t> link = source_.begin_pair(at, engine_->is_confirming(index));
        if (interrupted()) {
            return;
        }
        const bool base_first = r.attempts % 2 == 0;
        // 53 bits: every JSON reader keeps them
        const std::uint64_t seed = ((setup_.seed << 20) + index * 1024 + r.attempts) & ((1UL << 53) - 1);
        ++r.attempts;
        const auto run_one = [&](bool is_base) {
            side_trial t = source_.measure(at, is_base, seed);
            if (!is_base && t.seen.value) {
                *t.seen.value *= options_.drill.value_or(1);
            }
            return t;
        };
        const side_trial first = run_one(base_first);
        const side_trial second = run_one(!base_first);
        r.seconds += seconds_between(begin, clock::now());
        const side_trial& base = base_first ? first : second;
        const side_trial& candidate = base_first ? second : first;
        if (first.seen.status == trial_status::interrupted || second.seen.status == trial_status::interrupted) {
            return;
        }
        gate_pair pair{p.name, base_first, seed, base.seen, candidate.seen, std::nullopt, "", link};
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
                       why_replaced(base, candidate, options_.most_disturbance, p.has_one_thread);
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
    pair_source& source_;
    gate_setup setup_;
    std::vector<std::size_t> both_;  ///< points that both sides have; the engine numbers them from 0
    std::optional<gate_engine> engine_;
    std::vector<point_run> runs_;
    std::vector<gate_pair> pairs_;
    std::vector<gate_failure> failures_;
    double wall_seconds_ = 0;
    bool complete_ = false;
    bool interrupted_ = false;
};

gate_setup setup_of(const gate_options& options, const pair_source& source) {
    const gate_rules rules;
    gate_setup setup;
    setup.date = timestamp();
    setup.context = describe_environment(fs::read_symlink("/proc/self/exe"));
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
                   .relink = "none",
                   .budget_seconds = options.budget_seconds,
                   .most_disturbance = options.most_disturbance,
                   .most_probe_change = flag_limits::most_probe_change};
    source.describe(setup);
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

int run_self_test(const gate_options& options, pair_source& source) {
    std::map<std::string, point_tally> points;
    std::size_t regressed = 0;
    std::size_t improved = 0;
    std::size_t suites = 0;
    bool any_broken = false;
    std::vector<double> seconds;
    self_test_result file;
    const gate_setup setup = setup_of(options, source);
    while (suites < options.suites && !interrupted()) {
        gate_setup one = setup;
        one.seed += suites;
        suite s(options, source, one);
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
        file.setup = setup;
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

/// Measures the candidate against itself, with all values of one side multiplied: whether the gate finds what
/// is known to be there.
int run_drill(const gate_options& options, pair_source& source, const gate_setup& setup) {
    suite s(options, source, setup);
    std::optional<line_file> none;
    s.run(none, "");
    const gate_result result = s.result();
    if (!options.quiet) {
        std::cout << points_table(result);
    }
    std::cout << drill_summary(result, *options.drill) << "\n";
    return drill_exit_code(result);
}

std::unique_ptr<pair_source> source_of(const gate_options& options) {
    switch (options.sides) {
        case gate_sides::builds:
            break;
        case gate_sides::programs:
            return pairs_of_programs(options);
        case gate_sides::commands:
            return pairs_of_commands(options);
        case gate_sides::implementations:
            return pairs_of_implementations(options);
    }
    return pairs_of_builds(options);
}

}  // namespace

int run_gate(const gate_options& options) {
    catch_interrupts();
    const std::unique_ptr<pair_source> source = source_of(options);
    if (options.self_test) {
        return run_self_test(options, *source);
    }
    const gate_setup setup = setup_of(options, *source);
    for (const std::string& difference : setup.differences) {
        std::cerr << "WARNING: the builds differ: " << difference << "\n";
    }
    if (options.drill) {
        return run_drill(options, *source, setup);
    }
    std::optional<line_file> log;
    const bool has_json_file = !options.json_file.empty() && options.json_file != "-";
    const std::string log_file = options.json_file + ".journal";
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
    suite s(options, *source, setup);
    s.run(log, has_json_file ? options.json_file : "");
    const gate_result result = s.result();
    // The verdict is said whatever becomes of the files.
    const bool is_taken = options.json_file == "-" || options.markdown_file == "-" || options.junit_file == "-";
    std::ostream& terminal = is_taken ? std::cerr : std::cout;
    const bool is_duel = options.sides == gate_sides::implementations;
    if (!options.quiet) {
        terminal << (is_duel ? duel_table(result) : gate_table(result));
    }
    if (options.annotations) {
        terminal << gate_annotations(result);
    }
    terminal << (is_duel ? duel_summary(result) : gate_summary(result)) << "\n";
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
    return is_duel ? duel_exit_code(result) : result.exit_code;
}

}  // namespace handoff::harness
