#include "limits.hpp"

#include <gtest/gtest.h>

#include "as_json.hpp"
#include "calibrate.hpp"
#include "counters/limits.hpp"
#include "flags.hpp"
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

limit_term term(const char* kernel, double times) {
    return {kernel, times};
}

limits_of_run limits_from(const std::vector<json>& lines, const std::vector<machine_state>& states) {
    return limits_of_run(records_of<calibration_line>(lines), states);
}

const std::vector<machine_state> near_and_far = states_of({26, 30, 38, 100, 110});

TEST(Limits, AreResolvedInTheStateOfTheTrialByTheMedianOverItsCalibrations) {
    const limits_of_run limits = limits_from(
        {calibration(30, 31, 2), calibration(29, 30, 4), calibration(27, 28, 3), calibration(105, 104, 50)},
        near_and_far);
    const std::vector<limit_term> terms{term(kernel::atomic_add, 2)};
    ASSERT_TRUE(limits.resolve(terms, "30 ns"));
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "30 ns")->ns, 6);
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "30 ns")->least_ns,
                     2);  // the fastest batch of the fastest calibration
    EXPECT_DOUBLE_EQ(limits.resolve(terms, "105 ns")->ns, 100);
    EXPECT_FALSE(limits.resolve(terms, "changed"));
}

TEST(Limits, AreTheLargestOfTheirTerms) {
    const limits_of_run limits = limits_from({calibration(30, 30, 2)}, near_and_far);
    const auto found = limits.resolve({term(kernel::atomic_add, 10), term(kernel::message, 1)}, "30 ns");
    ASSERT_TRUE(found);
    EXPECT_DOUBLE_EQ(found->ns, 30);
    EXPECT_EQ(found->kernel, kernel::message);
    EXPECT_FALSE(limits.resolve({}, "30 ns"));
    EXPECT_FALSE(limits.resolve({term(kernel::atomic_add, 1), term("futex_wake_ns", 1)}, "30 ns"));
}

TEST(Limits, ACalibrationThatMetTwoStatesOrNoneOfTheRunsIsNotUsed) {
    const limits_of_run limits =
        limits_from({calibration(30, 105, 2), calibration(400, 401, 2), failed_calibration()}, near_and_far);
    const json all = to_json(limits.seen(""));
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
    EXPECT_EQ(limits_from({calibration(50, 50, 2)}, near_and_far).seen("").calibrations[0].state, "30 ns");
    EXPECT_EQ(limits_from({calibration(60, 60, 2)}, near_and_far).seen("").calibrations[0].state, "other");
}

/// A calibration whose kernels were measured between these probes.
json in_pieces(double before, double after, std::pair<double, double> add, std::pair<double, double> message) {
    json line = calibration(before, after, 2);
    const auto probe = [](std::pair<double, double> around) {
        return json{{"before_ns", around.first}, {"after_ns", around.second}, {"cpus", {0, 1}}};
    };
    line["calibration"]["kernels"][kernel::atomic_add]["probe"] = probe(add);
    line["calibration"]["kernels"][kernel::message]["probe"] = probe(message);
    return line;
}

TEST(Limits, AMachineThatChangesItsStateMeanwhileLeavesTheKernelsThatMetOne) {
    const limits_of_run limits =
        limits_from({in_pieces(30, 105, {30, 31}, {31, 105}),  // it went over in the second
                     in_pieces(105, 30, {105, 104}, {104, 103}), in_pieces(30, 105, {30, 30}, {29, 30})},
                    near_and_far);
    const std::vector<limit_term> add{term(kernel::atomic_add, 1)};
    const std::vector<limit_term> message{term(kernel::message, 1)};
    EXPECT_TRUE(limits.resolve(add, "30 ns"));
    EXPECT_TRUE(limits.resolve(message, "30 ns"));
    EXPECT_TRUE(limits.resolve(add, "105 ns"));
    EXPECT_TRUE(limits.resolve(message, "105 ns"));
    const limits_seen seen = limits.seen("");
    EXPECT_EQ(seen.kernels.at("30 ns").at(kernel::atomic_add).calibrations, 2U);
    EXPECT_EQ(seen.kernels.at("30 ns").at(kernel::message).calibrations, 1U);
    EXPECT_EQ(seen.kernels.at("105 ns").at(kernel::atomic_add).calibrations, 1U);
    EXPECT_EQ(seen.calibrations[0].state, "changed") << "as a whole";
}

