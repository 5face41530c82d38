#include "locks/family.hpp"

#include <string>
#include <utility>

#include "locks/words.hpp"

namespace handoff::benchmarks {

std::string lock_traits::admission_in_words() const {
    return std::string("admits: ") + words::of(admits);
}

void enrol_lock(int rank, const lock_traits& lock, std::size_t workload, run_function run) {
    harness::candidate c = begin_team_candidate("locks", lock.name, lock.lack);
    c.guarantees = {{"admission", words::of(lock.admits)},
                    {"waiting", words::of(lock.waits)},
                    {"readers", std::string(lock.readers)},
                    {"starvation", lock.starvation_free ? "free" : "possible"}};
    c.keeps_cpu = [&lock](const harness::point&) { return lock.waits == impls::waiting::spins; };
    complete(lock_workloads(), workload, lock, c);
    c.run = run;
    enrol(rank, workload, std::move(c));
}

void enrol_barrier(int rank, const barrier_traits& barrier, std::size_t workload, run_function run) {
    harness::candidate c = begin_team_candidate("locks", barrier.name, barrier.lack);
    c.rivals = [](const harness::point&) { return "all"; };
    c.guarantees = {{"waiting", words::of(barrier.waits)}};
    c.keeps_cpu = [&barrier](const harness::point&) { return barrier.waits == impls::waiting::spins; };
    complete(barrier_workloads(), workload, barrier, c);
    c.run = run;
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
