// What the workloads judge a sequence by: what steps note of it, and which fault they name.
#include "async/steps.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <thread>

namespace handoff::tests {

namespace {

using namespace std::chrono_literals;
using benchmarks::steps;
using clock = std::chrono::steady_clock;

TEST(Steps, TheFirstValueIsTimedWhenItIsTakenAndNotAgain) {
    steps of = steps::in_chain(7, 2);
    of.time_first();
    clock::time_point previous{};
    for (int again = 0; again < 2; ++again) {
        of.begin();
        const auto before = clock::now();
        const std::uint64_t first = of(of.first());
        of.take(first);
        const auto taken = of.first_taken();
        const auto after = clock::now();
        EXPECT_GE(taken, before);
        EXPECT_LE(taken, after);
        EXPECT_GE(taken, previous) << "the time of the run before";
        std::this_thread::sleep_for(2ms);
        const std::uint64_t second = of(first);
        of.take(second);
        EXPECT_EQ(of.first_taken(), taken) << "the time of the second value";
        EXPECT_EQ("", of.fault_in_sequence(second));
        previous = clock::now();
    }
}

TEST(Steps, TheFirstValueIsNotTimedWhereNobodyAskedForIt) {
    steps of = steps::in_chain(7, 1);
    of.begin();
    of.take(of(of.first()));
    EXPECT_EQ(of.first_taken(), clock::time_point());
}

/// The values of a chain of two steps that begins with 7.
struct two_values {
    steps of = steps::in_chain(7, 2);
    std::uint64_t first = of(7);
    std::uint64_t second = of(first);
};

TEST(Steps, AStepThatRunsBeforeTheValueOfTheOneBeforeItWasGivenRanAhead) {
    const two_values known;
    steps of = steps::in_chain(7, 2);
    of.begin();
    of(7);
    of(known.first);
    of.take(known.first);
    of.take(known.second);
    EXPECT_EQ("ran ahead: step 2 ran before value 1 was given", of.fault_in_sequence(known.second));
    of.begin();  // nothing is left of it
    of.take(of(7));
    of.take(of(known.first));
    EXPECT_EQ("", of.fault_in_sequence(known.second));
}

TEST(Steps, AValueThatIsGivenBeforeItsStepRanIsNoStepThatRanAhead) {
    const two_values known;
    steps of = steps::in_chain(7, 2);
    of.begin();
    of.take(of(7));
    of.take(known.second);
    of(known.first);
    EXPECT_EQ("gave ahead: value 2 was given before its step ran", of.fault_in_sequence(known.second));
    of.begin();
    of.take(of(7));
    of.take(of(known.first));
    EXPECT_EQ("", of.fault_in_sequence(known.second));
}

}  // namespace

}  // namespace handoff::tests
