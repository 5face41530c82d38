// What every overload policy must do, over several channels; for the suite's own and for those with planted
// faults.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/channels.hpp"
#include "concepts/overload.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

namespace overload = impls::overload;
using overload::loss;
using overload::offered;

/// What a policy hands out: in which order, why, and in which thread it ran what it ran.
template <class T>
struct handed_out {
    std::vector<std::pair<T, loss>> lost;
    std::vector<T> ran;
};

template <class T>
struct note_lost {
    handed_out<T>* into;
    void operator()(T&& one, loss why) const { into->lost.emplace_back(std::move(one), why); }
};
template <class T>
struct note_run {
    handed_out<T>* into;
    void operator()(T&& one) const { into->ran.push_back(std::move(one)); }
};

/// A policy over a channel, as all of these tests make it: with what is called for the items.
/// `Policy<Channel, Lost, Run>` is constructed from (channel, lost, run).
template <template <class, class, class> class Policy, class Channel>
struct policy_over {
    using value_type = typename Channel::value_type;
    using policy = Policy<Channel, note_lost<value_type>, note_run<value_type>>;
    using channel = Channel;
};

template <class Subject>
class OverloadPolicy : public testing::Test {
protected:
    using channel = typename Subject::channel;
    using policy = typename Subject::policy;
    static constexpr std::size_t room = 4;

    std::uint64_t receive() {
        std::uint64_t value = 77;
        EXPECT_EQ(out.try_receive(value), impls::channel_status::success) << "nothing is left to receive";
        return value;
    }
    /// All that is left, and the channel is closed.
    std::vector<std::uint64_t> rest() {
        c.close();
        std::vector<std::uint64_t> all;
        for (std::uint64_t value = 0; out.receive(value);) {
            all.push_back(value);
        }
        return all;
    }

    channel c{{.capacity = room}};
    typename channel::receiver_handle out = c.receiver();
    handed_out<std::uint64_t> handed{};
    policy p{c, {&handed}, {&handed}};
};
TYPED_TEST_SUITE_P(OverloadPolicy);

using sequence = std::vector<std::uint64_t>;

TYPED_TEST_P(OverloadPolicy, DoesWhatItsNameSays) {
    using policy = typename TestFixture::policy;
    static_assert(overload::policy<policy, std::uint64_t>);
    constexpr std::string_view name = policy::name;
    auto& p = this->p;
    const auto offer = [&](std::uint64_t n) {
        std::uint64_t value = n;
        const offered what = p.offer(std::move(value));
        if (what == offered::refused) {
            EXPECT_EQ(value, n) << "a refused item is not left alone";
        }
        return what;
    };
    const auto lost = [&](loss why) {
        sequence all;
        for (const auto& [item, because] : this->handed.lost) {
            EXPECT_EQ(because, why);
            all.push_back(item);
        }
        return all;
    };
    overload::counts expected;
    if (name == "block") {
        for (std::uint64_t n = 0; n < 4; ++n) {
            EXPECT_EQ(offer(n), offered::accepted) << "refused or dropped though there was room";
        }
        offered last{};
        {
            waiter sender([&] { last = offer(4); });
            EXPECT_TRUE(sender.waits()) << "it does not wait for room";
            EXPECT_EQ(this->receive(), 0U);
        }
        EXPECT_EQ(last, offered::accepted);
        EXPECT_EQ(this->rest(), (sequence{1, 2, 3, 4}));
        expected.accepted = 5;
    } else if (name == "sample") {
        for (std::uint64_t n = 0; n < 9; ++n) {
            EXPECT_EQ(offer(n), n % 4 == 0 ? offered::accepted : offered::dropped)
                << "not one of 4, item " << n;
        }
        EXPECT_EQ(lost(loss::sampled), (sequence{1, 2, 3, 5, 6, 7}));
        EXPECT_EQ(this->rest(), (sequence{0, 4, 8})) << "not one of 4";
        expected.accepted = 3;
        expected.sampled = 6;
    } else if (name == "latest") {
        for (std::uint64_t n = 0; n < 3; ++n) {
            EXPECT_EQ(offer(n), offered::accepted);
        }
        EXPECT_EQ(this->receive(), 2U) << "not the newest";
        EXPECT_EQ(offer(3), offered::accepted);
        EXPECT_EQ(offer(4), offered::accepted);
        EXPECT_EQ(lost(loss::conflated), (sequence{0, 1, 3}));
        EXPECT_EQ(this->rest(), (sequence{4})) << "not the newest";
        expected.accepted = 5;
        expected.conflated = 3;
    } else if (name == "drop_oldest") {
        for (std::uint64_t n = 0; n < 6; ++n) {
            EXPECT_EQ(offer(n), offered::accepted);
        }
        EXPECT_EQ(lost(loss::dropped_oldest), (sequence{0, 1})) << "not the oldest";
        EXPECT_EQ(this->rest(), (sequence{2, 3, 4, 5})) << "not the newest are left";
        expected.accepted = 6;
        expected.dropped_oldest = 2;
    } else if (name == "reject") {
        for (std::uint64_t n = 0; n < 6; ++n) {
            EXPECT_EQ(offer(n), n < 4 ? offered::accepted : offered::refused) << "item " << n;
        }
        EXPECT_EQ(this->receive(), 0U);
        EXPECT_EQ(offer(6), offered::accepted) << "refused though there was room";
        EXPECT_EQ(this->rest(), (sequence{1, 2, 3, 6}));
        expected.accepted = 5;
        expected.refused = 2;
    } else if (name == "drop_newest") {
        for (std::uint64_t n = 0; n < 6; ++n) {
            EXPECT_EQ(offer(n), n < 4 ? offered::accepted : offered::dropped) << "item " << n;
        }
        EXPECT_EQ(lost(loss::dropped_newest), (sequence{4, 5})) << "not the newest";
        EXPECT_EQ(this->rest(), (sequence{0, 1, 2, 3})) << "not the oldest are left";
        expected.accepted = 4;
        expected.dropped_newest = 2;
    } else if (name == "caller_runs") {
        for (std::uint64_t n = 0; n < 6; ++n) {
            EXPECT_EQ(offer(n), n < 4 ? offered::accepted : offered::ran) << "item " << n;
        }
        EXPECT_EQ(this->handed.ran, (sequence{4, 5})) << "not once each";
        EXPECT_EQ(this->rest(), (sequence{0, 1, 2, 3}));
        expected.accepted = 4;
        expected.ran = 2;
    } else {
        FAIL() << "no test of policy " << name;
    }
    EXPECT_TRUE(name == "caller_runs" || this->handed.ran.empty());
    EXPECT_EQ(offer(99), name == "sample" ? offered::dropped : offered::closed);
    expected.closed = name == "sample" ? 0 : 1;
    expected.sampled += name == "sample" ? 1 : 0;
    EXPECT_EQ(p.seen(), expected) << "its own counts are wrong";
}

