// Wait strategies that sleep, as one type: which of them it is, a trial says before anybody waits.
//
// A queue meets every wait strategy with every workload and size of item, and each meeting would be compiled by
// itself. Strategies that never sleep stay types of their own: their loops are what is measured. For those that
// may sleep a choice costs a load and a branch that always goes the same way, beside the fence of a
// notification and the system calls of a wait.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "concepts/waiting.hpp"

namespace handoff::benchmarks {

/// May make a blocking call, and counts them.
template <class Wait>
inline constexpr bool may_sleep = requires(const Wait& wait) { wait.sleeps(); };

/// One of several strategies: the first one until another is chosen. Where it is compiled, all count as such
/// that sleep until they are notified, which costs those that poll a look more than they need.
template <impls::wait_strategy... Waits>
class chosen_wait {
public:
    static constexpr std::string_view name = "chosen";

    /// Before anybody waits.
    void choose(std::string_view which) {
        if (((which == Waits::name ? (chosen_.template emplace<Waits>(), true) : false) || ...)) {
            return;
        }
        throw std::logic_error(std::string(which) + " is none of the strategies to choose from");
    }

    template <class Predicate>
    void wait_until(Predicate&& done) {
        with([&](auto& wait) { wait.wait_until(done); });
    }
    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point deadline) {
        bool seen = false;
        with([&](auto& wait) { seen = wait.wait_until(done, deadline); });
        return seen;
    }

    void notify() noexcept {
        with([](auto& wait) { wait.notify(); });
    }
    void notify_all() noexcept {
        with([](auto& wait) { wait.notify_all(); });
    }

    std::uint64_t sleeps() const noexcept {
        std::uint64_t count = 0;
        with([&]<class Wait>(const Wait& wait) {
            if constexpr (may_sleep<Wait>) {
                count = wait.sleeps();
            }
        });
        return count;
    }

    /// Where the chosen one has a spin budget; nothing otherwise.
    void set_budget(std::chrono::nanoseconds budget) noexcept {
        with([&]<class Wait>(Wait& wait) {
            if constexpr (impls::has_spin_budget<Wait>) {
                wait.set_budget(budget);
            }
        });
    }
    std::optional<std::chrono::nanoseconds> budget() const noexcept {
        std::optional<std::chrono::nanoseconds> budget;
        with([&]<class Wait>(const Wait& wait) {
            if constexpr (impls::has_spin_budget<Wait>) {
                budget = wait.budget();
            }
        });
        return budget;
    }

private:
    /// std::visit would call through a table, and never inline.
    template <class Use>
    [[gnu::always_inline]] void with(Use&& use) {
        (void)((std::holds_alternative<Waits>(chosen_) && (use(*std::get_if<Waits>(&chosen_)), true)) || ...);
    }
    template <class Use>
    [[gnu::always_inline]] void with(Use&& use) const {
        (void)((std::holds_alternative<Waits>(chosen_) && (use(*std::get_if<Waits>(&chosen_)), true)) || ...);
    }

    std::variant<Waits...> chosen_;
};

template <class Wait>
inline constexpr bool is_chosen = false;
template <class... Waits>
inline constexpr bool is_chosen<chosen_wait<Waits...>> = true;

/// The types that a queue is compiled with, of the strategies that it meets: each that never sleeps by itself,
/// and one for all others.
template <class... Waits>
class compiled_waits {
    template <class...>
    struct list {};
    template <class... A, class... B>
    static list<A..., B...> join(list<A...>, list<B...>);
    template <class... All>
    static auto joined(All... all) {
        return (list<>() + ... + all);
    }

    template <class... Sleeping>
    static chosen_wait<Sleeping...> choice_of(list<Sleeping...>);
    template <class Sleeping>
    static Sleeping choice_of(list<Sleeping>);

    template <class... A, class... B>
    friend list<A..., B...> operator+(list<A...>, list<B...>) {
        return {};
    }

    using sleeping = decltype(joined(std::conditional_t<may_sleep<Waits>, list<Waits>, list<>>()...));

public:
    /// Which of them a strategy is compiled as.
    template <class Wait>
    using of = std::conditional_t<may_sleep<Wait>, decltype(choice_of(sleeping())), Wait>;
};

}  // namespace handoff::benchmarks
