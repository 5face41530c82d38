#include "pace.hpp"

#include <gtest/gtest.h>

#include "as_json.hpp"

namespace handoff::harness {
namespace {

trial_line trial_of(const std::string& point, double ns, double overlap = 1) {
    return from_json<trial_line>(
        {{"point", point},
         {"status", "ok"},
         {"measurement",
          {{"real_time_ns", ns}, {"overlap", overlap}, {"probe", nullptr}, {"oversubscribed", true}}}});
}

const listed_point paced =
    from_json<listed_point>({{"name", "p"}, {"paced_by", {{"point", "reference"}, {"share", 0.5}}}});

TEST(Pace, IsTheShareOfTheReferencesMedian) {
    // 10, 20 and 40 million per second; what others did is nothing to it
    const pace found = pace_of(paced, {trial_of("reference", 100), trial_of("other", 1),
                                       trial_of("reference", 25), trial_of("reference", 50)});
    EXPECT_EQ(found.rate, 10'000'000U);
    EXPECT_EQ(found.why_none, "");
}

TEST(Pace, TrialsWithoutAFlagAreBelievedFirst) {
    EXPECT_EQ(pace_of(paced, {trial_of("reference", 100), trial_of("reference", 10, 0.1),
                              trial_of("reference", 10, 0.1)})
                  .rate,
              5'000'000U);
    EXPECT_EQ(pace_of(paced, {trial_of("reference", 10, 0.1)}).rate, 50'000'000U);
}

TEST(Pace, TrialsThatCheckInFullDecideNothing) {
    trial_line full = trial_of("reference", 1000);
    full.check = "full";
    EXPECT_EQ(pace_of(paced, {full, trial_of("reference", 100), full}).rate, 5'000'000U);
    EXPECT_EQ(pace_of(paced, {full}).rate, 0U);
}

TEST(Pace, IsWhatAnEarlierTrialOfThePointWasOffered) {
    trial_line earlier = trial_of("p", 1);
    earlier.rate = 77;
    EXPECT_EQ(pace_of(paced, {trial_of("reference", 100), earlier, trial_of("reference", 1)}).rate, 77U);
}

TEST(Pace, IsNeverNothing) {
    EXPECT_EQ(pace_of(paced, {trial_of("reference", 1e12)}).rate, 1U);
}

TEST(Pace, WithoutAnOkTrialOfTheReferenceThereIsNone) {
    const auto failed =
        from_json<trial_line>({{"point", "reference"}, {"status", "invalid"}, {"reason", "lost"}});
    for (const auto& trials : {std::vector<trial_line>{}, std::vector<trial_line>{failed}}) {
        const pace found = pace_of(paced, trials);
        EXPECT_EQ(found.rate, 0U);
        EXPECT_EQ(found.why_none, "no rate: reference, which decides it, has no trial that is ok");
    }
}

}  // namespace
}  // namespace handoff::harness
