// The declarations of schedulers as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/fork_join.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::forking f) {
    switch (f) {
        case impls::forking::calls:
            return "calls";
        case impls::forking::stealing:
            return "stealing";
        case impls::forking::sharing:
            break;
    }
    return "sharing";
}

}  // namespace handoff::benchmarks::words
