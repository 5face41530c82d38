// The end of a channel: from close() until the waiting thread was told (`middle`: the later of both).
//
// Stresses: close() while a receiver waits in the empty channel, while a sender waits in the full one, and
//           while items go through it.
// Verifies: after each of the closes, that every item that was accepted was received, in order (of a channel
//           that keeps the newest, the last one); that no send was accepted after close(); that all threads
//           came to their end. Of `full`, that the channel was full.
#pragma once

#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "channels/any_channel.hpp"
#include "channels/traits.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/asleep.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is the life of one channel, which a third thread closes. The distribution holds the times from
/// a reading of the clock just before close() to the moment when the sender (`full`), the receiver (`empty`),
/// or the later of the two (`middle`) was told; of `full` those of rounds in which the channel was full.
struct close_channel {
    static void declare(const auto& channel, auto& c) {
        c.workload = "close";
        c.measure = "latency";
        c.axes = {{"wait", channel.wait_words()},
                  {"closed_while", {"empty"}},
                  {"capacity", channel.usual_capacities()},
                  {"placement", {"spread"}}};
        c.words.push_back({"closed_while", {"empty", "full", "middle"}});
        c.judge_together = [&channel](const harness::point& p) -> harness::verdict {
            const bool is_never_full =
                p.value("capacity") == "unbounded" || channel.delivers == impls::delivery::newest;
            if (p.value("closed_while") == "full" && is_never_full) {
                return {harness::verdict::kind::not_offered,
                        std::string(channel.name) + " is never full there"};
            }
            return {};
        };
        c.threads = [](const harness::point&) { return 3; };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
    }

    enum class when { empty, full, middle };

    struct state {
        when closed;
        std::uint64_t rounds;
        std::uint64_t capacity;
        std::barrier<> meeting;
        std::unique_ptr<any_channel_ends> channel = nullptr;  ///< of this round; the closer's to make
        std::atomic<bool> is_full{false};  ///< as many items were accepted as the capacity says
        std::atomic<bool> is_closed{false};
        // Of this round; each is written by one thread and read by the closer when all have met.
        std::uint64_t accepted = 0;
        std::uint64_t received = 0;
        std::uint64_t last = 0;  ///< one more than the last that was received
        std::uint64_t disordered = 0;
        std::uint64_t accepted_late = 0;
        harness::clock::time_point sender_knew = {};
        harness::clock::time_point receiver_knew = {};
    };

