// What every channel of the catalog must do, with each capacity and wait strategy that it takes; once per
// channel, from the catalog.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/channels.hpp"
#include "shared/hang.hpp"
#include "shared/perturb.hpp"
#include "shared/threads.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::tests {

using impls::channel_status;
using impls::delivery;

inline void PrintTo(channel_status status, std::ostream* out) {
    constexpr std::array words{"success", "would_wait", "timeout", "closed", "cancelled"};
    *out << words[static_cast<std::size_t>(status)];
}

/// A channel with one type for all strategies that it meets: which of them, its options say.
template <template <class, class> class Channel, class... Waits>
struct channel_subject {
    template <class T>
    using channel = Channel<T, impls::chosen_wait<Waits...>>;

    /// Calls `see` with each of the options that the channel takes. `receivers`: of those that deliver to all.
    static void with_each_option(const std::function<void(const impls::channel_options&)>& see,
                                 std::size_t receivers = 1) {
        constexpr impls::channel_capacities takes = channel<std::uint64_t>::capacities;
        std::vector<std::size_t> capacities;
        if (takes.rendezvous) {
            capacities.push_back(0);
        }
        if (takes.bounded) {
            if (takes.rule != impls::capacity_rule::power_of_two) {
                capacities.push_back(1);
            }
            for (const std::size_t more : {2, 3, 64}) {
                const bool suits = (takes.rule != impls::capacity_rule::power_of_two || more != 3) &&
                                   (takes.largest == 0 || more <= takes.largest);
                if (suits) {
                    capacities.push_back(more);
                }
            }
        }
        if (takes.unbounded) {
            capacities.push_back(impls::channel_options::unbounded);
        }
        std::vector<std::string_view> waits{Waits::name...};
        if (impls::waits_natively<channel<std::uint64_t>>) {
            waits = {""};
        }
        for (const std::size_t capacity : capacities) {
            for (const std::string_view wait : waits) {
                const std::string setting =
                    "capacity " +
                    (capacity == impls::channel_options::unbounded ? "unbounded" : std::to_string(capacity)) +
                    (wait.empty() ? "" : ", wait " + std::string(wait));
                const testing::ScopedTrace trace(__FILE__, __LINE__, setting);
                at_step(setting);
                see({.capacity = capacity, .wait = wait, .receivers = receivers});
                if (testing::Test::HasFatalFailure()) {
                    return;
                }
            }
        }
    }
};

/// Items that lie in a channel without a receiver, as far as its capacity is known; of `newest` any number.
inline std::size_t room_of(const impls::channel_options& options) {
    return std::min<std::size_t>(options.capacity, 1000);
}

/// Sends until the channel is full, and returns the items that went in: 0, 1, ... Where a try may be refused
/// while items are on their way: until nothing has moved for a while.
template <class Channel, class Sender>
std::uint64_t fill(Sender& in, std::uint64_t most = 1000) {
    std::uint64_t sent = 0;
    const auto goes = [&] {
        std::uint64_t next = sent;
        return impls::tries_are_exact<Channel> ? in.try_send(std::move(next))
                                               : in.send_for(std::move(next), 200ms);
    };
    while (sent < most && goes() == channel_status::success) {
        ++sent;
    }
    return sent;
}

/// Receives an item that was sent.
template <class Channel, class Receiver>
channel_status take(Receiver& out, std::uint64_t& value) {
    return impls::tries_are_exact<Channel> ? out.try_receive(value) : out.receive_for(value, 10s);
}

template <class Channel>
inline constexpr bool keeps_all = Channel::delivers != delivery::newest;

template <class Subject>
class ChannelConformance : public testing::Test {};
TYPED_TEST_SUITE_P(ChannelConformance);

TYPED_TEST_P(ChannelConformance, DeclaresItself) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    static_assert(impls::channel<channel>);
    EXPECT_FALSE(channel::name.empty());
    constexpr impls::channel_capacities takes = channel::capacities;
    EXPECT_TRUE(takes.rendezvous || takes.bounded || takes.unbounded);
    EXPECT_TRUE(!takes.bounded || takes.rule != impls::capacity_rule::unbounded);
}

