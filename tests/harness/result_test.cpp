#include "result.hpp"

#include <gtest/gtest.h>

namespace handoff::harness {
namespace {

using nlohmann::json;

json measurement(const std::string& name, double ns, double before, double after) {
    return {{"name", name},
            {"point", {{"family", "queues"}, {"workload", "transfer"}, {"impl", "x"}}},
            {"threads", 2},
            {"oversubscribed", false},
            {"guarantees", json::object()},
            {"thread_time_ns", 2 * ns},
            {"fairness", json::object()},
            {"metrics", json::object()},
            {"seed", 1},
            {"status", "ok"},
            {"items", 1000},
            {"real_time_ns", ns},
            {"cpu_time_ns", 2 * ns},
            {"window_seconds", 0.01},
            {"overlap", 0.99},
            {"probe", {{"before_ns", before}, {"after_ns", after}, {"cpus", {0, 1}}}},
            {"run_delay_seconds", 0.0},
            {"voluntary_switches", 0},
            {"involuntary_switches", 0},
            {"team", {{{"run_delay_seconds", 0.0}}, {{"run_delay_seconds", 0.0}}}}};
}

json trial(const std::string& name, unsigned repetition, double ns, double probe = 30) {
    return {{"point", name},
            {"repetition", repetition},
            {"seed", 1},
            {"command", "c"},
            {"trial_wall_seconds", 0.1},
            {"steal_ticks", 0},
            {"status", "ok"},
            {"measurement", measurement(name, ns, probe, probe)}};
}

json header(unsigned repetitions, json ratios = json::array()) {
    json points = json::array();
    for (const char* name : {"a", "b"}) {
        points.push_back({{"name", name},
                          {"binary", "bin"},
                          {"guarantees", json::object()},
                          {"measure", "items_per_second"}});
    }
    return {{"id", "i"},
            {"context", json::object()},
            {"sweep", {{"repetitions", repetitions}}},
            {"seed", 1},
            {"trials", 2 * repetitions},
            {"points", points},
            {"left_out", json::array()},
            {"implementations", json::array({"x"})},
            {"ratios", ratios}};
}

TEST(Flags, NoneOnACleanTrial) {
    EXPECT_TRUE(flags_of(measurement("a", 10, 30, 33)).empty());
}

TEST(Flags, LowOverlap) {
    json m = measurement("a", 10, 30, 30);
    m["overlap"] = 0.79;
    EXPECT_EQ(flags_of(m), std::vector<std::string>{"low_overlap"});
}

TEST(Flags, ContaminatedWhenTheProbesDifferInEitherDirection) {
    EXPECT_EQ(flags_of(measurement("a", 10, 30, 35)), std::vector<std::string>{"contaminated"});
    EXPECT_EQ(flags_of(measurement("a", 10, 35, 30)), std::vector<std::string>{"contaminated"});
    EXPECT_TRUE(flags_of(measurement("a", 10, 34, 30)).empty());
}

TEST(Flags, PreemptedUnlessOversubscribed) {
    json m = measurement("a", 10, 30, 30);
    m["team"][1]["run_delay_seconds"] = 0.0011;
    EXPECT_EQ(flags_of(m), std::vector<std::string>{"preempted"});
    m["oversubscribed"] = true;
    EXPECT_TRUE(flags_of(m).empty());
}

TEST(Flags, AMachineWithOneCpuHasNoProbe) {
    json m = measurement("a", 10, 30, 30);
    m["probe"] = nullptr;
    EXPECT_TRUE(flags_of(m).empty());
}

TEST(States, OneTwoAndMore) {
    ASSERT_EQ(states_of({30, 26, 38, 33}).size(), 1U);
    EXPECT_EQ(states_of({30, 26, 38, 33})[0].label, "steady");
    const auto two = states_of({30, 105, 28, 110, 38, 100});
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].label, "near");
    EXPECT_EQ(two[0].trials, 3U);
    EXPECT_DOUBLE_EQ(two[0].greatest_ns, 38);
    EXPECT_EQ(two[1].label, "far");
    EXPECT_DOUBLE_EQ(two[1].least_ns, 100);
    EXPECT_EQ(states_of({8, 30, 110})[2].label, "state_3");
    EXPECT_TRUE(states_of({}).empty());
}

