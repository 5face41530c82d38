// Futures with continuations: one block of memory for a promise and its future, and one for each `then`.
//
// Source: the shape of N3857 ("Improvements to std::future<T>", Gustafsson, Laksberg, Sutter, Mithani, 2014),
//         with executors and cancellation.
//
// Progress: lock-free, but for the threads that wait with `get` and `wait_for`, and for the executor.
// Order:    a continuation begins when what it continues has its value; once.
// Capacity: 1 allocation for a promise, 1 for a `then`, 3 for a `when_all`, 2 for a `when_any`.
// Cost:     an exchange to set a value, a compare-and-swap to add a continuation, and counts of owners.
//           Continuations that are ready one after the other run in a loop: a long chain needs no stack.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <stop_token>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "detail/baton.hpp"
#include "detail/outcome.hpp"
#include "executors.hpp"

namespace handoff::impls::async {

template <class T>
class future;

namespace detail {

/// What is to be done when a state has its outcome.
class continuation {
public:
    /// Returns what is to be done next, or null.
    virtual continuation* run() noexcept = 0;

protected:
    ~continuation() = default;
};

/// Runs a continuation and what becomes ready by it, one after the other.
inline void run_all(continuation* next) noexcept {
    while (next != nullptr) {
        next = next->run();
    }
}

/// What a promise and its future share.
template <class T>
class state {
public:
    state(const state&) = delete;
    state& operator=(const state&) = delete;

    void keep() noexcept {
        owners_.fetch_add(1, std::memory_order_relaxed);
    }  // relaxed: an owner keeps it alive
    void leave() noexcept {
        // [owners]: who destroys it sees what the others did with it
        if (owners_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            delete this;
        }
    }

    /// Its continuation, which the caller runs; once, when `result` has been set.
    [[nodiscard]] continuation* complete() noexcept {
        // [ready]: the outcome becomes visible. [waiting]: the continuation is.
        continuation* const waiting = next_.exchange(ready(), std::memory_order_acq_rel);
        return waiting;
    }
    /// False: the outcome is there, and `next` will not be run.
    bool attach(continuation* next) noexcept {
        continuation* expected = nullptr;
        // [waiting] at success, [ready] at failure
        return next_.compare_exchange_strong(expected, next, std::memory_order_release,
                                             std::memory_order_acquire);
    }
    /// False: it runs, or has run.
    bool detach(continuation* next) noexcept {
        return next_.compare_exchange_strong(next, nullptr, std::memory_order_acquire,
                                             std::memory_order_acquire);  // [ready] at failure
    }
    bool is_ready() const noexcept { return next_.load(std::memory_order_acquire) == ready(); }  // [ready]

    outcome<T> result;
    std::stop_token stop;  ///< when it is requested, continuations that have not begun do not run

    virtual ~state() = default;

protected:
    explicit state(std::uint32_t owners, std::stop_token told = {}) : stop(std::move(told)), owners_(owners) {}

private:
    static continuation* ready() noexcept { return reinterpret_cast<continuation*>(std::uintptr_t{1}); }

    atomic<continuation*> next_{nullptr};
    atomic<std::uint32_t> owners_;
};

/// An owner of a state.
template <class State>
class owned {
public:
    owned() noexcept = default;
    /// Takes over one of the counted owners.
    explicit owned(State* s) noexcept : state_(s) {}
    owned(owned&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
    owned& operator=(owned&& other) noexcept {
        std::swap(state_, other.state_);
        return *this;
    }
    ~owned() { reset(); }

    void reset() noexcept {
        if (State* const was = std::exchange(state_, nullptr); was != nullptr) {
            was->leave();
        }
    }
    explicit operator bool() const noexcept { return state_ != nullptr; }
    State* operator->() const noexcept { return state_; }
    State& operator*() const noexcept { return *state_; }

private:
    State* state_ = nullptr;
};

template <class T>
class plain_state final : public state<T> {
public:
    plain_state(std::uint32_t owners, std::stop_token stop) : state<T>(owners, std::move(stop)) {}
};

template <class T>
struct of_future {
    using value = T;
    static constexpr bool is_future = false;
};
template <class T>
struct of_future<future<T>> {
    using value = T;
    static constexpr bool is_future = true;
};

/// A continuation and its own outcome, in one block. It is owned by its future and, until it has run, by
/// itself.
template <class From, class F, class Executor>
class then_state final : public state<typename of_future<std::invoke_result_t<F&, From>>::value>, continuation {
    using result_type = std::invoke_result_t<F&, From>;
    static constexpr bool unwraps = of_future<result_type>::is_future;
    using value_type = typename of_future<result_type>::value;

public:
    template <class G>
    then_state(owned<state<From>> from, Executor& ex, G&& f)
        : state<value_type>(2, from->stop), from_(std::move(from)), executor_(&ex), f_(std::forward<G>(f)) {}