/// A run of trials at that line transfer, all of which need the message kernel.
result_file run_at(double probe, const std::vector<json>& calibrations) {
    std::vector<json> lines;
    for (unsigned i = 0; i < 4; ++i) {
        lines.push_back({{"point", "a"},
                         {"repetition", i},
                         {"status", "ok"},
                         {"trial_wall_seconds", 0.1},
                         {"measurement",
                          {{"name", "a"},
                           {"status", "ok"},
                           {"real_time_ns", 50.0},
                           {"window_seconds", 0.05},
                           {"probe", {{"before_ns", probe + i}, {"after_ns", probe + i}, {"cpus", {0, 1}}}}}}});
    }
    return results_of({{"points",
                        {{{"name", "a"},
                          {"measure", "items_per_second"},
                          {"limit", {{{"kernel", kernel::message}, {"times", 1.0}}}}}}},
                       {"trials", 4},
                       {"sweep", {{"repetitions", 4}}},
                       {"limits", {{"binary", "bench_limits"}}}},
                      lines, calibrations);
}

TEST(Limits, ARunWhoseStateLacksAKernelAsksForAnotherCalibration) {
    const auto missing = state_without_limits(run_at(30, {calibration(105, 104, 2)}));
    ASSERT_TRUE(missing);
    EXPECT_EQ(missing->label, "32 ns");
    EXPECT_DOUBLE_EQ(missing->least_ns, 30);
    EXPECT_DOUBLE_EQ(missing->greatest_ns, 33);
    EXPECT_TRUE(state_without_limits(run_at(30, {in_pieces(30, 105, {30, 30}, {31, 105})})))
        << "the addition was measured in it, the message was not";
    const result_file found = run_at(30, {calibration(105, 104, 2), in_pieces(30, 105, {60, 105}, {31, 32})});
    EXPECT_FALSE(state_without_limits(found));
    EXPECT_TRUE(found.rows.front().limit_ns);
    EXPECT_FALSE(state_without_limits(run_at(30, {failed_calibration()}))) << "another one would fail, too";
    EXPECT_FALSE(state_without_limits(run_at(30, {})));
}

TEST(Limits, OnOneCpuThereIsNoProbeAndOneState) {
    json line = calibration(1, 1, 2);
    line["calibration"]["probe"] = nullptr;
    const limits_of_run limits = limits_from({line}, {});
    EXPECT_TRUE(limits.resolve({term(kernel::atomic_add, 1)}, "unknown"));
}

listed_point listed(const char* name, const char* measure, double times) {
    listed_point point;
    point.name = name;
    point.measure = measure;
    point.limit = {term(kernel::atomic_add, times)};
    return point;
}

result_row row(const char* name, double ns, bool counted = true) {
    result_row row;
    row.state = "30 ns";
    row.counted = counted;
    measured_trial& m = row.trial.measurement.emplace();
    m.listed.name = name;
    m.probe = {30, 30, {0, 1}};
    m.real_time_ns = ns;
    m.latency.emplace().p50 = ns / 2;
    return row;
}

TEST(Limits, StandBesideTheTimeThatThePointIsRankedBy) {
    const limits_of_run limits = limits_from({calibration(30, 30, 2)}, near_and_far);
    result_row by_time = row("a", 8);
    limits.put_beside(by_time, listed("a", "items_per_second", 1));
    ASSERT_TRUE(by_time.limit_ns);
    EXPECT_DOUBLE_EQ(*by_time.limit_ns, 2);
    EXPECT_DOUBLE_EQ(*by_time.limit_share, 0.25);
    EXPECT_EQ(by_time.limit_by, kernel::atomic_add);
    result_row by_latency = row("a", 8);
    limits.put_beside(by_latency, listed("a", "latency", 1));
    ASSERT_TRUE(by_latency.limit_share);
    EXPECT_DOUBLE_EQ(*by_latency.limit_share, 0.5);
    result_row none = row("a", 8);
    listed_point without = listed("a", "latency", 1);
    without.limit.clear();
    limits.put_beside(none, without);
    EXPECT_FALSE(none.limit_ns);
    result_row elsewhere = row("a", 8);
    elsewhere.state = "105 ns";  // no calibration there: nothing is scaled
    limits.put_beside(elsewhere, listed("a", "items_per_second", 1));
    EXPECT_FALSE(elsewhere.limit_ns);
    result_row between_others = row("a", 8);
    between_others.trial.measurement->probe->cpus = {0, 2};  // another placement
    limits.put_beside(between_others, listed("a", "items_per_second", 1));
    EXPECT_FALSE(between_others.limit_ns);
}

