// What a trial is told and what it observed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "clock.hpp"
#include "course.hpp"
#include "histogram.hpp"
#include "point.hpp"
#include "usage.hpp"

namespace handoff::harness {

/// What one thread of a team did between the gate and its last item.
struct thread_report {
    std::string role;
    bool of_team = true;       ///< else it worked in the trial and was there before: it ran no lap of its own
    int cpu = -1;              ///< pinned to; -1: not pinned
    double start_seconds = 0;  ///< on the steady clock, since the team's first start
    double end_seconds = 0;    ///< likewise
    double cpu_seconds = 0;    ///< CLOCK_THREAD_CPUTIME_ID
    double run_delay_seconds = 0;  ///< runnable but not running (schedstat); NaN-free: 0 where unknown
    std::uint64_t voluntary_switches = 0;
    std::uint64_t involuntary_switches = 0;
    std::uint64_t items = 0;            ///< operations of this thread
    std::optional<thread_costs> costs;  ///< in its lap; nothing for threads that ran none
};

/// Jain's fairness index of the items of all threads of a role: 1 when all did the same, 1/n when one of n did
/// all. Nothing for roles of one thread. Source: Jain, Chiu, Hawe, "A Quantitative Measure of Fairness and
/// Discrimination for Resource Allocation in Shared Computer Systems", 1984.
std::optional<double> jains_index(const std::vector<thread_report>& threads, const std::string& role);

/// What the busy threads beside a team came to.
struct neighbour_report {
    std::size_t threads = 0;
    double cpu_seconds = 0;  ///< of all of them, in the window
    double share = 0;        ///< that of the time of the CPUs that they sit on; 1: the team had nothing
};

/// What a team did as a whole.
struct team_report {
    std::vector<thread_report> threads;
    double window_seconds = 0;  ///< first start to last end
    double overlap = 0;         ///< share of the window in which all threads ran
    bool rescued = false;       ///< the team stood still and was told to give up
    std::optional<neighbour_report> neighbours = std::nullopt;
};

/// A distribution of times.
struct sampled_latency {
    std::string what;  ///< "half of a round trip", "from asking for the lock to having it"
    double scale = 1;  ///< what is reported is this times the samples, which are nanoseconds
    histogram samples;
};

/// The failure of a trial in which no thread came to do anything: no broken promise, where others had the
/// processors.
inline constexpr const char* nothing_done = "nothing was done in the time that the trial had";

/// What a trial observed. `failure` is empty when every check held.
struct measurement {
    std::uint64_t items = 0;  ///< iterations: items handed over, round trips, increments, acquisitions, ...
    team_report team;
    std::string failure;
    std::optional<sampled_latency> latency;
    std::optional<std::uint64_t> actual_capacity;
    /// What else the workload observed; the schema says what each name means.
    std::vector<std::pair<std::string, double>> metrics;
    /// Of workloads that go on for long, or change on the way.
    harness::course course = {};
};

/// How closely a trial looks at what it hands over.
enum class check_kind {
    light,  ///< count, sum and, where one number is enough for it, order: nothing that could tip a balance
    full,   ///< every item by itself: its order, its words, who made it
};

/// `light` or `full`.
constexpr const char* word(check_kind kind) {
    return kind == check_kind::full ? "full" : "light";
}

/// One trial. `window` must be called once with the function that runs the measured part.
struct trial {
    const harness::point& point;
    /// Iterations asked for. A workload that `stops_on_time` does fewer when `longest` has passed.
    std::uint64_t items;
    clock::duration longest;
    std::uint64_t seed;
    std::function<void(const std::function<void()>&)> window;
    /// What a paced point is offered, in iterations per second; 0 for all others.
    double rate = 0;
    /// What a futex wake costs here, in nanoseconds, where the caller knows it: budgets are multiples of it.
    std::optional<double> wake_ns = std::nullopt;
    /// Of workloads that have both kinds (`candidate::has_light_check`); the others have one, and take no
    /// notice.
    check_kind check = check_kind::light;
};

}  // namespace handoff::harness