    /// When it is complete but for its owners.
    void begin() noexcept {
        if (!from_->attach(this)) {
            run_all(run());
        }
    }

private:
    continuation* run() noexcept override {
        if constexpr (unwraps) {
            if (inner_) {
                return forward();
            }
        }
        if constexpr (Executor::is_inline) {
            return execute();
        } else {
            executor_->post([this] { run_all(execute()); });
            return nullptr;
        }
    }

    continuation* execute() noexcept {
        outcome<From>& before = from_->result;
        if (before.failed()) {
            this->result.set_error(before.error());
        } else if (this->stop.stop_requested()) {
            this->result.set_error(std::make_exception_ptr(cancelled()));
        } else if constexpr (unwraps) {
            try {
                inner_ = f_(before.take()).release();
            } catch (...) {
                this->result.set_error(std::current_exception());
            }
            from_.reset();
            if (inner_) {
                return inner_->attach(this) ? nullptr : forward();
            }
            return end();
        } else {
            this->result.set_from([&] { return f_(before.take()); });
        }
        from_.reset();
        return end();
    }

    /// The future that the callable has returned has its outcome: it is this one's.
    continuation* forward() noexcept {
        if (inner_->result.failed()) {
            this->result.set_error(inner_->result.error());
        } else {
            this->result.set_value(inner_->result.take());
        }
        inner_.reset();
        return end();
    }

    continuation* end() noexcept {
        continuation* const next = this->complete();
        this->leave();
        return next;
    }

    struct none {};

    owned<state<From>> from_;
    Executor* executor_;
    F f_;
    [[no_unique_address]] std::conditional_t<unwraps, owned<state<value_type>>, none> inner_;
};

inline inline_executor& here() noexcept {
    static inline_executor it;
    return it;
}

}  // namespace detail

/// A value that will be there. Move-only; of its functions one is called, once, but for `wait_for`.
template <class T>
class [[nodiscard]] future {
public:
    using value_type = T;

    future() noexcept = default;
    explicit future(detail::owned<detail::state<T>> s) noexcept : state_(std::move(s)) {}

    bool valid() const noexcept { return static_cast<bool>(state_); }
    bool is_ready() const noexcept { return state_->is_ready(); }

    /// The future of `f(value)`, which the executor calls when the value is there; where `f` returns a future,
    /// the future of that one's value. A failure passes by, and `f` is not called. The executor has to call
    /// what it is given.
    template <class Executor, class F>
    auto then(Executor& ex, F&& f) && {
        using block = detail::then_state<T, std::decay_t<F>, Executor>;
        using result = typename detail::of_future<std::invoke_result_t<std::decay_t<F>&, T>>::value;
        auto* const made = new block(std::move(state_), ex, std::forward<F>(f));
        future<result> later{detail::owned<detail::state<result>>(made)};
        made->begin();
        return later;
    }
    /// On the thread on which the value comes to be there, or on the caller's.
    template <class F>
    auto then(F&& f) && {
        return std::move(*this).then(detail::here(), std::forward<F>(f));
    }

    /// Waits for the value, and moves it out; throws what it was set to throw.
    T get() && {
        const detail::owned<detail::state<T>> mine = std::move(state_);
        waiter w;
        if (mine->attach(&w)) {
            w.has_come.wait();
        }
        return mine->result.take();
    }

    /// True: it is there.
    bool wait_for(std::chrono::nanoseconds patience) {
        waiter w;
        if (!state_->attach(&w)) {
            return true;
        }
        if (w.has_come.wait_until(std::chrono::steady_clock::now() + patience)) {
            return true;
        }
        if (state_->detach(&w)) {
            return false;
        }
        w.has_come.wait();  // it is being told at this moment
        return true;
    }

    detail::owned<detail::state<T>> release() && noexcept { return std::move(state_); }
    detail::owned<detail::state<T>> release() & noexcept { return std::move(state_); }

private:
    struct waiter final : detail::continuation {
        detail::continuation* run() noexcept override {
            has_come.set();
            return nullptr;
        }
        detail::baton has_come;
    };

    detail::owned<detail::state<T>> state_;
};

/// Who sets the value. Destroyed without having set it, it sets the exception of a broken promise.
template <class T>
class promise {
public:
    /// Continuations that have not begun when `stop` is requested do not run: their futures fail as
    /// `cancelled`.
    explicit promise(std::stop_token stop = {}) : state_(new detail::plain_state<T>(1, std::move(stop))) {}
    promise(promise&&) noexcept = default;
    promise& operator=(promise&&) = delete;
    ~promise() {
        if (state_) {
            set_exception(std::make_exception_ptr(std::future_error(std::future_errc::broken_promise)));
        }
    }

    /// Once.
    future<T> get_future() {
        state_->keep();
        return future<T>(detail::owned<detail::state<T>>(&*state_));
    }

