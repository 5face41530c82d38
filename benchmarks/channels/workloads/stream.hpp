// Throughput: P senders send, C receivers receive, as fast as they can, until the last sender closes the
// channel. One to one is a stream, n to one a fan-in, one to n a fan-out.
//
// Stresses: the streaming path of a channel; its wait strategy, since one side is always the slower one.
// Verifies: as many items out as in, the same set, each sender's in its order; of a channel that delivers to
//           all that of each receiver; of one that keeps the newest that none came to a receiver twice, or
//           after a newer one, and that the last one came. All receivers came to the end of the channel.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "channels/any_channel.hpp"
#include "channels/traits.hpp"
#include "concepts/channels.hpp"
#include "measurement.hpp"
#include "registry.hpp"
#include "shared/item.hpp"
#include "shared/limits_of.hpp"
#include "shared/quota.hpp"
#include "team.hpp"
#include "wait/park.hpp"

namespace handoff::benchmarks {

/// One iteration is one item that is sent, however many receive it.
struct stream {
    static void declare(const auto& channel, auto& c) {
        c.workload = "stream";
        c.axes = {{"wait", channel.wait_words()},
                  {"producers", {"1"}},
                  {"consumers", {"1"}},
                  {"capacity", channel.usual_capacities()},
                  {"placement", {"spread"}}};
        c.threads = [](const harness::point& p) { return p.number("producers") + p.number("consumers"); };
        c.keeps_cpu = [&channel](const harness::point& p) { return channel.keeps_cpu(p); };
        if (channel.delivers == impls::delivery::once) {
            c.limit = [&channel](const harness::point& p) {
                return limits::stream(p, p.number("producers"), p.number("consumers"), 8,
                                      channel.order == impls::ordering::fifo, most_on_their_way(channel, p));
            };
            c.streams = true;
        }
    }

    /// Items that can be sent and not be received: those in the channel, and one in the hands of each thread
    /// that waits. 0: there is no telling.
    static std::size_t most_on_their_way(const channel_traits& channel, const harness::point& p) {
        const bool is_known =
            p.value("capacity") != "unbounded" && channel.capacities.rule != impls::capacity_rule::at_least;
        return is_known ? p.number("capacity") + p.number("producers") + p.number("consumers") : 0;
    }

    /// What one receiver of a channel that keeps the newest received.
    struct newest_seen {
        explicit newest_seen(std::size_t senders) : next(senders) {}
        std::vector<std::uint64_t> next;  ///< of each sender: one more than the last that came
        std::uint64_t count = 0;
        std::uint64_t wrong = 0;
    };

    /// What the threads of a trial share. Each writes its own entries only, after its lap.
    struct state {
        any_channel_ends& channel;
        quota to_send;
        quota to_receive;              ///< claimed ahead of what is received; for the lead only
        lead_gate<impls::park>* lead;  ///< of unbounded channels
        std::atomic<std::size_t> sending;
        std::vector<std::uint64_t> sent;
        std::vector<ledger> received;
        std::vector<newest_seen> newest;
        std::vector<std::uint64_t> counts;  ///< of the receivers
        /// Of a channel that keeps the newest: whose item was the last of all. Their number: not known.
        std::size_t last_sender;
    };

    struct loops {
        channel_factory make;
        impls::delivery delivers;
        void (*send)(state&, std::size_t sender, harness::lap&);
        void (*receive)(state&, std::size_t receiver, harness::lap&);
    };

    static harness::measurement run(const auto& t, const loops& of) {
        const std::size_t senders = t.point.number("producers");
        const std::size_t receivers = t.point.number("consumers");
        const auto channel = of.make(options_of(t.point, receivers));
        state s{*channel,
                {t.items, senders},
                {t.items, receivers},
                nullptr,
                senders,
                std::vector<std::uint64_t>(senders, 0),
                std::vector<ledger>(receivers, ledger(senders)),
                std::vector<newest_seen>(receivers, newest_seen(senders)),
                std::vector<std::uint64_t>(receivers, 0),
                senders};
        lead_gate<impls::park> lead(s.to_send, s.to_receive);
        if (t.point.value("capacity") == "unbounded") {
            s.lead = &lead;
        }

        harness::team crew(placement_of(t.point));
        for (std::size_t i = 0; i < senders; ++i) {
            crew.add("sender", [&, i](harness::lap& me) { of.send(s, i, me); });
        }
        for (std::size_t i = 0; i < receivers; ++i) {
            crew.add("receiver", [&, i](harness::lap& me) { of.receive(s, i, me); });
        }
        harness::measurement m;
        m.items = t.items;
        m.team = crew.run(t.window, [&] {
            lead.open();
            channel->close();
        });
        const std::uint64_t left = channel->drain();
        m.failure = judge(s, of.delivers, left);
        if (m.failure.empty() && m.team.rescued) {
            m.failure = "stuck: threads waited for each other though nothing was lost";
        }
        if (of.delivers == impls::delivery::newest) {
            const auto sum = [](const std::vector<std::uint64_t>& counts) {
                return static_cast<double>(std::accumulate(counts.begin(), counts.end(), std::uint64_t{0}));
            };
            m.metrics = {{"received_share", sum(s.counts) / std::max(1.0, sum(s.sent))}};
        }
        return m;
    }

