// The declarations of event processors as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/processors.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::handling_order order) {
    switch (order) {
        case impls::handling_order::submission:
            return "submission";
        case impls::handling_order::per_key:
            return "per_key";
        case impls::handling_order::any:
            break;
    }
    return "any";
}

/// The same in a sentence.
constexpr const char* promise_of(impls::handling_order order) {
    switch (order) {
        case impls::handling_order::submission:
            return "in submission order";
        case impls::handling_order::per_key:
            return "in submission order by key";
        case impls::handling_order::any:
            break;
    }
    return "in any order";
}

constexpr const char* of(impls::handler_submissions submissions) {
    return submissions == impls::handler_submissions::always ? "always" : "unless_full";
}

}  // namespace handoff::benchmarks::words
