// The declarations of queues as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/queues.hpp"
#include "shared/words.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::cardinality c) {
    return c == impls::cardinality::one ? "one" : "many";
}

constexpr const char* of(impls::ordering o) {
    switch (o) {
        case impls::ordering::fifo:
            return "fifo";
        case impls::ordering::per_producer_fifo:
            return "per_producer_fifo";
        case impls::ordering::none:
            break;
    }
    return "none";
}

}  // namespace handoff::benchmarks::words
