#include "channels/overload.hpp"

#include <array>
#include <cmath>
#include <optional>
#include <span>
#include <stdexcept>

#include "channels/overload_loops.hpp"
#include "overload/batch_receiver.hpp"
#include "overload/block.hpp"
#include "overload/caller_runs.hpp"
#include "overload/drop_newest.hpp"
#include "overload/drop_oldest.hpp"
#include "overload/grow.hpp"
#include "overload/latest.hpp"
#include "overload/reject.hpp"
#include "overload/sample.hpp"
#include "shared/task_lengths.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

namespace overload = impls::overload;
using offer_function = void (*)(overload_state&, std::size_t sender, harness::lap&);

/// `make(channel, witness)` makes the policy over the view of the channel.
template <class Make>
void offer_by(overload_state& s, std::size_t self, harness::lap& me, Make make) {
    offer_on_schedule(s, self, me, [&](policy_witness& all) { return make(s.view, all); });
}

struct policy_entry {
    std::string_view word;
    offer_function offer;
    /// What may become of an item, beside being accepted; `closed` is never counted.
    overload::counts may;
};

constexpr std::array policies{
    policy_entry{policy_words::block,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me, [](auto& c, auto&) { return overload::block(c); });
                 },
                 {}},
    policy_entry{policy_words::reject,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me, [](auto& c, auto&) { return overload::reject(c); });
                 },
                 {.refused = 1}},
    policy_entry{policy_words::drop_newest,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me,
                              [](auto& c, auto& w) { return overload::drop_newest(c, lost_items(w)); });
                 },
                 {.dropped_newest = 1}},
    policy_entry{policy_words::drop_oldest,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me,
                              [](auto& c, auto& w) { return overload::drop_oldest(c, lost_items(w)); });
                 },
                 {.dropped_oldest = 1}},
    policy_entry{policy_words::latest,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me, [](auto& c, auto& w) { return overload::latest(c, lost_items(w)); });
                 },
                 {.conflated = 1}},
    policy_entry{policy_words::sample,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me, [&](auto& c, auto& w) {
                         return overload::sample(c, overload_state::sample_of, lost_items(w));
                     });
                 },
                 {.sampled = 1}},
    policy_entry{policy_words::caller_runs,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me,
                              [](auto& c, auto& w) { return overload::caller_runs(c, items_to_run(w)); });
                 },
                 {.ran = 1}},
    policy_entry{policy_words::grow,
                 [](overload_state& s, std::size_t i, harness::lap& me) {
                     offer_by(s, i, me, [](auto& c, auto&) { return overload::grow(c); });
                 },
                 {}},
};

const policy_entry& policy_named(std::string_view word) {
    return *std::ranges::find(policies, word, &policy_entry::word);
}

/// A receiver's handle that notes when it received what.
class stamping_channel {
public:
    using value_type = item<8>;

    stamping_channel(erased_channel& inner, const harness::tick_clock& ticks, std::vector<std::int64_t>& stamps)
        : inner_(inner), ticks_(ticks), stamps_(stamps) {}

    class receiver_handle {
    public:
        explicit receiver_handle(stamping_channel& owner) : owner_(owner), end_(owner.inner_.receiver()) {}
        bool receive(value_type& out) { return noted(end_.receive(out)); }
        impls::channel_status try_receive(value_type& out) { return noted(end_.try_receive(out)); }
        impls::channel_status receive_for(value_type& out, std::chrono::nanoseconds patience) {
            return noted(end_.receive_for(out, patience));
        }

    private:
        bool noted(bool is_received) {
            if (is_received) {
                owner_.stamps_.push_back(owner_.ticks_.now());
            }
            return is_received;
        }
        impls::channel_status noted(impls::channel_status how) {
            noted(how == impls::channel_status::success);
            return how;
        }

        stamping_channel& owner_;
        erased_channel::receiver_handle end_;
    };

    receiver_handle receiver() { return receiver_handle(*this); }

private:
    erased_channel& inner_;
    const harness::tick_clock ticks_;
    std::vector<std::int64_t>& stamps_;
};

