// The declarations that several families share as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/guarantees.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::progress_guarantee p) {
    switch (p) {
        case impls::progress_guarantee::wait_free:
            return "wait_free";
        case impls::progress_guarantee::lock_free:
            return "lock_free";
        case impls::progress_guarantee::blocking:
            break;
    }
    return "blocking";
}

constexpr const char* of(impls::capacity_rule r) {
    switch (r) {
        case impls::capacity_rule::exact:
            return "exact";
        case impls::capacity_rule::power_of_two:
            return "power_of_two";
        case impls::capacity_rule::at_least:
            return "at_least";
        case impls::capacity_rule::unbounded:
            break;
    }
    return "unbounded";
}

}  // namespace handoff::benchmarks::words