TYPED_TEST_P(ChannelConformance, HoldsWhatItsCapacitySays) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    TypeParam::with_each_option([&](const impls::channel_options& options) {
        channel c(options);
        auto in = c.sender();
        auto out = c.receiver();
        for (int lap = 0; lap < 3; ++lap) {
            const std::uint64_t held = fill<channel>(in);
            if (!keeps_all<channel> || channel::capacities.rule == impls::capacity_rule::at_least) {
                EXPECT_GE(held, room_of(options));
            } else {
                EXPECT_EQ(held, room_of(options));
            }
            std::uint64_t value = 77;
            for (std::uint64_t i = keeps_all<channel> ? 0 : held - 1; i < held; ++i) {
                ASSERT_EQ(take<channel>(out, value), channel_status::success);
                EXPECT_EQ(value, i);
            }
            value = 77;
            EXPECT_EQ(out.try_receive(value), channel_status::would_wait);
            EXPECT_EQ(value, 77U) << "nothing was received";
        }
    });
}

TYPED_TEST_P(ChannelConformance, TimedOperationsGiveUpAndLeaveEverythingAsItWas) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    TypeParam::with_each_option([&](const impls::channel_options& options) {
        channel c(options);
        auto in = c.sender();
        auto out = c.receiver();
        std::uint64_t value = 77;
        EXPECT_EQ(out.receive_for(value, 0ns), channel_status::timeout);
        EXPECT_EQ(out.receive_for(value, 2ms), channel_status::timeout);
        EXPECT_EQ(value, 77U);
        const std::uint64_t held = fill<channel>(in);
        if (keeps_all<channel> && !channel::capacities.unbounded) {
            EXPECT_EQ(in.send_for(std::uint64_t{1000}, 0ns), channel_status::timeout);
            EXPECT_EQ(in.send_for(std::uint64_t{1000}, 2ms), channel_status::timeout);
        }
        for (std::uint64_t i = keeps_all<channel> ? 0 : held - 1; i < held; ++i) {
            ASSERT_EQ(out.receive_for(value, 10s), channel_status::success);
            EXPECT_EQ(value, i);
        }
        EXPECT_EQ(out.try_receive(value), channel_status::would_wait);
        if (room_of(options) > 0) {
            EXPECT_EQ(in.send_for(std::uint64_t{5}, 10s), channel_status::success);
            EXPECT_TRUE(out.receive(value));
            EXPECT_EQ(value, 5U);
        }
    });
}

TYPED_TEST_P(ChannelConformance, MovesWhatCannotBeCopied) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (channel::delivers != delivery::to_all) {
        using pointer = std::unique_ptr<std::uint64_t>;
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            typename TypeParam::template channel<pointer> c(options);
            auto in = c.sender();
            auto out = c.receiver();
            pointer offered = std::make_unique<std::uint64_t>(7);
            pointer received;
            if (options.capacity == 0) {
                waiter other([&] { EXPECT_TRUE(out.receive(received)); });
                EXPECT_TRUE(in.send(std::move(offered)));
            } else {
                EXPECT_TRUE(in.send(std::move(offered)));
                EXPECT_TRUE(out.receive(received));
            }
            ASSERT_TRUE(received);
            EXPECT_EQ(*received, 7U);
            for (int i = 0; i < 3; ++i) {  // what is left is destroyed with the channel
                static_cast<void>(in.try_send(std::make_unique<std::uint64_t>(8)));
            }
            c.close();
            offered = std::make_unique<std::uint64_t>(9);
            EXPECT_FALSE(in.send(std::move(offered)));
            // NOLINTNEXTLINE(bugprone-use-after-move): what is refused is left alone
            ASSERT_TRUE(offered) << "a send that is refused leaves the value alone";
            EXPECT_EQ(*offered, 9U);
        });
    }
}

TYPED_TEST_P(ChannelConformance, SendsAndReceivesWaitForEachOther) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    TypeParam::with_each_option([&](const impls::channel_options& options) {
        channel c(options);
        auto in = c.sender();
        auto out = c.receiver();
        std::uint64_t value = 0;
        {
            waiter receiver([&] { EXPECT_TRUE(out.receive(value)); });
            EXPECT_TRUE(receiver.waits());
            EXPECT_TRUE(in.send(1));
        }
        EXPECT_EQ(value, 1U);
        if (keeps_all<channel> && options.capacity != impls::channel_options::unbounded) {
            const std::uint64_t held = fill<channel>(in);
            {
                waiter sender([&] { EXPECT_TRUE(in.send(std::uint64_t{held})); });
                EXPECT_TRUE(sender.waits());
                for (std::uint64_t i = 0; i <= held; ++i) {
                    ASSERT_TRUE(out.receive(value));
                    EXPECT_EQ(value, i);
                }
            }
            EXPECT_EQ(out.try_receive(value), channel_status::would_wait);
        }
    });
}

