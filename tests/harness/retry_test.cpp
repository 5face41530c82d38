#include "retry.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "as_json.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

run_header header(unsigned repetitions, unsigned per_point, unsigned percent, std::uint64_t seed = 1) {
    json points = json::array();
    for (const char* name : {"a", "b", "c"}) {
        points.push_back({{"name", name}});
    }
    return from_json<run_header>({{"points", points},
                                  {"seed", seed},
                                  {"trials", 3 * repetitions},
                                  {"sweep",
                                   {{"repetitions", repetitions},
                                    {"retry_contaminated", per_point},
                                    {"retry_budget_percent", percent}}}});
}

trial_line trial(const std::string& name, unsigned repetition, bool flagged) {
    return from_json<trial_line>({{"point", name},
                                  {"repetition", repetition},
                                  {"status", "ok"},
                                  {"steal_ticks", 0},
                                  {"trial_wall_seconds", 1.0},
                                  {"measurement",
                                   {{"overlap", flagged ? 0.5 : 1.0},
                                    {"probe", nullptr},
                                    {"oversubscribed", false},
                                    {"window_seconds", 0.1},
                                    {"team", json::array()}}}});
}

trial_line again(const std::string& name, const retry& r, bool flagged) {
    trial_line t = trial(name, r.repetition, flagged);
    t.retry_of = r.of;
    return t;
}

TEST(Retries, NoneWhereNobodyAsksOrNothingIsFlagged) {
    retries off(header(2, 0, 100));
    off.enter(trial("a", 0, true));
    EXPECT_FALSE(off.next());
    EXPECT_EQ(off.budget(), 0U);
    retries clean(header(2, 5, 100));
    for (const char* name : {"a", "b", "c"}) {
        clean.enter(trial(name, 0, false));
    }
    EXPECT_FALSE(clean.next());
    EXPECT_EQ(clean.budget(), 6U);
}

TEST(Retries, OneThatHasNoFlagCuresItsOriginal) {
    retries left(header(3, 2, 100));
    left.enter(trial("a", 0, false));
    left.enter(trial("a", 1, true));
    left.enter(trial("a", 2, false));
    EXPECT_EQ(left.outstanding(), 2U);
    const auto first = left.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->point, 0U);
    EXPECT_EQ(first->repetition, 3U) << "behind the planned ones";
    EXPECT_EQ(first->of, 1U);
    EXPECT_LT(first->seed, std::uint64_t{1} << 53);
    left.enter(again("a", *first, true));
    const auto second = left.next();
    ASSERT_TRUE(second);
    EXPECT_EQ(second->repetition, 4U);
    EXPECT_EQ(second->of, 1U) << "the planned one, also when its repetition was flagged";
    EXPECT_NE(second->seed, first->seed);
    left.enter(again("a", *second, false));
    EXPECT_FALSE(left.next());
    EXPECT_EQ(left.made(), 2U);
}

TEST(Retries, ATrialThatChecksInFullIsNoRepetition) {
    run_header asked = header(2, 2, 100);
    asked.points[0].light_check = true;
    retries left(asked);
    trial_line full = trial("a", 2, true);
    full.check = "full";
    left.enter(full);
    EXPECT_FALSE(left.next()) << "its flags are nothing to it";
    left.enter(trial("a", 0, true));
    const auto first = left.next();
    ASSERT_TRUE(first);
    EXPECT_EQ(first->repetition, 3U) << "behind all that was planned";
}

TEST(Retries, APointThatIsAlwaysFlaggedHasItsShareAndNoMore) {
    retries left(header(4, 2, 100));
    for (unsigned i = 0; i < 4; ++i) {
        left.enter(trial("b", i, true));
    }
    unsigned made = 0;
    for (; const auto next = left.next(); ++made) {
        left.enter(again("b", *next, true));
    }
    EXPECT_EQ(made, 2U);
    EXPECT_EQ(left.outstanding(), 0U);
}

TEST(Retries, TheBudgetIsTheWholeRunsAndRoundsUp) {
    retries left(header(5, 9, 10));  // 15 trials are planned
    EXPECT_EQ(left.budget(), 2U);
    for (const char* name : {"a", "b", "c"}) {
        left.enter(trial(name, 0, true));
    }
    EXPECT_EQ(left.outstanding(), 2U);
    unsigned made = 0;
    std::set<std::size_t> points;
    for (; const auto next = left.next(); ++made) {
        points.insert(next->point);
        left.enter(again(std::string(1, static_cast<char>('a' + next->point)), *next, true));
    }
    EXPECT_EQ(made, 2U);
    EXPECT_EQ(points.size(), 2U) << "by turns";
}

