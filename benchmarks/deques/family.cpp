#include "deques/family.hpp"

#include <string>
#include <utility>

#include "shared/team_candidate.hpp"
#include "shared/words.hpp"

namespace handoff::benchmarks {

void enrol_deque(int rank, const deque_traits& deque, std::size_t workload, run_function run) {
    harness::candidate c = begin_team_candidate("deques", deque.name);
    c.rivals = [&deque](const harness::point&) {
        return deque.capacity_is != impls::capacity_rule::unbounded ? "capacity: bounded"
                                                                    : "capacity: unbounded";
    };
    c.guarantees = {{"progress", words::of(deque.progress)},
                    {"capacity", words::of(deque.capacity_is)},
                    {"order", "owner_lifo"},
                    {"publishes", deque.publishes_on_demand ? "on_demand" : "at_once"}};
    // A contender like the others, and what the others are to be compared with.
    if (!deque.control_for.empty()) {
        c.guarantees.emplace_back("control_for", deque.control_for);
    }
    // A thread that no other can hold up does not sleep for one.
    c.keeps_cpu = [&deque](const harness::point&) {
        return deque.progress != impls::progress_guarantee::blocking;
    };
    complete(deque_workloads(), workload, deque, c);
    c.run = run;
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
