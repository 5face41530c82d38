#include <algorithm>
#include <thread>

#include "child.hpp"
#include "clock.hpp"
#include "facts.hpp"
#include "line_transfer.hpp"
#include "machine_use.hpp"
#include "topology.hpp"

namespace handoff::harness {

machine_watch watch(double seconds) {
    const auto pair = probed_pair(seats(placement::spread, processors().size()));
    machine_watch seen;
    const machine_use before = machine_use::read();
    const double own_before = own_cpu_seconds();
    const auto begin = clock::now();
    do {
        if (pair) {
            constexpr double longest = 10'000;  // no line takes that long: a thread had to wait for its CPU
            const double ns = line_transfer_ns(pair->first, pair->second);
            ns < longest ? seen.transfers_ns.push_back(ns) : void(++seen.interrupted_probes);
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        seen.seconds = seconds_between(begin, clock::now());
    } while (seen.seconds < seconds && !interrupted());
    const machine_use after = machine_use::read();
    const double own = own_cpu_seconds() - own_before;
    seen.foreign_cpus = std::max(0.0, after.busy_seconds - before.busy_seconds - own) / seen.seconds;
    seen.stolen_cpus = (after.steal_seconds - before.steal_seconds) / seen.seconds;
    return seen;
}

}  // namespace handoff::harness