TEST(Retries, WhoHasTheFewestSoundTrialsIsFirst) {
    retries left(header(3, 9, 100));
    for (unsigned i = 0; i < 3; ++i) {
        left.enter(trial("a", i, i == 0));
        left.enter(trial("b", i, i != 0));
        left.enter(trial("c", i, i == 1));
    }
    std::vector<std::size_t> order;
    while (const auto next = left.next()) {
        order.push_back(next->point);
        left.enter(again(std::string(1, static_cast<char>('a' + next->point)), *next, false));
    }
    ASSERT_EQ(order.size(), 4U);
    EXPECT_EQ(order[0], 1U) << "it has one, the others two";
    EXPECT_EQ((std::set<std::size_t>(order.begin(), order.end())), (std::set<std::size_t>{0, 1, 2}));
}

TEST(Retries, EqualsAreDrawnByTheSeedAndNotByTheirPlace) {
    std::set<std::size_t> first;
    for (std::uint64_t seed = 0; seed < 64; ++seed) {
        retries left(header(1, 1, 100, seed));
        for (const char* name : {"a", "b", "c"}) {
            left.enter(trial(name, 0, true));
        }
        first.insert(left.next()->point);
    }
    EXPECT_EQ(first.size(), 3U);
}

TEST(Retries, FailedTrialsAreNotRepeatedAndAFailedRetryIsSpent) {
    retries left(header(2, 1, 100));
    trial_line failed = trial("a", 0, false);
    failed.status = trial_status::crashed;
    failed.measurement.reset();
    left.enter(failed);
    EXPECT_FALSE(left.next());
    left.enter(trial("a", 1, true));
    const auto next = left.next();
    ASSERT_TRUE(next);
    trial_line failed_again = failed;
    failed_again.repetition = next->repetition;
    failed_again.retry_of = next->of;
    left.enter(failed_again);
    EXPECT_EQ(left.made(), 1U);
    EXPECT_FALSE(left.next());
}

std::vector<std::string> texts_of(const std::vector<trial_line>& lines) {
    std::vector<std::string> all;
    for (const trial_line& line : lines) {
        all.push_back(line_of(line));
    }
    return all;
}

TEST(Retries, OneThatWasLostFromTheMiddleIsMadeAgain) {
    retries whole(header(1, 3, 300));
    whole.enter(trial("a", 0, true));
    const retry first = *whole.next();
    whole.enter(again("a", first, true));
    const retry second = *whole.next();
    retries left(header(1, 3, 300));  // the line of the first was damaged
    left.enter(trial("a", 0, true));
    left.enter(again("a", second, true));
    const auto next = left.next();
    ASSERT_TRUE(next);
    EXPECT_EQ(next->repetition, first.repetition) << "no repetition is there twice";
    EXPECT_EQ(next->seed, first.seed);
    left.enter(again("a", *next, true));
    EXPECT_EQ(left.next()->repetition, 3U);
}

TEST(Retries, AKilledRunGoesOnWhereItStopped) {
    // Every prefix of the journal leads to the same rest.
    std::vector<trial_line> journal;
    for (unsigned i = 0; i < 4; ++i) {
        for (const char* name : {"a", "b", "c"}) {
            journal.push_back(trial(name, i, (i + static_cast<unsigned>(name[0])) % 2 == 0));
        }
    }
    const std::size_t planned = journal.size();
    const auto go_on = [&](std::vector<trial_line> lines) {
        retries left(header(4, 3, 50));
        for (const trial_line& line : lines) {
            left.enter(line);
        }
        while (const auto next = left.next()) {
            lines.push_back(
                again(std::string(1, static_cast<char>('a' + next->point)), *next, next->seed % 3 != 0));
            left.enter(lines.back());
        }
        return lines;
    };
    const std::vector<trial_line> whole = go_on(journal);
    ASSERT_GT(whole.size(), planned + 2);
    EXPECT_LE(whole.size() - planned, 6U);
    for (std::size_t killed_after = planned; killed_after <= whole.size(); ++killed_after) {
        const auto again_whole =
            go_on({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(killed_after)});
        EXPECT_EQ(texts_of(again_whole), texts_of(whole));
    }
}

}  // namespace
}  // namespace handoff::harness