    /// One of these, once.
    template <class U>
    void set_value(U&& value) {
        state_->result.set_value(std::forward<U>(value));
        complete();
    }
    void set_exception(std::exception_ptr error) noexcept {
        state_->result.set_error(std::move(error));
        complete();
    }
    /// The value that `make()` returns, or what it throws.
    template <class Make>
    void set_from(Make&& make) noexcept {
        state_->result.set_from(std::forward<Make>(make));
        complete();
    }

private:
    void complete() noexcept {
        const detail::owned<detail::state<T>> mine = std::move(state_);
        detail::run_all(mine->complete());
    }

    detail::owned<detail::state<T>> state_;
};

template <class T>
future<std::decay_t<T>> make_ready_future(T&& value, std::stop_token stop = {}) {
    promise<std::decay_t<T>> made(std::move(stop));
    auto ready = made.get_future();
    made.set_value(std::forward<T>(value));
    return ready;
}

/// The future of what `f` returns or throws, which the executor calls.
template <class Executor, class F>
future<std::invoke_result_t<std::decay_t<F>&>> run_on(Executor& ex, F&& f) {
    promise<std::invoke_result_t<std::decay_t<F>&>> made;
    auto later = made.get_future();
    ex.post([made = std::move(made), f = std::forward<F>(f)]() mutable { made.set_from(f); });
    return later;
}

/// Of some futures, the one that was ready first.
template <class T>
struct first_of {
    std::size_t index;
    T value;
};

namespace detail {

/// Waits for some futures. Each of them has a node that stands in line for it; all lie in one array.
template <class Gathering, class T, class Result>
class gathering : public state<Result> {
public:
    explicit gathering(std::vector<future<T>> inputs)
        : state<Result>(2), size_(inputs.size()), nodes_(std::make_unique<node[]>(size_)), left_(size_ + 1) {
        for (std::size_t i = 0; i < size_; ++i) {
            nodes_[i].owner = this;
            nodes_[i].input = inputs[i].release();
        }
    }

    /// When it is complete but for its owners.
    void begin() noexcept {
        for (std::size_t i = 0; i < size_; ++i) {
            if (!nodes_[i].input->attach(&nodes_[i])) {
                run_all(nodes_[i].run());
            }
        }
        run_all(arrive());
    }

protected:
    std::size_t size() const noexcept { return size_; }
    outcome<T>& input(std::size_t i) noexcept { return nodes_[i].input->result; }

private:
    struct node final : continuation {
        continuation* run() noexcept override {
            auto* const mine = static_cast<Gathering*>(owner);
            continuation* const next = mine->came(static_cast<std::size_t>(this - owner->nodes_.get()));
            run_all(next);
            return owner->arrive();
        }
        gathering* owner = nullptr;
        owned<state<T>> input;
    };

    continuation* arrive() noexcept {
        // [last]: the last to arrive sees what the others did
        if (left_.fetch_sub(1, std::memory_order_acq_rel) != 1) {
            return nullptr;
        }
        continuation* const next = static_cast<Gathering*>(this)->all_came();
        this->leave();
        return next;
    }

    const std::size_t size_;
    std::unique_ptr<node[]> nodes_;
    atomic<std::size_t> left_;
};

template <class T>
class all_state final : public gathering<all_state<T>, T, std::vector<T>> {
    using base = gathering<all_state<T>, T, std::vector<T>>;

public:
    using base::base;

    continuation* came(std::size_t) noexcept { return nullptr; }
    continuation* all_came() noexcept {
        this->result.set_from([&] {
            std::vector<T> values;
            values.reserve(this->size());
            for (std::size_t i = 0; i < this->size(); ++i) {
                values.push_back(this->input(i).take());
            }
            return values;
        });
        return this->complete();
    }
};

template <class T>
class any_state final : public gathering<any_state<T>, T, first_of<T>> {
    using base = gathering<any_state<T>, T, first_of<T>>;

public:
    using base::base;

    continuation* came(std::size_t index) noexcept {
        if (won_.exchange(true, std::memory_order_relaxed)) {  // relaxed: who wins has all it needs
            return nullptr;
        }
        this->result.set_from([&] { return first_of<T>{index, this->input(index).take()}; });
        return this->complete();
    }
    static continuation* all_came() noexcept { return nullptr; }

private:
    atomic<bool> won_{false};
};

template <class State, class Result, class T>
future<Result> gather(std::vector<future<T>> inputs) {
    auto* const made = new State(std::move(inputs));
    future<Result> later{owned<state<Result>>(made)};
    made->begin();
    return later;
}

}  // namespace detail

/// The values of all, in their order, when all are there; or the exception of the first in that order that
/// failed.
template <class T>
future<std::vector<T>> when_all(std::vector<future<T>> inputs) {
    return detail::gather<detail::all_state<T>, std::vector<T>>(std::move(inputs));
}

/// What is there first, a value or an exception. Of some, not of none.
template <class T>
future<first_of<T>> when_any(std::vector<future<T>> inputs) {
    return detail::gather<detail::any_state<T>, first_of<T>>(std::move(inputs));
}

}  // namespace handoff::impls::async