TEST(Results, RowsAreOrderedByPointAndRepetition) {
    const json r =
        make_results(header(2), {trial("b", 0, 1), trial("a", 0, 2), trial("a", 1, 3), trial("b", 1, 4)});
    std::vector<std::string> order;
    for (const json& row : r.at("benchmarks")) {
        order.push_back(row.at("name").get<std::string>() +
                        std::to_string(row.at("repetition_index").get<int>()));
    }
    EXPECT_EQ(order, (std::vector<std::string>{"a0", "a1", "b0", "b1"}));
    EXPECT_EQ(r.at("run").at("complete"), true);
}

TEST(Results, OnlyTheMostFrequentStateCounts) {
    const json r = make_results(
        header(2), {trial("a", 0, 1, 30), trial("a", 1, 4, 110), trial("b", 0, 1, 31), trial("b", 1, 1, 29)});
    EXPECT_EQ(r.at("benchmarks")[0].at("counted"), true);
    EXPECT_EQ(r.at("benchmarks")[1].at("counted"), false);
    EXPECT_EQ(r.at("benchmarks")[1].at("state"), "far");
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_ok"), 2);
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_counted"), 1);
}

TEST(Results, StolenTimeFlags) {
    json t = trial("a", 0, 1);
    t["steal_ticks"] = 2;  // 20 ms at 100 Hz, of a life of 100 ms
    const json r = make_results(header(1), {t, trial("b", 0, 1)});
    EXPECT_EQ(r.at("benchmarks")[0].at("flags"), json::array({"stolen"}));
    EXPECT_EQ(r.at("benchmarks")[0].at("counted"), false);
}

TEST(Results, ATrialWithoutAProbeDoesNotCountBesideThoseWithOne) {
    json t = trial("a", 0, 1);
    t["measurement"]["probe"] = nullptr;
    EXPECT_EQ(make_results(header(1), {t, trial("b", 0, 1)}).at("benchmarks")[0].at("counted"), false);
    EXPECT_EQ(make_results(header(1), {t}).at("benchmarks")[0].at("counted"), true);
}

TEST(Results, FailedTrialsCarryNoNumber) {
    json bad = trial("a", 0, 1);
    bad["status"] = "invalid";
    bad["reason"] = "lost";
    bad.erase("measurement");
    const json r = make_results(header(1), {bad, trial("b", 0, 5)});
    ASSERT_EQ(r.at("benchmarks").size(), 1U);
    EXPECT_EQ(r.at("benchmarks")[0].at("name"), "b");
    ASSERT_EQ(r.at("run").at("failed").size(), 1U);
    EXPECT_EQ(r.at("run").at("failed")[0].at("reason"), "lost");
}