    struct loops {
        channel_factory make;
        impls::delivery delivers;
        void (*send)(state&, harness::lap&);
        void (*receive)(state&, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const auto word = t.point.value("closed_while");
        const impls::channel_options options = options_of(t.point);
        state s{word == "empty"  ? when::empty
                : word == "full" ? when::full
                                 : when::middle,
                t.items, options.capacity, std::barrier<>(3)};
        harness::histogram times;
        std::string failure;
        bool was_ready = s.closed != when::full;
        std::uint64_t patience = pauses_until_full;
        harness::team crew(placement_of(t.point));
        crew.add("closer", [&](harness::lap& me) {
            me.start();
            for (std::uint64_t round = 0; round < s.rounds; ++round) {
                s.channel = of.make(options);
                // relaxed: the barrier orders them
                s.is_full.store(s.capacity == 0, std::memory_order_relaxed);
                s.is_closed.store(false, std::memory_order_relaxed);
                s.meeting.arrive_and_wait();
                // relaxed: decides only when to close
                while (s.closed == when::full && !s.is_full.load(std::memory_order_relaxed) && patience > 0) {
                    sleep_for(pause_before_close_ns);
                    --patience;
                }
                // Until the others wait, or are in the middle of it, a little differently each time.
                sleep_for(s.closed == when::middle ? 1'000 + round % 16 * 1'000 : pause_before_close_ns);
                const auto before = harness::clock::now();
                s.channel->close();
                s.is_closed.store(true, std::memory_order_release);  // [closed]
                s.is_closed.notify_all();
                s.meeting.arrive_and_wait();
                const auto knew = s.closed == when::empty  ? s.receiver_knew
                                  : s.closed == when::full ? s.sender_knew
                                                           : std::max(s.sender_knew, s.receiver_knew);
                if (s.closed != when::full || s.accepted >= s.capacity) {
                    was_ready = true;
                    times.record(static_cast<std::uint64_t>(
                        std::max<std::int64_t>(0, std::chrono::nanoseconds(knew - before).count())));
                }
                if (failure.empty()) {
                    failure = judge(s, of.delivers, round);
                }
            }
            me.stop(s.rounds);
        });
        crew.add("sender", [&](harness::lap& me) { of.send(s, me); });
        crew.add("receiver", [&](harness::lap& me) { of.receive(s, me); });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [] {});
        m.failure = failure.empty() && !was_ready ? "close: the channel was never full" : failure;
        m.latency = harness::sampled_latency{
            "from close() until the waiting thread was told (`middle`: the later of both)", 1,
            std::move(times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static void send(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        me.start();
        for (std::uint64_t round = 0; round < s.rounds; ++round) {
            s.meeting.arrive_and_wait();
            std::uint64_t sent = 0;
            {
                auto in = channel_in<Channel>(*s.channel).sender();
                if (s.closed == when::empty) {
                    s.is_closed.wait(false, std::memory_order_acquire);  // [closed]
                }
                while (in.send(item_type(0, sent))) {
                    ++sent;
                    if (sent == s.capacity) {
                        // relaxed: decides only when to close
                        s.is_full.store(true, std::memory_order_relaxed);
                    }
                    if (s.closed == when::empty) {
                        break;
                    }
                }
                s.sender_knew = harness::clock::now();
                s.accepted_late = s.closed == when::empty ? sent : in.send(item_type(0, sent));
            }
            s.accepted = sent;
            s.meeting.arrive_and_wait();
        }
        me.stop(s.rounds);
    }

    template <class Channel>
    static void receive(state& s, harness::lap& me) {
        me.start();
        for (std::uint64_t round = 0; round < s.rounds; ++round) {
            s.meeting.arrive_and_wait();
            std::uint64_t count = 0;
            std::uint64_t last = 0;
            std::uint64_t disordered = 0;
            {
                auto out = channel_in<Channel>(*s.channel).receiver();
                if (s.closed == when::full) {
                    s.is_closed.wait(false, std::memory_order_acquire);  // [closed]
                }
                for (typename Channel::value_type received{}; out.receive(received);) {
                    disordered += received.sequence() < last;
                    last = received.sequence() + 1;
                    ++count;
                }
                s.receiver_knew = harness::clock::now();
            }
            s.received = count;
            s.last = last;
            s.disordered = disordered;
            s.meeting.arrive_and_wait();
        }
        me.stop(s.rounds);
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_ends_of<Channel>::make, Channel::delivers, &send<Channel>,
                                    &receive<Channel>};

private:
    /// Longer than any wait strategy looks before it sleeps.
    static constexpr std::uint64_t pause_before_close_ns = 100'000;
    /// Such pauses of a trial that the closer spends on waiting until channels are full.
    static constexpr std::uint64_t pauses_until_full = 10'000;

    static std::string judge(const auto& s, impls::delivery delivers, std::uint64_t round) {
        const std::string where = ", at close " + std::to_string(round + 1);
        if (s.accepted_late > 0) {
            return "closed: a send was accepted after close()" + where;
        }
        if (s.disordered > 0) {
            return out_of_order + where;
        }
        if (delivers == impls::delivery::newest) {
            return s.last == s.accepted ? "" : "lost: the newest item was not received" + where;
        }
        if (const std::string wrong = audit_count(s.accepted, s.received); !wrong.empty()) {
            return wrong + where;
        }
        // As many as were accepted, in rising order, none of which is after the last: the same ones.
        return s.last == s.accepted ? "" : not_the_same + where;
    }
};

}  // namespace handoff::benchmarks
