// Implementations that the build left out: what is asked for beside them runs, and what is asked for alone is
// refused.
#include <gtest/gtest.h>

#include "expansion.hpp"
#include "registry.hpp"

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

}  // namespace
}  // namespace handoff::harness
