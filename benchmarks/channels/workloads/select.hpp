// A receiver that waits on several channels at once.
//
// Stresses: finding the channel that has an item, and waiting on all of them; fairness where several have some.
// Verifies: before the trial, that each channel's turn comes (`fair`), or that the first goes first (`first`);
//           in it as many items out as in, the same set, each from the channel that it was sent to, in its
//           order.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "channels/any_channel.hpp"
#include "channels/traits.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// One iteration is one item. One thread sends to all channels: to the last one only (`one`), to each in turn
/// (`all`), or half of the items to the first, half of the rest to the second and so on (`skewed`).
///
/// `most_overtaken`: the largest number of items that were sent after an item and received before it.
struct select {
    static constexpr bool suits(const channel_traits& channel) { return channel.selects; }

    static void declare(const auto& channel, auto& c) {
        c.workload = "select";
        c.axes = {{"wait", channel.wait_words()},
                  {"sources", {"4"}},
                  {"hot", {"all"}},
                  {"select", {"fair"}},
                  {"capacity", channel.usual_capacities()},
                  {"placement", {"spread"}}};
        c.words.push_back({"hot", {"one", "all", "skewed"}});
        c.words.push_back({"select", {"first", "fair"}});
        c.threads = [](const harness::point&) { return 2; };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
        c.streams = true;
    }

    struct state {
        std::vector<std::unique_ptr<any_channel_ends>> sources;
        std::string_view hot;
        impls::select_order order;
        std::uint64_t items;
        std::size_t held;  ///< by each, at most
        std::uint64_t seed;
        std::uint64_t sent = 0;
        std::uint64_t sum_sent = 0;
        std::uint64_t received = 0;
        std::uint64_t sum_received = 0;
        std::uint64_t disordered = 0;
        std::uint64_t misplaced = 0;
        std::uint64_t most_overtaken = 0;
        std::string unfair = {};
    };

    struct loops {
        channel_factory make;
        void (*send)(state&, harness::lap&);
        void (*receive)(state&, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        std::vector<std::unique_ptr<any_channel_ends>> sources(t.point.number("sources"));
        for (auto& one : sources) {
            one = of.make(options_of(t.point));
        }
        state s{std::move(sources),
                t.point.value("hot"),
                t.point.value("select") == "fair" ? impls::select_order::fair : impls::select_order::first,
                t.items,
                t.point.value("capacity") == "unbounded" ? 2 : t.point.number("capacity"),
                t.seed};
        harness::team crew(placement_of(t.point));
        crew.add("sender", [&](harness::lap& me) { of.send(s, me); });
        crew.add("receiver", [&](harness::lap& me) { of.receive(s, me); });
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            for (const auto& one : s.sources) {
                one->close();
            }
        });
        std::uint64_t left = 0;
        for (const auto& one : s.sources) {
            left += one->drain();
        }
        if (!s.unfair.empty()) {
            m.failure = s.unfair;
        } else if (const std::string wrong = audit_count(s.sent, s.received + left); !wrong.empty()) {
            m.failure = wrong;
        } else if (s.misplaced > 0) {
            m.failure = "corrupt: " + std::to_string(s.misplaced) + " items came from another channel";
        } else if (s.disordered > 0) {
            m.failure = out_of_order;
        } else if (s.sum_sent != s.sum_received || left > 0) {
            m.failure = not_the_same;
        } else if (m.team.rescued) {
            m.failure = "stuck: threads waited for each other though nothing was lost";
        }
        m.metrics = {{"most_overtaken", static_cast<double>(s.most_overtaken)}};
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static void send(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        using sender_type = impls::sender_end_t<Channel>;
        const std::size_t k = s.sources.size();
        std::vector<std::unique_ptr<sender_type>> in;
        for (const auto& one : s.sources) {
            in.emplace_back(new sender_type(channel_in<Channel>(*one).sender()));
        }
        random_bits random(s.seed);
        const bool is_one = s.hot == "one";
        const bool is_all = s.hot == "all";
        const std::uint64_t items = s.items;
        std::uint64_t sum = 0;
        std::uint64_t sequence = 0;
        std::size_t at = k - 1;
        me.start();
        for (; sequence < items; ++sequence) {
            if (is_all) {
                at = at + 1 == k ? 0 : at + 1;
            } else if (!is_one) {
                const auto halvings = static_cast<std::size_t>(std::countr_zero(random.next() | 1UL << 32));
                at = std::min(halvings, k - 1);
            }
            const item_type item(at, sequence);
            if (!in[at]->send(item_type(item))) [[unlikely]] {
                break;  // only a rescue closes the channels this early
            }
            sum += image(item.head());
        }
        me.stop(sequence);
        s.sent = sequence;
        s.sum_sent = sum;
        for (const auto& one : s.sources) {
            one->close();
        }
    }

    template <class Channel>
    static void receive(state& s, harness::lap& me) {
        using item_type = typename Channel::value_type;
        std::vector<Channel*> sources;
        for (const auto& one : s.sources) {
            sources.push_back(&channel_in<Channel>(*one));
        }
        typename Channel::selector from(sources, s.order);
        s.unfair = look_for_turns<Channel>(s, from);
        std::vector<std::uint64_t> next(sources.size());
        std::uint64_t count = 0;
        std::uint64_t sum = 0;
        std::uint64_t disordered = 0;
        std::uint64_t misplaced = 0;
        std::uint64_t most = 0;
        item_type received{};
        std::size_t which = 0;
        me.start();
        while (from.receive(received, which)) {
            misplaced += received.producer() != which;
            disordered += received.sequence() < next[which];
            next[which] = received.sequence() + 1;
            most = std::max(most, count > received.sequence() ? count - received.sequence() : 0);
            sum += image(received.head());
            ++count;
        }
        me.stop(count);
        s.received = count;
        s.sum_received = sum;
        s.disordered = disordered;
        s.misplaced = misplaced;
        s.most_overtaken = most;
    }

    /// Before the gate: with items in each channel, receives until they are empty. Says what is wrong with the
    /// turns; a rendezvous holds none, and nothing can be said.
    template <class Channel>
    static std::string look_for_turns(state& s, typename Channel::selector& from) {
        const std::size_t k = s.sources.size();
        const std::size_t each = std::min<std::size_t>(s.held, 2);
        for (std::size_t i = 0; i < k; ++i) {
            auto in = channel_in<Channel>(*s.sources[i]).sender();
            for (std::size_t n = 0; n < each; ++n) {
                if (!in.send(typename Channel::value_type(i, n))) {
                    return "closed: a send was refused before the trial";
                }
            }
        }
        std::vector<std::size_t> had(k);
        for (std::size_t n = 0; n < k * each; ++n) {
            typename Channel::value_type received{};
            std::size_t which = 0;
            if (!from.receive(received, which)) {
                return "closed: a receive was refused before the trial";
            }
            const bool is_due =
                which < k && (s.order == impls::select_order::fair ? had[which] == n / k : which == n / each);
            if (!is_due) {
                return "unfair: a channel was received from before another one's turn";
            }
            ++had[which];
        }
        return "";
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_ends_of<Channel>::make, &send<Channel>, &receive<Channel>};
};

}  // namespace handoff::benchmarks