void receive_singly(overload_state& s, std::size_t self, harness::lap& me) {
    auto out = s.view.receiver();
    receive_and_work(s, self, me,
                     [&](std::span<item<8>> into) { return std::size_t{out.receive(into.front())}; });
}

void receive_in_batches(overload_state& s, std::size_t self, harness::lap& me) {
    const harness::tick_clock ticks = s.ticks;
    harness::histogram& added = s.receivers[self].added;
    std::vector<std::int64_t> stamps;
    stamps.reserve(s.batch);
    stamping_channel stamping(s.view, ticks, stamps);
    overload::batch_receiver<stamping_channel> batches(stamping, s.linger);
    receive_and_work(s, self, me, [&](std::span<item<8>> into) {
        stamps.clear();
        const std::size_t count = batches.receive(into);
        const std::int64_t now = ticks.now();
        for (const std::int64_t stamp : stamps) {
            added.record(static_cast<std::uint64_t>(std::max<std::int64_t>(0, now - stamp)));
        }
        return count;
    });
}

/// Sends as long as there is time, and never waits at the channel (but for a rendezvous): the receivers always
/// have something to do, and nobody has to be woken for it.
void send_ahead(overload_state& s, std::size_t self, harness::lap& me) {
    const harness::tick_clock ticks = s.ticks;
    std::uint64_t sequence = 0;
    {
        auto in = s.view.sender();
        std::uint64_t may = 0;
        me.start();
        const std::int64_t begin = s.start.at(ticks);
        bool open = true;
        while (open && ticks.about_now() - begin < s.length_ns) {
            if (sequence >= may) {
                may = self < s.sending_ahead ? (s.taken_by_all() + s.ahead) / s.sending_ahead : 0;
                if (sequence >= may) {
                    s.crowded ? std::this_thread::yield() : impls::detail::cpu_relax();
                    continue;
                }
            }
            open = in.send(item<8>(self, sequence));
            sequence += open ? 1 : 0;
        }
    }
    s.senders[self].offered = sequence;
    s.senders[self].seen.accepted = sequence;
    s.senders[self].said.accepted = sequence;
    me.stop(sequence);
    s.one_has_sent();
}

/// What is known of a trial beside its threads' accounts.
struct setting {
    std::string_view policy;
    impls::delivery delivers;
    bool keeps_order;  ///< of each sender's items, whatever is lost
    std::uint64_t left;
};

std::string in_all(std::uint64_t few, std::uint64_t all) {
    return std::to_string(few) + " of " + std::to_string(all);
}

/// A channel may refuse by chance what another thread is in the middle of, and a look from outside comes late:
/// what happens once in a hundred times is no fault.
bool is_more_than_chance(std::uint64_t few, std::uint64_t all) {
    return few > 1 + all / 100;
}

std::string judge_counts(const overload::counts& seen, const overload::counts& may, std::string_view policy) {
    const std::string does = "policy: " + std::string(policy);
    const auto breach = [&](std::uint64_t n, std::uint64_t allowed, const char* what) {
        return n > 0 && allowed == 0 ? does + " " + what + " " + std::to_string(n) + " items" : std::string();
    };
    for (const std::string& wrong :
         {breach(seen.refused, may.refused, "refused"),
          breach(seen.dropped_newest, may.dropped_newest, "dropped, as the newest,"),
          breach(seen.dropped_oldest, may.dropped_oldest, "dropped, as the oldest,"),
          breach(seen.conflated, may.conflated, "conflated"),
          breach(seen.sampled, may.sampled, "left out of a sample"), breach(seen.ran, may.ran, "ran")}) {
        if (!wrong.empty()) {
            return wrong;
        }
    }
    return "";
}

std::string difference(const overload::counts& said, const overload::counts& seen) {
    const auto differ = [](std::uint64_t a, std::uint64_t b, const char* what) {
        return a == b ? std::string()
                      : "count: the policy says " + std::to_string(a) + " " + what + ", and it was " +
                            std::to_string(b);
    };
    return differ(said.accepted, seen.accepted, "accepted") + differ(said.refused, seen.refused, "refused") +
           differ(said.dropped_newest, seen.dropped_newest, "dropped as the newest") +
           differ(said.dropped_oldest, seen.dropped_oldest, "dropped as the oldest") +
           differ(said.conflated, seen.conflated, "conflated") + differ(said.sampled, seen.sampled, "sampled") +
           differ(said.ran, seen.ran, "ran");
}