TEST(Limits, AResultAboveTheFastestBatchIsListedAndOneBeforeItIsNot) {
    const limits_of_run limits = limits_from({calibration(30, 30, 2)}, near_and_far);  // the fastest batch: 1
    result_file results;
    for (const char* name : {"a", "b", "c"}) {
        results.run.points.emplace_back().listed = listed(name, "items_per_second", 1);
    }
    for (const double ns : {0.8, 0.9, 5.0}) {  // median 0.9: 11% above
        results.rows.push_back(row("a", ns));
    }
    for (const double ns : {0.92, 0.1}) {  // the faster one does not count; 9%
        results.rows.push_back(row("b", ns, ns > 0.5));
    }
    results.rows.push_back(row("c", 1.5));  // above the median, not above the fastest batch
    for (std::size_t i = 0; i < results.rows.size(); ++i) {
        limits.put_beside(results.rows[i], results.run.points[i < 3 ? 0 : i < 5 ? 1 : 2].listed);
    }
    const std::vector<above_limit_point> found = limits.above(results);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].name, "a");
    EXPECT_DOUBLE_EQ(found[0].share, 2 / 0.9);
    EXPECT_DOUBLE_EQ(found[0].least_share, 1 / 0.9);
    results.run.limits = limits.seen("");
    results.run.above_limit = found;
    EXPECT_NE(limit_report(results).find("ABOVE ITS LIMIT: a: 0.9 ns"), std::string::npos)
        << limit_report(results);
}

TEST(Limits, TheTerminalSaysWhyThereAreNone) {
    result_file results;
    results.run.states.push_back({{"30 ns", 26, 38, 3}, true, {}});
    results.run.limits = limits_from({calibration(400, 400, 2)}, near_and_far).seen("");
    EXPECT_NE(limit_report(results).find("no kernel of the 1 calibrations was measured in machine state 30 ns"),
              std::string::npos);
    results.run.limits = limits_from({}, near_and_far).seen("there is no bench_limits");
    EXPECT_EQ(limit_report(results), "no limits: there is no bench_limits\n");
}

std::optional<std::uint64_t> wake_in(const std::vector<json>& lines) {
    return wake_ns(records_of<calibration_line>(lines));
}

TEST(Limits, BudgetsAreMultiplesOfTheFirstWakeOfTheRun) {
    json first = calibration(30, 30, 2);
    first["calibration"]["kernels"][kernel::futex_wake] = kernel_json(19876.4, 9000);
    json second = first;
    second["calibration"]["kernels"][kernel::futex_wake]["median"] = 5000.0;
    json failed = failed_calibration();
    failed["before_trial"] = 0;
    EXPECT_EQ(wake_in({failed, first, second}), 19876U) << "it was tried again at once";
    second["before_trial"] = 9;
    EXPECT_EQ(wake_in({failed, second}), std::nullopt) << "trials before it had another budget";
    EXPECT_EQ(wake_in({calibration(30, 30, 2)}), std::nullopt);
    EXPECT_EQ(wake_in({}), std::nullopt);
}

TEST(Limits, SharesInWords) {
    EXPECT_EQ(share_text(0.314), "31% of limit");
    EXPECT_EQ(share_text(0.0042), "0.4% of limit");
    EXPECT_EQ(share_text(1.02), "102% of limit");
}

TEST(CalibrationPlan, ShortRunsHaveOneAndLongOnesManyShortOnes) {
    const calibration_plan tiny = plan_calibrations(0.2, 2);
    EXPECT_EQ(tiny.before, std::vector<unsigned>{0});
    EXPECT_DOUBLE_EQ(tiny.seconds, 0.25);
    EXPECT_DOUBLE_EQ(tiny.budget, 1);
    const calibration_plan smoke = plan_calibrations(9.6, 1);
    EXPECT_EQ(smoke.before, std::vector<unsigned>{0});
    EXPECT_LE(smoke.seconds, 0.5);
    const calibration_plan longer = plan_calibrations(390, 15);
    EXPECT_EQ(longer.before, (std::vector<unsigned>{0, 1, 2, 3, 5, 6, 7, 8, 10, 11, 12, 13}));
    EXPECT_DOUBLE_EQ(longer.seconds, 1);
    EXPECT_NEAR(longer.budget, 390 / 20.0, 1e-9);
    EXPECT_TRUE(longer.due(5));
    EXPECT_FALSE(longer.due(4));
    EXPECT_EQ(plan_calibrations(6000, 2).before, (std::vector<unsigned>{0, 1}));
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
