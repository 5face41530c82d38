// The declarations of implementations as words, which stand in results, rankings and charts.
#pragma once

#include "concepts.hpp"

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