    // ------------------------------------------------------------------------------------------------ loops

    template <class Channel>
    static void send(state& s, std::size_t self, harness::lap& me) {
        using item_type = typename Channel::value_type;
        Channel& channel = channel_in<Channel>(s.channel);
        quota& to_send = s.to_send;
        lead_gate<impls::park>* const lead = s.lead;
        std::uint64_t head = item_type(self, 0).head();
        const std::uint64_t first = head;
        bool open = true;
        {
            auto in = channel.sender();
            me.start();
            while (open) {
                if (lead != nullptr) {
                    lead->pass();
                }
                const std::uint64_t chunk = to_send.claim();
                if (chunk == 0) {
                    break;
                }
                for (const std::uint64_t end = head + chunk; head != end; ++head) {
                    if (!in.send(item_type(head))) [[unlikely]] {
                        open = false;  // only a rescue closes the channel this early
                        break;
                    }
                }
            }
        }
        // acq_rel: what the others have sent was sent before the last one closes
        if (s.sending.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            if constexpr (Channel::delivers == impls::delivery::newest) {
                // One more, of which it is known that none is newer: it has to come.
                if (open && channel.sender().send(item_type(head))) {
                    ++head;
                    s.last_sender = self;
                }
            }
            channel.close();
        }
        me.stop(head - first);
        s.sent[self] = head - first;
    }

    template <class Channel>
    static void receive(state& s, std::size_t self, harness::lap& me) {
        using item_type = typename Channel::value_type;
        constexpr bool keeps_all = Channel::delivers != impls::delivery::newest;
        auto out = channel_in<Channel>(s.channel).receiver();
        quota& ahead = s.to_receive;
        lead_gate<impls::park>* const lead = s.lead;
        ledger::page mine = s.received[self].open();
        newest_seen& newest = s.newest[self];
        std::uint64_t count = 0;
        std::uint64_t covered = 0;  // by what was claimed
        item_type received{};
        me.start();
        for (;;) {
            if (lead != nullptr && count == covered) {
                const std::uint64_t chunk = ahead.claim();
                covered += chunk > 0 ? chunk : ahead.chunk();
                lead->advanced();
            }
            if (!out.receive(received)) {
                break;
            }
            ++count;
            if constexpr (keeps_all) {
                mine.template enter<keeps_senders_order<Channel>>(received);
            } else if (received.producer() < newest.next.size()) {
                std::uint64_t& next = newest.next[received.producer()];
                newest.wrong += received.sequence() < next;
                next = received.sequence() + 1;
            } else {
                ++newest.wrong;
            }
        }
        me.stop(count);
        s.counts[self] = count;
        if constexpr (keeps_all) {
            s.received[self].close(mine, count);
        } else {
            newest.count = count;
        }
    }

    template <class Channel>
    static constexpr loops loops_of{&channel_ends_of<Channel>::make, Channel::delivers, &send<Channel>,
                                    &receive<Channel>};

private:
    /// What is wrong with what was received; empty: nothing.
    static std::string judge(const auto& s, impls::delivery delivers, std::uint64_t left) {
        switch (delivers) {
            case impls::delivery::once:
                return audit(s.received, s.sent, left);
            case impls::delivery::to_all:
                for (std::size_t i = 0; i < s.received.size(); ++i) {
                    if (const std::string wrong = audit({s.received[i]}, s.sent, 0); !wrong.empty()) {
                        return wrong + " (receiver " + std::to_string(i + 1) + " of " +
                               std::to_string(s.received.size()) + ", each of which receives every item)";
                    }
                }
                return "";
            case impls::delivery::newest:
                break;
        }
        std::uint64_t sent = 0;
        std::uint64_t received = 0;
        for (const auto& one : s.newest) {
            received += one.count;
            if (one.wrong > 0) {
                return "order: " + std::to_string(one.wrong) +
                       " items came after a newer one, or nobody sent them";
            }
        }
        for (std::size_t i = 0; i < s.sent.size(); ++i) {
            sent += s.sent[i];
            std::uint64_t next = 0;
            for (const auto& one : s.newest) {
                next = std::max(next, one.next[i]);
            }
            if (next > s.sent[i]) {
                return "corrupt: an item that nobody sent";
            }
            if (i == s.last_sender && next != s.sent[i]) {
                return "lost: the newest item was not received";
            }
        }
        return received > sent ? audit_count(sent, received) : "";
    }
};

}  // namespace handoff::benchmarks
