// The overload policies of impls/overload/, and receivers of batches.

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "channels/csp_channel.hpp"
#include "channels/faa_array_channel.hpp"
#include "channels/semaphore_channel.hpp"
#include "channels/vyukov_ring_channel.hpp"
#include "overload/batch_receiver.hpp"
#include "overload/block.hpp"
#include "overload/caller_runs.hpp"
#include "overload/drop_newest.hpp"
#include "overload/drop_oldest.hpp"
#include "overload/grow.hpp"
#include "overload/latest.hpp"
#include "overload/policy_tests.hpp"
#include "overload/reject.hpp"
#include "overload/sample.hpp"
#include "shared/threads.hpp"
#include "shared/typed_suites.hpp"

namespace handoff::tests {

using impls::channel_options;
using number = std::uint64_t;
using csp = impls::csp_channel<number>;
using ring = impls::vyukov_ring_channel<number>;
using semaphores = impls::semaphore_channel<number>;

// Each policy in the form of policy_tests.hpp: (channel, lost, run).
template <class C, class Lost, class Run>
struct blocks : overload::block<C> {
    blocks(C& c, Lost, Run) : overload::block<C>(c) {}
};
template <class C, class Lost, class Run>
struct rejects : overload::reject<C> {
    rejects(C& c, Lost, Run) : overload::reject<C>(c) {}
};
template <class C, class Lost, class Run>
struct drops_newest : overload::drop_newest<C, Lost> {
    drops_newest(C& c, Lost lost, Run) : overload::drop_newest<C, Lost>(c, lost) {}
};
template <class C, class Lost, class Run>
struct drops_oldest : overload::drop_oldest<C, Lost> {
    drops_oldest(C& c, Lost lost, Run) : overload::drop_oldest<C, Lost>(c, lost) {}
};
template <class C, class Lost, class Run>
struct keeps_latest : overload::latest<C, Lost> {
    keeps_latest(C& c, Lost lost, Run) : overload::latest<C, Lost>(c, lost) {}
};
template <class C, class Lost, class Run>
struct samples : overload::sample<C, Lost> {
    samples(C& c, Lost lost, Run) : overload::sample<C, Lost>(c, 4, lost) {}
};
template <class C, class Lost, class Run>
struct runs : overload::caller_runs<C, Run> {
    runs(C& c, Lost, Run run) : overload::caller_runs<C, Run>(c, run) {}
};

using all_policies =
    testing::Types<policy_over<blocks, csp>, policy_over<rejects, csp>, policy_over<drops_newest, csp>,
                   policy_over<drops_oldest, csp>, policy_over<keeps_latest, csp>, policy_over<samples, csp>,
                   policy_over<runs, csp>, policy_over<rejects, ring>, policy_over<drops_oldest, ring>,
                   policy_over<keeps_latest, ring>, policy_over<runs, ring>,
                   policy_over<drops_newest, semaphores>, policy_over<drops_oldest, semaphores>,
                   policy_over<keeps_latest, semaphores>>;
HANDOFF_TYPED_TESTS(Ours, OverloadPolicy, all_policies);

using all_batches = testing::Types<batches_over<overload::batch_receiver<csp>, csp>,
                                   batches_over<overload::batch_receiver<ring>, ring>,
                                   batches_over<overload::batch_receiver<semaphores>, semaphores>>;
HANDOFF_TYPED_TESTS(Ours, OverloadBatches, all_batches);

TEST(Overload, GrowNeverWaits) {
    impls::faa_array_channel<number> c(channel_options{.capacity = channel_options::unbounded});
    overload::grow p(c);
    for (number n = 0; n < 10'000; ++n) {
        ASSERT_EQ(p.offer(number{n}), offered::accepted);
    }
    auto out = c.receiver();
    for (number n = 0; n < 10'000; ++n) {
        number value = 0;
        ASSERT_TRUE(out.receive(value));
        ASSERT_EQ(value, n);
    }
    c.close();
    EXPECT_EQ(p.offer(1), offered::closed);
    EXPECT_EQ(p.seen(), (overload::counts{.accepted = 10'000, .closed = 1}));
}

TEST(Overload, PoliciesMoveWhatCannotBeCopiedAndForgetByDefault) {
    using pointer = std::unique_ptr<number>;
    using channel = impls::csp_channel<pointer>;
    channel c({.capacity = 1});
    overload::drop_oldest<channel> oldest(c);
    overload::drop_newest<channel> newest(c);
    overload::reject<channel> reject(c);
    EXPECT_EQ(oldest.offer(std::make_unique<number>(1)), offered::accepted);
    EXPECT_EQ(newest.offer(std::make_unique<number>(2)), offered::dropped);
    EXPECT_EQ(oldest.offer(std::make_unique<number>(3)), offered::accepted);
    pointer kept = std::make_unique<number>(4);
    EXPECT_EQ(reject.offer(std::move(kept)), offered::refused);
    ASSERT_TRUE(kept);  // NOLINT(bugprone-use-after-move): what is refused is left alone
    auto out = c.receiver();
    pointer received;
    ASSERT_TRUE(out.receive(received));
    EXPECT_EQ(*received, 3U);
    overload::latest<channel> latest(c);
    EXPECT_EQ(latest.offer(std::make_unique<number>(5)), offered::accepted);
    EXPECT_EQ(latest.offer(std::make_unique<number>(6)), offered::accepted);
    ASSERT_TRUE(out.receive(received));
    EXPECT_EQ(*received, 6U);
}

/// As a ring looks to a sender while a receiver that has claimed the oldest item stands still: full for so many
/// tries, whatever is taken out behind that item.
struct ring_with_a_slow_receiver {
    using value_type = number;
    static constexpr auto receivers = impls::cardinality::many;

    unsigned full_for;

    struct end {
        ring_with_a_slow_receiver& of;
        impls::channel_status try_send(number&&) const {
            return of.full_for == 0 ? impls::channel_status::success
                                    : (--of.full_for, impls::channel_status::would_wait);
        }
        static impls::channel_status try_receive(number& out) {
            out = 0;
            return impls::channel_status::success;
        }
    };
    end sender() { return {*this}; }
    end receiver() { return {*this}; }
};

TEST(Overload, DropOldestDoesNotEmptyAChannelWhoseReceiverStandsStill) {
    ring_with_a_slow_receiver channel{.full_for = 64};
    overload::drop_oldest policy(channel);
    EXPECT_EQ(policy.offer(number{1}), overload::offered::accepted);
    EXPECT_EQ(policy.seen().dropped_oldest, 1U);
    channel.full_for = 640;
    EXPECT_EQ(policy.offer(number{2}), overload::offered::accepted);
    EXPECT_LE(policy.seen().dropped_oldest, 12U);
    EXPECT_GE(policy.seen().dropped_oldest, 3U) << "it never drops again, and may wait for ever";
}

TEST(Overload, ABlockedSenderIsToldOfTheEnd) {
    csp c({.capacity = 1});
    overload::block p(c);
    EXPECT_EQ(p.offer(1), offered::accepted);
    offered last{};
    {
        waiter sender([&] { last = p.offer(2); });
        EXPECT_TRUE(sender.waits());
        c.close();
    }
    EXPECT_EQ(last, offered::closed);
}

// ---------------------------------------------------------------------------------------------------- stress

/// Some senders under the policy and two receivers: each item is received, lost, run or refused, once.
template <class Subject>
class OverloadStress : public testing::Test {};
TYPED_TEST_SUITE_P(OverloadStress);

TYPED_TEST_P(OverloadStress, EveryItemIsAccountedForOnce) {
    using channel = typename TypeParam::channel;
    using policy = typename TypeParam::policy;
    constexpr unsigned senders = 3;
    constexpr unsigned receivers = 2;
    constexpr number each = 2000;
    for (const std::size_t capacity : {2U, 16U}) {
        channel c({.capacity = capacity});
        std::vector<handed_out<number>> handed(senders);
        std::vector<overload::counts> said(senders);
        std::vector<std::vector<number>> refused(senders);
        std::vector<std::vector<number>> received(receivers);
        std::atomic<unsigned> sending{senders};
        together(senders + receivers, [&](unsigned i) {
            if (i < senders) {
                {
                    policy p(c, {&handed[i]}, {&handed[i]});
                    for (number n = 0; n < each; ++n) {
                        number value = number{i} << 32 | n;
                        if (p.offer(std::move(value)) == offered::refused) {
                            refused[i].push_back(value);  // NOLINT(bugprone-use-after-move): it is left alone
                        }
                    }
                    said[i] = p.seen();
                }
                if (sending.fetch_sub(1) == 1) {
                    c.close();
                }
                return;
            }
            auto out = c.receiver();
            for (number value = 0; out.receive(value);) {
                received[i - senders].push_back(value);
            }
        });
        std::map<number, int> times;
        overload::counts all;
        std::uint64_t lost = 0;
        for (unsigned i = 0; i < senders; ++i) {
            for (const auto& [value, why] : handed[i].lost) {
                ++times[value];
            }
            for (const number value : handed[i].ran) {
                ++times[value];
            }
            for (const number value : refused[i]) {
                ++times[value];
            }
            EXPECT_EQ(said[i].ran, handed[i].ran.size());
            EXPECT_EQ(said[i].refused, refused[i].size());
            EXPECT_EQ(said[i].dropped_newest + said[i].dropped_oldest + said[i].conflated + said[i].sampled,
                      handed[i].lost.size());
            lost += said[i].dropped_oldest + said[i].conflated;
            all.accepted += said[i].accepted;
        }
        std::uint64_t count = 0;
        std::vector<number> last(senders);
        for (const std::vector<number>& own : received) {
            std::vector<number> next(senders);
            for (const number value : own) {
                ++times[value];
                const number sender = value >> 32;
                ASSERT_LT(sender, senders);
                EXPECT_GE(value & 0xffff'ffff, next[sender]) << "out of order";
                next[sender] = (value & 0xffff'ffff) + 1;
            }
            for (unsigned i = 0; i < senders; ++i) {
                last[i] = std::max(last[i], next[i]);
            }
            count += own.size();
        }
        EXPECT_EQ(count + lost, all.accepted);
        EXPECT_EQ(times.size(), senders * each) << "lost";
        for (const auto& [value, n] : times) {
            ASSERT_EQ(n, 1) << "item " << (value & 0xffff'ffff) << " of sender " << (value >> 32)
                            << " came twice";
        }
        if (policy::name == "latest" || policy::name == "drop_oldest") {
            EXPECT_TRUE(std::ranges::find(last, each) != last.end()) << "the very last item was not received";
        }
    }
}

REGISTER_TYPED_TEST_SUITE_P(OverloadStress, EveryItemIsAccountedForOnce);

using stressed =
    // Not over semaphore_channel, whose semaphores yield: with more threads than CPUs that takes minutes.
    testing::Types<policy_over<blocks, ring>, policy_over<rejects, csp>, policy_over<drops_newest, ring>,
                   policy_over<drops_oldest, csp>, policy_over<drops_oldest, ring>,
                   policy_over<keeps_latest, csp>, policy_over<keeps_latest, ring>, policy_over<samples, csp>,
                   policy_over<runs, ring>>;
HANDOFF_TYPED_TESTS(Ours, OverloadStress, stressed);

}  // namespace handoff::tests
