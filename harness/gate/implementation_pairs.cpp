#include "implementation_pairs.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "child.hpp"
#include "json.hpp"
#include "measurement.hpp"
#include "measures.hpp"
#include "own_trial.hpp"
#include "text.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

constexpr double default_min_time = 0.02;
constexpr double default_timeout = 30;

listing asked_of(const fs::path& binary, const std::vector<std::string>& flags, const output_limits& limits) {
    std::vector<std::string> argv{binary.string()};
    argv.insert(argv.end(), flags.begin(), flags.end());
    argv.emplace_back("--list_points");
    try {
        return parse_record<listing>(output_of(argv, child_environment::of_trials, limits));
    } catch (const malformed& e) {
        throw std::runtime_error(command_text(argv) + ": its answer cannot be read: " + e.what());
    }
}

/// The family whose binary has both. Throws usage_error.
std::string family_with(const gate_options& options, const std::map<std::string, fs::path>& binaries,
                        const output_limits& limits) {
    std::vector<std::string> both;
    std::string rivals;
    for (const auto& [family, binary] : binaries) {
        if (family == "limits" || family == "races" || family == "controls") {
            continue;  // they measure no implementation
        }
        const std::vector<std::string> names = asked_of(binary, {}, limits).implementations;
        const bool has_one = std::ranges::find(names, options.base) != names.end();
        const bool has_other = std::ranges::find(names, options.candidate) != names.end();
        if (has_one && has_other) {
            both.push_back(family);
        } else if (has_one || has_other) {
            rivals += (rivals.empty() ? "" : "; ") + (has_one ? options.base : options.candidate) +
                      " is one of " + family + ": " + joined(names);
        }
    }
    const std::string sides = "duel " + options.base + " " + options.candidate + ": ";
    if (both.empty()) {
        throw usage_error(
            sides + "no family has both" +
            (rivals.empty() ? ", nor one of them (handoff list SWEEP prints names)" : ": " + rivals));
    }
    if (both.size() > 1) {
        throw usage_error(sides + "several families have both; name one: --family " +
                          joined(both, " or --family "));
    }
    return both.front();
}

/// `queues/transfer/wait:spin/p:1/c:1/cap:1024/bytes:8`
std::string name_without_impl(const point& p) {
    point nobody = p;
    nobody.impl.clear();
    std::string name = nobody.name();
    if (const auto gap = name.find("//"); gap != std::string::npos) {
        name.erase(gap, 1);
    }
    if (name.ends_with('/')) {
        name.pop_back();  // a point without axes
    }
    return name;
}

class implementation_pairs : public pair_source {
public:
    explicit implementation_pairs(const gate_options& options)
        : options_(options),
          min_time_(options.min_time_seconds.value_or(default_min_time)),
          timeout_(options.timeout_seconds.value_or(default_timeout)) {
        const std::map<std::string, fs::path> binaries =
            benchmark_binaries(options.binaries, options.binaries.empty() ? "" : "--binaries");
        if (binaries.empty()) {
            throw usage_error("duel: no bench_* binary beside this command: name their folder with --binaries");
        }
        const output_limits limits;
        const std::string family =
            options.family.empty() ? family_with(options, binaries, limits) : options.family;
        if (!binaries.contains(family)) {
            std::vector<std::string> families;
            std::ranges::transform(binaries, std::back_inserter(families),
                                   [](const auto& one) { return one.first; });
            throw usage_error("--family " + family + ": legal: " + joined(families));
        }
        binary_ = binaries.at(family);
        const bool is_itself = options.base == options.candidate;
        std::vector<std::string> flags = options.point_flags;
        flags.push_back("--impl=" + options.base + (is_itself ? "" : "," + options.candidate));
        const listing all = asked_of(binary_, flags, limits);
        built_ = all.build;
        match(all.points);
        if (points_.empty()) {
            throw usage_error(
                "duel " + options.base + " " + options.candidate + ": they have no point in common" +
                (paced_ > 0 ? " but paced ones, of which each is offered a share of its own" : "") +
                " (handoff axes lists what can be chosen)");
        }
    }

    const std::vector<gated_point>& points() const override { return points_; }