TYPED_TEST_P(ChannelConformance, AfterACloseSendsAreRefusedAndReceivesGetWhatIsLeft) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    TypeParam::with_each_option([&](const impls::channel_options& options) {
        for (const std::uint64_t most : {0U, 1U, 1000U}) {
            channel c(options);
            auto in = c.sender();
            auto out = c.receiver();
            const std::uint64_t held = fill<channel>(in, most);
            c.close();
            c.close();
            EXPECT_FALSE(in.send(2000)) << "a send was accepted after close()";
            EXPECT_EQ(in.try_send(2000), channel_status::closed) << "a send was accepted after close()";
            EXPECT_EQ(in.send_for(2000, 1ms), channel_status::closed) << "a send was accepted after close()";
            std::uint64_t value = 77;
            for (std::uint64_t i = keeps_all<channel> || held == 0 ? 0 : held - 1; i < held; ++i) {
                ASSERT_TRUE(out.receive(value)) << "lost at close: item " << i << " of " << held;
                ASSERT_EQ(value, i);
            }
            value = 77;
            EXPECT_FALSE(out.receive(value));
            EXPECT_EQ(out.try_receive(value), channel_status::closed);
            EXPECT_EQ(out.receive_for(value, 1ms), channel_status::closed);
            EXPECT_EQ(value, 77U);
        }
    });
}

TYPED_TEST_P(ChannelConformance, ACloseWakesAllReceiversThatWait) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    constexpr std::size_t threads = channel::receivers == impls::cardinality::many ? 3 : 1;
    TypeParam::with_each_option(
        [&](const impls::channel_options& options) {
            channel c(options);
            std::vector<std::unique_ptr<waiter>> waiting;
            for (std::size_t i = 0; i < threads; ++i) {
                waiting.push_back(std::make_unique<waiter>([&c, i] {
                    auto out = c.receiver();
                    std::uint64_t value = 0;
                    if (i == 1) {
                        EXPECT_EQ(out.receive_for(value, 1h), channel_status::closed);
                    } else {
                        EXPECT_FALSE(out.receive(value));
                    }
                }));
            }
            for (const auto& one : waiting) {
                EXPECT_TRUE(one->waits());
            }
            c.close();
            waiting.clear();  // a receiver that nobody wakes hangs, which is told (shared/hang.hpp)
        },
        threads);
}

TYPED_TEST_P(ChannelConformance, ACloseRefusesAllSendersThatWait) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    constexpr std::size_t threads = channel::senders == impls::cardinality::many ? 3 : 1;
    if constexpr (keeps_all<channel>) {
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            if (options.capacity == impls::channel_options::unbounded) {
                return;
            }
            channel c(options);
            auto out = c.receiver();
            std::atomic<std::uint64_t> held{0};
            if (!impls::has_room_of_each_sender<channel>) {
                auto in = c.sender();
                held = fill<channel>(in);
            }
            std::vector<std::unique_ptr<waiter>> waiting;
            for (std::size_t i = 0; i < threads; ++i) {
                waiting.push_back(std::make_unique<waiter>([&, i] {
                    auto in = c.sender();
                    if (impls::has_room_of_each_sender<channel>) {
                        held += fill<channel>(in);
                    }
                    if (i == 1) {
                        EXPECT_EQ(in.send_for(2000, 1h), channel_status::closed);
                    } else {
                        EXPECT_FALSE(in.send(2000));
                    }
                }));
            }
            for (const auto& one : waiting) {
                EXPECT_TRUE(one->waits());
            }
            c.close();
            waiting.clear();
            std::uint64_t value = 0;
            for (std::uint64_t i = 0; i < held; ++i) {
                ASSERT_TRUE(out.receive(value)) << "lost at close: item " << i << " of " << held;
                ASSERT_TRUE(value == i || impls::has_room_of_each_sender<channel>);
            }
            EXPECT_FALSE(out.receive(value));
        });
    }
}

