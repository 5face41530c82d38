// What a work-stealing deque declares, without its type.
#pragma once

#include <string_view>

#include "concepts/deques.hpp"

namespace handoff::benchmarks {

struct deque_traits {
    std::string_view name;
    impls::progress_guarantee progress;
    impls::capacity_rule capacity_is;
    bool publishes_on_demand;
    std::string_view control_for;  ///< the deque that it is a control for; empty: none
};

template <impls::work_stealing_deque Deque>
constexpr deque_traits traits_of_deque() {
    deque_traits all{Deque::name, Deque::progress, Deque::capacity_is, false, {}};
    if constexpr (requires { Deque::publishes_on_demand; }) {
        all.publishes_on_demand = Deque::publishes_on_demand;
    }
    if constexpr (requires { Deque::control_for; }) {
        all.control_for = Deque::control_for;
    }
    return all;
}

}  // namespace handoff::benchmarks
