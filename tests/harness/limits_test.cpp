#include "limits.hpp"

#include <gtest/gtest.h>

#include "calibrate.hpp"
#include "counters/limits.hpp"
#include "locks/limits.hpp"
#include "shared/limits_of.hpp"
#include "topology.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

json kernel_json(double median, double least) {
    return {{"what", "w"},          {"median", median}, {"low", median * 0.9},
            {"high", median * 1.2}, {"least", least},   {"batches", 9}};
}

/// A line of the journal. `add` is the median of the atomic addition, `message` that of a message.
json calibration(double before, double after, double add, double message = 30) {
    return {{"before_trial", 0},
            {"calibration",
             {{"probe", {{"before_ns", before}, {"after_ns", after}, {"cpus", {0, 1}}}},
              {"kernels",
               {{kernel::atomic_add, kernel_json(add, add / 2)},
                {kernel::message, kernel_json(message, message)}}}}}};
}

json failed_calibration() {
    return {{"before_trial", 3}, {"calibration", nullptr}, {"reason", "bench_limits ended by signal 9"}};
}

json term(const char* kernel, double times) {
    return {{"kernel", kernel}, {"times", times}};
}

const std::vector<machine_state> near_and_far = states_of({26, 30, 38, 100, 110});

TEST(Limits, AreResolvedInTheStateOfTheTrialByTheMedianOverItsCalibrations) {
    const limits_of_run limits(
        {calibration(30, 31, 2), calibration(29, 30, 4), calibration(27, 28, 3), calibration(105, 104, 50)},
        near_and_far);
    const json terms = json::array({term(kernel::atomic_add, 2)});
    ASSERT_TRUE(limits.resolve(terms, "near"));
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "near")->ns, 6);
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "near")->least_ns,
                     2);  // the fastest batch of the fastest calibration
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "far")->ns, 100);
    EXPECT_FALSE(limits.resolve(terms, "changed"));
}

TEST(Limits, AreTheLargestOfTheirTerms) {
    const limits_of_run limits({calibration(30, 30, 2)}, near_and_far);
    const auto found =
        limits.resolve(json::array({term(kernel::atomic_add, 10), term(kernel::message, 1)}), "near");
    ASSERT_TRUE(found);
    EXPECT_DOUBLE_EQ(found->ns, 30);
    EXPECT_EQ(found->kernel, kernel::message);
    EXPECT_FALSE(limits.resolve(json::array(), "near"));
    EXPECT_FALSE(limits.resolve(json::array({term(kernel::atomic_add, 1), term("futex_wake_ns", 1)}), "near"));
}

TEST(Limits, ACalibrationThatMetTwoStatesOrNoneOfTheRunsIsNotUsed) {
    const limits_of_run limits({calibration(30, 105, 2), calibration(400, 401, 2), failed_calibration()},
                               near_and_far);
    const json all = limits.to_json("");
    EXPECT_EQ(all.at("calibrations")[0].at("state"), "changed");
    EXPECT_EQ(all.at("calibrations")[1].at("state"), "other");
    EXPECT_EQ(all.at("calibrations")[2].at("state"), "failed");
    EXPECT_EQ(all.at("calibrations")[2].at("reason"), "bench_limits ended by signal 9");
    for (const json& one : all.at("calibrations")) {
        EXPECT_EQ(one.at("used"), false);
    }
    EXPECT_TRUE(all.at("kernels").empty());
}

TEST(Limits, ACalibrationBesideAStateBelongsToItAsATrialWould) {
    // 38 and 50 lie within a factor of 1.35; 38 and 60 do not
    EXPECT_EQ(
        limits_of_run({calibration(50, 50, 2)}, near_and_far).to_json("").at("calibrations")[0].at("state"),
        "near");
    EXPECT_EQ(
        limits_of_run({calibration(60, 60, 2)}, near_and_far).to_json("").at("calibrations")[0].at("state"),
        "other");
}

