// The declarations of locks and barriers as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/locks.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::admission a) {
    switch (a) {
        case impls::admission::fifo:
            return "fifo";
        case impls::admission::any:
            return "any";
        case impls::admission::phases:
            return "phases";
        case impls::admission::writers:
            break;
    }
    return "writers";
}

constexpr const char* of(impls::waiting w) {
    switch (w) {
        case impls::waiting::spins:
            return "spins";
        case impls::waiting::sleeps:
            return "sleeps";
        case impls::waiting::spins_then_sleeps:
            break;
    }
    return "spins_then_sleeps";
}

}  // namespace handoff::benchmarks::words
