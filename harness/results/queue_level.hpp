// Whether a queue ran near-empty or near-full.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace handoff::harness {

/// The rule by which a bounded queue's level is called.
struct level_limits {
    /// One side waits at least so many times as often as the other.
    static constexpr double clearly_more = 3;
    /// Waits per item below which a side does not wait at all.
    static constexpr double hardly_ever = 1e-4;
};

/// `near_full` where producers waited for room clearly more often than consumers for items, `near_empty` the
/// other way round, else `balanced`: neither waits, or both do, as when the queue goes from one end to the
/// other and back. From a trial's metrics; nothing where they do not say how often both sides waited.
std::optional<std::string> queue_level(const std::map<std::string, double>& metrics);

}  // namespace handoff::harness
