// The loops and the account of the workloads `overload` and `carried`.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "busy_work.hpp"
#include "channels/any_channel.hpp"
#include "channels/erased_channel.hpp"
#include "channels/overload.hpp"
#include "concepts/channels.hpp"
#include "concepts/overload.hpp"
#include "detail/cpu_relax.hpp"
#include "measurement.hpp"
#include "shared/heap.hpp"
#include "shared/item.hpp"
#include "shared/timetable.hpp"
#include "team.hpp"
#include "ticks.hpp"

namespace handoff::benchmarks {

/// Ages by the part of the schedule in which the items were due.
class ages_by_part {
public:
    static constexpr std::size_t parts = 8;

    explicit ages_by_part(std::int64_t length_ns)
        : length_(std::max<std::int64_t>(1, length_ns / static_cast<std::int64_t>(parts) + 1)), all_(parts) {}

    void record(std::int64_t due, std::int64_t age) noexcept {
        all_[part_of(due)].record(static_cast<std::uint64_t>(std::max<std::int64_t>(0, age)));
    }
    std::size_t part_of(std::int64_t due) const noexcept {
        return std::min(static_cast<std::size_t>(std::max<std::int64_t>(0, due) / length_), parts - 1);
    }
    std::int64_t length() const noexcept { return length_; }
    const harness::histogram& of(std::size_t part) const noexcept { return all_[part]; }

private:
    std::int64_t length_;
    std::vector<harness::histogram> all_;
};

/// The account of one sender. Its memory is touched by that sender only.
struct alignas(128) sender_account {
    explicit sender_account(std::int64_t length_ns) : ages(length_ns) {}

    std::uint64_t offered = 0;       ///< the sequences from 0 to before this
    impls::overload::counts seen{};  ///< by what the offers returned and what was handed out as lost or to run
    impls::overload::counts said{};  ///< by the policy
    std::uint64_t images = 0;        ///< of all items that did not get to a receiver, as far as this sender saw
    std::uint64_t strange = 0;       ///< dropped as the newest, and not the item that was offered
    std::uint64_t not_oldest = 0;    ///< dropped as the oldest, and not the oldest
    std::uint64_t gave_way = 0;      ///< conflated, and no newer one came
    std::uint64_t with_room = 0;     ///< offers that the policy acted on though there was room
    std::uint64_t in_time = 0;       ///< items that it handled itself before the schedule's end
    std::int64_t held_ns = 0;        ///< in offers
    std::int64_t worst_hold_ns = 0;
    std::int64_t lasted_ns = 0;   ///< until its last offer had returned
    std::int64_t ceiling_ns = 0;  ///< when memory had grown past the ceiling; 0: it has not
    ages_by_part ages;            ///< of the items that it handled itself
    std::vector<double>
        heap{};  ///< bytes, at the beginning and at the end of each part; the first sender's only
};

/// The account of one receiver. Its memory is touched by that receiver only, but for `taken`.
struct alignas(128) receiver_account {
    receiver_account(std::size_t senders, std::int64_t length_ns)
        : next(senders), lag(length_ns), ages(length_ns) {}

    std::vector<std::uint64_t> next;  ///< of each sender: one more than the last sequence that came
    std::uint64_t count = 0;
    std::uint64_t images = 0;
    std::uint64_t disordered = 0;
    std::uint64_t strange = 0;
    std::uint64_t in_time = 0;  ///< items that were handled before the schedule's end
    std::uint64_t batches = 0;
    std::uint64_t full_batches = 0;
    lag_watch lag;
    ages_by_part ages;
    harness::histogram added{};  ///< from an item's receipt until its batch was complete
};

/// What receivers have taken so far, each in a line of its own, for senders to look at.
struct alignas(128) taken_count {
    std::atomic<std::uint64_t> count{0};
};

/// What the threads of an overload trial share.
struct overload_state {
    any_channel_ends& channel;
    erased_channel view;
    const timetable& when;
    const harness::tick_clock ticks;
    const bool crowded;            ///< threads have to share processors
    const std::int64_t length_ns;  ///< of the schedule; without one, the time that senders have
    const std::size_t capacity;    ///< 0 where no promise of room can be checked: rendezvous, unbounded
    const bool one_to_one;         ///< one sender, one receiver
    const bool is_fifo;            ///< the channel is
    const bool watches_memory;
    const std::size_t batch;
    const std::chrono::nanoseconds linger;
    const std::vector<std::uint64_t> to_offer;
    const std::vector<std::uint64_t> steps;  ///< of work, by item; a power of two
    std::vector<taken_count> taken;
    std::vector<sender_account> senders;
    std::vector<receiver_account> receivers;
    std::atomic<std::size_t> sending;
    std::atomic<bool> ends_early = false;  ///< memory has grown past the ceiling: all senders stop
    /// Of `carried`: how many senders send, and how many items they are ahead of the receivers at most.
    std::uint64_t sending_ahead = 1;
    std::uint64_t ahead = 1;
    common_start start = {};