overload::counts sum_of(const std::vector<sender_account>& all, overload::counts sender_account::* which) {
    overload::counts sum;
    for (const sender_account& one : all) {
        const overload::counts& of = one.*which;
        sum.accepted += of.accepted;
        sum.refused += of.refused;
        sum.dropped_newest += of.dropped_newest;
        sum.dropped_oldest += of.dropped_oldest;
        sum.conflated += of.conflated;
        sum.sampled += of.sampled;
        sum.ran += of.ran;
    }
    return sum;
}

/// What is wrong with what became of the items; empty: nothing.
std::string judge(const overload_state& s, const setting& how) {
    std::uint64_t offered = 0;
    std::uint64_t expected_images = 0;
    std::uint64_t images = 0;
    std::uint64_t strange = 0;
    std::uint64_t not_oldest = 0;
    std::uint64_t gave_way = 0;
    std::uint64_t with_room = 0;
    for (std::size_t i = 0; i < s.senders.size(); ++i) {
        const sender_account& one = s.senders[i];
        if (one.ceiling_ns > 0) {
            return "memory: it grew by more than the ceiling of 256 MiB, within " +
                   std::to_string(one.ceiling_ns / 1'000'000) + " ms";
        }
        offered += one.offered;
        images += one.images;
        strange += one.strange;
        not_oldest += one.not_oldest;
        gave_way += one.gave_way;
        with_room += one.with_room;
        for (std::uint64_t n = 0; n < one.offered; ++n) {
            expected_images += image(item<8>(i, n).head());
        }
    }
    const overload::counts seen = sum_of(s.senders, &sender_account::seen);
    const overload::counts said = sum_of(s.senders, &sender_account::said);
    std::uint64_t received = 0;
    std::uint64_t disordered = 0;
    std::uint64_t unknown = 0;
    for (const receiver_account& one : s.receivers) {
        received += one.count;
        images += one.images;
        disordered += one.disordered;
        unknown += one.strange;
    }
    const bool conflates_inside = how.delivers == impls::delivery::newest;
    if (unknown > 0) {
        return "corrupt: an item names a sender that does not exist";
    }
    if (std::string wrong = judge_counts(seen, policy_named(how.policy).may, how.policy); !wrong.empty()) {
        return wrong;
    }
    const std::uint64_t accounted = received + how.left + seen.refused + seen.dropped_newest +
                                    seen.dropped_oldest + seen.conflated + seen.sampled + seen.ran;
    if (!conflates_inside || accounted > offered) {
        if (std::string wrong = audit_count(offered, accounted); !wrong.empty()) {
            return wrong;
        }
    }
    if (std::string wrong = difference(said, seen); !wrong.empty()) {
        return wrong;
    }
    if (strange > 0) {
        return "drop: " + in_all(strange, seen.dropped_newest + seen.sampled) +
               " items that were dropped as they came are not those that came";
    }
    if (is_more_than_chance(not_oldest, seen.dropped_oldest)) {
        return "drop: " + in_all(not_oldest, seen.dropped_oldest) +
               " items that were dropped were not the oldest";
    }
    if (how.keeps_order && disordered > 0) {
        return out_of_order;
    }
    if (gave_way > 0) {
        return "conflated: " + in_all(gave_way, seen.conflated) + " items gave way to an older one";
    }
    const std::uint64_t acts = seen.refused + seen.dropped_newest + seen.dropped_oldest + seen.ran;
    if (is_more_than_chance(with_room, acts)) {
        return "room: " + in_all(with_room, acts) + " items were refused, dropped or run though there was room";
    }
    if (how.policy == policy_words::sample) {
        std::uint64_t due = 0;
        for (const sender_account& one : s.senders) {
            due += (one.offered + overload_state::sample_of - 1) / overload_state::sample_of;
        }
        if (seen.accepted != due) {
            return "sample: " + in_all(seen.accepted, offered) + " items were sent, and one of " +
                   std::to_string(overload_state::sample_of) + " was to be";
        }
    }
    if (how.policy == policy_words::latest || how.policy == policy_words::drop_oldest) {
        // Nothing comes after the very last item, which is some sender's last.
        bool last_came = offered == 0;
        for (std::size_t i = 0; i < s.senders.size(); ++i) {
            for (const receiver_account& one : s.receivers) {
                last_came = last_came || (s.senders[i].offered > 0 && one.next[i] == s.senders[i].offered);
            }
        }
        if (!last_came) {
            return "lost: the newest item was not received";
        }
    }
    return !conflates_inside && (images != expected_images || how.left != 0) ? not_the_same : "";
}

