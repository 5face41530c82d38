// What an event processor and the wait strategies that it meets declare, without their types.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "concepts/processors.hpp"
#include "point.hpp"
#include "queues/traits.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

struct processor_traits {
    std::string_view name;
    impls::cardinality producers;
    impls::cardinality workers;
    impls::handling_order order;
    impls::progress_guarantee progress;
    impls::processor_capacities capacities;
    impls::handler_submissions handlers_submit;
    bool has_graphs;
    bool is_native;                      ///< it waits by its own means
    std::span<const wait_traits> waits;  ///< that it is measured with

    std::vector<std::string> wait_words() const;
    /// The capacities that a sweep takes by default: 1024 events and any number, as far as it takes them.
    std::vector<std::string> usual_capacities() const;
    /// Which capacities it takes, in a word.
    std::string capacity_words() const;
    /// The threads that a sweep takes by default.
    std::vector<std::string> usual_workers() const;
    constexpr bool is_keyed() const { return order == impls::handling_order::per_key; }
    constexpr bool keeps_submission_order() const { return order == impls::handling_order::submission; }
    harness::verdict judge_wait(std::string_view word) const;
    harness::verdict judge_capacity(std::string_view text) const;
};

template <class Processor, class... Waits>
constexpr processor_traits traits_of_processor() {
    processor_traits p{Processor::name,
                       Processor::producers,
                       Processor::workers,
                       Processor::order,
                       Processor::progress,
                       Processor::capacities,
                       Processor::handlers_submit,
                       impls::has_graphs<Processor>,
                       false,
                       {}};
    if constexpr (impls::processes_natively<Processor>) {
        p.is_native = true;
        p.waits = traits_of_waits<impls::native>;
    } else {
        p.waits = traits_of_waits<Waits...>;
    }
    return p;
}

}  // namespace handoff::benchmarks
