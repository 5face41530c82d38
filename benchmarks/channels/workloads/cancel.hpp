// A receive that waits, and is told to stop: from the request until the receiver has returned.
//
// Stresses: finding the thread that waits, taking it out of the channel's line, and waking it.
// Verifies: each receive ends as cancelled and leaves its value alone; in every fourth round, where an item
//           comes at the same time, that it is received or stays.
#pragma once

#include <barrier>
#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>
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

/// One iteration is one wait that is cancelled. The distribution holds the times from a reading of the clock
/// just before the request to the first thing that the receiver does; not those of rounds in which an item
/// comes.
struct cancel {
    static constexpr bool suits(const channel_traits& channel) { return channel.cancels; }

    static void declare(const auto& channel, auto& c) {
        c.workload = "cancel";
        c.measure = "latency";
        c.axes = {{"wait", channel.wait_words()}, {"capacity", {"64"}}, {"placement", {"spread"}}};
        c.threads = [](const harness::point&) { return 2; };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
    }

    struct state {
        std::unique_ptr<any_channel_ends> channel;
        std::uint64_t rounds;
        std::barrier<> meeting;
        std::stop_source stop = {};  ///< of this round; the canceller's to make
        harness::clock::time_point knew = {};
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        std::uint64_t wrong = 0;
        harness::histogram times = {};
    };

    struct loops {
        channel_factory make;
        void (*request)(state&, harness::lap&);
        void (*receive)(state&, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        state s{of.make(options_of(t.point)), t.items, std::barrier<>(2)};
        harness::team crew(placement_of(t.point));
        crew.add("canceller", [&](harness::lap& me) { of.request(s, me); });
        crew.add("receiver", [&](harness::lap& me) { of.receive(s, me); });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [] {});
        const std::uint64_t left = s.channel->drain();
        if (s.wrong > 0) {
            m.failure = "cancel: " + std::to_string(s.wrong) +
                        " receives did not end as cancelled, or changed their value";
        } else {
            m.failure = audit_count(s.sent, s.received + left);
        }
        m.latency =
            harness::sampled_latency{"from a request to stop to the receiver's return", 1, std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    static constexpr bool brings_item(std::uint64_t round) { return round % 4 == 3; }

    template <class Channel>
    static void request(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = channel_in<Channel>(*s.channel).sender();
        me.start();
        for (std::uint64_t round = 0; round < s.rounds; ++round) {
            s.stop = std::stop_source();
            s.meeting.arrive_and_wait();
            sleep_for(pause_before_request_ns);
            if (brings_item(round)) {
                s.sent += in.try_send(item_type(0, s.sent)) == impls::channel_status::success;
            }
            const auto before = harness::clock::now();
            s.stop.request_stop();
            s.meeting.arrive_and_wait();
            if (!brings_item(round)) {
                s.times.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(s.knew - before).count()));
            }
        }
        me.stop(s.rounds);
    }

    template <class Channel>
    static void receive(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = channel_in<Channel>(*s.channel).receiver();
        std::uint64_t received = 0;
        std::uint64_t wrong = 0;
        me.start();
        for (std::uint64_t round = 0; round < s.rounds; ++round) {
            s.meeting.arrive_and_wait();
            item_type value(1, round);
            impls::channel_status how{};
            while ((how = out.receive(value, s.stop.get_token())) == impls::channel_status::success) {
                wrong += value.producer() != 0 || value.sequence() != received;
                ++received;
                value = item_type(1, round);
            }
            s.knew = harness::clock::now();
            wrong +=
                how != impls::channel_status::cancelled || value.producer() != 1 || value.sequence() != round;
            s.meeting.arrive_and_wait();
        }
        me.stop(s.rounds);
        s.received = received;
        s.wrong = wrong;
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_ends_of<Channel>::make, &request<Channel>, &receive<Channel>};

private:
    /// Longer than any wait strategy looks before it sleeps.
    static constexpr std::uint64_t pause_before_request_ns = 100'000;
};

}  // namespace handoff::benchmarks
