// Programs for channels: what is sent is received, and everybody comes to the end.
#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "channels/csp_channel.hpp"
#include "channels/latest_channel.hpp"
#include "suite.hpp"
#include "wait/park.hpp"
#include "wait/spin.hpp"

namespace handoff::model {
namespace {

/// Memory of its own: what is lost leaks, and what is received twice is freed twice.
using item = std::unique_ptr<int>;

template <class Channel>
int receive_all(Channel& channel) {
    auto out = channel.receiver();
    int count = 0;
    for (item value; step("receive", count), out.receive(value);) {
        check(value != nullptr && *value >= 0, "an item without its value was received");
        ++count;
    }
    return count;
}

/// Each sender sends so many, and the last one closes.
template <class Channel>
void sent_and_received(std::size_t capacity, int senders, int each, int receivers) {
    const auto channel = std::make_unique<Channel>(impls::channel_options{.capacity = capacity});
    impls::atomic<int> sending{senders};
    std::vector<int> received(static_cast<std::size_t>(receivers));
    std::vector<std::function<void()>> bodies;
    for (int s = 0; s < senders; ++s) {
        bodies.emplace_back([&, each] {
            {
                auto in = channel->sender();
                for (int n = 0; n < each; ++n) {
                    step("send", n);
                    check(in.send(std::make_unique<int>(n)), "a send was refused by an open channel");
                }
            }
            if (sending.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                step("close");
                channel->close();
            }
        });
    }
    for (int& mine : received) {
        bodies.emplace_back([&] { mine = receive_all(*channel); });
    }
    threads(std::move(bodies));
    int all = 0;
    for (const int count : received) {
        all += count;
    }
    check(all == senders * each, "an item was lost, or received twice");
}

/// A close at any moment: what was accepted is received, and nobody waits for ever.
template <class Channel>
void closed_meanwhile(std::size_t capacity, int most) {
    const auto channel = std::make_unique<Channel>(impls::channel_options{.capacity = capacity});
    int accepted = 0;
    int received = 0;
    threads({[&, most] {
                 auto in = channel->sender();
                 while (accepted < most && (step("send", accepted), in.send(std::make_unique<int>(accepted)))) {
                     ++accepted;
                 }
             },
             [&] { received = receive_all(*channel); },
             [&] {
                 step("close");
                 channel->close();
             }});
    check(received == accepted, "an item that was accepted was lost, or one was received twice");
}

/// One receives from two channels, each of which gets an item and is closed.
template <class Channel>
void selected(std::size_t capacity) {
    const impls::channel_options options{.capacity = capacity};
    const std::array channels{std::make_unique<Channel>(options), std::make_unique<Channel>(options)};
    int received = 0;
    const auto sends = [](Channel& to) {
        {
            auto in = to.sender();
            step("send");
            check(in.send(std::make_unique<int>(0)), "a send was refused by an open channel");
        }
        step("close");
        to.close();
    };
    threads({[&] { sends(*channels[0]); }, [&] { sends(*channels[1]); },
             [&] {
                 const std::array plain{channels[0].get(), channels[1].get()};
                 typename Channel::selector from(plain, impls::select_order::fair);
                 std::size_t which = 0;
                 for (item value; step("select", received), from.receive(value, which);) {
                     check(value != nullptr, "an item without its value was received");
                     ++received;
                 }
             }});
    check(received == 2, "an item was lost, or received twice");
}

/// Items may be replaced by newer ones; the last one is received.
template <class Channel>
void newest(int senders, int each, int receivers = 1) {
    const auto channel = std::make_unique<Channel>(impls::channel_options{.capacity = 1});
    impls::atomic<int> sending{senders};
    std::vector<int> last(static_cast<std::size_t>(receivers), -1);
    std::vector<std::function<void()>> bodies;
    for (int s = 0; s < senders; ++s) {
        bodies.emplace_back([&, each] {
            {
                auto in = channel->sender();
                for (int n = 0; n < each; ++n) {
                    step("send", n);
                    check(in.send(std::make_unique<int>(n)), "a send was refused by an open channel");
                }
            }
            if (sending.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                step("close");
                channel->close();
            }
        });
    }
    for (int& mine : last) {
        bodies.emplace_back([&, senders] {
            auto out = channel->receiver();
            for (item value; step("receive"), out.receive(value);) {
                check(value != nullptr, "an item without its value was received");
                check(senders > 1 || *value > mine, "an item came after a newer one");
                mine = *value;
            }
        });
    }
    threads(std::move(bodies));
    check(std::ranges::find(last, each - 1) != last.end(), "the newest item was lost");
}

using spinning = impls::csp_channel<item, impls::spin>;
using parking = impls::csp_channel<item, impls::park>;
using latest = impls::latest_channel<item, impls::spin>;
using latest_parking = impls::latest_channel<item, impls::park>;

const registered all[] = {
    registered(
        {{"csp_channel", "rendezvous, 1 sends and closes, 1 receives", "2 + 2",
          [] { sent_and_received<spinning>(0, 1, 1, 1); }},
         {"csp_channel", "rendezvous by park, 1 sends and closes, 1 receives", "2 + 2",
          [] { sent_and_received<parking>(0, 1, 1, 1); }},
         {"csp_channel", "1 place, 1 sends 2 and closes, 1 receives", "3 + 3",
          [] { sent_and_received<spinning>(1, 1, 2, 1); }},
         {"csp_channel", "1 place, 2 send and close, 1 receives", "1 + 2 + 3",
          [] { sent_and_received<spinning>(1, 2, 1, 1); }},
         {"csp_channel", "1 place, 1 sends and closes, 2 receive", "2 + 2 + 2",
          [] { sent_and_received<spinning>(1, 1, 1, 2); }},
         {"csp_channel", "rendezvous, 1 sends, 1 receives, 1 closes", "1 + 2 + 1",
          [] { closed_meanwhile<spinning>(0, 1); }},
         {"csp_channel", "1 place, 1 sends 2, 1 receives, 1 closes", "2 + 3 + 1",
          [] { closed_meanwhile<spinning>(1, 2); }},
         {"csp_channel", "rendezvous, 2 send and close, 1 selects", "2 + 2 + 3", [] { selected<spinning>(0); }},
         {"csp_channel", "1 place, 2 send and close, 1 selects", "2 + 2 + 3", [] { selected<spinning>(1); }}}),
    registered(
        {{"latest_channel", "1 sends 2 and closes, 1 receives", "3 + 3", [] { newest<latest>(1, 2); }},
         {"latest_channel", "by park, 1 sends and closes, 1 receives", "2 + 2",
          [] { newest<latest_parking>(1, 1); }},
         {"latest_channel", "2 send and close, 1 receives", "1 + 2 + 3", [] { newest<latest>(2, 1); }},
         {"latest_channel", "2 send and close, 2 receive", "1 + 2 + 2 + 2", [] { newest<latest>(2, 1, 2); }}}),
};

}  // namespace
}  // namespace handoff::model
