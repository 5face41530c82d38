// Latency: one item goes to another thread through a channel and comes back through another. With capacity 0
// both sides meet each time.
//
// Stresses: the empty channel: how soon a receiver notices an item, and what the wait strategy adds.
// Verifies: every answer is the item that was asked with, and nothing is left in the channels afterwards.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "channels/any_channel.hpp"
#include "channels/traits.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one round trip. The distribution holds round trips, each from one reading of the clock to
/// the next; the reported latency is half of that.
struct ping_pong {
    static void declare(const auto& channel, auto& c) {
        c.workload = "ping_pong";
        c.measure = "latency";
        c.axes = {{"wait", channel.wait_words()},
                  {"capacity", channel.usual_capacities()},
                  {"placement", {"spread"}}};
        c.threads = [](const harness::point&) { return 2; };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
        c.limit = [](const harness::point& p) { return limits::one_way(p); };
    }

    struct state {
        std::unique_ptr<any_channel_ends> there;
        std::unique_ptr<any_channel_ends> back;
        std::uint64_t trips;
        std::uint64_t returned = 0;
        std::uint64_t wrong = 0;
        harness::histogram times = {};
    };

    struct loops {
        channel_factory make;
        void (*call)(state&, harness::lap&);
        void (*answer)(state&, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        state s{of.make(options_of(t.point)), of.make(options_of(t.point)), t.items};
        harness::team crew(placement_of(t.point));
        crew.add("caller", [&](harness::lap& me) { of.call(s, me); });
        crew.add("answerer", [&](harness::lap& me) { of.answer(s, me); });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            s.there->close();
            s.back->close();
        });
        if (s.returned != t.items) {
            m.failure = "lost: round trip " + std::to_string(s.returned) + " of " + std::to_string(t.items) +
                        " did not come back";
        } else if (s.wrong > 0) {
            m.failure = "corrupt: " + std::to_string(s.wrong) + " answers were not the item asked with";
        }
        const std::uint64_t left = s.there->drain() + s.back->drain();
        if (m.failure.empty() && left > 0) {
            m.failure = "duplicated: an item is left though every one was answered";
        }
        m.latency = harness::sampled_latency{"half of a round trip", 0.5, std::move(s.times)};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static void call(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto out = channel_in<Channel>(*s.there).sender();
        auto in = channel_in<Channel>(*s.back).receiver();
        const std::uint64_t trips = s.trips;
        harness::histogram seen;
        std::uint64_t trip = 0;
        std::uint64_t mismatches = 0;
        item_type answer{};
        me.start();
        auto last = harness::clock::now();
        for (; trip < trips; ++trip) {
            if (!out.send(item_type(0, trip)) || !in.receive(answer)) [[unlikely]] {
                break;  // only a rescue closes the channels this early
            }
            const auto now = harness::clock::now();
            seen.record(static_cast<std::uint64_t>(std::chrono::nanoseconds(now - last).count()));
            last = now;
            mismatches += answer.sequence() != trip || answer.producer() != 1;
        }
        me.stop(trip);
        s.returned = trip;
        s.wrong = mismatches;
        s.times = std::move(seen);
    }

    template <class Channel>
    static void answer(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        auto in = channel_in<Channel>(*s.there).receiver();
        auto out = channel_in<Channel>(*s.back).sender();
        const std::uint64_t trips = s.trips;
        std::uint64_t trip = 0;
        item_type question{};
        me.start();
        // An answer is made of what arrived, so that a wrong question makes a wrong answer.
        for (; trip < trips; ++trip) {
            if (!in.receive(question) || !out.send(item_type(question.producer() + 1, question.sequence())))
                [[unlikely]] {
                break;
            }
        }
        me.stop(trip);
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_ends_of<Channel>::make, &call<Channel>, &answer<Channel>};
};

}  // namespace handoff::benchmarks