TYPED_TEST_P(ChannelConformance, ARequestToStopEndsAReceiveThatWaits) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (impls::cancels_receives<channel>) {
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            channel c(options);
            std::uint64_t value = 77;
            std::stop_source stop;
            {
                waiter receiver([&] {
                    auto out = c.receiver();
                    EXPECT_EQ(out.receive(value, stop.get_token()), channel_status::cancelled);
                    EXPECT_EQ(out.receive(value, stop.get_token()), channel_status::cancelled);
                    EXPECT_EQ(value, 77U);
                    // It stands in no line any more: the next one gets the item.
                    EXPECT_EQ(out.receive(value, std::stop_token()), channel_status::success);
                });
                EXPECT_TRUE(receiver.waits());
                stop.request_stop();
                auto in = c.sender();
                EXPECT_TRUE(in.send(5));
            }
            EXPECT_EQ(value, 5U);
        });
    }
}

TYPED_TEST_P(ChannelConformance, TheNewestItemReplacesTheOneBefore) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (channel::delivers == delivery::newest) {
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            channel c(options);
            auto in = c.sender();
            auto other = c.sender();
            auto out = c.receiver();
            std::uint64_t value = 0;
            for (std::uint64_t i = 0; i < 100; i += 2) {
                EXPECT_TRUE(in.send(std::uint64_t{i}));
                EXPECT_TRUE(other.send(i + 1));
                if (i % 3 == 0) {
                    EXPECT_TRUE(out.receive(value));
                    EXPECT_EQ(value, i + 1) << "not the newest item";
                }
            }
            c.close();
            EXPECT_TRUE(out.receive(value));
            EXPECT_EQ(value, 99U) << "not the newest item";
            EXPECT_FALSE(out.receive(value));
        });
    }
}

TYPED_TEST_P(ChannelConformance, EachReceiverReceivesEveryItem) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (channel::delivers == delivery::to_all) {
        TypeParam::with_each_option(
            [&](const impls::channel_options& options) {
                channel c(options);
                auto in = c.sender();
                auto first = c.receiver();
                auto second = c.receiver();
                auto third = c.receiver();
                std::uint64_t value = 0;
                for (int lap = 0; lap < 3; ++lap) {
                    const std::uint64_t held = fill<channel>(in);
                    for (auto* const out : {&first, &second, &third}) {
                        EXPECT_EQ(in.try_send(1), channel_status::would_wait) << "one has not received";
                        for (std::uint64_t i = 0; i < held; ++i) {
                            ASSERT_TRUE(out->receive(value));
                            ASSERT_EQ(value, i);
                        }
                        EXPECT_EQ(out->try_receive(value), channel_status::would_wait);
                    }
                }
            },
            3);
    }
}

/// `k` channels, and what selects from them.
template <class Channel>
class sources {
public:
    sources(std::size_t k, const impls::channel_options& options, impls::select_order order) {
        for (std::size_t i = 0; i < k; ++i) {
            all_.push_back(std::make_unique<Channel>(options));
            plain_.push_back(all_.back().get());
        }
        selector_.emplace(std::span<Channel* const>(plain_), order);
    }
    Channel& operator[](std::size_t i) { return *all_[i]; }
    typename Channel::selector& selector() { return *selector_; }

private:
    std::vector<std::unique_ptr<Channel>> all_;
    std::vector<Channel*> plain_;
    std::optional<typename Channel::selector> selector_;
};

TYPED_TEST_P(ChannelConformance, ASelectTakesFirstComesFirstOrEachInTurn) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (impls::selects<channel>) {
        constexpr std::size_t k = 4;
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            for (const auto order : {impls::select_order::first, impls::select_order::fair}) {
                sources<channel> from(k, options, order);
                std::vector<std::unique_ptr<waiter>> senders;
                const std::uint64_t each =
                    options.capacity == 0 ? 1 : std::min<std::uint64_t>(room_of(options), 5);
                for (std::size_t i = 0; i < k; ++i) {
                    if (options.capacity == 0) {
                        senders.push_back(std::make_unique<waiter>([&from, i] {
                            auto in = from[i].sender();
                            EXPECT_TRUE(in.send(0));
                        }));
                        EXPECT_TRUE(senders.back()->waits());
                    } else {
                        auto in = from[i].sender();
                        ASSERT_EQ(fill<channel>(in, each), each);
                    }
                }
                std::array<std::uint64_t, k> next{};
                for (std::uint64_t n = 0; n < each * k; ++n) {
                    std::uint64_t value = 0;
                    std::size_t which = k;
                    ASSERT_EQ(from.selector().try_receive(value, which), channel_status::success);
                    ASSERT_LT(which, k);
                    const std::size_t due = order == impls::select_order::fair ? n % k : n / each;
                    ASSERT_EQ(which, due) << (order == impls::select_order::fair
                                                  ? "unfair: another channel's turn was passed over"
                                                  : "a channel that stands before it was ready");
                    ASSERT_EQ(value, next[which]++);
                }
                std::uint64_t value = 77;
                std::size_t which = 77;
                EXPECT_EQ(from.selector().try_receive(value, which), channel_status::would_wait);
                EXPECT_EQ(from.selector().receive_for(value, which, 1ms), channel_status::timeout);
                EXPECT_EQ(value, 77U);
                EXPECT_EQ(which, 77U);
            }
        });
    }
}