    /// One of so many items is kept by `sample`.
    static constexpr std::uint64_t sample_of = 4;
    /// Heap that a trial may come to hold; what grows past that ends it.
    static constexpr double ceiling_bytes = 256.0 * 1024 * 1024;

    std::uint64_t steps_of(const item<8>& one) const noexcept {
        return steps[(one.sequence() + 997 * one.producer()) & (steps.size() - 1)];
    }
    std::uint64_t taken_by_all() const noexcept {
        std::uint64_t all = 0;
        for (const taken_count& one : taken) {
            all += one.count.load(std::memory_order_acquire);  // [taken]: there is room for what was taken
        }
        return all;
    }
    /// By the last sender.
    void one_has_sent() {
        // acq_rel: what the others have sent was sent before the last one closes
        if (sending.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            channel.close();
        }
    }
};

/// Sees, for one sender, what its policy does with the items that it does not send, and looks whether it may.
class policy_witness {
public:
    policy_witness(overload_state& s, sender_account& mine, std::int64_t begin)
        : s_(s), mine_(mine), begin_(begin) {}

    void about_to_offer(const item<8>& one) noexcept {
        head_ = one.head();
        had_room_ = s_.one_to_one && s_.capacity > 0 &&
                    mine_.seen.accepted - mine_.seen.dropped_oldest < s_.capacity + s_.taken_by_all();
    }

    /// The policy gives up an item.
    void lost(const item<8>& one, impls::overload::loss why) noexcept {
        using impls::overload::loss;
        switch (why) {
            case loss::dropped_newest:
            case loss::sampled:
                mine_.strange += one.head() != head_;
                break;
            case loss::dropped_oldest:
                mine_.not_oldest += s_.senders.size() == 1 && !is_oldest(one);
                break;
            case loss::conflated:
                mine_.gave_way += s_.senders.size() == 1 && one.head() >= head_;
                break;
        }
        acts_with_room(why == loss::dropped_newest || why == loss::dropped_oldest);
        mine_.images += image(one.head());
        ++mine_.seen.of(why);
    }

    /// The policy handles an item in the sender's thread.
    void run(const item<8>& one) noexcept {
        acts_with_room(true);
        const std::int64_t due = s_.when.due(one.producer(), one.sequence());
        mine_.ages.record(due, s_.ticks.now() - begin_ - due);
        harness::spend(s_.steps_of(one));
        mine_.in_time += s_.ticks.now() - begin_ <= s_.length_ns;
        mine_.images += image(one.head());
        ++mine_.seen.ran;
    }

    /// An offer has returned.
    void returned(const item<8>& one, impls::overload::offered what) noexcept {
        switch (what) {
            case impls::overload::offered::accepted:
                ++mine_.seen.accepted;
                break;
            case impls::overload::offered::refused:
                acts_with_room(true);
                mine_.images += image(one.head());
                ++mine_.seen.refused;
                break;
            case impls::overload::offered::dropped:
            case impls::overload::offered::ran:
            case impls::overload::offered::closed:
                break;  // the item is in the hands of `lost`, of `run`, or was not offered
        }
    }

private:
    /// Of one sender: the items that lie in the channel were accepted one after the other. All before this one
    /// must be out, dropped before or received.
    bool is_oldest(const item<8>& one) noexcept {
        // [taken]: orders the count after what the policy has just taken out; the receivers' stores of it come
        // before their next receive, which this one follows
        std::atomic_thread_fence(std::memory_order_acquire);
        const std::uint64_t out = mine_.seen.dropped_oldest + s_.taken_by_all() + s_.taken.size() * s_.batch;
        const bool is_older = one.head() < head_ && one.head() >= least_dropped_;
        least_dropped_ = one.head() + 1;
        return is_older && (!s_.is_fifo || one.sequence() <= out);
    }

    void acts_with_room(bool needs_full) noexcept { mine_.with_room += needs_full && had_room_; }

