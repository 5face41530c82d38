#include "build_pairs.hpp"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "builds.hpp"
#include "fresh_links.hpp"
#include "measures.hpp"
#include "own_trial.hpp"
#include "paced_rate.hpp"
#include "statistics.hpp"
#include "sweep.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

class build_pairs : public pair_source {
public:
    build_pairs(const gate_options& options, build base, build candidate)
        : options_(options), base_(std::move(base)), candidate_(std::move(candidate)) {
        const sweep asked = read_sweep(options.sweep_file);
        sweep_name_ = asked.name;
        min_time_ = options.min_time_seconds.value_or(asked.min_time_seconds);
        timeout_ = options.timeout_seconds.value_or(asked.timeout_seconds);
        output_limits limits;
        limits.seconds = options.timeout_seconds.value_or(limits.seconds);
        compared_ = compare_points(base_, candidate_, options.sweep_file, options.max_slowdown, options.measure,
                                   limits);
        const point_choice choice(options.filters, options.exceptions);
        const std::size_t offered = compared_.points.size();
        std::erase_if(compared_.points, [&](const compared_point& p) { return !choice.takes(p.name); });
        choice.check_any(offered, compared_.points.size(), "of the sweep matches (handoff list prints them)");
        for (compared_point& p : compared_.points) {
            points_.push_back({p.name, p.family, p.max_slowdown, p.listed.measure,
                               measure_named(p.listed.measure).cost_words(), p.in_base, p.in_candidate,
                               p.listed.threads == 1});
        }
        if (options.tests_itself()) {
            compared_.differences.clear();
        }
        build_pairs::begin_suite(options.seed);
    }

    const std::vector<gated_point>& points() const override { return points_; }

    void describe(gate_setup& setup) const override {
        setup.base = {base_.folder.string(), options_.base_ref, compared_.base_build};
        setup.candidate = {candidate_.folder.string(), std::nullopt, compared_.candidate_build};
        setup.differences = compared_.differences;
        setup.sweep_name = sweep_name_;
        setup.sweep_file = options_.sweep_file;
        setup.rules.min_time_seconds = min_time_;
        setup.rules.relink = options_.relink == relinks::none  ? "none"
                             : options_.relink == relinks::all ? "all"
                                                               : "confirming";
    }

    void begin_suite(std::uint64_t seed) override {
        seed_ = seed;
        links_.emplace(base_, candidate_, seed);
        fresh_.reset();
        runs_.assign(points_.size(), {});
    }

    std::optional<no_pairs> prepare(std::size_t point) override {
        const compared_point& p = compared_.points[point];
        if (p.listed.is_paced()) {
            if (auto refused = find_rate(point)) {
                return refused;
            }
        }
        if (p.listed.light_check) {
            if (auto refused = check_in_full(point)) {
                return refused;
            }
        }
        if (p.listed.fills == "count" && compared_.base_takes_items) {
            // The base finds once how many iterations fill the time; both sides then run as many.
            const side_trial found = run_side(p, true, runs_[point], seed_);
            if (found.seen.status == trial_status::interrupted) {
                return interrupt;
            }
            if (found.ok() && found.seen.items > 0) {
                runs_[point].items = found.seen.items;
            }
        }
        return std::nullopt;
    }

    std::optional<std::uint64_t> begin_pair(std::size_t point, bool is_confirming) override {
        fresh_.reset();
        if (options_.relink == relinks::all || (options_.relink == relinks::confirming && is_confirming)) {
            fresh_ = links_->next(compared_.points[point].family, point);
        }
        return fresh_ ? std::optional(fresh_->seed) : std::nullopt;
    }

    side_trial measure(std::size_t point, bool is_base, std::uint64_t seed) override {
        return run_side(compared_.points[point], is_base, runs_[point], seed, std::nullopt,
                        !fresh_   ? fs::path()
                        : is_base ? fresh_->base
                                  : fresh_->candidate);
    }

    std::optional<std::uint64_t> rate(std::size_t point) const override { return runs_[point].rate; }

    bool is_linked_again(std::size_t point) const override { return doubt(point).empty(); }