TYPED_TEST_P(ChannelConformance, ASelectWaitsOnAllAndEndsWhenAllAreClosed) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (impls::selects<channel>) {
        constexpr std::size_t k = 3;
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            sources<channel> from(k, options, impls::select_order::fair);
            for (std::size_t i = 0; i < k; ++i) {
                std::uint64_t value = 0;
                std::size_t which = k;
                {
                    waiter receiver([&] { EXPECT_TRUE(from.selector().receive(value, which)); });
                    EXPECT_TRUE(receiver.waits());
                    auto in = from[i].sender();
                    EXPECT_TRUE(in.send(10 + i));
                }
                EXPECT_EQ(which, i);
                EXPECT_EQ(value, 10 + i);
            }
            std::uint64_t value = 0;
            std::size_t which = k;
            {
                waiter receiver([&] {
                    EXPECT_TRUE(from.selector().receive(value, which));
                    EXPECT_FALSE(from.selector().receive(value, which));
                });
                EXPECT_TRUE(receiver.waits());
                from[0].close();
                EXPECT_TRUE(receiver.waits()) << "others are open";
                from[2].close();
                auto in = from[1].sender();
                EXPECT_TRUE(in.send(5));
                from[1].close();
            }
            EXPECT_EQ(which, 1U);
            EXPECT_EQ(value, 5U);
            EXPECT_EQ(from.selector().receive_for(value, which, 1h), channel_status::closed);
        });
    }
}

REGISTER_TYPED_TEST_SUITE_P(ChannelConformance, DeclaresItself, HoldsWhatItsCapacitySays,
                            TimedOperationsGiveUpAndLeaveEverythingAsItWas, MovesWhatCannotBeCopied,
                            SendsAndReceivesWaitForEachOther,
                            AfterACloseSendsAreRefusedAndReceivesGetWhatIsLeft, ACloseWakesAllReceiversThatWait,
                            ACloseRefusesAllSendersThatWait, ARequestToStopEndsAReceiveThatWaits,
                            TheNewestItemReplacesTheOneBefore, EachReceiverReceivesEveryItem,
                            ASelectTakesFirstComesFirstOrEachInTurn, ASelectWaitsOnAllAndEndsWhenAllAreClosed);

// ---------------------------------------------------------------------------------------------------- stress

/// Values that say who sent them, and which in turn they are.
constexpr std::uint64_t value_of(std::uint64_t sender, std::uint64_t sequence) {
    return sender << 32 | sequence;
}

/// What one receiver received: of each sender how many, and whether they came in order.
class receipts {
public:
    explicit receipts(std::size_t senders) : next_(senders), count_(senders) {}

    void enter(std::uint64_t value) {
        const std::uint64_t sender = value >> 32;
        const std::uint64_t sequence = value & 0xffff'ffff;
        if (sender >= next_.size()) {
            ++strange_;
            return;
        }
        disordered_ += sequence < next_[sender];
        next_[sender] = sequence + 1;
        ++count_[sender];
        sum_ += value * 0x9e3779b97f4a7c15;
    }
    /// Likewise, and keeps the value.
    void enter_and_keep(std::uint64_t value) {
        enter(value);
        values_.push_back(value);
    }
    const std::vector<std::uint64_t>& values() const { return values_; }
    std::uint64_t strange() const { return strange_; }
    std::uint64_t disordered() const { return disordered_; }
    std::uint64_t count(std::size_t sender) const { return count_[sender]; }
    std::uint64_t sum() const { return sum_; }
    /// One more than the last sequence of that sender that came.
    std::uint64_t next(std::size_t sender) const { return next_[sender]; }

private:
    std::vector<std::uint64_t> next_;
    std::vector<std::uint64_t> count_;
    std::vector<std::uint64_t> values_;
    std::uint64_t strange_ = 0;
    std::uint64_t disordered_ = 0;
    std::uint64_t sum_ = 0;
};

