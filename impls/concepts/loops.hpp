// What an event loop promises.
//
// One thread runs the loop, and with it every handler, one at a time. Handlers are posted, wait for a time, or
// watch a descriptor.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

#include "../detail/clock.hpp"
#include "queues.hpp"

namespace handoff::impls {

/// What may still begin when a handler has called `stop()`.
enum class stop_rule {
    at_once,      ///< nothing, until `run()` is called again
    end_of_turn,  ///< what the loop had found ready in the same turn
};

/// A handler that does nothing, for the concept.
struct no_handler {
    void operator()() const noexcept {}
};

/// Handlers are callables without arguments, move-only ones too; they must not throw.
///
/// `post(f)`: f will run once, in the loop's thread. By any thread, before `run()` and while it runs, and by
///     handlers. `order` says in which order posts run: `fifo`, `per_producer_fifo` (those of one thread in
///     theirs), `none`.
/// `at(time, f)`, `after(duration, f)`: f will run once, not before that time by the steady clock: never early,
///     late by `timer_step` at least where the loop counts in larger steps. By handlers, and before `run()`.
/// `cancel(timer)`: f will not run. Of a timer that has neither begun to run nor been cancelled; likewise.
/// `watch(fd, f)`: f runs again and again while the descriptor is readable. Likewise. The caller keeps it open
///     until it is unwatched, and watches it once.
/// `unwatch(watch)`: f will not run again. Likewise; also by f itself.
/// `run()`: runs handlers, and sleeps where there are none, until one of them has called `stop()`. It may be
///     called again; what had not begun begins then.
/// `stop()`: by a handler. Other threads post one that calls it.
/// The destructor drops what has not run. No thread may be inside of `post` then.
template <class L>
concept event_loop =
    std::default_initializable<L> &&
    requires(L& loop, no_handler f, int fd, steady_clock::time_point time, std::chrono::nanoseconds duration,
             typename L::timer timer, typename L::watch_handle watch) {
        { L::name } -> std::convertible_to<std::string_view>;
        { L::order } -> std::convertible_to<ordering>;
        { L::stops } -> std::convertible_to<stop_rule>;
        { L::timer_step } -> std::convertible_to<std::chrono::nanoseconds>;
        /// How many timers or descriptors it may have before each turn costs more than
        /// milliseconds, since it looks at every one of them; 0: it does not.
        { L::looks_at_all_beyond } -> std::convertible_to<std::size_t>;
        loop.post(f);
        { loop.at(time, f) } -> std::same_as<typename L::timer>;
        { loop.after(duration, f) } -> std::same_as<typename L::timer>;
        loop.cancel(timer);
        { loop.watch(fd, f) } -> std::same_as<typename L::watch_handle>;
        loop.unwatch(watch);
        loop.run();
        loop.stop();
    };

}  // namespace handoff::impls
