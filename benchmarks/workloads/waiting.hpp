// What waiting did in a trial, and how long hybrid waiting spins in it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "blocking.hpp"
#include "concepts.hpp"
#include "measurement.hpp"
#include "topology.hpp"
#include "wake_time.hpp"

namespace handoff::benchmarks {

/// One thread's waits: the observer of the channels that are measured. The counts are the thread's own and are
/// touched only by who has to wait anyway: the path of an operation that need not wait holds nothing of them, not
/// even an address.
struct wait_tally {
    std::uint64_t waits_for_room = 0;   ///< pushes that found no room
    std::uint64_t looks_for_room = 0;   ///< looks of theirs after that
    std::uint64_t waits_for_items = 0;  ///< pops that found nothing
    std::uint64_t looks_for_items = 0;

    /// The calling thread's, all zero at its start.
    static wait_tally& mine() noexcept {
        static constinit thread_local wait_tally of_this_thread{};
        return of_this_thread;
    }

    static void waited_for_room(std::uint64_t looks) noexcept {
        ++mine().waits_for_room;
        mine().looks_for_room += looks;
    }
    static void waited_for_items(std::uint64_t looks) noexcept {
        ++mine().waits_for_items;
        mine().looks_for_items += looks;
    }

    std::uint64_t waits() const noexcept { return waits_for_room + waits_for_items; }
    wait_tally& operator+=(const wait_tally& other) noexcept {
        waits_for_room += other.waits_for_room;
        looks_for_room += other.looks_for_room;
        waits_for_items += other.waits_for_items;
        looks_for_items += other.looks_for_items;
        return *this;
    }
};

/// Whether waits in this channel are told to its observer: those of queues that wait by their own means are not.
template <class Channel>
inline constexpr bool tells_of_waits = !std::is_same_v<typename Channel::wait_type, impls::native>;

/// Waits that made a blocking call, on both sides of a channel. When all threads have joined.
template <class Channel>
std::uint64_t sleeps_of(const Channel& channel) {
    std::uint64_t sleeps = 0;
    channel.for_each_wait([&](const auto& wait) {
        if constexpr (requires { wait.sleeps(); }) {
            sleeps += wait.sleeps();
        }
    });
    return sleeps;
}

/// `sleep_ratio`, where there were waits, and `spin_budget_ns`, where the strategy has one. When all threads have
/// joined, before the channels are drained.
template <class Channel>
void report_waiting(harness::measurement& m, const wait_tally& all,
                    const std::vector<const Channel*>& channels) {
    if constexpr (tells_of_waits<Channel>) {
        std::uint64_t sleeps = 0;
        for (const Channel* channel : channels) {
            sleeps += sleeps_of(*channel);
        }
        if (all.waits() > 0) {
            m.metrics.emplace_back("sleep_ratio",
                                   static_cast<double>(sleeps) / static_cast<double>(all.waits()));
        }
        if constexpr (impls::has_spin_budget<typename Channel::wait_type>) {
            channels.front()->for_each_wait([&, reported = false](const auto& wait) mutable {
                if (!std::exchange(reported, true)) {
                    m.metrics.emplace_back("spin_budget_ns", static_cast<double>(wait.budget().count()));
                }
            });
        }
    }
}

/// On which side of the queue threads waited, and how long, per item: `waits_for_room_per_item` and so on; for
/// room only where the queue is bounded.
template <class Channel>
void report_sides(harness::measurement& m, const wait_tally& all) {
    if constexpr (tells_of_waits<Channel>) {
        const auto per_item = [&](std::uint64_t count) {
            return static_cast<double>(count) / static_cast<double>(m.items);
        };
        if constexpr (impls::bounded_queue<typename Channel::queue_type>) {
            m.metrics.emplace_back("waits_for_room_per_item", per_item(all.waits_for_room));
            m.metrics.emplace_back("looks_for_room_per_item", per_item(all.looks_for_room));
        }
        m.metrics.emplace_back("waits_for_items_per_item", per_item(all.waits_for_items));
        m.metrics.emplace_back("looks_for_items_per_item", per_item(all.looks_for_items));
    }
}

/// What a futex wake takes between the CPUs of a trial: as its caller says, or else measured, once per process and
/// pair of CPUs.
inline double wake_ns_of(const harness::trial& t) {
    if (t.wake_ns) {
        return *t.wake_ns;
    }
    const auto pair = harness::probed_pair(harness::seats(placement_of(t.point), 2));
    const int only = harness::processors().front().cpu;
    static std::map<std::pair<int, int>, double> measured;
    const auto [found, is_new] = measured.try_emplace(pair.value_or(std::pair(only, only)), 0.0);
    if (is_new) {
        found->second = harness::wake_time_ns(found->first.first, found->first.second);
    }
    return found->second;
}

/// Gives the channel's strategies the budget that the point names, if it names one: a percentage of a futex wake.
template <class Channel>
void set_spin_budget(Channel& channel, const harness::trial& t) {
    if constexpr (impls::has_spin_budget<typename Channel::wait_type>) {
        const auto text = t.point.value("spin_budget");
        if (text.empty() || text == "own") {
            return;
        }
        const double ns = static_cast<double>(t.point.number("spin_budget")) / 100 * wake_ns_of(t);
        channel.for_each_wait(
            [&](auto& wait) { wait.set_budget(std::chrono::nanoseconds(static_cast<std::int64_t>(ns))); });
    }
}

}  // namespace handoff::benchmarks
