// The audit finds each kind of fault in records made by hand.
#include <gtest/gtest.h>

#include <cstring>
#include <set>

#include "shared/item.hpp"
#include "shared/quota.hpp"
#include "wait/yield.hpp"

namespace handoff::benchmarks {
namespace {

using receipts = std::vector<ledger>;

template <bool Ordered = true>
ledger with(std::vector<std::pair<std::uint64_t, std::uint64_t>> items) {
    ledger l(2);
    ledger::page page = l.open();
    for (const auto& [producer, sequence] : items) {
        page.enter<Ordered>(item<8>(producer, sequence));
    }
    l.close(page, items.size());
    return l;
}

TEST(Audit, FindsNothingWhereNothingIsWrong) {
    EXPECT_EQ(audit({with({{0, 0}, {1, 0}, {0, 2}}), with({{0, 1}, {1, 1}})}, {3, 2}, 0), "");
    EXPECT_EQ(audit({with({})}, {0, 0}, 0), "");
}

TEST(Audit, FindsLoss) {
    EXPECT_EQ(audit({with({{0, 0}, {0, 2}})}, {3, 0}, 0), "lost: 3 items in, 2 out");
}

TEST(Audit, FindsDuplicates) {
    EXPECT_EQ(audit({with({{0, 0}}), with({{0, 0}, {0, 1}})}, {2, 0}, 0), "duplicated: 2 items in, 3 out");
    EXPECT_EQ(audit({with({{0, 0}, {0, 1}})}, {2, 0}, 1), "duplicated: 2 items in, 3 out");
}

TEST(Audit, FindsOvertaking) {
    EXPECT_EQ(audit({with({{0, 1}, {0, 0}})}, {2, 0}, 0).substr(0, 5), "order");
    EXPECT_EQ(audit({with({{0, 0}, {0, 0}})}, {2, 0}, 0).substr(0, 5), "order") << "twice in a row";
    EXPECT_EQ(audit({with<false>({{0, 1}, {0, 0}})}, {2, 0}, 0), "") << "a queue that promises no order";
}

TEST(Audit, FindsLossAndDuplicationThatCancelOut) {
    // across consumers, so that no order gives it away
    EXPECT_EQ(audit({with({{0, 0}, {0, 2}}), with({{0, 2}})}, {3, 0}, 0).substr(0, 8), "checksum");
    EXPECT_EQ(audit({with({{0, 0}, {0, 1}})}, {2, 1}, 1).substr(0, 8), "checksum")
        << "the item left behind is another";
}

TEST(Audit, FindsSetsWhoseSumsAndSquaresAgree) {
    // heads and their squares cancel modulo 2^64: (0,100), (1,32868) lost; (0,32868), (1,100) twice
    EXPECT_NE(image(item<8>(0, 100).head()) + image(item<8>(1, 32868).head()),
              image(item<8>(0, 32868).head()) + image(item<8>(1, 100).head()));
}

template <bool Ordered>
std::string audit_of_one(const auto& received) {
    ledger l(1);
    ledger::page page = l.open();
    page.enter<Ordered>(received);
    l.close(page, 1);
    return audit({l}, {1}, 0);
}

TEST(Audit, FindsTornItems) {
    item<64> a(0, 0);
    const item<64> b(0, 1);
    std::memcpy(reinterpret_cast<char*>(&a) + 56, reinterpret_cast<const char*>(&b) + 56, 8);
    EXPECT_EQ(audit_of_one<true>(a).substr(0, 4), "torn");
    EXPECT_EQ(audit_of_one<false>(a).substr(0, 4), "torn");
    EXPECT_TRUE(b.whole());
}

TEST(Audit, FindsItemsOfNobody) {
    EXPECT_EQ(audit_of_one<true>(item<8>(5, 0)).substr(0, 7), "corrupt");
    EXPECT_EQ(audit_of_one<true>(item<8>(1, 0)).substr(0, 7), "corrupt") << "the first that there is not";
    EXPECT_EQ(audit_of_one<false>(item<8>(5, 0)).substr(0, 7), "corrupt");
}

TEST(Audit, KeepsAPlaceForEveryProducer) {
    for (const std::size_t producers : {1U, 14U, 15U, 16U, 17U, 31U, 32U, 100U}) {
        ledger l(producers);
        ledger::page page = l.open();
        for (std::uint64_t sequence = 0; sequence < 3; ++sequence) {
            for (std::size_t p = 0; p < producers; ++p) {
                page.enter(item<8>(p, sequence));
            }
        }
        ledger last_disordered = l;
        l.close(page, 3 * producers);
        const std::vector<std::uint64_t> pushed(producers, 3);
        EXPECT_EQ(audit({l}, pushed, 0), "") << producers;

        ledger::page next = last_disordered.open();
        next.enter(item<8>(producers - 1, 1));
        last_disordered.close(next, 1);
        std::vector<std::uint64_t> one(producers, 0);
        one.back() = 1;
        EXPECT_EQ(audit({last_disordered}, one, 0).substr(0, 5), "order") << producers;
    }
}

/// What the light check says of items that one consumer received; `pushed` by each producer.
template <std::size_t Bytes = 8>
std::string lightly(const std::vector<item<Bytes>>& items, std::vector<std::uint64_t> pushed,
                    std::uint64_t left = 0) {
    light_ledger l(pushed.size());
    light_ledger::page page = l.open();
    for (const auto& one : items) {
        page.enter(one);
    }
    l.close(page, items.size());
    return audit({l}, pushed, left, Bytes);
}

TEST(LightAudit, FindsNothingWhereNothingIsWrong) {
    using one = item<8>;
    EXPECT_EQ(lightly<8>({}, {0}), "");
    EXPECT_EQ(lightly<8>({one(0, 0), one(0, 1), one(0, 2)}, {3}), "");
    EXPECT_EQ(lightly<8>({one(1, 0), one(0, 0), one(1, 1)}, {1, 2}), "") << "of two producers, in any order";
    EXPECT_EQ(lightly<64>({item<64>(1, 0), item<64>(0, 0), item<64>(1, 1)}, {1, 2}), "");
    EXPECT_EQ(lightly<256>({item<256>(0, 0), item<256>(0, 1)}, {2}), "");
}

TEST(LightAudit, FindsLossAndDuplicates) {
    using one = item<8>;
    EXPECT_EQ(lightly<8>({one(0, 0), one(0, 2)}, {3}), "lost: 3 items in, 2 out");
    EXPECT_EQ(lightly<8>({one(0, 0), one(0, 1)}, {2}, 1), "duplicated: 2 items in, 3 out");
    EXPECT_EQ(lightly<8>({one(0, 0), one(0, 0)}, {2}).substr(0, 5), "order");
    EXPECT_EQ(lightly<8>({one(0, 0), one(1, 0), one(1, 0)}, {1, 2}).substr(0, 8), "checksum");
    EXPECT_EQ(lightly<8>({one(0, 0), one(0, 2), one(0, 3)}, {3}).substr(0, 8), "checksum") << "one of nobody's";
}

TEST(LightAudit, FindsOvertakingWhereThereIsOneProducer) {
    using one = item<8>;
    EXPECT_EQ(lightly<8>({one(0, 1), one(0, 0)}, {2}).substr(0, 5), "order");
    EXPECT_EQ(lightly<8>({one(1, 1), one(1, 0)}, {0, 2}), "") << "of two it takes the ledger";
}

TEST(LightAudit, FindsWordsThatWereChanged) {
    item<64> a(0, 0);
    const item<64> b(0, 1);
    std::memcpy(reinterpret_cast<char*>(&a) + 56, reinterpret_cast<const char*>(&b) + 56, 8);
    EXPECT_EQ(lightly<64>({a}, {1}).substr(0, 8), "checksum");
    EXPECT_EQ(lightly<64>({a, b}, {2}).substr(0, 8), "checksum");
}

TEST(LightAudit, ProvesTheOrderOfOneProducer) {
    // Any other sequence of as many items, ascending or not, is found: all of them up to five out of eight.
    const auto verdict = [](const std::vector<std::uint64_t>& heads) {
        std::vector<item<8>> items;
        for (const std::uint64_t head : heads) {
            items.emplace_back(head);
        }
        return lightly<8>(items, {heads.size()});
    };
    for (std::size_t length = 1; length <= 5; ++length) {
        std::vector<std::uint64_t> heads(length, 0);
        std::size_t passed = 0;
        for (bool more = true; more;) {
            passed += verdict(heads).empty();
            more = false;
            for (std::uint64_t& head : heads) {
                if (++head < 8) {
                    more = true;
                    break;
                }
                head = 0;
            }
        }
        EXPECT_EQ(passed, 1U) << length;
    }
}

TEST(Item, OfAHeadIsTheSameAsOfProducerAndSequence) {
    const item<64> a(3, 7);
    const item<64> b(a.head());
    EXPECT_EQ(std::memcmp(&a, &b, sizeof a), 0);
    EXPECT_TRUE(b.whole());
    EXPECT_EQ(item<64>(a.head() + 1).sequence(), 8U);
    EXPECT_EQ(item<64>(a.head() + 1).producer(), 3U);
}

TEST(Quota, HandsOutExactlyTheTotal) {
    for (const std::uint64_t total : {0U, 1U, 7U, 1000U, 1000000U}) {
        quota q(total, 3);
        std::uint64_t sum = 0;
        for (std::uint64_t chunk; (chunk = q.claim()) > 0;) {
            EXPECT_LE(chunk, 1024U);
            sum += chunk;
            EXPECT_EQ(q.claimed(), sum);
        }
        EXPECT_EQ(sum, total);
    }
}

TEST(Item, APriorityIsOfOneHeadAndGrowsWithTheSequence) {
    std::set<std::uint64_t> seen;
    std::uint64_t sum = 0;
    for (std::uint64_t producer : {0, 1, 77}) {
        for (std::uint64_t i = 0; i < 5000; ++i) {
            const item<64, true> one(producer, i);
            EXPECT_EQ(one.head(), item<8>(producer, i).head());
            EXPECT_EQ(one.producer(), producer);
            EXPECT_EQ(one.sequence(), i);
            EXPECT_TRUE(one.whole());
            EXPECT_EQ(one.sum(), item<64>(producer, i).sum());
            EXPECT_TRUE(seen.insert(one.priority()).second) << "two items share a priority";
            EXPECT_TRUE(one < (item<64, true>(producer, i + 1024))) << "more than 1023 turns later";
            sum += (one.priority() >> 24) - i;
        }
    }
    EXPECT_NEAR(static_cast<double>(sum) / 15000, 511.5, 20) << "the mean of what is random";
}

}  // namespace
}  // namespace handoff::benchmarks
