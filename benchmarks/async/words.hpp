// The declarations of styles as words, which stand in results, rankings and charts.
#pragma once

#include "concepts/async.hpp"

namespace handoff::benchmarks::words {

constexpr const char* of(impls::step_form f) {
    switch (f) {
        case impls::step_form::call:
            return "call";
        case impls::step_form::callback:
            return "callback";
        case impls::step_form::future:
            return "future";
        case impls::step_form::coroutine:
            return "coroutine";
        case impls::step_form::fiber:
            return "fiber";
        case impls::step_form::thread:
            break;
    }
    return "thread";
}

/// Where the styles of one ranking group run their steps.
constexpr const char* of(impls::steps_run r, bool is_inline) {
    return r == impls::steps_run::on_threads               ? "a thread for each step"
           : r == impls::steps_run::by_itself || is_inline ? "steps on the calling thread"
                                                           : "steps on another thread";
}

}  // namespace handoff::benchmarks::words
