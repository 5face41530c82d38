#include "rank_pairs.hpp"

#include <algorithm>

#include "measures.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

rank_pairs::rank_pairs(const rank_options& options) : bench_(options.gate, "rank", options.names) {
    for (const meeting& m : bench_.meetings()) {
        if (m.members.size() < 2) {
            continue;
        }
        const std::size_t at = meetings_.size();
        meetings_.push_back(m);
        first_.push_back(comparisons_.size());
        for (std::size_t a = 0; a < m.members.size(); ++a) {
            for (std::size_t b = a + 1; b < m.members.size(); ++b) {
                const listed_point& one = m.members[a];
                const listed_point& other = m.members[b];
                const std::string measure = bench_.measure_of(one);
                comparisons_.push_back({at, a, b});
                points_.push_back({m.name() + ": " + one.point.impl + " against " + other.point.impl,
                                   one.point.family, options.gate.max_slowdown, measure,
                                   measure_named(measure).cost_words(), true, true, one.threads == 1});
            }
        }
    }
    if (meetings_.empty()) {
        throw usage_error("rank: no point that two implementations have" + bench_.left_out());
    }
}

std::size_t rank_pairs::index(std::size_t meeting, std::size_t a, std::size_t b) const {
    const std::size_t members = meetings_[meeting].members.size();
    return first_[meeting] + a * members - a * (a + 1) / 2 + (b - a - 1);
}

side_trial rank_pairs::measure_alone(std::size_t meeting, std::size_t member, std::uint64_t seed) {
    const listed_point& p = meetings_[meeting].members[member];
    side_trial t = bench_.run(p, seed);
    if (!t.ok() && t.seen.status != trial_status::interrupted) {
        failures_[{meeting, member}] = {p.point.impl, "its trial " + what_became_of(t), t.command};
    }
    return t;
}

const failed_impl* rank_pairs::failure(std::size_t meeting, std::size_t member) const {
    const auto found = failures_.find({meeting, member});
    return found == failures_.end() ? nullptr : &found->second;
}

void rank_pairs::describe(gate_setup& setup) const {
    setup.base.build = bench_.built();
    setup.candidate.build = bench_.built();
    setup.sweep_name = "rank";
    setup.rules.min_time_seconds = bench_.min_time_seconds();
}

std::optional<no_pairs> rank_pairs::prepare(std::size_t point) {
    const comparison& c = comparisons_[point];
    for (const bool is_base : {true, false}) {
        const std::size_t member = is_base ? c.base : c.candidate;
        if (checked_.contains({c.meeting, member})) {
            continue;
        }
        const listed_point& p = meetings_[c.meeting].members[member];
        if (std::optional<no_pairs> refused = bench_.check_in_full(p, is_base, seed_)) {
            if (refused->failure) {
                failures_[{c.meeting, member}] = {p.point.impl, refused->reason, refused->failure->command};
            }
            return refused;
        }
        checked_.emplace(c.meeting, member);
    }
    return std::nullopt;
}

side_trial rank_pairs::measure(std::size_t point, bool is_base, std::uint64_t seed) {
    const comparison& c = comparisons_[point];
    return measure_alone(c.meeting, is_base ? c.base : c.candidate, seed);
}

}  // namespace handoff::harness
