// Where locks and barriers meet workloads: what the harness may ask of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "limits_of.hpp"
#include "registry.hpp"
#include "team_family.hpp"
#include "words.hpp"
#include "workloads/barrier_episode.hpp"
#include "workloads/critical_section.hpp"
#include "workloads/reader_writer.hpp"

namespace handoff::benchmarks {

/// The candidates of one lock.
template <impls::lock Lock>
std::vector<harness::candidate> lock_candidates() {
    using end_type = std::remove_reference_t<impls::holder_end_t<Lock>>;
    const std::string admission = words::of(Lock::admits);
    const std::string readers = impls::validates_reads<end_type> ? "validated"
                                : impls::locks_shared<end_type>  ? "together"
                                                                 : "one_by_one";
    std::vector<harness::candidate> all;
    all.push_back(team_candidate<Lock>("locks", "critical_section",
                                       {{"threads", {"1", "2"}}, {"hold_ns", {"0"}}, {"think_ns", {"0"}}},
                                       "admits: " + admission, &critical_section<Lock>));
    all.back().limit = [](const harness::point& p) { return limits::exclude(p, Lock::admits, 1); };
    all.push_back(team_candidate<Lock>("locks", "reader_writer",
                                       {{"threads", {"2"}}, {"reads", {"90"}}, {"hold_ns", {"0"}}},
                                       "readers: " + readers + ", admits: " + admission, &reader_writer<Lock>));
    all.back().limit = [](const harness::point& p) {
        constexpr bool one_by_one = !impls::validates_reads<end_type> && !impls::locks_shared<end_type>;
        return limits::exclude(p, Lock::admits,
                               one_by_one ? 1 : 1 - static_cast<double>(p.number("reads")) / 100);
    };
    for (harness::candidate& c : all) {
        c.guarantees = {{"admission", admission}, {"waiting", words::of(Lock::waits)}, {"readers", readers}};
        c.keeps_cpu = [](const harness::point&) { return Lock::waits == impls::waiting::spins; };
    }
    return all;
}

/// The candidates of one barrier.
template <impls::barrier Barrier>
std::vector<harness::candidate> barrier_candidates() {
    auto c = team_candidate<Barrier>("locks", "barrier_episode", {{"threads", {"2"}}}, "all",
                                     &barrier_episode<Barrier>);
    c.guarantees = {{"waiting", words::of(Barrier::waits)}};
    c.keeps_cpu = [](const harness::point&) { return Barrier::waits == impls::waiting::spins; };
    c.limit = limits::episode;
    return {std::move(c)};
}

}  // namespace handoff::benchmarks