REGISTER_TYPED_TEST_SUITE_P(OverloadPolicy, DoesWhatItsNameSays);

/// A receiver of batches, `Batches<Channel>(channel, linger)`.
template <class Batches, class Channel>
struct batches_over {
    using batches = Batches;
    using channel = Channel;
};

template <class Subject>
class OverloadBatches : public testing::Test {
protected:
    using channel = typename Subject::channel;
    using batches = typename Subject::batches;

    sequence receive(batches& from, std::size_t most) {
        sequence all(most, 77);
        all.resize(from.receive(all));
        return all;
    }
    void send(std::uint64_t from, std::uint64_t end) {
        auto in = c.sender();
        for (std::uint64_t n = from; n < end; ++n) {
            ASSERT_TRUE(in.send(std::uint64_t{n}));
        }
    }

    channel c{{.capacity = 64}};
};
TYPED_TEST_SUITE_P(OverloadBatches);

TYPED_TEST_P(OverloadBatches, AreFullOrWhatIsThereWhenTheTimeIsUp) {
    typename TestFixture::batches at_once(this->c, 0ns);
    this->send(0, 7);
    EXPECT_EQ(this->receive(at_once, 4), (sequence{0, 1, 2, 3}));
    EXPECT_EQ(this->receive(at_once, 4), (sequence{4, 5, 6})) << "lost an item of a batch that was not full";
    typename TestFixture::batches patient(this->c, 5ms);
    this->send(7, 9);
    const auto before = std::chrono::steady_clock::now();
    EXPECT_EQ(this->receive(patient, 4), (sequence{7, 8})) << "lost an item of a batch that timed out";
    EXPECT_GE(std::chrono::steady_clock::now() - before, 5ms) << "did not wait for the batch to fill";
    this->send(9, 15);
    EXPECT_EQ(this->receive(patient, 4), (sequence{9, 10, 11, 12}));
    this->c.close();
    EXPECT_EQ(this->receive(patient, 4), (sequence{13, 14})) << "lost an item of a batch at the end";
    EXPECT_EQ(this->receive(patient, 4), sequence{});
}

TYPED_TEST_P(OverloadBatches, LoseNothingWhileItemsComeSlowly) {
    constexpr std::uint64_t count = 2000;
    typename TestFixture::batches patient(this->c, 50us);
    sequence all;
    together(2, [&](unsigned i) {
        if (i == 0) {
            auto in = this->c.sender();
            for (std::uint64_t n = 0; n < count; ++n) {
                ASSERT_TRUE(in.send(std::uint64_t{n}));
                if (n % 5 == 0) {
                    std::this_thread::sleep_for(20us);
                }
            }
            this->c.close();
            return;
        }
        for (sequence some = this->receive(patient, 8); !some.empty(); some = this->receive(patient, 8)) {
            all.insert(all.end(), some.begin(), some.end());
        }
    });
    sequence expected(count);
    for (std::uint64_t n = 0; n < count; ++n) {
        expected[n] = n;
    }
    EXPECT_TRUE(all == expected) << "lost, or out of order: " << all.size() << " of " << count << " items came";
}

REGISTER_TYPED_TEST_SUITE_P(OverloadBatches, AreFullOrWhatIsThereWhenTheTimeIsUp,
                            LoseNothingWhileItemsComeSlowly);

}  // namespace handoff::tests
