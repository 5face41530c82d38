// The declarations of buses as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/buses.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::handler_calls c) {
    switch (c) {
        case impls::handler_calls::in_publish:
            return "in_publish";
        case impls::handler_calls::on_workers:
            return "on_workers";
        case impls::handler_calls::on_shared_workers:
            break;
    }
    return "on_shared_workers";
}

constexpr const char* of(impls::after_unsubscribe u) {
    return u == impls::after_unsubscribe::none_runs ? "none_runs" : "may_still_run";
}

}  // namespace handoff::benchmarks::words
