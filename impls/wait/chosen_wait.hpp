// Several wait strategies as one type: which of them it is, is said at run time, before anybody waits.
//
// For code that would otherwise be compiled once for each strategy. Unlike `any_wait` it makes no indirect
// call: a notification costs a load and a branch that always goes the same way, beside what the strategy itself
// does.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "../concepts/waiting.hpp"

namespace handoff::impls {

/// May make a blocking call, and counts them.
template <class Wait>
inline constexpr bool may_sleep = requires(const Wait& wait) { wait.sleeps(); };

/// One of several strategies: the first one until another is chosen. Where it is compiled, all count as such
/// that sleep until they are notified, which costs those that poll a look more than they need.
template <wait_strategy... Waits>
class chosen_wait {
public:
    static constexpr std::string_view name = "chosen";

    /// Before anybody waits. False: none of them has that name.
    [[nodiscard]] bool choose(std::string_view which) {
        return ((which == Waits::name ? (chosen_.template emplace<Waits>(), true) : false) || ...);
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
            if constexpr (has_spin_budget<Wait>) {
                wait.set_budget(budget);
            }
        });
    }
    std::optional<std::chrono::nanoseconds> budget() const noexcept {
        std::optional<std::chrono::nanoseconds> budget;
        with([&]<class Wait>(const Wait& wait) {
            if constexpr (has_spin_budget<Wait>) {
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

}  // namespace handoff::impls