    std::string doubt(std::size_t point) const override {
        const std::string why = links_->why_not(compared_.points[point].family);
        if (options_.relink != relinks::none && why.empty()) {
            return "";
        }
        return "or moved by the place of its code alone: the binaries were not linked again, " +
               (options_.relink == relinks::none ? "as --relink none asks" : "since " + why);
    }

private:
    /// What the base has found for both sides.
    struct point_run {
        std::optional<std::uint64_t> items;  ///< of every trial
        std::optional<std::uint64_t> rate;   ///< of a paced point
    };

    static inline const no_pairs interrupt{finding::inconclusive, "interrupted", std::nullopt};

    /// `binary`: a link of the side's binary, if not its own.
    side_trial run_side(const compared_point& p, bool is_base, const point_run& r, std::uint64_t seed,
                        std::optional<check_kind> check = std::nullopt, const fs::path& binary = {}) {
        const build& from = is_base ? base_ : candidate_;
        trial_request request{from.binaries.at(p.family).string(), p.listed.name, seed,
                              p.listed.window_seconds(min_time_)};
        request.rate = r.rate;
        request.check = check;
        const std::string command = command_text(trial_command(request));
        if (is_base ? compared_.base_takes_items : compared_.candidate_takes_items) {
            request.items = r.items;
        }
        if (!binary.empty()) {
            request.binary = binary;
        }
        side_trial t = run_own_trial(request, timeout_, p.listed.measure);
        t.command = command;
        return t;
    }

    /// Finds what both sides of a paced point are offered: a share of what the base's reference reaches, the
    /// median of three trials.
    std::optional<no_pairs> find_rate(std::size_t point) {
        const compared_point& p = compared_.points[point];
        compared_point reference = p;
        reference.name = p.listed.paced_by->point;
        reference.listed = {};
        reference.listed.name = reference.name;
        reference.listed.reference = true;
        reference.listed.measure = "items_per_second";
        std::vector<double> reached;
        for (int i = 0; i < 3; ++i) {
            const side_trial t = run_side(reference, true, {}, seed_);
            if (t.seen.status == trial_status::interrupted) {
                return interrupt;
            }
            if (!t.ok() || t.value() <= 0) {
                return no_pairs{finding::broken,
                                "no rate: the base's trial of " + reference.name + ", which decides it, " +
                                    what_became_of(t),
                                gate_failure{reference.name, "base", t.seen.status, t.seen.reason, t.command}};
            }
            reached.push_back(1e9 / t.value());
        }
        runs_[point].rate = paced_rate(median(reached), p.listed.paced_by->share);
        return std::nullopt;
    }

    /// Runs the candidate once with the full check, where its pairs check lightly.
    std::optional<no_pairs> check_in_full(std::size_t point) {
        const compared_point& p = compared_.points[point];
        const side_trial t = run_side(p, false, runs_[point], seed_, check_kind::full);
        const bool starved = t.seen.status == trial_status::invalid && t.seen.reason == nothing_done;
        if (t.ok() || starved) {
            return std::nullopt;
        }
        if (t.seen.status == trial_status::interrupted) {
            return interrupt;
        }
        return no_pairs{finding::failed, std::string(word(t.seen.status)) + ": " + t.seen.reason,
                        gate_failure{p.name, "candidate", t.seen.status, t.seen.reason, t.command}};
    }

    const gate_options& options_;
    build base_;
    build candidate_;
    comparison compared_;
    std::string sweep_name_;
    std::vector<gated_point> points_;
    double min_time_ = 0;
    double timeout_ = 0;
    std::uint64_t seed_ = 0;
    std::optional<fresh_links> links_;
    std::optional<fresh_links::linked_pair> fresh_;  ///< of the pair at hand
    std::vector<point_run> runs_;
};

}  // namespace

std::unique_ptr<pair_source> pairs_of_builds(const gate_options& options) {
    read_sweep(options.sweep_file);   // what is wrong with it is said before anything is built
    if (options.candidate.empty()) {  // the base against itself
        build base = find_build(options.base, "--base");
        return std::make_unique<build_pairs>(options, base, base);
    }
    build candidate = find_build(options.candidate, "--candidate");
    build base = options.base_ref.empty()
                     ? find_build(options.base, "--base")
                     : build_ref(options.base_ref, candidate, families_of(options.sweep_file));
    return std::make_unique<build_pairs>(options, std::move(base), std::move(candidate));
}

}  // namespace handoff::harness
