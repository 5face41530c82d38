#include "implementation_pairs.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "implementation_bench.hpp"
#include "measures.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

class implementation_pairs : public pair_source {
public:
    explicit implementation_pairs(const gate_options& options)
        : options_(options),
          bench_(options, "duel " + options.base + " " + options.candidate, {options.base, options.candidate}) {
        for (const meeting& m : bench_.meetings()) {
            const auto member = [&](const std::string& impl) {
                return std::ranges::find_if(m.members,
                                            [&](const listed_point& p) { return p.point.impl == impl; });
            };
            const auto base = member(options.base);
            const auto candidate = member(options.candidate);
            if (base != m.members.end() && candidate != m.members.end()) {
                match(*base, *candidate);
            }
        }
        if (points_.empty()) {
            throw usage_error("duel " + options.base + " " + options.candidate +
                              ": they have no point in common" + bench_.left_out());
        }
    }

    const std::vector<gated_point>& points() const override { return points_; }

    void describe(gate_setup& setup) const override {
        setup.base = {options_.base, std::nullopt, bench_.built()};
        setup.candidate = {options_.candidate, std::nullopt, bench_.built()};
        setup.sweep_name = "duel";
        setup.rules.min_time_seconds = bench_.min_time_seconds();
    }

    void begin_suite(std::uint64_t seed) override { seed_ = seed; }

    std::optional<no_pairs> prepare(std::size_t point) override {
        for (const bool is_base : {true, false}) {
            if (const auto refused = bench_.check_in_full(matched_[point].side(is_base), is_base, seed_)) {
                return refused;
            }
        }
        return std::nullopt;
    }

    side_trial measure(std::size_t point, bool is_base, std::uint64_t seed) override {
        return bench_.run(matched_[point].side(is_base), seed);
    }

private:
    struct matched {
        listed_point base;
        listed_point candidate;

        const listed_point& side(bool is_base) const { return is_base ? base : candidate; }
    };

    void match(const listed_point& base, const listed_point& candidate) {
        std::string name = name_without_impl(base.point);
        if (const std::string theirs = name_without_impl(candidate.point); theirs != name) {
            name += " against " + theirs;
        }
        const std::string measure = bench_.measure_of(base);
        matched_.push_back({base, candidate});
        points_.push_back({name, base.point.family, options_.max_slowdown, measure,
                           measure_named(measure).cost_words(), true, true, base.threads == 1});
    }

    const gate_options& options_;
    implementation_bench bench_;
    std::uint64_t seed_ = 0;
    std::vector<matched> matched_;
    std::vector<gated_point> points_;
};

}  // namespace

std::unique_ptr<pair_source> pairs_of_implementations(const gate_options& options) {
    return std::make_unique<implementation_pairs>(options);
}

}  // namespace handoff::harness