    void describe(gate_setup& setup) const override {
        setup.base = {options_.base, std::nullopt, built_};
        setup.candidate = {options_.candidate, std::nullopt, built_};
        setup.sweep_name = "duel";
        setup.rules.min_time_seconds = min_time_;
    }

    void begin_suite(std::uint64_t seed) override { seed_ = seed; }

    std::optional<no_pairs> prepare(std::size_t point) override {
        for (const bool is_base : {true, false}) {
            if (const auto refused = check_in_full(point, is_base)) {
                return refused;
            }
        }
        return std::nullopt;
    }

    side_trial measure(std::size_t point, bool is_base, std::uint64_t seed) override {
        return run(point, is_base, seed, std::nullopt);
    }

private:
    struct matched {
        listed_point base;
        listed_point candidate;

        const listed_point& side(bool is_base) const { return is_base ? base : candidate; }
    };

    void match(const std::vector<listed_point>& all) {
        // Controls have no rivals: who asks for one names its workload.
        const bool names_workload = std::ranges::any_of(
            options_.point_flags, [](const std::string& flag) { return flag.starts_with("--workload="); });
        for (const listed_point& one : all) {
            if (one.point.impl != options_.base || one.reference || (one.rivals.empty() && !names_workload)) {
                continue;
            }
            const auto other = std::ranges::find_if(all, [&](const listed_point& p) {
                return p.point.impl == options_.candidate && !p.reference &&
                       same_conditions(one.point, p.point);
            });
            if (other == all.end()) {
                continue;
            }
            if (one.is_paced() || other->is_paced()) {
                ++paced_;
                continue;
            }
            std::string name = name_without_impl(one.point);
            if (const std::string theirs = name_without_impl(other->point); theirs != name) {
                name += " against " + theirs;
            }
            matched_.push_back({one, *other});
            points_.push_back({name, one.point.family, options_.max_slowdown, one.measure,
                               measure_named(one.measure).cost_words(), true, true, one.threads == 1});
        }
    }

    side_trial run(std::size_t point, bool is_base, std::uint64_t seed, std::optional<check_kind> check) const {
        const listed_point& p = matched_[point].side(is_base);
        trial_request request{binary_.string(), p.name, seed, min_time_};
        request.check = check;
        side_trial t = run_own_trial(request, timeout_, p.measure);
        t.command = command_text(trial_command(request));
        return t;
    }

    /// One trial that checks every item, where those of the pairs check lightly.
    std::optional<no_pairs> check_in_full(std::size_t point, bool is_base) const {
        const listed_point& p = matched_[point].side(is_base);
        if (!p.light_check) {
            return std::nullopt;
        }
        const side_trial t = run(point, is_base, seed_, check_kind::full);
        const bool is_starved = t.seen.status == trial_status::invalid && t.seen.reason == nothing_done;
        if (t.ok() || is_starved) {
            return std::nullopt;
        }
        if (t.seen.status == trial_status::interrupted) {
            return no_pairs{finding::inconclusive, "interrupted", std::nullopt};
        }
        return no_pairs{
            is_base ? finding::broken : finding::failed, "its trial " + what_became_of(t),
            gate_failure{p.name, is_base ? "base" : "candidate", t.seen.status, t.seen.reason, t.command}};
    }

    const gate_options& options_;
    double min_time_;
    double timeout_;
    std::uint64_t seed_ = 0;
    fs::path binary_;
    std::optional<stated_build> built_;
    std::vector<matched> matched_;
    std::vector<gated_point> points_;
    std::size_t paced_ = 0;
};

}  // namespace

std::unique_ptr<pair_source> pairs_of_implementations(const gate_options& options) {
    return std::make_unique<implementation_pairs>(options);
}

bool same_conditions(const point& a, const point& b) {
    const auto is_own_choice = [](const std::string& axis, const std::string& x, const std::string& y) {
        const std::string_view alone = axis == "capacity" ? "unbounded" : axis == "wait" ? "native" : "";
        return !alone.empty() && (x == alone) != (y == alone);
    };
    return a.family == b.family && a.workload == b.workload && a.values.size() == b.values.size() &&
           std::ranges::equal(a.values, b.values, [&](const auto& x, const auto& y) {
               return x.first == y.first &&
                      (x.second == y.second || is_own_choice(x.first, x.second, y.second));
           });
}

}  // namespace handoff::harness