TEST(Limits, OnOneCpuThereIsNoProbeAndOneState) {
    json line = calibration(1, 1, 2);
    line["calibration"]["probe"] = nullptr;
    const limits_of_run limits({line}, {});
    EXPECT_TRUE(limits.resolve(json::array({term(kernel::atomic_add, 1)}), "unknown"));
}

json listed_point(const char* name, const char* measure, double times) {
    return {{"name", name}, {"measure", measure}, {"limit", json::array({term(kernel::atomic_add, times)})}};
}

json row(const char* name, double ns, bool counted = true) {
    return {{"name", name},       {"state", "near"},
            {"counted", counted}, {"probe", {{"cpus", {0, 1}}}},
            {"real_time", ns},    {"latency", {{"p50", ns / 2}}}};
}

TEST(Limits, StandBesideTheTimeThatThePointIsRankedBy) {
    const limits_of_run limits({calibration(30, 30, 2)}, near_and_far);
    json by_time = row("a", 8);
    limits.put_beside(by_time, listed_point("a", "items_per_second", 1));
    EXPECT_DOUBLE_EQ(by_time.at("limit_ns"), 2);
    EXPECT_DOUBLE_EQ(by_time.at("limit_share"), 0.25);
    EXPECT_EQ(by_time.at("limit_by"), kernel::atomic_add);
    json by_latency = row("a", 8);
    limits.put_beside(by_latency, listed_point("a", "latency", 1));
    EXPECT_DOUBLE_EQ(by_latency.at("limit_share"), 0.5);
    json none = row("a", 8);
    limits.put_beside(none, {{"name", "a"}, {"measure", "latency"}});
    EXPECT_FALSE(none.contains("limit_ns"));
    json elsewhere = row("a", 8);
    elsewhere["state"] = "far";  // no calibration there: nothing is scaled
    limits.put_beside(elsewhere, listed_point("a", "items_per_second", 1));
    EXPECT_FALSE(elsewhere.contains("limit_ns"));
    json between_others = row("a", 8);
    between_others["probe"]["cpus"] = {0, 2};  // another placement
    limits.put_beside(between_others, listed_point("a", "items_per_second", 1));
    EXPECT_FALSE(between_others.contains("limit_ns"));
}

TEST(Limits, AResultAboveTheFastestBatchIsListedAndOneBeforeItIsNot) {
    const limits_of_run limits({calibration(30, 30, 2)}, near_and_far);  // the fastest batch: 1
    const json points =
        json::array({listed_point("a", "items_per_second", 1), listed_point("b", "items_per_second", 1),
                     listed_point("c", "items_per_second", 1)});
    json rows = json::array();
    for (const double ns : {0.8, 0.9, 5.0}) {  // median 0.9: 11% above
        rows.push_back(row("a", ns));
    }
    for (const double ns : {0.92, 0.1}) {  // the faster one does not count; 9%
        rows.push_back(row("b", ns, ns > 0.5));
    }
    rows.push_back(row("c", 1.5));  // above the median, not above the fastest batch
    for (std::size_t i = 0; i < rows.size(); ++i) {
        limits.put_beside(rows[i], points[i < 3 ? 0 : i < 5 ? 1 : 2]);
    }
    const json found = limits.above(rows, points);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].at("name"), "a");
    EXPECT_DOUBLE_EQ(found[0].at("share"), 2 / 0.9);
    EXPECT_DOUBLE_EQ(found[0].at("least_share"), 1 / 0.9);
    json results{{"run", {{"states", json::array()}, {"limits", limits.to_json("")}, {"above_limit", found}}}};
    EXPECT_NE(limit_report(results).find("ABOVE ITS LIMIT: a: 0.9 ns"), std::string::npos)
        << limit_report(results);
}