std::vector<std::uint64_t> steps_of_items(const harness::point& p, std::uint64_t seed) {
    constexpr std::size_t different = 4096;
    const double mean = static_cast<double>(p.number("task_ns"));
    std::vector<std::uint64_t> steps(different, harness::steps_for(mean));
    if (p.value("lengths") != "fixed") {
        std::ranges::transform(draw_lengths(p.value("lengths"), different, mean, seed), steps.begin(),
                               [](double ns) { return harness::steps_for(ns); });
    }
    return steps;
}

double share(std::uint64_t some, std::uint64_t all) {
    return static_cast<double>(some) / static_cast<double>(std::max<std::uint64_t>(1, all));
}

/// A trial and its accounts, for both workloads.
struct overload_trial {
    overload_trial(const harness::trial& t, const overload_loops& of, const timetable& when,
                   std::int64_t length_ns, std::vector<std::uint64_t> to_offer, std::string_view policy,
                   std::size_t batch, std::chrono::nanoseconds linger)
        : senders(t.point.number("producers")),
          receivers(t.point.number("consumers")),
          channel(of.make(options_of(t.point, receivers))),
          s{*channel,
            erased_channel(*channel, of.ends),
            when,
            harness::tick_clock::for_cpus(harness::seats(placement_of(t.point), senders + receivers)),
            harness::oversubscribed(placement_of(t.point), senders + receivers),
            length_ns,
            t.point.value("capacity") == "unbounded" || of.delivers == impls::delivery::newest
                ? 0
                : t.point.number("capacity"),
            senders == 1 && receivers == 1,
            of.order == impls::ordering::fifo,
            policy == policy_words::grow,
            batch,
            linger,
            std::move(to_offer),
            steps_of_items(t.point, t.seed),
            std::vector<taken_count>(receivers),
            std::vector<sender_account>(senders, sender_account(length_ns)),
            std::vector<receiver_account>(receivers, receiver_account(senders, length_ns)),
            senders} {}

    /// Runs the threads and looks at what became of the items.
    harness::measurement run(const harness::trial& t, const overload_loops& of, std::string_view policy,
                             offer_function offer, offer_function receive) {
        harness::team crew(placement_of(t.point));
        for (std::size_t i = 0; i < senders; ++i) {
            crew.add("sender", [&, i](harness::lap& me) { offer(s, i, me); });
        }
        for (std::size_t i = 0; i < receivers; ++i) {
            crew.add("receiver", [&, i](harness::lap& me) { receive(s, i, me); });
        }
        harness::measurement m;
        // What is overloaded has a backlog to work off after the last send, and is not stuck: it gets the time
        // for that, also where others want its CPU.
        m.team = crew.run(t.window, [&] { channel->close(); }, std::chrono::seconds(5) + 4 * t.longest);
        const bool keeps_order =
            of.order == impls::ordering::fifo || of.order == impls::ordering::per_producer_fifo;
        m.failure = judge(s, {policy, of.delivers, keeps_order, channel->drain()});
        if (m.failure.empty() && m.team.rescued) {
            m.failure = "stuck: threads waited for each other though nothing was lost";
        }
        if (m.failure.empty() && !s.ticks.holds()) {
            m.failure = "clock: the time stamp counter and the steady clock fell apart";
        }
        return m;
    }

    std::size_t senders;
    std::size_t receivers;
    std::unique_ptr<any_channel_ends> channel;
    overload_state s;
};

