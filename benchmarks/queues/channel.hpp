// Channels whose type does not matter, for all that workloads do with them outside the measured loops.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "blocking.hpp"
#include "concepts/queues.hpp"
#include "measurement.hpp"
#include "point.hpp"
#include "queues/waiting.hpp"
#include "shared/item.hpp"

namespace handoff::benchmarks {

/// The queue promises each producer's items in its order.
template <class Queue>
inline constexpr bool keeps_order = impls::keeps_producers_order<Queue>;

/// What workloads send through a queue: items that have a priority where that decides their order.
template <template <class> class Queue, std::size_t Bytes>
using item_of = item<Bytes, Queue<item<8>>::order == impls::ordering::priority>;

class any_channel {
public:
    virtual ~any_channel() = default;
    virtual void close() = 0;
    /// Closes the channel, takes out what is left in it and returns how many items that were.
    virtual std::uint64_t drain() = 0;
    /// How many items the channel holds; nothing for unbounded ones.
    virtual std::optional<std::uint64_t> capacity() const = 0;
    /// What its wait strategies say of themselves. To be called when all threads have joined, before `drain`.
    virtual strategies_report report() const = 0;
    /// Gives its strategies the spin budget that the trial's point names, if it names one and they take one.
    virtual void set_spin_budget(const harness::trial& t) = 0;

    const bool tells_of_waits;  ///< to the observers of its handles

protected:
    explicit any_channel(bool tells) : tells_of_waits(tells) {}
};

/// `Channel` is a blocking<Queue, Wait, closing::abrupt, wait_tally>. What is `cold` is not measured: the
/// compiler spends less time on it.
template <class Channel>
class channel_of final : public any_channel {
    static constexpr bool is_bounded = impls::bounded_queue<typename Channel::queue_type>;
    static constexpr bool is_multicast = impls::multicast_queue<typename Channel::queue_type>;

public:
    explicit channel_of(const harness::point& p)
        requires(is_bounded && !is_multicast)
        : any_channel(benchmarks::tells_of_waits<Channel>), channel(p.number("capacity")) {
        choose_waits(p);
    }
    explicit channel_of(const harness::point& p)
        requires(is_multicast)
        : any_channel(benchmarks::tells_of_waits<Channel>),
          channel(p.number("capacity"), p.value("consumers").empty() ? 1 : p.number("consumers")) {
        choose_waits(p);
    }
    explicit channel_of(const harness::point& p)
        requires(!is_bounded)
        : any_channel(benchmarks::tells_of_waits<Channel>) {
        choose_waits(p);
    }

    [[gnu::cold]] ~channel_of() override = default;

    [[gnu::cold]] void close() override { channel.close(); }
    [[gnu::cold]] std::uint64_t drain() override {
        channel.close();
        std::uint64_t left = 0;
        typename Channel::value_type leftover{};
        for (auto out = channel.consumer(); out.pop(leftover);) {
            ++left;
        }
        return left;
    }
    std::optional<std::uint64_t> capacity() const override {
        if constexpr (is_bounded) {
            return channel.capacity();
        } else {
            return std::nullopt;
        }
    }
    strategies_report report() const override { return report_of(channel); }
    void set_spin_budget(const harness::trial& t) override { benchmarks::set_spin_budget(channel, t); }

    /// On the heap: channels are larger than a stack likes and never move.
    [[gnu::cold]] static std::unique_ptr<any_channel> make(const harness::point& p) {
        return std::make_unique<channel_of>(p);
    }

    Channel channel;

private:
    void choose_waits(const harness::point& p) {
        channel.for_each_wait([&](auto& wait) { choose_wait(wait, p); });
    }
};

/// A queue of the point's capacity, on the heap as channels are.
template <class Queue>
std::unique_ptr<Queue> make_queue(const harness::point& p) {
    if constexpr (impls::bounded_queue<Queue>) {
        return std::make_unique<Queue>(p.number("capacity"));
    } else {
        return std::make_unique<Queue>();
    }
}

/// Pushes the item with this head, or says that there is no room.
template <class Queue>
bool offer(std::remove_reference_t<impls::producer_end_t<Queue>>& in, std::uint64_t head) {
    typename Queue::value_type item(head);
    if constexpr (impls::bounded_queue<Queue>) {
        return in.try_push(std::move(item));
    } else {
        in.push(std::move(item));
        return true;
    }
}

using channel_maker = std::unique_ptr<any_channel> (*)(const harness::point&);

/// The channel behind a reference to one that `channel_of<Channel>::make` has made.
template <class Channel>
Channel& typed(any_channel& channel) noexcept {
    return static_cast<channel_of<Channel>&>(channel).channel;
}

/// What the consumers of a trial received, in the records that its kind of check fills. Each consumer writes
/// its own only, after its lap.
class received_items {
public:
    received_items(const harness::trial& t, std::size_t producers, std::size_t consumers)
        : received_items(t.point.number("bytes"), t.check, producers, consumers) {}
    received_items(std::size_t bytes, harness::check_kind check, std::size_t producers, std::size_t consumers)
        : bytes_(bytes) {
        if (check == harness::check_kind::full) {
            each_.assign(consumers, ledger(producers));
        } else {
            all_.assign(consumers, light_ledger(producers));
        }
    }

    /// A consumer's `ledger` or `light_ledger`, whichever the trial's kind of check is.
    template <class Ledger>
    Ledger& of(std::size_t consumer) noexcept {
        if constexpr (std::is_same_v<Ledger, ledger>) {
            return each_[consumer];
        } else {
            return all_[consumer];
        }
    }

    /// As `audit`.
    std::string audit_with(const std::vector<std::uint64_t>& pushed, std::uint64_t left) const {
        return each_.empty() ? audit(all_, pushed, left, bytes_) : audit(each_, pushed, left);
    }

private:
    std::size_t bytes_;
    std::vector<ledger> each_;
    std::vector<light_ledger> all_;
};

/// Ends the channel, takes out what is left in it, and says what is wrong with what went through (`audit`);
/// empty: nothing. `rescued`: the team had to be told to give up.
std::string settle(any_channel& channel, const received_items& received,
                   const std::vector<std::uint64_t>& pushed, bool rescued);

}  // namespace handoff::benchmarks
