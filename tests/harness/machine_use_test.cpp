#include "machine_use.hpp"

#include <gtest/gtest.h>

#include <numeric>
#include <string>

#include "flags.hpp"

namespace handoff::harness {
namespace {

constexpr std::size_t many = 64;

/// /proc/stat of 64 CPUs, in ticks of 10 ms.
std::string stat_of(const std::vector<std::uint64_t>& busy, const std::vector<std::uint64_t>& steal) {
    const auto line = [](const std::string& name, std::uint64_t user, std::uint64_t stolen) {
        return name + " " + std::to_string(user) + " 0 0 1000000 7 0 0 " + std::to_string(stolen) + " 0 0\n";
    };
    std::string text = line("cpu ", std::accumulate(busy.begin(), busy.end(), std::uint64_t{0}),
                            std::accumulate(steal.begin(), steal.end(), std::uint64_t{0}));
    for (std::size_t i = 0; i < many; ++i) {
        text += line("cpu" + std::to_string(i), busy[i], steal[i]);
    }
    return text + "intr 1 2 3\nctxt 5\ncpu99 is no line of a CPU\n";
}

/// What 64 CPUs did in between.
machine_use used(const std::vector<std::uint64_t>& busy, const std::vector<std::uint64_t>& steal) {
    const std::vector<std::uint64_t> none(many, 0);
    return between(machine_use::parse(stat_of(none, none), 0.01),
                   machine_use::parse(stat_of(busy, steal), 0.01));
}

trial_line trial_on(std::vector<std::optional<int>> cpus, double wall) {
    trial_line trial;
    trial.trial_wall_seconds = wall;
    measured_trial& m = trial.measurement.emplace();
    m.window_seconds = wall / 2;
    for (const auto& cpu : cpus) {
        m.team.emplace_back().cpu = cpu;
    }
    return trial;
}

TEST(MachineUse, ReadsEachCpuAndAllTogether) {
    std::vector<std::uint64_t> busy(many, 3);
    std::vector<std::uint64_t> steal(many, 0);
    busy[63] = 40;
    steal[5] = 2;
    const machine_use seen = used(busy, steal);
    ASSERT_EQ(seen.cpus.size(), many);
    EXPECT_DOUBLE_EQ(seen.cpus.at(63).busy_seconds, 0.4);
    EXPECT_DOUBLE_EQ(seen.cpus.at(5).steal_seconds, 0.02);
    EXPECT_NEAR(seen.busy_seconds, 63 * 0.03 + 0.4, 1e-9);
    EXPECT_DOUBLE_EQ(seen.steal_seconds, 0.02);
    EXPECT_NEAR(sum_of(seen, {0, 63, 200}).busy_seconds, 0.43, 1e-9);
    EXPECT_TRUE(machine_use::parse("", 0.01).cpus.empty());
    EXPECT_TRUE(machine_use::parse("cpu no number\ncpu0 1 2\n", 0.01).cpus.empty());
}

TEST(MachineUse, CpusGoOfflineAndComeBackMeanwhile) {
    const auto at = [](const std::string& cpus) {
        return machine_use::parse("cpu  900 0 0 0 0 0 0 0\n" + cpus, 0.01);
    };
    const machine_use all = at("cpu0 100 0 0 0 0 0 0 5\ncpu2 100 0 0 0 0 0 0 5\ncpu9 100 0 0 0 0 0 0 5\n");
    const machine_use fewer = at("cpu0 130 0 0 0 0 0 0 6\ncpu9 110 0 0 0 0 0 0 5\n");
    for (const machine_use& seen : {between(all, fewer), between(fewer, all)}) {
        EXPECT_EQ(seen.cpus.size(), 2U) << "of CPU 2 nothing is known";
        EXPECT_FALSE(seen.cpus.contains(2));
    }
    EXPECT_NEAR(sum_of(between(all, fewer), {0, 2, 9}).busy_seconds, 0.4, 1e-9);
    EXPECT_NEAR(most_stolen(between(all, fewer), {0, 2, 9}, 1), 0.01, 1e-9);
}

TEST(MachineUse, ThisMachineHasAtLeastOneCpu) {
    EXPECT_FALSE(machine_use::read().cpus.empty());
}

TEST(MachineUse, ALittleStealOnEachOf64CpusFlagsNothing) {
    // 0.2% of each: 12.8% of one
    const machine_use seen = used(std::vector<std::uint64_t>(many, 500), std::vector<std::uint64_t>(many, 1));
    for (const auto& cpus : std::vector<std::vector<std::optional<int>>>{{0, 1}, {{}, {}}}) {
        trial_line trial = trial_on(cpus, 5);
        trial.steal_ticks = many;
        trial.seat_steal_seconds = stolen_from(*trial.measurement, seen);
        EXPECT_DOUBLE_EQ(*trial.seat_steal_seconds, 0.01);
        EXPECT_TRUE(flags_of_trial(trial).empty());
    }
}

TEST(MachineUse, StealFlagsWhereTheTrialSits) {
    std::vector<std::uint64_t> steal(many, 0);
    steal[7] = 60;  // of 500
    const machine_use seen = used(std::vector<std::uint64_t>(many, 500), steal);
    trial_line there = trial_on({6, 7}, 5);
    there.seat_steal_seconds = stolen_from(*there.measurement, seen);
    EXPECT_EQ(flags_of_trial(there), std::vector<std::string>{"stolen"});
    trial_line elsewhere = trial_on({0, 1}, 5);
    elsewhere.seat_steal_seconds = stolen_from(*elsewhere.measurement, seen);
    EXPECT_TRUE(flags_of_trial(elsewhere).empty());
}

TEST(MachineUse, AThreadThatIsNotPinnedMayHaveBeenOnTheCpusThatLostMost) {
    std::vector<std::uint64_t> steal(many, 0);
    steal[7] = 60;
    steal[40] = 30;
    const machine_use seen = used(std::vector<std::uint64_t>(many, 500), steal);
    std::vector<int> all(many);
    std::iota(all.begin(), all.end(), 0);
    EXPECT_DOUBLE_EQ(most_stolen(seen, all, 1), 0.6);
    EXPECT_DOUBLE_EQ(most_stolen(seen, all, 2), 0.45);
    EXPECT_NEAR(most_stolen(seen, all, 1000), 0.9 / many, 1e-12);
    EXPECT_DOUBLE_EQ(most_stolen(seen, {}, 1), 0);
}

TEST(MachineUse, ATrialThatWasThrottledIsFlaggedAndDisturbsItsPair) {
    trial_line trial = trial_on({0, 1}, 5);
    trial.throttled_periods = 0;
    EXPECT_TRUE(flags_of_trial(trial).empty());
    trial.throttled_periods = 1;
    EXPECT_EQ(flags_of_trial(trial), std::vector<std::string>{"throttled"});

    const surroundings quiet{.wall_seconds = 1};
    const surroundings throttled{.wall_seconds = 1, .throttled = true};
    EXPECT_FALSE(disturbed(quiet, quiet, 0.1));
    EXPECT_TRUE(disturbed(quiet, throttled, 0.1));
    EXPECT_TRUE(disturbed(throttled, quiet, 0.1));
}

TEST(MachineUse, OneBusyCoreElsewhereDisturbsNoPair) {
    // A trial of 1 s on CPUs 0 and 1, which its two threads keep busy; CPU 50 is busy all the time.
    std::vector<std::uint64_t> busy(many, 0);
    busy[0] = busy[1] = busy[50] = 100;
    const machine_use seen = used(busy, std::vector<std::uint64_t>(many, 0));
    const auto around = [&](const std::vector<int>& cpus) {
        return surroundings{1, sum_of(seen, cpus).busy_seconds - 2, sum_of(seen, cpus).steal_seconds,
                            cpus.size()};
    };
    EXPECT_FALSE(disturbed(around({0, 1}), around({0, 1}), 0.1));
    EXPECT_TRUE(disturbed(around({0, 1, 50}), around({0, 1, 50}), 0.1)) << "it is there";
}

}  // namespace
}  // namespace handoff::harness