/// Threads are to run together as long as the schedule lasts; working off a backlog is the receivers' alone.
double overlap_of(const harness::team_report& team, std::int64_t length_ns) {
    const double end = 1e-9 * static_cast<double>(common_start::ahead_ns + length_ns);
    double last_start = 0;
    double first_end = end;
    for (const harness::thread_report& thread : team.threads) {
        last_start = std::max(last_start, thread.start_seconds);
        first_end = std::min(first_end, thread.end_seconds);
    }
    return std::max(0.0, first_end - last_start) / end;
}

/// Each part of the schedule: the ages of the items that were due in it, and the heap at its end.
harness::course course_of(const overload_state& s) {
    harness::course all;
    const double part_seconds = 1e-9 * static_cast<double>(s.senders.front().ages.length());
    for (std::size_t part = 0; part < ages_by_part::parts; ++part) {
        harness::histogram ages;
        for (const sender_account& one : s.senders) {
            ages.merge(one.ages.of(part));
        }
        for (const receiver_account& one : s.receivers) {
            ages.merge(one.ages.of(part));
        }
        harness::course_part now;
        now.from_seconds = part_seconds * static_cast<double>(part);
        now.to_seconds = part_seconds * static_cast<double>(part + 1);
        now.count = ages.count();
        if (ages.count() > 0) {
            now.p50 = static_cast<double>(ages.quantile(0.5));
            now.p99 = static_cast<double>(ages.quantile(0.99));
            now.max = static_cast<double>(ages.max());
        }
        const std::vector<double>& heap = s.senders.front().heap;
        if (part + 1 < heap.size() && heap[part + 1] > 0) {
            now.memory_bytes = heap[part + 1];
        }
        all.push_back(now);
    }
    return all;
}

}  // namespace

