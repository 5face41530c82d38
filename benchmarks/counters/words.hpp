// The declarations of counters as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/counters.hpp"
#include "shared/words.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::read_promise r) {
    switch (r) {
        case impls::read_promise::linearizable:
            return "linearizable";
        case impls::read_promise::interval:
            return "interval";
        case impls::read_promise::lagging:
            return "lagging";
        case impls::read_promise::racy:
            break;
    }
    return "racy";
}

}  // namespace handoff::benchmarks::words
