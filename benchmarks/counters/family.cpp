#include "counters/family.hpp"

#include <string>
#include <utility>

#include "counters/words.hpp"

namespace handoff::benchmarks {

void enrol_counter(int rank, const counter_traits& counter, std::size_t workload, run_function run) {
    harness::candidate c = begin_team_candidate("counters", counter.name, counter.lack);
    c.rivals = [&counter](const harness::point&) {
        return std::string("reading: ") + words::of(counter.reading);
    };
    c.guarantees = {{"reading", words::of(counter.reading)}, {"progress", words::of(counter.progress)}};
    if (counter.slack) {
        c.guarantees.emplace_back("slack", std::to_string(*counter.slack));
    }
    // A thread that no other can hold up does not sleep for one.
    c.keeps_cpu = [&counter](const harness::point&) {
        return counter.progress != impls::progress_guarantee::blocking;
    };
    complete(counter_workloads(), workload, counter, c);
    c.run = run;
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
