// Implementations that the build left out, and points that stall here: what is asked for beside them runs, and
// what is asked for alone is refused.
#include <gtest/gtest.h>

#include "expansion.hpp"
#include "registry.hpp"
#include "topology.hpp"

namespace handoff::harness {
namespace {

class NotBuilt : public testing::Test {
protected:
    void SetUp() override {
        candidate there;
        there.family = "birds";
        there.workload = "flight";
        there.impl = "swift";
        there.axes = {{"threads", {"1"}}};
        there.judge = [](std::string_view, std::string_view value) {
            return value == "1" ? verdict{} : verdict{verdict::kind::not_offered, "a swift flies alone"};
        };
        there.threads = [](const point&) { return std::size_t{1}; };
        registry().push_back(there);
        not_built().push_back({"birds", "dodo", "Mauritius not found (Debian: libmauritius-dev)", ""});
        not_built().push_back({"fish", "coelacanth", "Comoros not found (Debian: libcomoros-dev)", ""});
    }
    void TearDown() override {
        registry().pop_back();
        not_built().resize(not_built().size() - 2);
    }

    static expansion ask(const std::vector<std::string>& impls,
                         const std::vector<std::string>& threads = {"1"}) {
        block asked;
        asked.place = "flags";
        asked.families = {{"birds", "flags"}};
        for (const std::string& name : impls) {
            asked.impls.push_back({name, "--impl"});
        }
        for (const std::string& count : threads) {
            asked.axes["threads"].push_back({count, "--threads"});
        }
        return expand(asked);
    }
    static std::string refusal_of(const std::vector<std::string>& impls) {
        try {
            ask(impls);
        } catch (const usage_error& e) {
            return e.what();
        }
        return "";
    }
};

TEST_F(NotBuilt, OthersAreExpandedAndItIsLeftOutWithTheReason) {
    const expansion all = ask({"dodo", "swift"});
    ASSERT_EQ(all.points.size(), 1U);
    EXPECT_EQ(all.points.front().impl, "swift");
    EXPECT_TRUE(all.left_out.contains("impl dodo: not built: Mauritius not found (Debian: libmauritius-dev)"));
}

TEST_F(NotBuilt, ValuesThatOnlyItMayHaveHadAreLeftOutWithIt) {
    EXPECT_EQ(ask({"dodo", "swift"}, {"1", "2"}).points.size(), 1U);
    EXPECT_THROW(ask({"swift"}, {"1", "2"}), usage_error);
    EXPECT_THROW(ask({"dodo", "swift"}, {"2"}), usage_error);
}

TEST_F(NotBuilt, AloneItIsRefusedAndNoBlockOfASweepFailsForIt) {
    EXPECT_EQ(refusal_of({"dodo"}),
              "impl dodo (--impl): not built: Mauritius not found (Debian: libmauritius-dev)");
    EXPECT_THROW(ask({"dodo"}), nothing_here);
}

TEST_F(NotBuilt, AnotherFamilysIsUnknown) {
    EXPECT_EQ(refusal_of({"coelacanth"}), "impl coelacanth (--impl): legal: swift");
    EXPECT_EQ(refusal_of({"dodo", "emu"}), "impl emu (--impl): legal: swift");
}

TEST_F(NotBuilt, WhoNamesNoImplementationIsToldNothing) {
    EXPECT_TRUE(ask({}).left_out.empty());
}

/// Cuckoos stall where there are more of them than CPUs.
class StallsCrowded : public testing::Test {
protected:
    void SetUp() override {
        candidate cuckoo;
        cuckoo.family = "birds";
        cuckoo.workload = "flight";
        cuckoo.impl = "cuckoo";
        cuckoo.axes = {{"threads", {"1"}}};
        cuckoo.judge = [](std::string_view, std::string_view) { return verdict{}; };
        cuckoo.threads = [](const point& p) { return p.number("threads"); };
        cuckoo.stalls_crowded = [](const point&) { return "a cuckoo waits for all others"; };
        registry().push_back(cuckoo);
    }
    void TearDown() override { registry().pop_back(); }

    static block asked(const std::vector<std::string>& threads) {
        block of;
        of.place = "blocks[0]";
        of.families = {{"birds", "blocks[0]"}};
        for (const std::string& count : threads) {
            of.axes["threads"].push_back({count, "blocks[0].threads"});
        }
        return of;
    }
    static std::string crowd() { return std::to_string(processors().size() + 1); }
};

TEST_F(StallsCrowded, IsLeftOutWithTheReason) {
    const expansion all = expand(asked({"1", crowd()}));
    ASSERT_EQ(all.points.size(), 1U);
    EXPECT_EQ(all.points.front().value("threads"), "1");
    EXPECT_TRUE(all.left_out.contains("a cuckoo waits for all others: left out with more threads than CPUs (" +
                                      std::to_string(processors().size()) +
                                      " here) unless \"oversubscribed\" is true"))
        << (all.left_out.empty() ? "nothing was left out" : all.left_out.begin()->first);
    EXPECT_THROW(expand(asked({crowd()})), nothing_here);
}

TEST_F(StallsCrowded, RunsWhereItsBlockOrAPointsNameAsksForIt) {
    block all = asked({"1", crowd()});
    all.oversubscribed = true;
    EXPECT_EQ(expand(all).points.size(), 2U);
    all.oversubscribed = false;
    EXPECT_EQ(expand(all).points.size(), 1U);
    EXPECT_EQ(expand(block_of_point("birds/flight/cuckoo/threads:" + crowd())).points.size(), 1U);
}

}  // namespace
}  // namespace handoff::harness