    overload_state& s_;
    sender_account& mine_;
    const std::int64_t begin_;
    std::uint64_t head_ = 0;
    std::uint64_t least_dropped_ = 0;
    bool had_room_ = false;
};

/// What a policy calls with an item that it loses.
class lost_items {
public:
    explicit lost_items(policy_witness& all) : all_(&all) {}
    void operator()(item<8>&& one, impls::overload::loss why) noexcept { all_->lost(one, why); }

private:
    policy_witness* all_;
};

/// What a policy calls with an item that the sender's thread is to handle.
class items_to_run {
public:
    explicit items_to_run(policy_witness& all) : all_(&all) {}
    void operator()(item<8>&& one) noexcept { all_->run(one); }

private:
    policy_witness* all_;
};

/// Offers the items of one sender when they are due. `make(witness)` makes the policy.
template <class Make>
void offer_on_schedule(overload_state& s, std::size_t self, harness::lap& me, Make&& make) {
    constexpr std::int64_t near_ns = 200;        // a pause would be late by then
    constexpr std::uint64_t between_looks = 64;  // at memory
    const harness::tick_clock ticks = s.ticks;
    sender_account& mine = s.senders[self];
    timetable::walk items = s.when.of(self);
    const std::uint64_t count = s.to_offer[self];
    const bool keeps_heap = s.watches_memory && self == 0;
    std::uint64_t sequence = 0;
    me.start();
    const std::int64_t begin = s.start.at(ticks);
    {
        policy_witness witness(s, mine, begin);
        auto policy = make(witness);
        for (; sequence < count; ++sequence, items.next()) {
            std::int64_t before = ticks.about_now() - begin;
            for (; before < items.due(); before = ticks.about_now() - begin) {
                if (s.crowded) {
                    std::this_thread::yield();
                } else if (items.due() - before > near_ns) {
                    impls::detail::cpu_relax();
                }
            }
            if (keeps_heap) {
                for (std::size_t part = s.senders[0].ages.part_of(before); mine.heap.size() <= part;) {
                    mine.heap.push_back(heap_bytes());
                }
                if ((sequence < between_looks || sequence % between_looks == 0) &&
                    heap_bytes() - mine.heap.front() > s.ceiling_bytes) {
                    mine.ceiling_ns = std::max<std::int64_t>(1, before);
                    // relaxed, as the senders' looks: it carries no data
                    s.ends_early.store(true, std::memory_order_relaxed);
                    break;
                }
                before = ticks.about_now() - begin;
            }
            if (s.watches_memory && s.ends_early.load(std::memory_order_relaxed)) {
                break;
            }
            item<8> one(self, sequence);
            witness.about_to_offer(one);
            const impls::overload::offered what = policy.offer(std::move(one));
            const std::int64_t held = ticks.about_now() - begin - before;
            mine.held_ns += held;
            mine.worst_hold_ns = std::max(mine.worst_hold_ns, held);
            if (what == impls::overload::offered::closed) [[unlikely]] {
                break;  // only a rescue closes the channel this early
            }
            witness.returned(item<8>(self, sequence), what);
        }
        mine.said = policy.seen();
    }
    mine.lasted_ns = ticks.about_now() - begin;
    while (keeps_heap && mine.heap.size() <= ages_by_part::parts && mine.ceiling_ns == 0) {
        mine.heap.push_back(heap_bytes());
    }
    mine.offered = sequence;
    me.stop(sequence);
    s.one_has_sent();
}

/// Receives until the end of the channel, and works for each item. `next_batch(into)` returns how many items it
/// has put into the span; 0 at the end.
template <class Next>
void receive_and_work(overload_state& s, std::size_t self, harness::lap& me, Next&& next_batch) {
    const harness::tick_clock ticks = s.ticks;
    receiver_account& mine = s.receivers[self];
    std::atomic<std::uint64_t>& taken = s.taken[self].count;
    std::vector<item<8>> batch(s.batch);
    me.start();
    const std::int64_t begin = s.start.at(ticks);
    while (const std::size_t count = next_batch(std::span(batch))) {
        mine.count += count;
        taken.store(mine.count, std::memory_order_release);  // [taken]
        for (std::size_t i = 0; i < count; ++i) {
            const item<8> one = batch[i];
            const std::int64_t now = ticks.now() - begin;
            if (one.producer() < mine.next.size()) {
                const std::int64_t due = s.when.due(one.producer(), one.sequence());
                mine.ages.record(due, now - due);
                mine.lag.see(due, now - due);
                mine.disordered += one.sequence() < mine.next[one.producer()];
                mine.next[one.producer()] = one.sequence() + 1;
            } else {
                ++mine.strange;
            }
            mine.images += image(one.head());
            harness::spend(s.steps_of(one));
            mine.in_time += ticks.now() - begin <= s.length_ns;
        }
        ++mine.batches;
        mine.full_batches += count == s.batch;
    }
    me.stop(mine.count);
}

template <has_overload_policy Channel>
void offer_by_own_policy(overload_state& s, std::size_t sender, harness::lap& me) {
    using policy = typename Channel::template overload_policy<lost_items, items_to_run>;
    offer_on_schedule(s, sender, me, [&](policy_witness& all) {
        return policy(channel_in<Channel>(s.channel), lost_items(all), items_to_run(all));
    });
}

template <has_overload_batches Channel>
void receive_by_own_batches(overload_state& s, std::size_t receiver, harness::lap& me) {
    typename Channel::overload_batches batches(channel_in<Channel>(s.channel), s.linger);
    receive_and_work(s, receiver, me, [&](std::span<item<8>> into) { return batches.receive(into); });
}

}  // namespace handoff::benchmarks
