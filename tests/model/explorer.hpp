// Tries every execution of a program.
//
// The algorithm is TruSt: Kokologiannakis, Marmanis, Gladstein, Vafeiadis, "Truly Stateless, Optimal Dynamic
// Partial Order Reduction", POPL 2022. An execution is a graph (graph.hpp), not an interleaving. A program is
// run from its beginning for each graph that is left to try: threads follow the graph as far as it goes, then
// add events, and what else could have been read or written there is left for later. A new write is also
// offered to reads that are there already; what was added after such a read and does not lead to the write is
// taken away.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::model {

struct site {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
    std::string operation;  ///< "load", "store", ... "if differs" for the second order of a compare-exchange
    int order = 0;          ///< std::memory_order as written
    std::uint64_t met = 0;
};

/// An operation with another order than the source has. -1: no fence at all.
struct weakening {
    std::string file;  ///< end of its path
    unsigned line = 0;
    unsigned column = 0;
    std::string operation;
    int order = 0;
    static constexpr int any = -2;
    int from = any;  ///< only where the source has this order
};

struct options {
    std::uint64_t most_executions = 0;  ///< 0: all
    double most_seconds = 0;            ///< on the CPU; 0: all
    unsigned most_events = 400;         ///< of one thread; what has more is cut off and counted
    unsigned most_rounds = 0;           ///< of a loop that waits and writes; likewise
    std::uint64_t seed = 0;             ///< which of the choices left comes next; 0: the last one
    std::uint64_t after_failure = 200;  ///< executions that are tried for a shorter failing one
    std::string replay;                 ///< an execution, as `result::seed` has it
    std::vector<weakening> weakened;
    bool collect_outcomes = false;
};

struct result {
    std::uint64_t executions = 0;  ///< complete ones: every thread has come to its end
    std::uint64_t blocked =
        0;  ///< in which a thread waits for what it could still read: others show it going on
    std::uint64_t repeated = 0;   ///< of these: a loop without a pause went round twice and read the same
    std::uint64_t cut = 0;        ///< longer than `most_events` or `most_rounds`
    std::uint64_t rejected = 0;   ///< begun, and against the axioms
    std::size_t most_events = 0;  ///< of one execution
    bool stopped = false;         ///< by a bound on executions or time: not all was tried
    bool failed = false;
    std::string why;
    std::string trace;
    std::string seed;
    std::set<std::string> outcomes;
    std::vector<site> sites;
    double seconds = 0;

    bool exhaustive() const noexcept { return !stopped; }
};

result explore(const std::function<void()>& program, const options& how);

}  // namespace handoff::model
