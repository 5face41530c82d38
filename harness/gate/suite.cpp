#include "suite.hpp"

#include <poll.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <initializer_list>
#include <iostream>
#include <limits>
#include <utility>

#include "child.hpp"
#include "environment.hpp"
#include "flags.hpp"
#include "json.hpp"
#include "measurement.hpp"
#include "statistics.hpp"
#include "terminal.hpp"
#include "text.hpp"
#include "trial_process.hpp"

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

/// Leaves the machine alone, until the user interrupts at the longest.
void wait(double seconds) {
    const auto begin = clock::now();
    for (double left = seconds; left > 0 && !interrupted();
         left = seconds - seconds_between(begin, clock::now())) {
        poll(nullptr, 0, static_cast<int>(std::ceil(1000 * std::min(left, 0.05))));
    }
}

}  // namespace

bool is_starved(const side_trial& t) {
    return t.seen.status == trial_status::invalid && t.seen.reason == nothing_done;
}

namespace {

gate_rules rules_of(const gate_options& options) {
    const bool is_ranking = options.sides == gate_sides::ranking;
    gate_rules rules;
    rules.prove_both = is_ranking || options.sides == gate_sides::implementations;
    rules.prove = options.require_proof || rules.prove_both;
    rules.short_of_time = options.budget_seconds.has_value();
    if (is_ranking) {
        rules.change_error /=
            2;  // which of two is the base means nothing there: both directions are one family
    }
    return rules;
}

}  // namespace

gate_setup setup_of(const gate_options& options, const pair_source& source) {
    const gate_rules rules = rules_of(options);
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

suite::suite(const gate_options& options, pair_source& source, gate_setup setup, agenda* wanted)
    : options_(options), source_(source), setup_(std::move(setup)), agenda_(wanted) {
    source_.begin_suite(setup_.seed);
    std::vector<double> limits;
    for (std::size_t i = 0; i < source_.points().size(); ++i) {
        const gated_point& p = source_.points()[i];
        if (p.in_base && p.in_candidate) {
            both_.push_back(i);
            limits.push_back(p.max_slowdown);
        }
    }
    engine_.emplace(rules_of(options), limits);
    runs_.resize(both_.size());
}

void suite::run(std::optional<line_file>& log, const std::function<void()>& save, clock::time_point begin) {
    auto written = clock::now();
    bool is_first = true;
    const auto next_wanted = [&] {
        if (agenda_ != nullptr) {
            agenda_->update(*engine_);
        }
        return engine_->next();
    };
    while (const auto next = next_wanted()) {
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
        if (save && (is_first || seconds_between(written, clock::now()) > 1)) {
            save();
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

gate_result suite::result() const {
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

int suite::exit_code(const std::vector<gate_point>& points) const {
    const auto any = [&](std::initializer_list<finding> findings) {
        return std::ranges::any_of(points, [&](const gate_point& p) {
            return std::ranges::find(findings, p.found) != findings.end();
        });
    };
    if (interrupted_) {
        return 130;
    }
    if (any({finding::regressed, finding::failed}) || (any({finding::missing}) && !options_.allow_missing)) {
        return 1;
    }
    if (any({finding::broken}) || both_.empty()) {
        return 2;
    }
    const bool is_undecided = options_.shuts != fails_on::regression && nothing_decided(points);
    return is_undecided || (options_.shuts == fails_on::inconclusive && any({finding::inconclusive})) ? 3 : 0;
}

void suite::add_standing(gate_point& point, std::size_t index) const {
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

void suite::give_up(std::size_t index, const no_pairs& why) {
    if (!why.is_interrupt()) {
        engine_->give_up(index, why.as, why.reason);
    }
    if (why.failure) {
        failures_.push_back(*why.failure);
    }
}

/// Measures both sides once. The order alternates, so that each side is first equally often.
void suite::measure_pair(std::size_t index) {
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
    const auto passed_or_starved = [](const side_trial& t) { return t.ok() || is_starved(t); };
    const bool both_passed = base.ok() && candidate.ok();
    if (!both_passed && passed_or_starved(base) && passed_or_starved(candidate) &&
        disturbed(base.around(), candidate.around(), options_.most_disturbance)) {
        pair.replaced = "disturbed";
        engine_->add_replaced(index, "disturbed", true);
    } else if (!both_passed) {
        pair.replaced = "failed";
        for (const bool is_base : {true, false}) {
            if (const side_trial& side = is_base ? base : candidate; !side.ok()) {
                failures_.push_back(
                    {p.name, is_base ? "base" : "candidate", side.seen.status, side.seen.reason, side.command});
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

void suite::show() const {
    if (options_.quiet || !draws_on_terminal()) {
        return;
    }
    const std::size_t open = engine_->undecided();
    std::cerr << "\r\033[K" << counted(pairs_.size(), "pair") << ", ";
    if (agenda_ != nullptr) {
        std::cerr << counted(open, "comparison") << " open, ";
    } else {
        std::cerr << open << " of " << both_.size() << (both_.size() == 1 ? " point" : " points")
                  << " not decided, ";
    }
    std::cerr << static_cast<int>(wall_seconds_) << " s" << std::flush;
}

}  // namespace handoff::harness
