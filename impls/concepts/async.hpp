// What a style of asynchronous steps is: one way in which C++ programs say "do this, and when it is done,
// that".
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string_view>

namespace handoff::impls {

/// How a style says what comes after a step.
enum class step_form {
    call,       ///< by the next statement: the floor
    callback,   ///< by a function that the step is given
    future,     ///< by an object that the step returns
    coroutine,  ///< by a statement after co_await
    fiber,      ///< by a statement, on a stack of its own
    thread,     ///< by a statement, on a thread of its own: the ceiling
};

/// Where a style's steps run.
enum class steps_run {
    on_executor,  ///< where the program's executor runs them
    by_itself,    ///< on the calling thread, by means of the style's own
    on_threads,   ///< on threads that the style makes
};

/// `post(f)` calls `f` once: at once on the calling thread (`is_inline`), or on another thread.
template <class E>
concept step_executor = requires(E& e, void (*f)()) {
    { E::is_inline } -> std::convertible_to<bool>;
    e.post(f);
};

/// Of several steps that run independently, the one whose result came first.
struct first_result {
    std::uint64_t index = 0;
    std::uint64_t value = 0;
};

/// A style has programs: static functions that run `step`, a function of a number which gives a number and may
/// throw. A program returns when all of its steps have ended, or will never begin. What a style cannot do, it
/// has no function for.
///
/// `chain(executor, step, first, n)`: step(step(...step(first))), n of them, each begun when the one before has
///     ended. A step that throws is the last: what it threw is thrown.
/// `loop(executor, step, first, n)`: the same, for any number of steps in a bounded amount of memory; left out
///     where `chain` does that.
/// `nested(executor, step, first, n)`: the same, by functions in functions: the one of level k starts that of
///     level k - 1, and runs its own step when that one has ended.
/// `sequence(executor, step, first, n, take)`: as chain; take(value) is called once with the result of each
///     step, before the next step begins, where the style goes on with it.
/// `fan_all(executor, step, n)`: step(0) to step(n - 1) independently; the sum of the results.
/// `fan_first(executor, step, n)`: likewise; the result that came first. The others may not run at all.
/// `cancelled(executor, step, first, n, stop)`: as chain; when `stop` is requested, steps that have not begun
///     do not run, and there is no result. The steps themselves look at nothing.
/// `times_out(executor, patience)`: waits so long for what never comes; true: the wait was given up.
///
/// `stack_grows`: on an inline executor each step of a chain lies on the stack of the one before. `most_steps`:
/// a chain takes no more than these; 0: any number.
template <class S>
concept async_style = requires {
    { S::name } -> std::convertible_to<std::string_view>;
    { S::form } -> std::convertible_to<step_form>;
    { S::runs } -> std::convertible_to<steps_run>;
    { S::stack_grows } -> std::convertible_to<bool>;
    { S::most_steps } -> std::convertible_to<std::uint64_t>;
};

template <class S, class Executor, class Step>
concept chains = requires(Executor& e, Step& step, std::uint64_t n) {
    { S::chain(e, step, n, n) } -> std::same_as<std::uint64_t>;
};
template <class S, class Executor, class Step>
concept loops_apart = requires(Executor& e, Step& step, std::uint64_t n) {
    { S::loop(e, step, n, n) } -> std::same_as<std::uint64_t>;
};
template <class S, class Executor, class Step>
concept nests = requires(Executor& e, Step& step, std::uint64_t n) {
    { S::nested(e, step, n, n) } -> std::same_as<std::uint64_t>;
};
template <class S, class Executor, class Step, class Take>
concept gives_in_sequence = requires(Executor& e, Step& step, std::uint64_t n, Take& take) {
    { S::sequence(e, step, n, n, take) } -> std::same_as<std::uint64_t>;
};
template <class S, class Executor, class Step>
concept gathers_all = requires(Executor& e, Step& step, std::uint64_t n) {
    { S::fan_all(e, step, n) } -> std::same_as<std::uint64_t>;
};
template <class S, class Executor, class Step>
concept gathers_first = requires(Executor& e, Step& step, std::uint64_t n) {
    { S::fan_first(e, step, n) } -> std::same_as<first_result>;
};
template <class S, class Executor, class Step>
concept cancels_chains = requires(Executor& e, Step& step, std::uint64_t n, const std::stop_source& stop) {
    { S::cancelled(e, step, n, n, stop) } -> std::same_as<std::optional<std::uint64_t>>;
};
template <class S, class Executor>
concept times_waits_out = requires(Executor& e, std::chrono::nanoseconds patience) {
    { S::times_out(e, patience) } -> std::same_as<bool>;
};

}  // namespace handoff::impls
