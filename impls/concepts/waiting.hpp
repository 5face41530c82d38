// How threads wait: the concept of a wait strategy, and strategies that are chosen at run time.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string_view>

namespace handoff::impls {

/// How a thread waits for a condition that another thread will make true. `wait_until` evaluates the predicate
/// at once, returns as soon as it has seen it true, and with a deadline returns whether it did. `notify` comes
/// after every change that may make a predicate true and wakes one waiter if any sleeps; `notify_all` wakes
/// all. Both are empty for strategies that never sleep on a notification; these may declare `static constexpr
/// bool polls = true`, and are then not asked to look where the caller just has. Those that never sleep at all
/// may declare `static constexpr bool keeps_cpu = true`.
///
/// A strategy that may make a blocking call has `std::uint64_t sleeps() const`, the waits in which it did,
/// exact when all waiters have joined; one without never makes one.
template <class W>
concept wait_strategy = std::default_initializable<W> &&
                        requires(W& w, bool (*predicate)(), std::chrono::steady_clock::time_point deadline) {
                            { W::name } -> std::convertible_to<std::string_view>;
                            w.wait_until(predicate);
                            { w.wait_until(predicate, deadline) } -> std::same_as<bool>;
                            w.notify();
                            w.notify_all();
                        };

/// Asks again by itself, whether notified or not.
template <class W>
concept polling = wait_strategy<W> && requires { requires W::polls; };

/// Spins for a while before it sleeps, and takes that while as a setting: `set_budget` before anybody waits.
template <class W>
concept has_spin_budget = wait_strategy<W> && requires(W& w, std::chrono::nanoseconds budget) {
    w.set_budget(budget);
    { w.budget() } -> std::same_as<std::chrono::nanoseconds>;
};

/// The wait strategy of queues that block by their own means.
struct native {
    static constexpr std::string_view name = "native";
};

/// A wait strategy chosen at run time: for those who wait rarely and long, such as workers without work, and
/// are measured by other things than the price of one more call.
class any_wait {
public:
    /// A condition by reference; valid while the call that it is given to lasts.
    class condition {
    public:
        template <class Predicate>
        condition(Predicate& done)
            : what_(&done),
              ask_([](void* what) { return static_cast<bool>((*static_cast<Predicate*>(what))()); }) {}
        bool operator()() const { return ask_(what_); }

    private:
        void* what_;
        bool (*ask_)(void*);
    };

    virtual ~any_wait() = default;
    virtual void wait_until(condition done) = 0;
    virtual bool wait_until(condition done, std::chrono::steady_clock::time_point deadline) = 0;
    virtual void notify() = 0;
    virtual void notify_all() = 0;
    /// Notifications do nothing: who waits asks again by itself.
    virtual bool polls() const = 0;
};

using make_any_wait = std::unique_ptr<any_wait> (*)();

template <wait_strategy W>
std::unique_ptr<any_wait> any_wait_of() {
    class chosen final : public any_wait {
        void wait_until(condition done) override { strategy_.wait_until(done); }
        bool wait_until(condition done, std::chrono::steady_clock::time_point deadline) override {
            return strategy_.wait_until(done, deadline);
        }
        void notify() override { strategy_.notify(); }
        void notify_all() override { strategy_.notify_all(); }
        bool polls() const override { return polling<W>; }
        W strategy_;
    };
    return std::make_unique<chosen>();
}

}  // namespace handoff::impls