TEST(Limits, TheTerminalSaysWhyThereAreNone) {
    json results{{"run",
                  {{"states", json::array({{{"label", "near"}, {"counted", true}}})},
                   {"limits", limits_of_run({calibration(400, 400, 2)}, near_and_far).to_json("")}}}};
    EXPECT_NE(limit_report(results).find("none of the 1 calibrations was made in machine state near"),
              std::string::npos);
    results["run"]["limits"] = limits_of_run({}, near_and_far).to_json("there is no bench_limits");
    EXPECT_EQ(limit_report(results), "no limits: there is no bench_limits\n");
}

TEST(Limits, BudgetsAreMultiplesOfTheFirstWakeOfTheRun) {
    json first = calibration(30, 30, 2);
    first["calibration"]["kernels"][kernel::futex_wake] = kernel_json(19876.4, 9000);
    json second = first;
    second["calibration"]["kernels"][kernel::futex_wake]["median"] = 5000.0;
    json failed = failed_calibration();
    failed["before_trial"] = 0;
    EXPECT_EQ(wake_ns({failed, first, second}), 19876U) << "it was tried again at once";
    second["before_trial"] = 9;
    EXPECT_EQ(wake_ns({failed, second}), std::nullopt) << "trials before it had another budget";
    EXPECT_EQ(wake_ns({calibration(30, 30, 2)}), std::nullopt);
    EXPECT_EQ(wake_ns({}), std::nullopt);
}

TEST(Limits, SharesInWords) {
    EXPECT_EQ(share_text(0.314), "31% of limit");
    EXPECT_EQ(share_text(0.0042), "0.4% of limit");
    EXPECT_EQ(share_text(1.02), "102% of limit");
}

TEST(CalibrationPlan, ShortRunsHaveOneAndLongOnesThreeOfTwoSeconds) {
    const calibration_plan tiny = plan_calibrations(6, 2, 0.002);
    EXPECT_EQ(tiny.before, std::vector<unsigned>{0});
    EXPECT_DOUBLE_EQ(tiny.seconds, 0.25);
    const calibration_plan smoke = plan_calibrations(240, 1, 0.005);
    EXPECT_EQ(smoke.before, std::vector<unsigned>{0});
    EXPECT_LE(smoke.seconds, 0.5);
    const calibration_plan longer = plan_calibrations(3000, 15, 0.05);
    EXPECT_EQ(longer.before, (std::vector<unsigned>{0, 5, 10}));
    EXPECT_DOUBLE_EQ(longer.seconds, 2);
    EXPECT_TRUE(longer.due(5));
    EXPECT_FALSE(longer.due(6));
    EXPECT_EQ(plan_calibrations(3000, 2, 1).before, (std::vector<unsigned>{0, 1}));
}

// ------------------------------------------------------------------------------------------- formulas

using benchmarks::limits::terms;

double times_of(const terms& all, const char* kernel) {
    for (const limit_term& one : all) {
        if (one.kernel == kernel) {
            return one.times;
        }
    }
    return 0;
}

point shape(std::vector<std::pair<std::string, std::string>> values) {
    return {"f", "w", "i", std::move(values)};
}

TEST(Formulas, AStreamIsBoundByItsBytes) {
    if (processors().size() < 2) {
        GTEST_SKIP() << "one CPU";
    }
    const point p = shape({{"placement", "spread"}});
    EXPECT_DOUBLE_EQ(times_of(benchmarks::limits::stream(p, 1, 1, 8, true, 64), kernel::stream_item), 1);
    EXPECT_DOUBLE_EQ(times_of(benchmarks::limits::stream(p, 1, 1, 256, true, 64), kernel::stream_item), 32);
    EXPECT_EQ(times_of(benchmarks::limits::stream(p, 1, 1, 8, true, 64), kernel::atomic_add), 0);
    EXPECT_EQ(times_of(benchmarks::limits::stream(p, 1, 1, 8, true, 64), kernel::thread_switch), 0);
}

