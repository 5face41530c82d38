// The gate's decisions on pairs that somebody made up: no process, no clock, every draw seeded.
#include "engine.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <stdexcept>

#include "machine_use.hpp"

namespace handoff::harness {
namespace {

/// Feeds pairs until the engine wants no more; `draw(point)` is d. Returns how many it took.
template <class Draw>
std::size_t feed(gate_engine& engine, Draw&& draw, std::size_t most = 100000) {
    std::size_t pairs = 0;
    for (; pairs < most; ++pairs) {
        const auto point = engine.next();
        if (!point) {
            break;
        }
        engine.add_pair(*point, draw(*point));
    }
    return pairs;
}

class noise {
public:
    explicit noise(std::uint64_t seed, double sigma) : random_(seed), normal_(0, sigma) {}
    double operator()() { return normal_(random_); }

private:
    std::mt19937_64 random_;
    std::normal_distribution<double> normal_;
};

TEST(GateEngine, QuietUnchangedPointsAreProvenByTheFewestPairs) {
    gate_engine engine({}, std::vector<double>(40, 1.05));
    noise small(1, 0.005);
    EXPECT_LE(feed(engine, [&](std::size_t) { return small(); }), 40U * 9);
    for (std::size_t i = 0; i < 40; ++i) {
        const standing_of_point s = engine.standing(i);
        EXPECT_EQ(s.found, finding::unchanged) << i;
        EXPECT_LT(*s.at_most, 1.05);
        EXPECT_TRUE(s.confirming.empty());
    }
}

TEST(GateEngine, ARegressionIsConfirmedByFreshPairsAndStatedFromThem) {
    gate_engine engine({}, {1.05, 1.05, 1.05});
    noise small(2, 0.02);
    feed(engine, [&](std::size_t point) { return small() + (point == 1 ? std::log(1.10) : 0); });
    const standing_of_point s = engine.standing(1);
    EXPECT_EQ(s.found, finding::regressed);
    EXPECT_TRUE(s.suspect);
    EXPECT_GE(s.confirming.size(), 5U);
    EXPECT_NEAR(*s.median, 1.10, 0.04);
    EXPECT_LE(*s.p, 0.01);
    EXPECT_NE(engine.standing(0).found, finding::regressed);
    EXPECT_NE(engine.standing(2).found, finding::regressed);
}

TEST(GateEngine, TheMirrorImageIsAnImprovement) {
    gate_engine engine({}, {1.05});
    noise small(3, 0.02);
    feed(engine, [&](std::size_t) { return small() - std::log(1.10); });
    EXPECT_EQ(engine.standing(0).found, finding::improved);
    EXPECT_NEAR(*engine.standing(0).median, 1 / 1.10, 0.03);
}

TEST(GateEngine, AChangeBelowWhatIsReportedIsNoRegressionHoweverCertain) {
    gate_engine engine({}, {1.05});
    feed(engine, [](std::size_t) { return std::log(1.02); });  // always slower, by 2%
    EXPECT_EQ(engine.standing(0).found, finding::unchanged);
    EXPECT_NE(engine.standing(0).found, finding::regressed);
    gate_engine wide({}, {1.20});
    feed(wide, [](std::size_t) { return std::log(1.10); });  // 10% where 20% is allowed
    EXPECT_EQ(wide.standing(0).found, finding::unchanged);
}

// 300 suites of 40 points, as noisy as pairs get. The rule promises 1%; of 300, more than 9 have a chance of 1
// in 1000. That no suite at all fails would not prove anything, so suspects must occur.
TEST(GateEngine, SuitesOfUnchangedPointsRarelyFail) {
    noise wide(4, 0.08);
    std::size_t failed = 0;
    std::size_t suspects = 0;
    for (int suite = 0; suite < 300; ++suite) {
        gate_engine engine({}, std::vector<double>(40, 1.05));
        feed(engine, [&](std::size_t) { return wide(); });
        bool any = false;
        for (std::size_t i = 0; i < engine.points(); ++i) {
            any = any || engine.standing(i).found == finding::regressed;
            suspects += engine.standing(i).suspect ? 1 : 0;
        }
        failed += any ? 1 : 0;
    }
    EXPECT_LE(failed, 6U);
    EXPECT_GT(suspects, 300U);
}

// Pair noise of 5%: the goals are 80% at +5% and 90% at +10%. 200 changed points each.
TEST(GateEngine, PowerIsWhatTheGoalsAskFor) {
    for (const auto& [slowdown, least] : {std::pair(1.05, 0.80), std::pair(1.10, 0.90)}) {
        noise wide(5, 0.05);
        std::size_t found = 0;
        for (int suite = 0; suite < 200; ++suite) {
            gate_engine engine({}, std::vector<double>(10, 1.05));
            feed(engine, [&](std::size_t point) { return wide() + (point == 0 ? std::log(slowdown) : 0); });
            found += engine.standing(0).found == finding::regressed ? 1 : 0;
        }
        EXPECT_GE(static_cast<double>(found) / 200, least) << slowdown;
    }
}

TEST(GateEngine, ManyRegressionsAreAllFound) {
    gate_engine engine({}, std::vector<double>(40, 1.05));
    noise small(6, 0.02);
    feed(engine, [&](std::size_t) { return small() + std::log(1.10); });
    for (std::size_t i = 0; i < 40; ++i) {
        EXPECT_EQ(engine.standing(i).found, finding::regressed) << i;
    }
}

TEST(GateEngine, NoEvidenceIsNotProofAndSaysWhatItCouldHaveSeen) {
    gate_engine engine({}, {1.05});
    // scatters by 6% around nothing: cannot be proven to lie below 5% by so few pairs
    std::size_t n = 0;
    feed(engine, [&](std::size_t) { return ++n % 2 == 0 ? 0.06 : -0.06; });
    const standing_of_point s = engine.standing(0);
    EXPECT_TRUE(s.found == finding::no_evidence || s.found == finding::inconclusive);
    ASSERT_TRUE(s.could_see);
    EXPECT_GT(*s.could_see, 1.05);
    EXPECT_LT(*s.could_see, 1.30);
}

TEST(GateEngine, ABlindPointIsInconclusive) {
    gate_engine engine({}, {1.05});
    noise huge(7, 0.8);
    feed(engine, [&](std::size_t) { return huge(); });
    const standing_of_point s = engine.standing(0);
    EXPECT_EQ(s.found, finding::inconclusive);
    EXPECT_FALSE(s.reason.empty());
}

TEST(GateEngine, RequiringProofGoesOnUntilThereIsOne) {
    noise wide(8, 0.04);
    gate_engine without({}, {1.05});
    const std::size_t few = feed(without, [&](std::size_t) { return wide(); });
    gate_rules rules;
    rules.prove = true;
    noise again(8, 0.04);
    gate_engine with(rules, {1.05});
    const std::size_t more = feed(with, [&](std::size_t) { return again(); });
    EXPECT_EQ(with.standing(0).found, finding::unchanged);
    EXPECT_GE(more, few);

    // half of the pairs above the limit: there is no proof; it ends, and says so
    gate_engine never(rules, {1.05});
    std::size_t n = 0;
    EXPECT_EQ(feed(never, [&](std::size_t) { return ++n % 2 == 0 ? 0.2 : -0.2; }), rules.most_pairs);
    EXPECT_EQ(never.standing(0).found, finding::inconclusive);
    EXPECT_EQ(never.standing(0).reason, "not proven by 200 pairs");
}

TEST(GateEngine, ProofOfBothDirectionsExcludesWhatIsFaster) {
    // 4.9% faster, without scatter: below what is proven unchanged in one direction, and too much for the
    // other.
    for (const bool both : {false, true}) {
        gate_rules rules;
        rules.prove = true;
        rules.prove_both = both;
        gate_engine engine(rules, {1.02});
        std::size_t pairs = 0;
        while (const auto next = engine.next()) {
            // Its sign changes, so that it is no suspect: half of the pairs are 1% slower.
            engine.add_pair(*next, pairs++ % 2 == 0 ? 0.01 : -0.049);
        }
        EXPECT_EQ(engine.standing(0).found == finding::unchanged, !both) << both;
    }
}

TEST(GateEngine, ReplacedPairsAreAllowedAsOftenAsGoodOnes) {
    gate_engine engine({}, {1.05, 1.05});
    noise small(10, 0.01);
    std::size_t turn = 0;
    while (const auto point = engine.next()) {
        if (*point == 0 || ++turn % 2 == 0) {
            *point == 0 ? engine.add_replaced(0, "saturated", false) : engine.add_pair(1, small());
        } else {
            engine.add_replaced(1, "machine state", false);
        }
        EXPECT_EQ(engine.pause_seconds(), 0) << "nobody to wait for";
    }
    const standing_of_point always = engine.standing(0);
    EXPECT_EQ(always.found, finding::inconclusive);
    EXPECT_EQ(always.replaced.at("saturated"), gate_rules().least_screening + 1);
    EXPECT_NE(always.reason.find("9 saturated"), std::string::npos) << always.reason;
    EXPECT_EQ(engine.standing(1).found, finding::unchanged);
    EXPECT_GE(engine.standing(1).replaced.at("machine state"), 8U);
}

/// Measures as a gate does, on a clock that only pauses and pairs move: a pair that ends before `calm_seconds`
/// is spoilt by others. Returns when the engine was done, or when the budget was.
template <class Draw>
double feed_beside_others(gate_engine& engine, double calm_seconds, double budget_seconds, Draw&& draw) {
    constexpr double pair_seconds = 0.06;
    double now = 0;
    while (const auto point = engine.next()) {
        now += engine.pause_seconds();
        if (now >= budget_seconds) {
            engine.stop("the budget was spent");
            break;
        }
        now += pair_seconds;
        if (now < calm_seconds) {
            engine.add_replaced(*point, "disturbed", true);
        } else {
            engine.add_pair(*point, draw(*point));
        }
    }
    return now;
}

// Five seconds of load at the start of 40: the candidate is slower by 10%, and that is what the gate says.
TEST(GateEngine, ABurstDoesNotOpenTheGate) {
    for (const bool has_budget : {true, false}) {
        for (const std::size_t points : {1, 2, 45}) {
            gate_rules rules;
            rules.short_of_time = has_budget;
            gate_engine engine(rules, std::vector<double>(points, 1.05));
            noise small(20, 0.02);
            feed_beside_others(engine, 5, 40,
                               [&](std::size_t point) { return small() + (point == 0 ? std::log(1.10) : 0); });
            EXPECT_EQ(engine.standing(0).found, finding::regressed)
                << has_budget << " " << points << ": " << engine.standing(0).reason;
        }
    }
}

TEST(GateEngine, OnlyTheEndOfTheBudgetEndsAPointThatOthersSpoil) {
    gate_rules rules;
    rules.short_of_time = true;
    gate_engine engine(rules, {1.05, 1.05});
    const double ended = feed_beside_others(engine, 1000, 40, [](std::size_t) { return 0.0; });
    EXPECT_GE(ended, 40);
    for (const std::size_t point : {0, 1}) {
        const standing_of_point s = engine.standing(point);
        EXPECT_EQ(s.found, finding::inconclusive);
        EXPECT_NE(s.reason.find("the budget was spent"), std::string::npos) << s.reason;
        EXPECT_NE(s.reason.find("disturbed"), std::string::npos) << s.reason;
        EXPECT_GE(s.replaced.at("disturbed"), 9U) << "spread over the budget";
        EXPECT_LE(s.replaced.at("disturbed"), 20U) << "with pauses";
    }
}

TEST(GateEngine, PausesGrowWhileOthersDisturbAndEndWithThem) {
    gate_engine engine({}, {1.05});
    std::vector<double> pauses;
    for (int i = 0; i < 8; ++i) {
        engine.next();
        engine.add_replaced(0, "disturbed", true);
        pauses.push_back(engine.pause_seconds());
    }
    EXPECT_EQ(pauses, (std::vector<double>{0, 0.1, 0.2, 0.4, 0.8, 1.6, 2, 2}));
    engine.add_pair(0, 0.0);
    EXPECT_EQ(engine.pause_seconds(), 0);
    engine.add_replaced(0, "disturbed", true);
    EXPECT_EQ(engine.pause_seconds(), 0) << "one is an incident";
}

TEST(GateEngine, WithoutABudgetItsPatienceEnds) {
    gate_engine engine({}, std::vector<double>(45, 1.05));
    const double ended = feed_beside_others(engine, 1e9, 1e9, [](std::size_t) { return 0.0; });
    const gate_rules rules;
    EXPECT_GE(ended, rules.patience_seconds);
    EXPECT_LE(ended, 2 * rules.patience_seconds);
    EXPECT_EQ(engine.standing(44).found, finding::inconclusive);
    EXPECT_NE(engine.standing(44).reason.find("too many pairs had to be replaced"), std::string::npos);
}

// Of a budget, a point that is always replaced takes what others leave: they are decided as if it were not
// there.
TEST(GateEngine, APointThatIsAlwaysReplacedTakesNobodysBudget) {
    gate_rules rules;
    rules.short_of_time = true;
    gate_engine engine(rules, {1.05, 1.05, 1.05, 1.05});
    noise wide(21, 0.05);
    std::size_t hopeless = 0;
    for (int pair = 0; pair < 300; ++pair) {
        const auto point = engine.next();
        ASSERT_TRUE(point);
        if (*point == 0) {
            ++hopeless;
            engine.add_replaced(0, "machine state", false);
        } else {
            engine.add_pair(*point, wide() + (*point == 1 ? std::log(1.12) : 0));
        }
    }
    engine.stop("the budget was spent");
    EXPECT_EQ(engine.standing(1).found, finding::regressed);
    EXPECT_NE(engine.standing(2).found, finding::inconclusive) << engine.standing(2).reason;
    EXPECT_GT(hopeless, 20U) << "it is tried as long as there is budget";
    EXPECT_EQ(engine.standing(0).found, finding::inconclusive);
}

/// How many of 300 suites of 8 points say that the first point has regressed, and how many say so of any. Where
/// the linker put the code makes every point of a build slower or faster by some percent, for good; pairs of
/// fresh links draw that anew.
struct said_of_links {
    std::size_t first = 0;
    std::size_t any = 0;
};
said_of_links suites_of_links(bool has_fresh_links, double slowdown_of_first) {
    noise place(30, 0.04);
    noise small(31, 0.01);
    said_of_links said;
    for (int suite = 0; suite < 300; ++suite) {
        gate_engine engine({}, std::vector<double>(8, 1.05));
        std::vector<double> built(8);
        std::ranges::generate(built, place);
        feed(engine, [&](std::size_t point) {
            const bool is_fresh = has_fresh_links && engine.is_confirming(point);
            return (is_fresh ? place() : built[point]) + small() +
                   (point == 0 ? std::log(slowdown_of_first) : 0);
        });
        said.first += engine.standing(0).found == finding::regressed ? 1 : 0;
        bool any = false;
        for (std::size_t i = 0; i < engine.points(); ++i) {
            any = any || engine.standing(i).found == finding::regressed;
        }
        said.any += any ? 1 : 0;
    }
    return said;
}

TEST(GateEngine, WhereTheLinkerPutTheCodeIsNoRegressionIfFreshPairsAreOfFreshLinks) {
    EXPECT_GT(suites_of_links(false, 1).any, 200U) << "so often does a link move one of 8 points by 3%";
    EXPECT_LE(suites_of_links(true, 1).any, 6U);
    EXPECT_GE(suites_of_links(true, 1.12).first, 240U) << "a change of the code is found, as before";
}

TEST(GateEngine, AFailureEndsItsPointAndNoOther) {
    gate_engine engine({}, {1.05, 1.05, 1.05});
    noise small(11, 0.01);
    while (const auto point = engine.next()) {
        if (*point == 1) {
            engine.give_up(1, finding::failed, "crashed: signal 11");
        } else if (*point == 2) {
            engine.give_up(2, finding::broken, "the base hangs");
        } else {
            engine.add_pair(*point, small());
        }
    }
    EXPECT_EQ(engine.standing(0).found, finding::unchanged);
    EXPECT_EQ(engine.standing(1).found, finding::failed);
    EXPECT_EQ(engine.standing(1).reason, "crashed: signal 11");
    EXPECT_FALSE(engine.standing(1).median);
    gate_engine late({}, {1.05});
    for (int pair = 0; pair < 5; ++pair) {
        late.add_pair(0, 0.01);
    }
    EXPECT_TRUE(late.standing(0).median);
    late.give_up(0, finding::failed, "lost an item");
    EXPECT_FALSE(late.standing(0).median) << "what failed once has no number";
    EXPECT_FALSE(late.standing(0).at_most);
    EXPECT_EQ(engine.standing(2).found, finding::broken);
}

TEST(GateEngine, StoppedEarlyItClaimsNothing) {
    gate_engine engine({}, {1.05, 1.05});
    EXPECT_EQ(feed(engine, [](std::size_t) { return 0.2; }, 6), 6U);
    engine.stop("the budget was spent");
    EXPECT_FALSE(engine.next());
    EXPECT_EQ(engine.standing(0).found, finding::inconclusive);
    EXPECT_EQ(engine.standing(0).reason, "the budget was spent");
}

TEST(GateEngine, ShortOfTimeItConfirmsBeforeItScreensOnAndProvesLast) {
    gate_rules rules;
    rules.short_of_time = true;
    gate_engine engine(rules, {1.05, 1.05, 1.05});
    noise wide(12, 0.06);
    std::vector<std::size_t> order;
    feed(
        engine,
        [&](std::size_t point) {
            order.push_back(point);
            return point == 2 ? std::log(1.2) : wide();
        },
        40);
    // every point its first pairs, in turn; then the suspect until it is confirmed
    for (std::size_t i = 0; i < 24; ++i) {
        EXPECT_EQ(order[i], i % 3);
    }
    EXPECT_EQ(order[24], 2U);
    EXPECT_EQ(engine.standing(2).found, finding::regressed);
}

TEST(GateEngine, InfiniteAndTiedPairsAreJudged) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    gate_engine engine({}, {1.05, 1.05, 1.05});
    feed(engine, [](std::size_t point) { return point == 0 ? infinity : point == 1 ? 0.0 : -infinity; });
    EXPECT_EQ(engine.standing(0).found, finding::regressed);  // from nothing to something
    EXPECT_EQ(engine.standing(1).found, finding::unchanged);
    EXPECT_EQ(engine.standing(2).found, finding::improved);
    EXPECT_THROW(engine.add_pair(0, std::nan("")), std::invalid_argument);
    EXPECT_THROW(gate_engine({}, {1.0}), std::invalid_argument);
    EXPECT_THROW(gate_engine({}, {std::nan("")}), std::invalid_argument);
}

TEST(GateEngine, OfNoPointsItWantsNothing) {
    gate_engine engine({}, {});
    EXPECT_FALSE(engine.next());
}

TEST(Surroundings, OthersAreADisturbanceBeyondWhatTicksCanHide) {
    const double tick = machine_use::tick_seconds();
    const surroundings alone{0.03, 0, 0};
    EXPECT_FALSE(disturbed(alone, alone, 0.1));
    EXPECT_FALSE(disturbed({0.03, 2 * tick, 0}, alone, 0.1));
    EXPECT_TRUE(disturbed({0.03, 0.03, 0}, {0.03, 0.03, 0}, 0.1));
    EXPECT_TRUE(disturbed({0.03, 0, 0.03}, {0.03, 0, 0.03}, 0.1));
    // a tick too much in one trial is one too little in the next
    EXPECT_FALSE(disturbed({0.03, 2.5 * tick, 0}, {0.03, -2.5 * tick, 0}, 0.1));
    EXPECT_FALSE(disturbed({0.03, 0.03, 0}, {0.03, 0.03, 0}, 2));
    // eight CPUs that lose a hundredth each are not disturbed; two of them that lose it all are
    EXPECT_FALSE(disturbed({1, 0.16, 0, 8}, {1, 0, 0, 8}, 0.1));
    EXPECT_TRUE(disturbed({1, 2, 0, 8}, {1, 0, 0, 8}, 0.1));
}

}  // namespace
}  // namespace handoff::harness
