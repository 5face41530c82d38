// The declarations of pools as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/pools.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::start_order s) {
    switch (s) {
        case impls::start_order::fifo:
            return "fifo";
        case impls::start_order::by_key:
            return "by_key";
        case impls::start_order::by_priority:
            return "by_priority";
        case impls::start_order::any:
            break;
    }
    return "any";
}

constexpr const char* of(impls::rejection r) {
    switch (r) {
        case impls::rejection::block:
            return "block";
        case impls::rejection::abort:
            return "abort";
        case impls::rejection::discard:
            return "discard";
        case impls::rejection::discard_oldest:
            return "discard_oldest";
        case impls::rejection::caller_runs:
            break;
    }
    return "caller_runs";
}

constexpr const char* of(impls::waiter_part w) {
    return w == impls::waiter_part::waits ? "waits" : "helps";
}

}  // namespace handoff::benchmarks::words
