// What a fork-join scheduler promises.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "workers.hpp"

namespace handoff::impls {

/// Runs programs that fork and join. `run(root)` makes the calling thread one of the `workers()` and calls
/// `root(context)`, returning when that has; a context is the handle of the worker that a piece of work runs on
/// and is used by that piece only. `context.fork2(a, b)` calls `a(context)` and `b(context)`, perhaps at once
/// on two workers, and returns when both have; `context.fork_all(n, body)` likewise `body(context, i)` for all
/// i below n. Who waits in a fork runs other work meanwhile. What a forked piece did is visible to the forker
/// when the fork returns, and the reverse. Work throws nothing.
template <class S>
concept fork_join_scheduler = std::constructible_from<S, unsigned, const worker_options&> &&
                              requires(S& s, typename S::context& context) {
                                  { S::name } -> std::convertible_to<std::string_view>;
                                  { s.workers() } -> std::same_as<unsigned>;
                                  s.run([](typename S::context&) {});
                                  context.fork2([](typename S::context&) {}, [](typename S::context&) {});
                                  context.fork_all(std::size_t{1}, [](typename S::context&, std::size_t) {});
                              };

/// What becomes of a piece of work that is forked.
enum class forking {
    calls,     ///< it is called there and then
    stealing,  ///< it waits with its forker, from whom idle workers steal
    sharing,   ///< it waits in one place for all workers
};

/// What a scheduler's workers did since it was made.
struct stealing_counts {
    std::uint64_t steals = 0;         ///< pieces of work taken from another worker
    std::uint64_t failed_steals = 0;  ///< attempts that found nothing or lost a race
    std::uint64_t parks = 0;          ///< times a worker began to wait as its wait strategy says
    std::uint64_t wakes = 0;          ///< notifications given while somebody waited
};
/// Exact when no program runs.
template <class S>
concept counts_steals = requires(const S& s) {
    { s.counts() } -> std::same_as<stealing_counts>;
};

}  // namespace handoff::impls
