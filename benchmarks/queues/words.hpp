// The declarations of queues as words, which stand in results, rankings and charts.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "concepts/queues.hpp"
#include "shared/words.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::cardinality c) {
    return c == impls::cardinality::one ? "one" : "many";
}

/// An order with the bound that a queue puts to its relaxation, where it does: `relaxed(63)`. Rankings compare
/// by these words, and a queue that keeps near to its order in expectation only promises less.
inline std::string of(impls::ordering o, std::optional<std::size_t> relaxation) {
    switch (o) {
        case impls::ordering::fifo:
            return "fifo";
        case impls::ordering::per_producer_fifo:
            return "per_producer_fifo";
        case impls::ordering::relaxed:
            return relaxation ? "relaxed(" + std::to_string(*relaxation) + ")" : "relaxed";
        case impls::ordering::priority:
            return !relaxation        ? "relaxed_priority"
                   : *relaxation == 0 ? "priority"
                                      : "priority(" + std::to_string(*relaxation) + ")";
        case impls::ordering::multicast:
            return "multicast";
        case impls::ordering::none:
            break;
    }
    return "none";
}

}  // namespace handoff::benchmarks::words
