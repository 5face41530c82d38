// The audit finds each kind of fault in records made by hand.
#include <gtest/gtest.h>

#include <cstring>

#include "wait/yield.hpp"
#include "workloads/item.hpp"
#include "workloads/quota.hpp"

namespace handoff::benchmarks {
namespace {

using receipts = std::vector<ledger>;

ledger with(std::vector<std::pair<std::uint64_t, std::uint64_t>> items, bool ordered = true) {
    ledger l(2, ordered);
    ledger::page page = l.open();
    for (const auto& [producer, sequence] : items) {
        page.enter(item<8>(producer, sequence));
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
    EXPECT_EQ(audit({with({{0, 1}, {0, 0}}, false)}, {2, 0}, 0), "") << "a queue that promises no order";
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

TEST(Audit, FindsTornItems) {
    item<64> a(0, 0);
    const item<64> b(0, 1);
    std::memcpy(reinterpret_cast<char*>(&a) + 56, reinterpret_cast<const char*>(&b) + 56, 8);
    ledger l(1, true);
    ledger::page page = l.open();
    page.enter(a);
    l.close(page, 1);
    EXPECT_EQ(audit({l}, {1}, 0).substr(0, 4), "torn");
    EXPECT_TRUE(b.whole());
}

TEST(Audit, FindsItemsOfNobody) {
    ledger l(1, true);
    ledger::page page = l.open();
    page.enter(item<8>(5, 0));
    l.close(page, 1);
    EXPECT_EQ(audit({l}, {1}, 0).substr(0, 7), "corrupt");
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

}  // namespace
}  // namespace handoff::benchmarks