TEST(Formulas, ManyInOneOrderTakeAReadModifyWriteEach) {
    const point p = shape({{"placement", "unpinned"}});
    EXPECT_EQ(times_of(benchmarks::limits::stream(p, 2, 1, 8, true, 0), kernel::atomic_add), 1);
    EXPECT_TRUE(benchmarks::limits::stream(p, 2, 2, 8, false, 0).empty());  // lanes of their own
    EXPECT_TRUE(benchmarks::limits::stream(p, 1, 1, 8, true, 64).empty());  // may share a CPU
}

TEST(Formulas, OnOneCpuOnlySwitchesAreCertain) {
    const point p = shape({{"threads", "2"}, {"placement", "same_core"}});
    EXPECT_DOUBLE_EQ(times_of(benchmarks::limits::stream(p, 1, 1, 8, true, 64), kernel::thread_switch),
                     2.0 / 64);
    EXPECT_TRUE(benchmarks::limits::stream(p, 1, 1, 8, true, 0).empty());
    EXPECT_EQ(times_of(benchmarks::limits::one_way(p), kernel::thread_switch), 1);
    EXPECT_EQ(times_of(benchmarks::limits::episode(p), kernel::thread_switch), 1);
}

TEST(Formulas, CountersAndLocks) {
    using impls::admission;
    using impls::read_promise;
    const point add = shape({{"threads", "1"}, {"work_ns", "0"}, {"placement", "spread"}});
    EXPECT_EQ(times_of(benchmarks::limits::add(add, read_promise::linearizable, 1), kernel::atomic_add), 1);
    EXPECT_TRUE(benchmarks::limits::add(add, read_promise::interval, 1).empty());
    EXPECT_TRUE(benchmarks::limits::add(add, read_promise::linearizable, 0).empty());
    const point busy = shape({{"threads", "1"}, {"work_ns", "100"}});
    EXPECT_TRUE(benchmarks::limits::add(busy, read_promise::linearizable, 1).empty());

    const point alone = shape({{"threads", "1"}, {"hold_ns", "0"}, {"think_ns", "0"}, {"placement", "spread"}});
    EXPECT_EQ(times_of(benchmarks::limits::exclude(alone, admission::fifo, 1), kernel::atomic_add), 1);
    EXPECT_EQ(times_of(benchmarks::limits::exclude(alone, admission::fifo, 1), kernel::message), 0);
    if (processors().size() > 1) {
        const point two =
            shape({{"threads", "2"}, {"hold_ns", "0"}, {"think_ns", "0"}, {"placement", "spread"}});
        EXPECT_EQ(times_of(benchmarks::limits::exclude(two, admission::fifo, 1), kernel::message), 1);
        EXPECT_EQ(times_of(benchmarks::limits::exclude(two, admission::any, 1), kernel::message), 0);
        EXPECT_EQ(times_of(benchmarks::limits::exclude(two, admission::fifo, 0.1), kernel::message), 0);
    }
    const point thinking = shape({{"threads", "2"}, {"hold_ns", "0"}, {"think_ns", "50"}});
    EXPECT_TRUE(benchmarks::limits::exclude(thinking, admission::any, 1).empty());
}

TEST(Formulas, AnIdlePoolIsWokenByTheKernelOnlyWhereItSurelySleeps) {
    if (processors().size() < 2) {
        GTEST_SKIP() << "one CPU";
    }
    const point p = shape({{"workers", "1"}, {"placement", "spread"}});
    EXPECT_EQ(times_of(benchmarks::limits::start(p, true), kernel::wake), 1);
    EXPECT_EQ(times_of(benchmarks::limits::start(p, false), kernel::message), 1);
    const point many = shape({{"workers", std::to_string(processors().size())}, {"placement", "spread"}});
    EXPECT_TRUE(benchmarks::limits::start(many, true).empty());
}

}  // namespace
}  // namespace handoff::harness