/// Where not all items come, those that came are kept, to see whether one came to two receivers.
template <class Channel>
void enter(receipts& mine, std::uint64_t value) {
    if constexpr (keeps_all<Channel>) {
        mine.enter(value);
    } else {
        mine.enter_and_keep(value);
    }
}

inline std::uint64_t sum_of_sent(std::size_t sender, std::uint64_t count) {
    std::uint64_t sum = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        sum += value_of(sender, i) * 0x9e3779b97f4a7c15;
    }
    return sum;
}

/// Compares what was received with what was accepted: `sent[s]` of sender s. `last`: the sender whose item was
/// the last of all, where that is known.
inline void audit_receipts(const std::vector<receipts>& received, const std::vector<std::uint64_t>& sent,
                           delivery delivers, std::optional<std::size_t> last = std::nullopt) {
    for (const receipts& one : received) {
        EXPECT_EQ(one.strange(), 0U) << "items that nobody sent";
        EXPECT_EQ(one.disordered(), 0U) << "items that came after one that was sent later";
    }
    const auto expect_all = [&](const std::vector<const receipts*>& of) {
        std::uint64_t sum = 0;
        std::uint64_t expected = 0;
        for (std::size_t s = 0; s < sent.size(); ++s) {
            std::uint64_t count = 0;
            for (const receipts* const one : of) {
                count += one->count(s);
            }
            EXPECT_EQ(count, sent[s]) << (count < sent[s] ? "lost: " : "duplicated: ") << "items of sender "
                                      << s;
            expected += sum_of_sent(s, sent[s]);
        }
        for (const receipts* const one : of) {
            sum += one->sum();
        }
        EXPECT_EQ(sum, expected) << "other items than were sent";
    };
    switch (delivers) {
        case delivery::once: {
            std::vector<const receipts*> all;
            for (const receipts& one : received) {
                all.push_back(&one);
            }
            expect_all(all);
            break;
        }
        case delivery::to_all:
            for (const receipts& one : received) {
                expect_all({&one});
            }
            break;
        case delivery::newest: {
            // The last item of all is the last one of its sender; of one of them, where nobody knows whose.
            bool last_came = false;
            std::uint64_t all_sent = 0;
            for (std::size_t s = 0; s < sent.size(); ++s) {
                all_sent += sent[s];
                std::uint64_t next = 0;
                std::uint64_t count = 0;
                for (const receipts& one : received) {
                    next = std::max(next, one.next(s));
                    count += one.count(s);
                }
                EXPECT_LE(count, sent[s]) << "duplicated: items of sender " << s;
                EXPECT_LE(next, sent[s]) << "items that nobody sent";
                last_came = last_came || (last.value_or(s) == s && sent[s] > 0 && next == sent[s]);
            }
            EXPECT_TRUE(last_came || all_sent == 0) << "lost: the newest item";
            std::vector<std::uint64_t> values;
            for (const receipts& one : received) {
                values.insert(values.end(), one.values().begin(), one.values().end());
            }
            std::sort(values.begin(), values.end());
            const auto twice = std::adjacent_find(values.begin(), values.end());
            EXPECT_TRUE(twice == values.end()) << "duplicated: an item of sender " << (*twice >> 32);
            break;
        }
    }
}

/// How often the channel is closed in full flight: HANDOFF_CLOSE_ROUNDS, or as often as there is time for, once
/// in each way at least.
class close_rounds {
public:
    bool next() {
        static const char* const asked = std::getenv("HANDOFF_CLOSE_ROUNDS");
        static const long rounds = asked == nullptr ? 0 : std::atol(asked);
        const long done = done_++;
        return rounds > 0 ? done < rounds : done < 4 || (done < 200 && !over_());
    }

private:
    deadline over_{40ms};
    long done_ = 0;
};

/// Some pauses, none of which is long: threads meet at each step of each other.
inline void pause_between(unsigned round, unsigned step) {
    const unsigned spins = (round * 37 + step * 101) % 400;
    for (unsigned i = 0; i < spins; ++i) {
        asm volatile("" ::: "memory");
    }
    if ((round + step) % 5 == 0) {
        std::this_thread::yield();
    }
}

