// Processors whose type does not matter, for all that workloads do with them outside the measured loops; and
// the threads that they make.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "concepts/processors.hpp"
#include "point.hpp"
#include "processors/handling.hpp"
#include "seats_by_role.hpp"
#include "shared/worker_roll.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

class any_processor {
public:
    virtual ~any_processor() = default;
    virtual impls::stop_report stop(impls::stop_mode mode) = 0;
};

/// What is `cold` is not measured: the compiler spends less time on it.
template <class Processor>
class processor_of final : public any_processor {
public:
    processor_of(const impls::processor_options& options, measured_handler handler)
        : processor(options, handler) {}
    [[gnu::cold]] ~processor_of() override = default;
    [[gnu::cold]] impls::stop_report stop(impls::stop_mode mode) override { return processor.stop(mode); }

    [[gnu::cold]] static std::unique_ptr<any_processor> make(const impls::processor_options& options,
                                                             measured_handler handler) {
        return std::make_unique<processor_of>(options, handler);
    }

    Processor processor;
};

using processor_factory = std::unique_ptr<any_processor> (*)(const impls::processor_options&, measured_handler);

/// The processor behind what `processor_of<Processor>::make` has made.
template <class Processor>
Processor& processor_in(any_processor& one) noexcept {
    return static_cast<processor_of<Processor>&>(one).processor;
}

/// What a trial has to know of a processor's type.
struct processor_facts {
    processor_factory make;
    std::size_t (*lanes)(const impls::processor_options&);
    impls::handling_order order;
};

template <class Processor>
inline constexpr processor_facts facts_of{&processor_of<Processor>::make, &Processor::lanes, Processor::order};

/// What the point says of a processor, without its threads' beginning.
inline impls::processor_options options_of_processor(const harness::point& p) {
    const std::string_view wait = p.value("wait");
    return {.capacity =
                p.value("capacity") == "unbounded" ? impls::processor_options::unbounded : p.number("capacity"),
            .workers = p.value("workers").empty() ? 1 : static_cast<unsigned>(p.number("workers")),
            .wait = wait == impls::native::name ? std::string_view() : wait};
}

inline handling::by order_to_check(impls::handling_order order) {
    return order == impls::handling_order::submission ? handling::by::lane
           : order == impls::handling_order::per_key  ? handling::by::key
                                                      : handling::by::nothing;
}

/// The seats of the processor's own threads: those after the team's `members`.
inline std::vector<int> seats_behind(const harness::point& p, std::size_t members, std::size_t own) {
    std::vector<std::size_t> roles(members, 0);
    roles.insert(roles.end(), own, 1);
    const std::vector<int> all = harness::seats_of_team(placement_of(p), roles);
    return {all.begin() + static_cast<std::ptrdiff_t>(members), all.end()};
}

/// Adds to the report the threads that the processor made.
inline void report_workers(const worker_roll& roll, harness::measurement& m, const handling& seen) {
    std::size_t lane = 0;
    const bool one_each = roll.asked_for() == seen.lanes();
    roll.report(m.team, [&](pid_t) { return one_each ? seen.count(lane++) : std::uint64_t{0}; });
}

}  // namespace handoff::benchmarks
