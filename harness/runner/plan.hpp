// The order of a run: every point once per repetition, shuffled inside each repetition from a recorded seed;
// what needs the others' results last.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "listing.hpp"

namespace handoff::harness {

/// One run of one point.
struct planned_trial {
    std::size_t point;  ///< index into the plan's points
    unsigned repetition;
    std::uint64_t seed = 0;                           ///< of what the trial draws by chance
    std::optional<unsigned> retry_of = std::nullopt;  ///< the repetition that was flagged
    unsigned round = 0;  ///< counts the repetitions of all stages through, in the order of the run
    /// Of points whose trials check lightly: `light`, or `full` for the one trial that vouches for the others.
    std::optional<check_kind> check = std::nullopt;
};

struct plan {
    std::vector<listed_point> points;
    std::vector<planned_trial> trials;
};

/// The trials that a plan of these points has.
std::size_t planned_trials(const std::vector<listed_point>& points, unsigned repetitions);

/// What these trials take, roughly, in seconds.
double expected_seconds(const std::vector<listed_point>& points, const std::vector<planned_trial>& trials,
                        double min_time_seconds);

/// Trials of all points: repetition after repetition, so that what drifts meets all points alike, and each
/// repetition in an order of its own, so that no point always follows the same other. Where trials check
/// lightly, the first repetition has one more, which checks in full. Paced points come when all repetitions of
/// the others are done: their rates are fixed by then.
plan make_plan(std::vector<listed_point> points, unsigned repetitions, std::uint64_t seed);

}  // namespace handoff::harness