/// Receivers pass when each of them has its handle: where all receive everything, one that comes when another
/// has gone may get that one's place, which has received all.
class all_seated {
public:
    explicit all_seated(unsigned receivers) : missing_(receivers) {}
    void pass() {
        missing_.fetch_sub(1);
        while (missing_.load() > 0) {
            std::this_thread::yield();
        }
    }

private:
    std::atomic<unsigned> missing_;
};

template <class Subject>
class ChannelStress : public testing::Test {};
TYPED_TEST_SUITE_P(ChannelStress);

TYPED_TEST_P(ChannelStress, NothingIsLostOrComesTwice) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    constexpr unsigned most_senders = channel::senders == impls::cardinality::many ? 3 : 1;
    constexpr unsigned most_receivers = channel::receivers == impls::cardinality::many ? 3 : 1;
    for (const auto& [senders, receivers] :
         {std::pair{1U, 1U}, std::pair{most_senders, 1U}, std::pair{1U, most_receivers},
          std::pair{most_senders, most_receivers}}) {
        TypeParam::with_each_option(
            [&, senders = senders, receivers = receivers](const impls::channel_options& options) {
                channel c(options);
                std::vector<std::uint64_t> sent(senders);
                std::vector<receipts> received(receivers, receipts(senders));
                std::atomic<unsigned> sending{senders};
                std::size_t last = 0;
                all_seated seats(receivers);
                const deadline over(15ms);
                together(senders + receivers, [&](unsigned me) {
                    if (me < senders) {
                        auto in = c.sender();
                        for (std::uint64_t i = 0; i < 100'000 && !over(); ++i) {
                            if (i % 7 == 3) {
                                while (in.send_for(value_of(me, sent[me]), 20us) == channel_status::timeout) {
                                }
                                ++sent[me];
                            } else {
                                sent[me] += in.send(value_of(me, sent[me]));
                            }
                        }
                        if (sending.fetch_sub(1) == 1) {
                            last = me;
                            sent[me] += in.send(value_of(me, sent[me]));
                            c.close();
                        }
                    } else {
                        auto out = c.receiver();
                        seats.pass();
                        receipts& mine = received[me - senders];
                        std::uint64_t value = 0;
                        for (std::uint64_t i = 0;; ++i) {
                            const channel_status how =
                                i % 5 == 2 ? out.receive_for(value, 20us)
                                : i % 5 == 4
                                    ? out.try_receive(value)
                                    : (out.receive(value) ? channel_status::success : channel_status::closed);
                            if (how == channel_status::closed) {
                                break;
                            }
                            if (how == channel_status::success) {
                                enter<channel>(mine, value);
                            }
                        }
                    }
                });
                audit_receipts(received, sent, channel::delivers, last);
            },
            receivers);
    }
}

/// Closed while it is empty, while it is full, and while items go through it: what was accepted is received,
/// what is refused is not, and all threads come to their end. A thread that nobody wakes hangs, which is told.
TYPED_TEST_P(ChannelStress, ACloseInFullFlightLosesNothing) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    constexpr unsigned senders = channel::senders == impls::cardinality::many ? 2 : 1;
    constexpr unsigned receivers = channel::receivers == impls::cardinality::many ? 2 : 1;
    TypeParam::with_each_option(
        [&](const impls::channel_options& options) {
            const perturbed waiting(7);
            close_rounds rounds;
            for (unsigned round = 0; rounds.next(); ++round) {
                enum { empty, full, middle } const when = std::array{empty, full, middle, middle}[round % 4];
                channel c(options);
                std::vector<std::uint64_t> sent(senders);
                std::vector<receipts> received(receivers, receipts(senders));
                std::atomic<bool> is_closed{false};
                all_seated seats(receivers);
                together(senders + receivers + 1, [&](unsigned me) {
                    if (me < senders) {
                        auto in = c.sender();
                        while (when == empty && !is_closed.load()) {
                            std::this_thread::yield();
                        }
                        // unbounded: 5000 are as good as full
                        for (unsigned i = 0; i < 5000 && in.send(value_of(me, sent[me])); ++i) {
                            ++sent[me];
                            if (when == middle) {
                                pause_between(round, i);
                            }
                        }
                    } else if (me < senders + receivers) {
                        auto out = c.receiver();
                        seats.pass();
                        while (when == full && !is_closed.load()) {
                            std::this_thread::yield();
                        }
                        for (std::uint64_t value = 0; out.receive(value);) {
                            enter<channel>(received[me - senders], value);
                        }
                    } else {
                        pause_between(round, 3);
                        c.close();
                        is_closed.store(true);
                    }
                });
                if (when == empty) {
                    for (const std::uint64_t accepted : sent) {
                        ASSERT_EQ(accepted, 0U) << "a send was accepted after close()";
                    }
                }
                audit_receipts(received, sent, channel::delivers);
                if (testing::Test::HasFailure()) {
                    FAIL() << "in round " << round;
                }
            }
        },
        receivers);
}