TEST(Results, TwoHumpsStandInThePointAndInTheRanking) {
    std::vector<json> trials;
    const std::vector<double> humped{38, 39, 4300, 37, 4100, 38.5, 40, 4400, 4250, 777};
    for (unsigned i = 0; i < humped.size(); ++i) {
        trials.push_back(trial("a", i, humped[i]));
        trials.push_back(trial("b", i, 50 + i));
    }
    trials[18]["measurement"]["overlap"] = 0.1;  // 777: does not count
    json h = header(10);
    for (json& p : h["points"]) {
        p["point"] = {{"workload", "transfer"}, {"impl", "impl_" + p.at("name").get<std::string>()}};
        p["rivals"] = "peers";
        p["oversubscribed"] = false;
        p["threads"] = 2;
    }
    const json r = make_results(h, trials);
    const json& a = r.at("run").at("points")[0];
    ASSERT_EQ(a.value("humps", json::array()).size(), 2U);
    EXPECT_EQ(a.at("humps")[0], (json{{"median", 38.5}, {"low", 37.0}, {"high", 40.0}, {"trials", 5}}));
    EXPECT_EQ(a.at("humps")[1], (json{{"median", 4275.0}, {"low", 4100.0}, {"high", 4400.0}, {"trials", 4}}));
    EXPECT_FALSE(r.at("run").at("points")[1].contains("humps"));
    const std::string text = ranking(r);
    EXPECT_NE(text.find("two humps: 25.97 [25.00 .. 27.03] (5 of 9) and 0.23 [0.23 .. 0.24] (4 of 9)"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("two humps"), text.rfind("two humps"));
}

TEST(Results, LatenciesWithTwoHumpsAreThoseOfAllCountedTrials) {
    std::vector<json> trials;
    for (unsigned i = 0; i < 4; ++i) {
        trials.push_back(trial("a", i, 100));
        trials.back()["measurement"]["latency"] = {{"histogram", {{90.0, 200}, {20000.0, 150}}}};
    }
    trials[3]["measurement"]["overlap"] = 0.1;
    EXPECT_TRUE(make_results(header(4), trials).at("run").at("points")[0].contains("latency_humps"))
        << "1050 samples of three trials";
    trials[2]["measurement"]["overlap"] = 0.1;
    EXPECT_FALSE(make_results(header(4), trials).at("run").at("points")[0].contains("latency_humps"));
}

TEST(Results, TheLevelOfAQueueIsCalledWhereBothSidesAreKnown) {
    const auto level = [](json metrics) {
        json t = trial("a", 0, 1);
        t["measurement"]["metrics"] = std::move(metrics);
        const json row = make_results(header(1), {t}).at("benchmarks")[0];
        return row.value("level", std::string("none"));
    };
    const auto both = [&](double room, double items) {
        return level({{"waits_for_room_per_item", room}, {"waits_for_items_per_item", items}});
    };
    EXPECT_EQ(both(0.31, 0.1), "near_full");
    EXPECT_EQ(both(0.1, 0.31), "near_empty");
    EXPECT_EQ(both(0.29, 0.1), "balanced");
    EXPECT_EQ(both(0.0001, 0), "near_full");
    EXPECT_EQ(both(0.00009, 0), "balanced");
    EXPECT_EQ(both(0, 0), "balanced");
    EXPECT_EQ(level({{"waits_for_items_per_item", 1.0}}), "none");
    EXPECT_EQ(level(json::object()), "none");
}

TEST(Results, NothingFinishedIsAResultToo) {
    const json r = make_results(header(3), {});
    EXPECT_EQ(r.at("run").at("complete"), false);
    EXPECT_TRUE(r.at("benchmarks").empty());
}

TEST(Ratios, PairWithinRepetitionsAndCountOnlyWhatCounts) {
    json request{{"label", "a/b"}, {"numerator", "a"}, {"denominator", "b"}, {"at_most", 2.5}};
    std::vector<json> trials;
    for (unsigned i = 0; i < 7; ++i) {
        trials.push_back(trial("a", i, 2 * (i + 1)));
        trials.push_back(trial("b", i, i + 1));
    }
    trials[0]["measurement"]["overlap"] = 0.1;  // flagged: its pair is no pair
    const json r = make_results(header(7, json::array({request})), trials).at("run").at("ratios")[0];
    EXPECT_EQ(r.at("pairs").size(), 6U);
    EXPECT_DOUBLE_EQ(r.at("median"), 2);
    EXPECT_EQ(r.at("verdict"), "within");
    request["at_most"] = 1.9;
    EXPECT_EQ(make_results(header(7, json::array({request})), trials).at("run").at("ratios")[0].at("verdict"),
              "exceeded");
    EXPECT_EQ(make_results(header(7, json::array({request})), {}).at("run").at("ratios")[0].at("verdict"),
              "no pairs");
}

}  // namespace
}  // namespace handoff::harness
