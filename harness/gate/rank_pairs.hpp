// Pairs of all implementations that meet at a point: `handoff rank`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "implementation_bench.hpp"
#include "pair_source.hpp"
#include "rank.hpp"

namespace handoff::harness {

/// A point of it is a comparison: of two implementations at one meeting. All that there could be are points;
/// the ranking says which are wanted.
class rank_pairs : public pair_source {
public:
    struct comparison {
        std::size_t meeting;
        std::size_t base;  ///< members of the meeting, the lower number first
        std::size_t candidate;
    };

    /// Throws usage_error. The options live as long as this.
    explicit rank_pairs(const rank_options& options);

    const std::vector<meeting>& meetings() const { return meetings_; }
    const implementation_bench& bench() const { return bench_; }
    const std::vector<comparison>& comparisons() const { return comparisons_; }
    /// The number of a comparison; a < b.
    std::size_t index(std::size_t meeting, std::size_t a, std::size_t b) const;

    /// A trial of one member by itself.
    side_trial measure_alone(std::size_t meeting, std::size_t member, std::uint64_t seed);
    /// What became of the last trial of a member that was not ok.
    const failed_impl* failure(std::size_t meeting, std::size_t member) const;

    const std::vector<gated_point>& points() const override { return points_; }
    void describe(gate_setup& setup) const override;
    void begin_suite(std::uint64_t seed) override { seed_ = seed; }
    std::optional<no_pairs> prepare(std::size_t point) override;
    side_trial measure(std::size_t point, bool is_base, std::uint64_t seed) override;

private:
    using member_of_meeting = std::pair<std::size_t, std::size_t>;

    implementation_bench bench_;
    std::vector<meeting> meetings_;   ///< of two members or more
    std::vector<std::size_t> first_;  ///< of each meeting: its first comparison
    std::vector<comparison> comparisons_;
    std::vector<gated_point> points_;
    std::uint64_t seed_ = 0;
    std::set<member_of_meeting> checked_;  ///< in full, and passed
    std::map<member_of_meeting, failed_impl> failures_;
};

}  // namespace handoff::harness