/// A stop, an item and the end of the channel come at once: the item is received or stays.
TYPED_TEST_P(ChannelStress, ACancelledReceiveLosesNothing) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (impls::cancels_receives<channel>) {
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            close_rounds rounds;
            for (unsigned round = 0; rounds.next(); ++round) {
                channel c(options);
                std::stop_source stop;
                std::uint64_t sent = 0;
                std::uint64_t received = 0;
                together(3, [&](unsigned me) {
                    if (me == 0) {
                        auto in = c.sender();
                        for (unsigned i = 0; i < 3; ++i) {
                            pause_between(round, i);
                            sent += in.send_for(1, 50us) == channel_status::success;
                        }
                        c.close();
                    } else if (me == 1) {
                        pause_between(round, 11);
                        stop.request_stop();
                    } else {
                        auto out = c.receiver();
                        std::uint64_t value = 0;
                        channel_status how = channel_status::success;
                        while ((how = out.receive(value, stop.get_token())) == channel_status::success) {
                            received += value;
                        }
                        EXPECT_TRUE(how == channel_status::cancelled || how == channel_status::closed);
                        while (out.receive(value)) {
                            received += value;
                        }
                    }
                });
                ASSERT_EQ(received, sent) << "in round " << round;
            }
        });
    }
}

/// Threads that select from the same channels, some with a time limit, beside a plain receiver.
TYPED_TEST_P(ChannelStress, SelectsLoseNothing) {
    using channel = typename TypeParam::template channel<std::uint64_t>;
    if constexpr (impls::selects<channel>) {
        constexpr unsigned k = 3;
        TypeParam::with_each_option([&](const impls::channel_options& options) {
            close_rounds rounds;
            for (unsigned round = 0; rounds.next(); ++round) {
                std::vector<std::unique_ptr<channel>> all;
                std::vector<channel*> plain;
                for (unsigned i = 0; i < k; ++i) {
                    all.push_back(std::make_unique<channel>(options));
                    plain.push_back(all.back().get());
                }
                std::vector<std::uint64_t> sent(k);
                std::vector<receipts> received(3, receipts(k));
                std::atomic<std::uint64_t> misplaced{0};
                together(k + 3, [&](unsigned me) {
                    if (me < k) {
                        auto in = all[me]->sender();
                        for (unsigned i = 0; i < 40; ++i) {
                            sent[me] += in.send(value_of(me, sent[me]));
                            pause_between(round + me, i);
                        }
                        all[me]->close();
                        return;
                    }
                    receipts& mine = received[me - k];
                    std::uint64_t value = 0;
                    if (me == k) {
                        auto out = all[0]->receiver();
                        while (out.receive(value)) {
                            mine.enter(value);
                        }
                        return;
                    }
                    typename channel::selector from(
                        plain, me == k + 1 ? impls::select_order::fair : impls::select_order::first);
                    for (unsigned i = 0;; ++i) {
                        std::size_t which = k;
                        const channel_status how = i % 3 == me % 3
                                                       ? from.receive_for(value, which, 20us)
                                                       : (from.receive(value, which) ? channel_status::success
                                                                                     : channel_status::closed);
                        if (how == channel_status::closed) {
                            return;
                        }
                        if (how == channel_status::success) {
                            mine.enter(value);
                            misplaced += which != value >> 32;
                        }
                    }
                });
                EXPECT_EQ(misplaced, 0U) << "a select named another channel than the item's";
                audit_receipts(received, sent, delivery::once);
                if (testing::Test::HasFailure()) {
                    FAIL() << "in round " << round;
                }
            }
        });
    }
}

REGISTER_TYPED_TEST_SUITE_P(ChannelStress, NothingIsLostOrComesTwice, ACloseInFullFlightLosesNothing,
                            ACancelledReceiveLosesNothing, SelectsLoseNothing);

}  // namespace handoff::tests
