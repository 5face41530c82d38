// What waiting did in a trial, and how long hybrid waiting spins in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "blocking.hpp"
#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::benchmarks {

/// The waits of one handle, or of several: the observer of the channels that are measured. Only who has to wait
/// anyway touches the counts: the path of an operation that need not wait has no instruction for them.
struct wait_tally {
    std::uint64_t waits_for_room = 0;   ///< pushes that found no room
    std::uint64_t looks_for_room = 0;   ///< looks of theirs after that
    std::uint64_t waits_for_items = 0;  ///< pops that found nothing
    std::uint64_t looks_for_items = 0;
    std::uint64_t waits_for_consumers = 0;  ///< of a producer that had run too far ahead of them

    void waited_for_room(std::uint64_t looks) noexcept {
        ++waits_for_room;
        looks_for_room += looks;
    }
    void waited_for_items(std::uint64_t looks) noexcept {
        ++waits_for_items;
        looks_for_items += looks;
    }

    std::uint64_t waits() const noexcept { return waits_for_room + waits_for_items + waits_for_consumers; }
    wait_tally& operator+=(const wait_tally& other) noexcept {
        waits_for_room += other.waits_for_room;
        looks_for_room += other.looks_for_room;
        waits_for_items += other.waits_for_items;
        looks_for_items += other.looks_for_items;
        waits_for_consumers += other.waits_for_consumers;
        return *this;
    }
};

/// Of several handles together.
wait_tally sum_of(const std::vector<wait_tally>& each);

/// Whether waits in this channel are told to its observer: those of queues that wait by their own means are
/// not.
template <class Channel>
inline constexpr bool tells_of_waits = !std::is_same_v<typename Channel::wait_type, impls::native>;

/// What a channel's wait strategies say of themselves.
struct strategies_report {
    std::uint64_t sleeps = 0;  ///< waits that made a blocking call, on both sides
    std::optional<std::chrono::nanoseconds> budget = std::nullopt;  ///< where they have one
};

/// Waits of a strategy that made a blocking call.
template <class Wait>
std::uint64_t sleeps_of(const Wait& wait) {
    if constexpr (requires { wait.sleeps(); }) {
        return wait.sleeps();
    } else {
        return 0;
    }
}

/// When all threads have joined, before the channel is drained.
template <class Channel>
strategies_report report_of(const Channel& channel) {
    strategies_report report;
    channel.for_each_wait([&]<class Wait>(const Wait& wait) {
        report.sleeps += sleeps_of(wait);
        if constexpr (impls::has_spin_budget<Wait> || impls::is_chosen<Wait>) {
            report.budget = wait.budget();
        }
    });
    return report;
}

/// `sleep_ratio`, where there were waits, and `spin_budget_ns`, where the strategy has one.
void add_sleep_metrics(harness::measurement& m, const wait_tally& all, const strategies_report& report);

/// On which side of the queue threads waited, and how long, per item: `waits_for_room_per_item` and so on; for
/// room only where the queue is bounded.
void add_side_metrics(harness::measurement& m, const wait_tally& all, bool bounded);

/// The spin budget that the point names, in percent of what a futex wake takes between the CPUs of the trial:
/// as its caller says, or else measured, once per process and pair of CPUs. Nothing where the point leaves it
/// to the strategy.
std::optional<std::chrono::nanoseconds> named_budget(const harness::trial& t);

/// Makes of a type that may be several strategies the one that the point names. Before anybody waits.
template <class Wait>
void choose_wait(Wait& wait, const harness::point& p) {
    if constexpr (impls::is_chosen<Wait>) {
        if (const auto which = p.value("wait"); !which.empty() && !wait.choose(which)) {
            throw std::logic_error(p.name() + ": no strategy that sleeps has that name");
        }
    }
}

/// Gives a strategy the budget that the point names, if it names one and the strategy takes one.
template <class Wait>
void set_budget_of(Wait& wait, const harness::trial& t) {
    if constexpr (impls::has_spin_budget<Wait> || impls::is_chosen<Wait>) {
        if (const auto budget = named_budget(t)) {
            wait.set_budget(*budget);
        }
    }
}

/// The same of all strategies of a channel.
template <class Channel>
void set_spin_budget(Channel& channel, const harness::trial& t) {
    channel.for_each_wait([&](auto& wait) { set_budget_of(wait, t); });
}

}  // namespace handoff::benchmarks
