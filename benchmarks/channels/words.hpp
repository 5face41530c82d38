// The declarations of channels as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/channels.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::delivery d) {
    switch (d) {
        case impls::delivery::once:
            return "once";
        case impls::delivery::to_all:
            return "to_all";
        case impls::delivery::newest:
            break;
    }
    return "newest";
}

/// The same in a sentence.
constexpr const char* promise_of(impls::delivery d) {
    switch (d) {
        case impls::delivery::once:
            return "delivers once";
        case impls::delivery::to_all:
            return "delivers to all";
        case impls::delivery::newest:
            break;
    }
    return "delivers the newest only";
}

}  // namespace handoff::benchmarks::words
