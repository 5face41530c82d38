// The programs of styles that give each step the function to be called when it is done.
//
// A callback takes what the step threw, or null, and its result. Errors are passed on by hand: a callback that
// forgets to look at its first argument goes on after a failure.
#pragma once

#include <cstdint>
#include <exception>
#include <type_traits>
#include <utility>

#include "../../atomic.hpp"
#include "../../concepts/async.hpp"
#include "baton.hpp"
#include "outcome.hpp"

namespace handoff::impls::async::detail {

/// The end of a program: its outcome, and where its caller waits for it.
class callback_end {
public:
    void finish(std::exception_ptr error, std::uint64_t value) noexcept {
        if (error) {
            result_.set_error(std::move(error));
        } else {
            result_.set_value(value);
        }
        end_.set();
    }
    std::uint64_t get() {
        end_.wait();
        return result_.take();
    }

private:
    outcome<std::uint64_t> result_;
    baton end_;
};

/// `Callback`: the type that all callbacks are kept in; void: each is kept as what it is.
template <class Callback>
struct callback_steps {
    static constexpr auto form = step_form::callback;
    static constexpr auto runs = steps_run::on_executor;
    static constexpr bool stack_grows = true;
    static constexpr std::uint64_t most_steps = 10'000;  // of the stack that a thread has by default

    template <class Executor, class Step>
    static std::uint64_t chain(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        constexpr auto nobody = [](std::uint64_t) {};
        return sequence(ex, step, first, n, nobody);
    }

    template <class Executor, class Step, class Take>
    static std::uint64_t sequence(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n, Take& take) {
        walk<Executor, Step, Take> w{ex, step, take, n, {}};
        next(w, first);
        return w.end.get();
    }

    /// The callback of a level has that of the level above inside. Where each has a type of its own, there
    /// would be a type for each level.
    template <class Executor, class Step>
        requires(!std::is_void_v<Callback>)
    static std::uint64_t nested(Executor& ex, Step& step, std::uint64_t first, std::uint64_t n) {
        callback_end end;
        level(ex, step, first, n, Callback([&end](std::exception_ptr error, std::uint64_t value) {
                  end.finish(std::move(error), value);
              }));
        return end.get();
    }

    template <class Executor, class Step>
    static std::uint64_t fan_all(Executor& ex, Step& step, std::uint64_t n) {
        gathering g(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            start(ex, step, i, kept([&g](std::exception_ptr error, std::uint64_t value) {
                      if (error) {
                          g.fail(std::move(error));
                      }
                      g.sum.fetch_add(value, std::memory_order_relaxed);  // relaxed: [last] orders it
                      g.arrive();
                  }));
        }
        g.arrive();
        g.end.wait();
        if (g.error) {
            std::rethrow_exception(g.error);
        }
        return g.sum.load(std::memory_order_relaxed);  // relaxed: the baton orders it
    }

    template <class Executor, class Step>
    static first_result fan_first(Executor& ex, Step& step, std::uint64_t n) {
        gathering g(n);
        for (std::uint64_t i = 0; i < n; ++i) {
            start(
                ex, step, i, kept([&g, i](std::exception_ptr error, std::uint64_t value) {
                    if (error) {
                        g.fail(std::move(error));
                    } else if (!g.won.exchange(true, std::memory_order_relaxed)) {  // relaxed: [last] orders it
                        g.first = {i, value};
                    }
                    g.arrive();
                }));
        }
        g.arrive();
        g.end.wait();
        if (g.error) {
            std::rethrow_exception(g.error);
        }
        return g.first;
    }

private:
    template <class F>
    static decltype(auto) kept(F&& f) {
        if constexpr (std::is_void_v<Callback>) {
            return std::forward<F>(f);
        } else {
            return Callback(std::forward<F>(f));
        }
    }

    /// One asynchronous step.
    template <class Executor, class Step, class Then>
    static void start(Executor& ex, Step& step, std::uint64_t value, Then then) {
        ex.post([&step, value, then = std::move(then)]() mutable {
            std::uint64_t result = 0;
            std::exception_ptr error;
            try {
                result = step(value);
            } catch (...) {
                error = std::current_exception();
            }
            then(std::move(error), result);
        });
    }

    template <class Executor, class Step, class Take>
    struct walk {
        Executor& ex;
        Step& step;
        Take& take;
        std::uint64_t left;
        callback_end end;
    };

    template <class Executor, class Step, class Take>
    static void next(walk<Executor, Step, Take>& w, std::uint64_t value) {
        if (w.left == 0) {
            w.end.finish(nullptr, value);
            return;
        }
        --w.left;
        start(w.ex, w.step, value, kept([&w](std::exception_ptr error, std::uint64_t result) {
                  if (error) {
                      w.end.finish(std::move(error), 0);
                  } else {
                      w.take(result);
                      next(w, result);
                  }
              }));
    }

    template <class Executor, class Step, class Then>
    static void level(Executor& ex, Step& step, std::uint64_t first, std::uint64_t k, Then then) {
        if (k == 0) {
            then(nullptr, first);
            return;
        }
        level(ex, step, first, k - 1,
              Callback(
                  [&ex, &step, then = std::move(then)](std::exception_ptr error, std::uint64_t value) mutable {
                      if (error) {
                          then(std::move(error), 0);
                      } else {
                          start(ex, step, value, std::move(then));
                      }
                  }));
    }

    /// Steps that run independently. One arrival more than steps: that of who started them.
    struct gathering {
        explicit gathering(std::uint64_t n) : left(n + 1) {}

        void fail(std::exception_ptr what) noexcept {
            if (!failed.exchange(true, std::memory_order_relaxed)) {  // relaxed: [last] orders it
                error = std::move(what);
            }
        }
        void arrive() noexcept {
            // [last]: the last to arrive sees, and shows, what the others did
            if (left.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                end.set();
            }
        }

        atomic<std::uint64_t> left;
        atomic<std::uint64_t> sum{0};
        atomic<bool> won{false};
        atomic<bool> failed{false};
        first_result first;
        std::exception_ptr error;
        baton end;
    };
};

}  // namespace handoff::impls::async::detail
