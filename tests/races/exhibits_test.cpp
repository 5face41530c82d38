// The exhibits in this process: what the repaired twins promise (under ThreadSanitizer too), and what every
// entry of the list says of itself.
#include <gtest/gtest.h>

#include <set>

#include "exhibit.hpp"

namespace handoff::races {
namespace {

TEST(Exhibits, RepairedTwinsHold) {
    for (const exhibit& e : all_exhibits()) {
        for (const twin& t : e.twins) {
            if (t.is == role::repaired) {
                tally outcome(-1);
                t.play({200, 7}, outcome);
                EXPECT_EQ(outcome.seen().rounds, 200U) << e.name << "/" << t.name;
                EXPECT_EQ(outcome.seen().failures, 0U) << e.name << "/" << t.name;
            }
        }
    }
}

TEST(Exhibits, EveryOneHasBothRolesAndSaysWhatItShows) {
    const std::set<std::string_view> kinds{"wrong_result", "hung", "no_progress", "starved"};
    std::set<std::string_view> names;
    for (const exhibit& e : all_exhibits()) {
        EXPECT_TRUE(names.insert(e.name).second) << e.name << " stands twice";
        EXPECT_TRUE(kinds.contains(e.kind)) << e.name << ": " << e.kind;
        EXPECT_FALSE(e.title.empty() || e.fails.empty()) << e.name;
        EXPECT_GT(e.rounds, 0U) << e.name;
        std::set<role> roles;
        std::set<std::string_view> twins;
        for (const twin& t : e.twins) {
            roles.insert(t.is);
            EXPECT_TRUE(twins.insert(t.name).second) << e.name << "/" << t.name << " stands twice";
            EXPECT_TRUE(t.name.starts_with(t.is == role::broken ? "broken" : "repaired"))
                << e.name << "/" << t.name;
            EXPECT_FALSE(t.how.empty() || t.seen_failed.empty()) << e.name << "/" << t.name;
            EXPECT_FALSE(t.is == role::repaired && t.seen_none.empty()) << e.name << "/" << t.name;
        }
        EXPECT_EQ(roles.size(), 2U) << e.name;
    }
}

}  // namespace
}  // namespace handoff::races
