// Where locks and barriers meet workloads: what the harness may ask of them.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "concepts.hpp"
#include "registry.hpp"
#include "topology.hpp"
#include "words.hpp"
#include "workloads/barrier_episode.hpp"
#include "workloads/critical_section.hpp"
#include "workloads/reader_writer.hpp"

namespace handoff::benchmarks {

namespace detail {

using choices = std::vector<std::pair<std::string, std::vector<std::string>>>;

template <class Declared>
harness::candidate lock_candidate(const char* workload, choices axes, std::string rivals,
                                  harness::measurement (*run)(const harness::trial&)) {
    harness::candidate c;
    c.family = "locks";
    c.impl = Declared::name;
    c.workload = workload;
    c.guarantees = {{"waiting", words::of(Declared::waits)}};
    c.words = {{"placement", harness::placement_words()}};
    c.judge = [](std::string_view, std::string_view) { return harness::verdict{}; };
    c.threads = [](const harness::point& p) { return p.number("threads"); };
    axes.emplace_back("placement", std::vector<std::string>{"spread"});
    c.axes = std::move(axes);
    c.rivals = [rivals](const harness::point&) { return rivals; };
    c.run = run;
    c.stops_on_time = true;
    return c;
}

}  // namespace detail

/// The candidates of one lock.
template <impls::lock Lock>
std::vector<harness::candidate> lock_candidates() {
    using end_type = std::remove_reference_t<impls::holder_end_t<Lock>>;
    const std::string admission = words::of(Lock::admits);
    const std::string readers = impls::validates_reads<end_type> ? "validated"
                                : impls::locks_shared<end_type>  ? "together"
                                                                 : "one by one";
    std::vector<harness::candidate> all;
    all.push_back(detail::lock_candidate<Lock>(
        "critical_section", {{"threads", {"1", "2"}}, {"hold_ns", {"0"}}, {"think_ns", {"0"}}},
        "admits: " + admission, &critical_section<Lock>));
    all.push_back(detail::lock_candidate<Lock>("reader_writer",
                                               {{"threads", {"2"}}, {"reads", {"90"}}, {"hold_ns", {"0"}}},
                                               "readers: " + readers, &reader_writer<Lock>));
    for (harness::candidate& c : all) {
        c.guarantees.emplace_back("admission", admission);
        c.guarantees.emplace_back("readers", readers);
    }
    return all;
}

/// The candidates of one barrier.
template <impls::barrier Barrier>
std::vector<harness::candidate> barrier_candidates() {
    return {detail::lock_candidate<Barrier>("barrier_episode", {{"threads", {"2"}}}, "all",
                                            &barrier_episode<Barrier>)};
}

}  // namespace handoff::benchmarks
