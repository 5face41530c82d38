// What a benchmark binary offers: implementations in workloads, with their types erased once per trial.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limit_term.hpp"
#include "measurement.hpp"
#include "point.hpp"

namespace handoff::harness {

/// What an implementation says of one axis value.
struct verdict {
    enum class kind {
        legal,
        not_offered,  ///< a sensible value that this implementation has no point for: one producer only, ...
        senseless,    ///< a value that cannot be meant for it: 1000 where a power of two is needed
    };
    kind is = kind::legal;
    std::string reason;  ///< ends a sentence that names the value: "vyukov_ring needs a power of two (1024?)"
};

/// What decides the rate that a paced point is offered.
struct pacing {
    point reference;  ///< whose throughput, measured in the same run, ...
    double share;     ///< ... is multiplied by this
};

/// One implementation in one workload.
struct candidate {
    std::string family;
    std::string workload;
    std::string impl;
    /// What rankings compare by and charts state: order, progress, producers, ... in the words of
    /// impls/concepts/.
    std::vector<std::pair<std::string, std::string>> guarantees;
    /// The axes of its points, each with the values that a sweep takes when it does not name the axis.
    std::vector<std::pair<std::string, std::vector<std::string>>> axes;
    /// For word axes: all words this candidate has points for.
    std::vector<std::pair<std::string, std::vector<std::string>>> words;
    std::function<verdict(std::string_view axis, std::string_view value)> judge;
    /// What it says of values that are legal one by one; empty: all of them go together.
    std::function<verdict(const point&)> judge_together;
    std::function<std::size_t(const point&)> threads;
    /// How many of them are the team's; all where this is empty. The others are there before it, as a pool's
    /// workers.
    std::function<std::size_t(const point&)> members;
    /// Whom a point is ranked with, in words: those a user could exchange it for without losing a promise.
    /// Empty for controls, which are no contenders.
    std::function<std::string(const point&)> rivals;
    /// What it is ranked by: `items_per_second`, `latency` (the median), or a metric (the less, the better).
    std::string measure = "items_per_second";
    /// The team's threads have no reason to leave their CPUs at that point: they never sleep, whatever they
    /// wait for. Empty: not said. A thread that was off its CPU for a while was then taken from it.
    std::function<bool(const point&)> keeps_cpu;
    /// Why a trial of that point may not end in minutes where it has more threads than CPUs; empty: it does.
    /// Sweeps leave such points out, unless they ask for them.
    std::function<std::string(const point&)> stalls_crowded;
    /// What no implementation of its promises can beat at a point, per iteration (per latency where that is the
    /// measure): the largest of the terms. No terms, or no function: no bound that is certain (docs/limits.md).
    std::function<std::vector<limit_term>(const point&)> limit;
    /// Each iteration hands one item from one CPU to another wherever the team has CPUs of its own, so that a
    /// rate can be told in items per line transfer.
    bool streams = false;
    /// Why this machine cannot run it; empty where it can.
    std::string unavailable;
    std::function<measurement(const trial&)> run;
    /// Its workload stops when `trial::longest` has passed, so that a trial can be given a time to fill instead
    /// of a count. A count has to be guessed from a calibrating call, and locks and barriers have several
    /// paces: the peer spins or sleeps, the next in line runs or waits for a CPU.
    bool stops_on_time = false;
    /// Its trials check lightly, unless they are asked for the full check: that one would cost so much in the
    /// loop that it decides the number. Those whose full check costs nothing there have no other.
    bool has_light_check = false;
    /// Of workloads that are offered a rate (`trial::rate`); empty for those that go as fast as they can.
    std::function<pacing(const point&)> paced_by;
};

/// All candidates of this binary, in the order of the catalog. Filled before main() by `enrolment` objects.
std::vector<candidate>& registry();

/// An implementation of the catalog that this binary does not have, because a library was not found.
struct not_built_impl {
    std::string family;
    std::string impl;
    std::string reason;  ///< what was not found, and its Debian package or the option that asks for it
    std::string option;  ///< the build's option that would have asked for it and did not; empty: it has none
};

/// All of them, in the order of the catalog. Filled before main() by a generated unit.
std::vector<not_built_impl>& not_built();

/// An implementation of this binary that adapts somebody else's library (impls/concepts/provenance.hpp).
struct adapted_impl {
    std::string family;
    std::string impl;
    std::string library;                 ///< as its authors call it
    std::string source;                  ///< a Debian package, or the project's page
    std::string tested_version;          ///< that the adaptor was tested with
    std::optional<std::string> version;  ///< that was built; unknown where the build does not say
    std::string adapted_by;
    bool reviewed_by_author = false;
};

/// All of them, in no order. Filled before main() where implementations enrol.
std::vector<adapted_impl>& adapted();

/// Adds candidates to the registry. `rank` is the place of their line in the catalog, since the order in which
/// translation units are initialised is not ours to choose.
struct enrolment {
    enrolment(int rank, std::vector<candidate> candidates);
};

}  // namespace handoff::harness
