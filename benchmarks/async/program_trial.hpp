// What all workloads of the family have in common: a program that runs again and again on one thread, whose
// steps run there or on the executor's threads.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "async/steps.hpp"
#include "async/style.hpp"
#include "measurement.hpp"

namespace handoff::benchmarks {

namespace words {
/// Where steps run, as a point says it.
inline constexpr std::string_view on_caller = "inline";
inline constexpr std::string_view on_thread = "thread";
inline constexpr std::string_view in_loop = "loop";
inline constexpr std::string_view by_itself = "native";
}  // namespace words

/// Of the executors' words, those for which a style has the program.
template <class Program>
std::vector<std::string> executor_words(const style_traits& style, Program programs::* program) {
    std::vector<std::string> all;
    if (style.on_caller.*program != nullptr) {
        all.emplace_back(style.takes_executor() ? words::on_caller : words::by_itself);
    }
    if (style.on_threads.*program != nullptr) {
        all.emplace_back(words::on_thread);
    }
    if (style.in_loop.*program != nullptr) {
        all.emplace_back(words::in_loop);
    }
    return all;
}

/// Where the program of a trial finds its executor.
struct staged_executor {
    void* executor;       ///< of the type that `its` takes
    const programs& its;  ///< the style's on it
};

/// The executor's threads at a point: 0 where steps run on the caller or by the style's own means.
std::size_t executor_threads(const harness::point& p);

/// Runs `once` until the trial's items are done or its time is over, at least once; `once` runs the program,
/// checks it, and returns what is wrong, in words. One run is `items_of_run` iterations. Before the measured
/// time the program runs once. `threads`: of the executor, an event loop where the point says so.
harness::measurement run_programs(const harness::trial& t, const style_traits& style, std::size_t threads,
                                  std::uint64_t items_of_run,
                                  const std::function<std::string(const staged_executor&)>& once);

/// The same of a chain; `program`: which, and `fault`: what is wrong when it ended with that value. Says how
/// far the stack grew, where that can be told.
harness::measurement run_chains(const harness::trial& t, const style_traits& style, std::size_t threads,
                                programs::chained programs::* program,
                                std::string (steps::*fault)(std::uint64_t) const = &steps::fault_in_chain);

}  // namespace handoff::benchmarks
