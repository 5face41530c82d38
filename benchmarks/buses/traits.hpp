// What a bus declares, without its type.
#pragma once

#include <string_view>

#include "concepts/buses.hpp"

namespace handoff::benchmarks {

struct bus_traits {
    std::string_view name;
    impls::handler_calls calls;
    impls::after_unsubscribe unsubscribed;
    impls::ordering order;
    impls::progress_guarantee progress;
    bool isolates_exceptions;
    bool publishes_at_once;
    bool changes_within_handlers;

    bool has_workers() const noexcept { return calls != impls::handler_calls::in_publish; }
    bool shares_workers() const noexcept { return calls == impls::handler_calls::on_shared_workers; }
};

template <class Bus>
constexpr bus_traits traits_of_bus() {
    return {Bus::name,
            Bus::calls,
            Bus::unsubscribed,
            Bus::order,
            Bus::progress,
            Bus::isolates_exceptions,
            Bus::publishes_at_once,
            Bus::changes_within_handlers};
}

}  // namespace handoff::benchmarks
