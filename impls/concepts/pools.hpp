// What a thread pool promises.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <string_view>

#include "workers.hpp"

namespace handoff::impls {

/// What became of a task that was submitted.
enum class submission {
    accepted,   ///< it runs on a worker, unless the pool is stopped before or lets another have its place
    ran,        ///< it has run on the caller
    rejected,   ///< refused: the pool is full or shut down
    discarded,  ///< dropped, as the pool's policy says
};

/// What a bounded pool that is full does with the next task.
enum class rejection {
    block,           ///< lets the caller wait for room
    abort,           ///< refuses it (the submission is `rejected`)
    discard,         ///< drops it
    discard_oldest,  ///< drops the oldest that has not started, and takes the new one
    caller_runs,     ///< runs it on the caller
};

/// The order in which a pool starts tasks.
enum class start_order {
    fifo,         ///< in the order of their submission
    by_key,       ///< tasks of one key in the order of their submission
    by_priority,  ///< the most urgent first, and among equals in the order of their submission
    any,          ///< no promise
};

/// What a thread that waits for a pool does meanwhile.
enum class waiter_part {
    waits,  ///< nothing: N workers are N threads beside the waiter
    helps,  ///< runs tasks: N workers are N - 1 threads and the waiter
};

struct pool_options : worker_options {
    /// Of bounded pools: tasks that have been accepted and have not started.
    std::size_t capacity = 1024;
    rejection when_full = rejection::block;
    /// Of elastic pools: the most threads; 0: as many as workers.
    unsigned max_workers = 0;
    /// Of elastic pools: how long a thread above the core waits for work before it ends.
    std::chrono::milliseconds keep_alive{100};
    /// Called on the thread that ran a task which threw. Null: a task that throws is counted, and that is all.
    std::function<void(std::exception_ptr)> on_exception;
};

/// All tasks that were submitted are in one of these once the pool is shut down, or idle.
struct pool_counts {
    std::uint64_t executed = 0;  ///< on a worker or on the caller, also those that threw
    std::uint64_t failed = 0;    ///< of these: threw
    std::uint64_t rejected = 0;
    std::uint64_t discarded = 0;  ///< the new ones and the displaced
    std::uint64_t never_ran = 0;  ///< accepted, and found in the queues by shutdown(stop_now)
};

enum class shutdown_mode {
    drain,     ///< runs what was accepted, then ends
    stop_now,  ///< runs what has started, then ends
};

/// Runs tasks on threads of its own. `P(workers, options)`; `submit(f)` from any thread, also from a task: `f`
/// is called once, on some worker, unless the submission says otherwise; `wait_idle()`, from one thread at a
/// time that is no worker: returns when every task submitted before has run. `workers` are the threads that run
/// tasks; where the waiter helps, it is one of them. Destruction drains.
///
/// A pool that is different where nobody would expect it says so, in constants that others leave out: `bool
/// ignores_workers` (any number of tasks runs at once), `rejection hidden_rejection` (what it does with a
/// submission when it is full although it is not `bounded`), `bool idle_workers_help = false` (tasks wait for
/// their worker while others are idle), `bool grows` (it obeys max_workers and keep_alive).
template <class P>
concept thread_pool = std::constructible_from<P, unsigned, const pool_options&> && requires(P& p, void (*f)()) {
    { P::name } -> std::convertible_to<std::string_view>;
    { P::starts } -> std::convertible_to<start_order>;
    { P::waiter } -> std::convertible_to<waiter_part>;
    { P::bounded } -> std::convertible_to<bool>;           // obeys capacity and when_full
    { P::nested_waits } -> std::convertible_to<bool>;      // a task may call run_all without end of the world
    { P::keeps_exceptions } -> std::convertible_to<bool>;  // a task that throws ends neither thread nor program
    { P::has_wait } -> std::convertible_to<bool>;          // obeys options.wait; else waits by its own means
    { p.submit(f) } -> std::same_as<submission>;
    p.wait_idle();
    { p.size() } -> std::same_as<unsigned>;
};

/// Tasks of one key run one after the other, in the order of their submission.
template <class P>
concept takes_keys = thread_pool<P> && requires(P& p, void (*f)()) {
    { p.submit(std::uint64_t{}, f) } -> std::same_as<submission>;
};
/// The greater `urgency`, the sooner.
template <class P>
concept takes_priorities = thread_pool<P> && requires(P& p, void (*f)()) {
    { p.submit_urgent(int{}, f) } -> std::same_as<submission>;
};
/// Has its own way to run `body(i)` for all i below n and wait for all of them.
template <class P>
concept runs_all =
    thread_pool<P> && requires(P& p, void (*body)(std::size_t)) { p.run_all(std::size_t{1}, body); };
/// Can be shut down before it is destroyed, and says what became of everything that was submitted.
template <class P>
concept accounts = thread_pool<P> && requires(P& p, const P& seen) {
    { p.shutdown(shutdown_mode::drain) } -> std::same_as<pool_counts>;
    { seen.counts() } -> std::same_as<pool_counts>;
};

}  // namespace handoff::impls
