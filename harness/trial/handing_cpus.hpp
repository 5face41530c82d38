// Between which CPUs a team hands its work over.
#pragma once

#include <optional>
#include <utility>

#include "measurement.hpp"

namespace handoff::harness {

/// The CPU of the first thread, and that of the first thread of another role; of threads that are all alike, of
/// the first one elsewhere. Nothing where the first is not pinned, or all sit on one CPU.
inline std::optional<std::pair<int, int>> handing_cpus(const team_report& team) {
    if (team.threads.empty() || team.threads.front().cpu < 0) {
        return std::nullopt;
    }
    const thread_report& first = team.threads.front();
    const thread_report* other = nullptr;
    for (const thread_report& t : team.threads) {
        const bool is_better = other == nullptr || (other->role == first.role && t.role != first.role);
        if (t.cpu >= 0 && t.cpu != first.cpu && is_better) {
            other = &t;
        }
    }
    return other == nullptr ? std::nullopt : std::optional(std::pair(first.cpu, other->cpu));
}

}  // namespace handoff::harness