harness::measurement run_overload(const harness::trial& t, const overload_loops& of) {
    if (t.rate <= 0) {
        throw std::logic_error(t.point.name() + ": no rate to offer");
    }
    const std::size_t senders = t.point.number("producers");
    const double fitting = std::chrono::duration<double>(t.longest).count() * t.rate;
    const std::uint64_t items =
        std::min(t.items, std::max<std::uint64_t>(1, static_cast<std::uint64_t>(fitting)));
    const timetable when(t.point.value("arrivals"), t.rate, senders, t.seed);
    std::vector<std::uint64_t> to_offer(senders, items / senders);
    std::int64_t length_ns = 1;
    for (std::size_t i = 0; i < senders; ++i) {
        to_offer[i] += i < items % senders ? 1 : 0;
        length_ns = std::max(length_ns, to_offer[i] > 0 ? when.due(i, to_offer[i] - 1) : 0);
    }
    const std::string_view policy = t.point.value("policy");
    const std::size_t batch = t.point.number("batch");
    overload_trial all(t, of, when, length_ns, std::move(to_offer), policy, batch,
                       std::chrono::microseconds(t.point.number("linger_us")));
    // A channel that keeps the newest only does by itself what the policy `latest` does.
    const offer_function offer = policy == of.own_policy ? of.offer_by_own
                                 : of.delivers == impls::delivery::newest
                                     ? policy_named(policy_words::block).offer
                                     : policy_named(policy).offer;
    const offer_function receive = batch == 1                     ? &receive_singly
                                   : of.receive_by_own != nullptr ? of.receive_by_own
                                                                  : &receive_in_batches;
    harness::measurement m = all.run(t, of, policy, offer, receive);
    const overload_state& s = all.s;

    overload::counts seen = sum_of(s.senders, &sender_account::seen);
    std::uint64_t received = 0;
    std::uint64_t in_time = 0;
    std::uint64_t batches = 0;
    std::uint64_t full_batches = 0;
    std::int64_t held = 0;
    std::int64_t worst_hold = 0;
    std::int64_t lasted = 0;
    harness::histogram ages;
    harness::histogram added;
    lag_watch lag(length_ns);
    for (const receiver_account& one : s.receivers) {
        received += one.count;
        in_time += one.in_time;
        batches += one.batches;
        full_batches += one.full_batches;
        added.merge(one.added);
        lag.merge(one.lag);
    }
    for (const sender_account& one : s.senders) {
        in_time += one.in_time;
        held += one.held_ns;
        worst_hold = std::max(worst_hold, one.worst_hold_ns);
        lasted += one.lasted_ns;
        m.items += one.offered;
    }
    m.course = course_of(s);
    for (std::size_t part = 0; part < ages_by_part::parts; ++part) {
        for (const sender_account& one : s.senders) {
            ages.merge(one.ages.of(part));
        }
        for (const receiver_account& one : s.receivers) {
            ages.merge(one.ages.of(part));
        }
    }
    m.team.overlap = overlap_of(m.team, length_ns);
    if (of.delivers == impls::delivery::newest && received <= m.items) {
        seen.conflated = m.items - received;
    }
    double receiver_cpu = 0;
    for (const harness::thread_report& one : m.team.threads) {
        receiver_cpu += one.role == "receiver" ? one.cpu_seconds : 0;
    }
    const double mean_gap = when.gap() / static_cast<double>(senders);
    m.metrics = {
        {"offered_items_per_second",
         static_cast<double>(items) * 1e9 / (static_cast<double>(length_ns) + mean_gap)},
        {"goodput_of_offered", share(in_time, items)},
        {"delivered_share", share(received, items)},
        {"refused_share", share(seen.refused, items)},
        {"dropped_newest_share", share(seen.dropped_newest, items)},
        {"dropped_oldest_share", share(seen.dropped_oldest, items)},
        {"conflated_share", share(seen.conflated, items)},
        {"sampled_share", share(seen.sampled, items)},
        {"ran_by_caller_share", share(seen.ran, items)},
        {"held_share", static_cast<double>(held) / static_cast<double>(std::max<std::int64_t>(1, lasted))},
        {"worst_hold_ns", static_cast<double>(worst_hold)},
        {"saturated", lag.saturated() ? 1.0 : 0.0}};
    if (received > 0) {
        m.metrics.emplace_back("receiver_cpu_ns_per_item", 1e9 * receiver_cpu / static_cast<double>(received));
    }
    const std::vector<double>& heap = s.senders.front().heap;
    if (policy == policy_words::grow && heap.size() > ages_by_part::parts) {
        const double seconds =
            1e-9 * static_cast<double>(s.senders.front().ages.length()) * ages_by_part::parts;
        m.metrics.emplace_back("memory_growth_bytes_per_second",
                               std::max(0.0, heap[ages_by_part::parts] - heap.front()) / seconds);
    }
    if (batch > 1) {
        m.metrics.emplace_back("batch_mean", share(received, batches));
        m.metrics.emplace_back("full_batch_share", share(full_batches, batches));
        if (added.count() > 0) {
            m.metrics.emplace_back("added_latency_p50_ns", static_cast<double>(added.quantile(0.5)));
            m.metrics.emplace_back("added_latency_p99_ns", static_cast<double>(added.quantile(0.99)));
        }
    }
    if (ages.count() > 0) {
        m.latency = harness::sampled_latency{
            "age of an item when its handling begins, from the time at which it was due", 1, std::move(ages)};
    }
    return m;
}

harness::measurement run_carried(const harness::trial& t, const overload_loops& of) {
    const std::size_t senders = t.point.number("producers");
    const auto length_ns = std::max<std::int64_t>(1, std::chrono::nanoseconds(t.longest).count());
    const timetable when("fixed", 1e9, senders, t.seed);
    const bool is_bounded = t.point.value("capacity") != "unbounded";
    overload_trial all(t, of, when, length_ns, std::vector<std::uint64_t>(senders, 0), policy_words::block, 1,
                       {});
    // What keeps the newest only would lose the others: one item at a time.
    const bool keeps_newest = of.delivers == impls::delivery::newest;
    constexpr std::size_t most = 64;
    all.s.sending_ahead = keeps_newest ? 1 : senders;
    all.s.ahead =
        keeps_newest ? 1 : std::max(senders, is_bounded ? std::min(most, t.point.number("capacity")) : most);
    harness::measurement m = all.run(t, of, policy_words::block, &send_ahead, &receive_singly);
    for (const receiver_account& one : all.s.receivers) {
        m.items += one.count;
    }
    return m;
}

}  // namespace handoff::benchmarks
