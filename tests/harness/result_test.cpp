#include "result.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <random>

#include "as_json.hpp"
#include "flags.hpp"
#include "histogram.hpp"
#include "measurement.hpp"
#include "summary.hpp"

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

std::vector<std::string> flags_in(const json& m) {
    return flags_of(from_json<measured_trial>(m));
}

json results_json(const json& header, const std::vector<json>& trials,
                  const std::vector<json>& calibrations = {}) {
    return to_json(results_of(header, trials, calibrations));
}

TEST(Flags, NoneOnACleanTrial) {
    EXPECT_TRUE(flags_in(measurement("a", 10, 30, 33)).empty());
}

TEST(Flags, LowOverlap) {
    json m = measurement("a", 10, 30, 30);
    m["overlap"] = 0.79;
    EXPECT_EQ(flags_in(m), std::vector<std::string>{"low_overlap"});
}

TEST(Flags, ShortWindowWhereAStallHasSetTheNumberOfItems) {
    json m = measurement("a", 10, 30, 30);  // a window of 10 ms
    m["asked_seconds"] = 0.019;
    EXPECT_TRUE(flags_in(m).empty());
    m["asked_seconds"] = 0.021;
    EXPECT_EQ(flags_in(m), std::vector<std::string>{"short_window"});
}

TEST(Flags, ContaminatedWhenTheProbesDifferInEitherDirection) {
    EXPECT_EQ(flags_in(measurement("a", 10, 30, 35)), std::vector<std::string>{"contaminated"});
    EXPECT_EQ(flags_in(measurement("a", 10, 35, 30)), std::vector<std::string>{"contaminated"});
    EXPECT_TRUE(flags_in(measurement("a", 10, 34, 30)).empty());
}

TEST(Flags, PreemptedUnlessOversubscribed) {
    json m = measurement("a", 10, 30, 30);
    m["team"][1]["run_delay_seconds"] = 0.0011;
    EXPECT_EQ(flags_in(m), std::vector<std::string>{"preempted"});
    m["oversubscribed"] = true;
    EXPECT_TRUE(flags_in(m).empty());
}

TEST(Flags, OffCpuWhereAThreadThatNeverSleepsWasNotRunning) {
    json m = measurement("a", 10, 30, 30);
    m["keeps_cpu"] = true;
    for (json& thread : m["team"]) {
        thread["start_seconds"] = 0.002;  // the lap is timed by the thread itself
        thread["end_seconds"] = 0.012;
        thread["cpu_seconds"] = 0.0091;
        thread["voluntary_switches"] = 10;
    }
    EXPECT_TRUE(flags_in(m).empty());
    m["team"][1]["cpu_seconds"] = 0.0089;
    EXPECT_EQ(flags_in(m), std::vector<std::string>{"off_cpu"});
    m["team"][1]["voluntary_switches"] = 11;
    EXPECT_TRUE(flags_in(m).empty()) << "it slept of its own doing, more than once a millisecond";
    m["team"][1]["voluntary_switches"] = 0;
    EXPECT_EQ(flags_in(m), std::vector<std::string>{"off_cpu"});
    m["oversubscribed"] = true;
    EXPECT_TRUE(flags_in(m).empty());
    m["oversubscribed"] = false;
    m["keeps_cpu"] = false;
    EXPECT_TRUE(flags_in(m).empty()) << "who may sleep was perhaps asleep";
}

TEST(Flags, AMachineWithOneCpuHasNoProbe) {
    json m = measurement("a", 10, 30, 30);
    m["probe"] = nullptr;
    EXPECT_TRUE(flags_in(m).empty());
}

TEST(States, AreNamedByTheirTransferTime) {
    ASSERT_EQ(states_of({30, 26, 38, 33}).size(), 1U);
    EXPECT_EQ(states_of({30, 26, 38, 33})[0].label, "32 ns");
    const auto two = states_of({30, 105, 28, 110, 38, 100});
    ASSERT_EQ(two.size(), 2U);
    EXPECT_EQ(two[0].label, "30 ns");
    EXPECT_EQ(two[0].trials, 3U);
    EXPECT_DOUBLE_EQ(two[0].greatest_ns, 38);
    EXPECT_EQ(two[1].label, "105 ns");
    EXPECT_DOUBLE_EQ(two[1].least_ns, 100);
    EXPECT_EQ(states_of({8, 30, 110})[2].label, "110 ns");
    EXPECT_TRUE(states_of({}).empty());
}

TEST(States, HaveNamesOfTheirOwn) {
    const auto small = states_of({0.6, 1.0, 1.4});
    ASSERT_EQ(small.size(), 3U);
    EXPECT_EQ(small[0].label, "1 ns");
    EXPECT_EQ(small[1].label, "1.0 ns");
    EXPECT_EQ(small[2].label, "1.4 ns");
}

TEST(States, ASeriesWithoutGapsIsNotOneState) {
    std::vector<double> probes;
    for (double ns = 8; ns < 57; ns *= 1.05) {  // from 8 to 57, no two neighbours farther apart than 5%
        probes.push_back(ns);
    }
    for (int i = 0; i < 40; ++i) {
        probes.push_back(30 + 0.1 * i);  // where most are
    }
    const auto states = states_of(probes);
    EXPECT_GE(states.size(), 4U);
    std::size_t trials = 0;
    for (const machine_state& s : states) {
        EXPECT_LE(s.greatest_ns, s.least_ns * flag_limits::state_width);
        trials += s.trials;
    }
    EXPECT_EQ(trials, probes.size()) << "each has a state";
    const auto most = std::ranges::max_element(states, {}, &machine_state::trials);
    EXPECT_GE(most->trials, 40U) << "and most are not torn apart";
    for (std::size_t i = 1; i < states.size(); ++i) {
        EXPECT_GT(states[i].least_ns, states[i - 1].greatest_ns);
    }
}

TEST(States, AStateAsWideAsOneMayBeStaysWhole) {
    EXPECT_EQ(states_of({26, 30, 34, 38, 41}).size(), 1U);
    EXPECT_EQ(states_of({26, 30, 34, 38, 42}).size(), 2U);
}

TEST(Results, RowsAreOrderedByPointAndRepetition) {
    const json r =
        results_json(header(2), {trial("b", 0, 1), trial("a", 0, 2), trial("a", 1, 3), trial("b", 1, 4)});
    std::vector<std::string> order;
    for (const json& row : r.at("benchmarks")) {
        order.push_back(row.at("name").get<std::string>() +
                        std::to_string(row.at("repetition_index").get<int>()));
    }
    EXPECT_EQ(order, (std::vector<std::string>{"a0", "a1", "b0", "b1"}));
    EXPECT_EQ(r.at("run").at("complete"), true);
}

TEST(Results, OnlyTheMostFrequentStateCounts) {
    const json r = results_json(
        header(2), {trial("a", 0, 1, 30), trial("a", 1, 4, 110), trial("b", 0, 1, 31), trial("b", 1, 1, 29)});
    EXPECT_EQ(r.at("benchmarks")[0].at("counted"), true);
    EXPECT_EQ(r.at("benchmarks")[1].at("counted"), false);
    EXPECT_EQ(r.at("benchmarks")[1].at("state"), "110 ns");
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_ok"), 2);
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_counted"), 1);
}

TEST(Results, EachPairOfCpusHasStatesOfItsOwn) {
    // another placement, whose CPUs are farther apart: that is no other state of the machine
    std::vector<json> trials;
    for (unsigned i = 0; i < 3; ++i) {
        trials.push_back(trial("a", i, 1, 30));
        trials.push_back(trial("b", i, 1, i == 2 ? 400 : 120));
        trials.back()["measurement"]["probe"]["cpus"] = {0, 64};
    }
    const json r = results_json(header(3), trials);
    for (const json& row : r.at("benchmarks")) {
        const bool moved = row.at("name") == "b" && row.at("repetition_index") == 2;
        EXPECT_EQ(row.at("counted"), !moved) << row.at("name");
        EXPECT_EQ(row.at("state"), row.at("name") == "a" ? "30 ns" : moved ? "400 ns" : "120 ns");
    }
    ASSERT_EQ(r.at("run").at("states").size(), 3U);
    EXPECT_EQ(r.at("run").at("states")[2].at("cpus"), json({0, 64}));
    EXPECT_FALSE(results_json(header(1), {trials[0]}).at("run").at("states")[0].contains("cpus"));
}

TEST(Results, StolenTimeFlags) {
    json t = trial("a", 0, 1);
    t["steal_ticks"] = 2;  // 20 ms at 100 Hz, of a life of 100 ms
    const json r = results_json(header(1), {t, trial("b", 0, 1)});
    EXPECT_EQ(r.at("benchmarks")[0].at("flags"), json::array({"stolen"}));
    EXPECT_EQ(r.at("benchmarks")[0].at("counted"), false);
}

TEST(Results, ATrialWithoutAProbeDoesNotCountBesideThoseWithOne) {
    json t = trial("a", 0, 1);
    t["measurement"]["probe"] = nullptr;
    EXPECT_EQ(results_json(header(1), {t, trial("b", 0, 1)}).at("benchmarks")[0].at("counted"), false);
    EXPECT_EQ(results_json(header(1), {t}).at("benchmarks")[0].at("counted"), true);
}

TEST(Results, RetriesStandBehindTheirPointAndAreCountedApart) {
    json flagged = trial("a", 0, 1);
    flagged["measurement"]["overlap"] = 0.1;
    json h = header(1);
    h["sweep"]["retry_contaminated"] = 3;
    h["sweep"]["retry_budget_percent"] = 100;
    std::vector<json> trials{flagged, trial("b", 0, 2)};
    const json waiting = results_json(h, trials).at("run");
    EXPECT_EQ(waiting.at("complete"), false) << "a retry is still to be made";
    EXPECT_EQ(waiting.at("trials_done"), 2);
    EXPECT_EQ(waiting.at("retries"), (json{{"budget", 2}, {"made", 0}, {"cured", 0}}));
    json still_flagged = flagged;
    still_flagged["repetition"] = 1;
    still_flagged["retry_of"] = 0;
    trials.push_back(still_flagged);
    json cured = trial("a", 2, 3);
    cured["retry_of"] = 0;
    trials.push_back(cured);
    const json r = results_json(h, trials);
    EXPECT_EQ(r.at("run").at("complete"), true);
    EXPECT_EQ(r.at("run").at("trials_done"), 2);
    EXPECT_EQ(r.at("run").at("trials_planned"), 2);
    EXPECT_EQ(r.at("run").at("retries"), (json{{"budget", 2}, {"made", 2}, {"cured", 1}}));
    ASSERT_EQ(r.at("benchmarks").size(), 4U) << "flagged ones are kept";
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(r.at("benchmarks")[i].at("name"), "a");
        EXPECT_EQ(r.at("benchmarks")[i].at("repetition_index"), i);
        EXPECT_EQ(r.at("benchmarks")[i].contains("retry_of"), i > 0);
        EXPECT_EQ(r.at("benchmarks")[i].at("counted"), i == 2);
    }
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_counted"), 1);
}

TEST(Results, StolenTimeIsToldInSeconds) {
    json t = trial("a", 0, 1);
    t["steal_ticks"] = 5;
    const json row = results_json(header(1), {t}).at("benchmarks")[0];
    EXPECT_DOUBLE_EQ(row.at("steal_seconds"), 5.0 / static_cast<double>(sysconf(_SC_CLK_TCK)));
}

TEST(Results, FailedTrialsCarryNoNumber) {
    json bad = trial("a", 0, 1);
    bad["status"] = "invalid";
    bad["reason"] = "lost";
    bad.erase("measurement");
    const json r = results_json(header(1), {bad, trial("b", 0, 5)});
    ASSERT_EQ(r.at("benchmarks").size(), 1U);
    EXPECT_EQ(r.at("benchmarks")[0].at("name"), "b");
    ASSERT_EQ(r.at("run").at("failed").size(), 1U);
    EXPECT_EQ(r.at("run").at("failed")[0].at("reason"), "lost");
}

json with_latency(json t, const histogram& h, double scale = 0.5) {
    latency seen;
    seen.what = "w";
    seen.relative_error = histogram::relative_error;
    seen.count = h.count();
    seen.min = scale * double(h.min());
    seen.max = scale * double(h.max());
    seen.samples.scale = scale;
    h.for_each_bucket([&](std::size_t index, std::uint64_t count) {
        seen.samples.buckets.emplace_back(static_cast<std::uint32_t>(index), count);
    });
    t["measurement"]["latency"] = to_json(seen);
    return t;
}

TEST(Results, APointsLatencyIsThatOfAllItsCountedSamples) {
    std::mt19937_64 random(5);
    std::vector<histogram> parts(3);
    histogram all;
    for (std::size_t part = 0; part < parts.size(); ++part) {
        for (std::size_t i = 0; i < 5000 * (part + 1); ++i) {
            const std::uint64_t value = random() >> (20 + random() % 40);
            parts[part].record(value);
            if (part < 2) {
                all.record(value);
            }
        }
    }
    std::vector<json> trials;
    for (unsigned i = 0; i < 3; ++i) {
        trials.push_back(with_latency(trial("a", i, 1), parts[i]));
    }
    trials[2]["measurement"]["overlap"] = 0.1;  // flagged: not counted
    trials.push_back(trial("b", 0, 1));
    const json r = results_json(header(3), trials);
    const json& merged = r.at("run").at("points")[0].at("latency");
    EXPECT_EQ(merged.at("count"), 15'000);
    EXPECT_EQ(merged.at("trials"), 2);
    for (const auto& [name, share] :
         {std::pair("p50", 0.5), {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}}) {
        EXPECT_EQ(merged.at(name), 0.5 * double(all.quantile(share))) << name;
    }
    EXPECT_EQ(merged.at("min"), 0.5 * double(all.min()));
    EXPECT_EQ(merged.at("max"), 0.5 * double(all.max()));
    EXPECT_EQ(merged.at("backed"), json::array({"p50", "p90", "p99", "p99.9"})) << "p99.99 takes 100,000";
    EXPECT_FALSE(r.at("run").at("points")[1].contains("latency"));
}

TEST(Results, APercentileIsBackedByTenSamplesBeyondIt) {
    for (const std::uint64_t count : {9'999U, 10'000U}) {
        histogram h;
        for (std::uint64_t i = 0; i < count; ++i) {
            h.record(i);
        }
        const json r = results_json(header(1), {with_latency(trial("a", 0, 1), h)});
        const json& backed = r.at("run").at("points")[0].at("latency").at("backed");
        EXPECT_EQ(backed.size(), count == 10'000 ? 4U : 3U) << backed;
    }
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
    const result_file file = results_of(h, trials);
    const json r = to_json(file);
    const json& a = r.at("run").at("points")[0];
    ASSERT_EQ(a.value("humps", json::array()).size(), 2U);
    EXPECT_EQ(a.at("humps")[0], (json{{"median", 38.5}, {"low", 37.0}, {"high", 40.0}, {"trials", 5}}));
    EXPECT_EQ(a.at("humps")[1], (json{{"median", 4275.0}, {"low", 4100.0}, {"high", 4400.0}, {"trials", 4}}));
    EXPECT_FALSE(r.at("run").at("points")[1].contains("humps"));
    const std::string text = ranking(file);
    EXPECT_NE(text.find("bimodal: 25.97 [25.00 .. 27.03] (5 of 9) and 0.23 [0.23 .. 0.24] (4 of 9)"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("bimodal"), text.rfind("bimodal"));
}

/// Points a, b, ... of implementations of that name in one contest.
json contest(unsigned repetitions, const std::vector<std::string>& names, const std::string& measure) {
    json h = header(repetitions);
    h["points"] = json::array();
    h["trials"] = names.size() * repetitions;
    for (const std::string& name : names) {
        h["points"].push_back({{"name", name},
                               {"binary", "bin"},
                               {"guarantees", json::object()},
                               {"measure", measure},
                               {"point", {{"family", "queues"}, {"workload", "transfer"}, {"impl", name}}},
                               {"rivals", "peers"},
                               {"oversubscribed", false},
                               {"threads", 2}});
    }
    return h;
}

json failed(const std::string& name, unsigned repetition, const std::string& status,
            const std::string& reason) {
    json t = trial(name, repetition, 1);
    t["status"] = status;
    t["reason"] = reason;
    t.erase("measurement");
    return t;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(Caught, APointWithAnInvalidTrialHasNoNumberAnywhere) {
    json h = contest(5, {"loses", "keeps"}, "items_per_second");
    json elsewhere = h["points"][0];
    elsewhere["name"] = "loses_elsewhere";
    elsewhere["point"]["workload"] = "round_trip";
    h["points"].push_back(elsewhere);
    std::vector<json> trials;
    for (unsigned i = 0; i < 5; ++i) {
        trials.push_back(i < 4 ? failed("loses", i, "invalid", "3 items were lost") : trial("loses", i, 1));
        trials.push_back(trial("keeps", i, 10 + i));
        trials.push_back(trial("loses_elsewhere", i, 20 + i));
    }
    const result_file file = results_of(h, trials);
    const json r = to_json(file);
    for (const json& row : r.at("benchmarks")) {
        EXPECT_EQ(row.at("counted"), row.at("name") != "loses") << row.at("name");
    }
    const json& point = r.at("run").at("points")[0];
    EXPECT_EQ(point.at("caught"), true);
    EXPECT_EQ(point.at("trials_ok"), 1);
    EXPECT_EQ(point.at("trials_counted"), 0);
    EXPECT_EQ(
        point.at("failed"),
        (json{{"trials", 5}, {"invalid", 4}, {"timeout", 0}, {"crashed", 0}, {"reason", "3 items were lost"}}));
    EXPECT_FALSE(point.contains("ranked"));
    EXPECT_FALSE(r.at("run").at("points")[1].contains("caught"));
    EXPECT_EQ(r.at("run").at("caught"),
              json::array({{{"family", "queues"},
                            {"impl", "loses"},
                            {"points", {"loses"}},
                            {"reason", "invalid in 4 of 5 trials: 3 items were lost"}}}));

    const std::string text = ranking(file);
    EXPECT_TRUE(has(text, "     1. keeps ")) << text;
    EXPECT_TRUE(has(text, "     - loses (!) ")) << text;
    EXPECT_TRUE(has(text, "no number: invalid in 4 of 5 trials: 3 items were lost")) << text;
    EXPECT_TRUE(has(text, "1. loses (!) ")) << "where it was not caught, it is marked\n" << text;

    const json summary = to_json(summary_of(file));
    EXPECT_EQ(summary.at("without_a_counted_trial"), json::array({"loses"}));
    EXPECT_EQ(summary.at("caught").at("loses"), "invalid in 4 of 5 trials: 3 items were lost");
    ASSERT_EQ(summary.at("benchmarks").size(), 2U);
    EXPECT_FALSE(summary.at("benchmarks")[0].contains("caught"));
    EXPECT_EQ(summary.at("benchmarks")[1].at("caught"), "invalid in 4 of 5 trials: 3 items were lost");
}

TEST(Caught, ACrashAndAHangShowAFaultButNotWhatMeasuredNothing) {
    for (const auto& [status, reason, shows] :
         {std::tuple("crashed", "signal 11 (Segmentation fault)", true),
          {"timeout", "did not finish in 20 s", true},
          {"invalid", nothing_done, false},
          {"invalid", "no rate: x, which decides it, has no trial that is ok", false},
          {"invalid", "clock: real_time_ns is 0", false},
          {"crashed", "signal 6 (Aborted): cannot make thread 3 of 4: Resource temporarily unavailable",
           false}}) {
        const json r = results_json(header(2), {failed("a", 0, status, reason), trial("a", 1, 2)});
        EXPECT_EQ(r.at("benchmarks")[0].at("counted"), !shows) << reason;
        EXPECT_EQ(r.at("run").at("points")[0].contains("caught"), shows) << reason;
        EXPECT_EQ(r.at("run").at("points")[0].at("failed").at("trials"), 2);
    }
}

TEST(Caught, TheReasonIsThatOfAFault) {
    const json r = results_json(header(3), {failed("a", 0, "invalid", nothing_done),
                                            failed("a", 1, "invalid", "an item came twice"), trial("a", 2, 1)});
    EXPECT_EQ(r.at("run").at("points")[0].at("failed").at("reason"), "an item came twice");
}

/// A trial of a paced point: its p50, or saturated.
json paced(const std::string& name, unsigned repetition, std::optional<double> p50) {
    json t = trial(name, repetition, 100);
    t["measurement"]["metrics"]["saturated"] = p50 ? 0.0 : 1.0;
    if (p50) {
        histogram h;
        for (int i = 0; i < 100; ++i) {
            h.record(static_cast<std::uint64_t>(*p50));
        }
        t = with_latency(t, h, 1);
        for (const char* percentile : {"p50", "p90", "p99", "p99.9"}) {
            t["measurement"]["latency"][percentile] = *p50;
        }
    }
    return t;
}

TEST(Saturated, IsInfinitelySlowInTheRankingThePointAndTheSummary) {
    json h = contest(7, {"overloaded", "slow", "once"}, "latency");
    for (json& p : h["points"]) {
        p["paced_by"] = {{"point", "p"}, {"share", 0.5}};
    }
    std::vector<json> trials;
    for (unsigned i = 0; i < 7; ++i) {
        trials.push_back(paced("overloaded", i, i < 5 ? std::nullopt : std::optional(50.0)));
        trials.push_back(paced("slow", i, 200.0 + i));
        trials.push_back(paced("once", i, i == 0 ? std::nullopt : std::optional(100.0)));
    }
    const result_file file = results_of(h, trials);
    const json r = to_json(file);
    const json& points = r.at("run").at("points");
    EXPECT_EQ(points[0].at("saturated"), 5);
    EXPECT_EQ(points[0].at("trials"), 7);
    EXPECT_FALSE(points[0].contains("latency")) << "that of the two mild ones is none";
    EXPECT_EQ(points[0].at("ranked"),
              (json{{"median", nullptr}, {"lowest", 50.0}, {"highest", nullptr}, {"trials", 7}}));
    EXPECT_EQ(points[1].at("saturated"), 0);
    EXPECT_TRUE(points[1].contains("latency"));
    EXPECT_EQ(points[2].at("ranked").at("median"), 100.0);
    EXPECT_FALSE(r.at("benchmarks")[0].contains("ranked_value"));

    const std::string text = ranking(file);
    EXPECT_LT(text.find(" once "), text.find(" slow ")) << text;
    EXPECT_LT(text.find(" slow "), text.find(" overloaded ")) << text;
    EXPECT_TRUE(has(text, "saturated  [50 .. saturated]  n=7  saturated in 5 of 7")) << text;
    EXPECT_TRUE(has(text, "100  [100 .. saturated]  n=7  saturated in 1 of 7")) << text;

    const json summary = to_json(summary_of(file)).at("benchmarks");
    EXPECT_FALSE(summary[0].contains("latency_p50"));
    EXPECT_EQ(summary[0].at("saturated"), 5);
    EXPECT_EQ(summary[2].at("latency_p50"), 100.0);
    EXPECT_EQ(summary[2].at("saturated"), 1);
}

TEST(Ranking, WhatTheTrialsCannotTellApartSharesPlaces) {
    std::vector<json> trials;
    for (unsigned i = 0; i < 7; ++i) {
        trials.push_back(trial("first", i, 10 + i));
        trials.push_back(trial("like_it", i, 10.5 + i));
        trials.push_back(trial("last", i, 30 + i));
    }
    const std::string text =
        ranking(results_of(contest(7, {"first", "like_it", "last"}, "items_per_second"), trials));
    EXPECT_TRUE(has(text, "   1-2. first ")) << text;
    EXPECT_TRUE(has(text, "   1-2. like_it ")) << text;
    EXPECT_TRUE(has(text, "     3. last ")) << text;
}

TEST(Ranking, AThreadThatNeverGotInIsSaid) {
    std::vector<json> trials;
    for (unsigned i = 0; i < 5; ++i) {
        trials.push_back(trial("greedy", i, 10));
        trials.back()["measurement"]["metrics"]["never_got_in"] = i < 2 ? 1.0 : 0.0;
        trials.push_back(trial("even", i, 20));
        trials.back()["measurement"]["metrics"]["never_got_in"] = 0.0;
    }
    const std::string text = ranking(results_of(contest(5, {"greedy", "even"}, "items_per_second"), trials));
    EXPECT_TRUE(has(text, "n=5  a thread never got in, in 2 of 5")) << text;
    EXPECT_EQ(text.find("never got in"), text.rfind("never got in")) << text;
}

TEST(Ranking, OneStrategyForAllStandsBesideTheBestOfSeveral) {
    json h = contest(5, {"a_spin", "a_yield", "b_spin", "b_yield", "native"}, "items_per_second");
    for (json& p : h["points"]) {
        const std::string name = p.at("name");
        p["point"]["impl"] = name.substr(0, name.find('_'));
        p["point"]["wait"] = name == "native" ? "native" : name.substr(2);
    }
    std::vector<json> trials;
    for (unsigned i = 0; i < 5; ++i) {
        trials.push_back(trial("a_spin", i, 50 + i));
        trials.push_back(trial("a_yield", i, 10 + i));
        trials.push_back(trial("b_spin", i, 30 + i));
        trials.push_back(trial("b_yield", i, 20 + i));
        trials.push_back(trial("native", i, 40 + i));
    }
    const std::string text = ranking(results_of(h, trials));
    const auto fixed = text.find("the same with spin for all that have the choice");
    ASSERT_NE(fixed, std::string::npos) << text;
    const std::string best = text.substr(0, fixed);
    const std::string alike = text.substr(fixed);
    EXPECT_LT(best.find("1. a "), best.find("2. b ")) << text;
    EXPECT_TRUE(has(alike, "     1. b ")) << text;
    EXPECT_TRUE(has(alike, "     2. native ")) << text;
    EXPECT_TRUE(has(alike, "     3. a ")) << text;
    EXPECT_FALSE(has(alike, "yield")) << text;
    h["points"].erase(1);
    h["points"].erase(2);
    std::erase_if(trials, [](const json& t) { return has(t.at("point").get<std::string>(), "yield"); });
    EXPECT_FALSE(has(ranking(results_of(h, trials)), "the same with")) << "there is no choice";
}

TEST(Results, FlaggedTrialsThatMoveTheMedianAreReported) {
    std::vector<json> trials;
    for (unsigned i = 0; i < 9; ++i) {
        json a = trial("a", i, i < 4 ? 10 + i : 90 + i);
        a["measurement"]["overlap"] = i < 4 ? 1 : 0.1;  // the slow ones are flagged
        trials.push_back(a);
        json b = trial("b", i, 10 + i);
        b["measurement"]["overlap"] = i == 8 ? 0.1 : 1;
        trials.push_back(b);
    }
    const result_file file = results_of(contest(9, {"a", "b"}, "items_per_second"), trials);
    const json points = to_json(file).at("run").at("points");
    EXPECT_DOUBLE_EQ(points[0].at("ranked").at("median"), (1e9 / 11 + 1e9 / 12) / 2);
    EXPECT_EQ(points[0].at("ranked").at("trials"), 4);
    EXPECT_DOUBLE_EQ(points[0].at("ranked_with_flagged").at("median"), 1e9 / 94);
    EXPECT_EQ(points[0].at("ranked_with_flagged").at("trials"), 9);
    const std::string text = ranking(file);
    EXPECT_TRUE(has(text, "(10.64 with the 5 flagged)")) << text;
    EXPECT_FALSE(has(text, "with the 1 flagged")) << "within the spread of the others\n" << text;
}

TEST(Results, FlaggedTrialsOfAnotherMachineStateAreNotTakenIn) {
    std::vector<json> trials;
    for (unsigned i = 0; i < 3; ++i) {
        trials.push_back(trial("a", i, 10, 30));
    }
    trials.push_back(trial("a", 3, 500, 110));
    trials.back()["measurement"]["overlap"] = 0.1;
    trials.push_back(trial("a", 4, 500, 30));
    trials.back()["measurement"]["probe"]["after_ns"] = 60;  // contaminated
    EXPECT_FALSE(results_json(header(5), trials).at("run").at("points")[0].contains("ranked_with_flagged"));
}

TEST(Results, TrialsThatAreSaturatedHaveNoLatencyToBeJudgedBy) {
    json h = header(10);
    h["points"][0]["measure"] = "latency";
    std::vector<json> trials;
    for (unsigned i = 0; i < 10; ++i) {
        trials.push_back(trial("a", i, 100));
    }
    const json r = results_json(h, trials);
    EXPECT_EQ(r.at("run").at("points")[0].at("trials_counted"), 10);
    EXPECT_FALSE(r.at("run").at("points")[0].contains("latency"));
    EXPECT_FALSE(r.at("run").at("points")[0].contains("humps"));
}

TEST(Results, LatenciesWithTwoHumpsAreThoseOfAllCountedTrials) {
    std::vector<json> trials;
    histogram two_modes;
    for (int i = 0; i < 350; ++i) {
        two_modes.record(i < 200 ? 90 : 20'000);
    }
    for (unsigned i = 0; i < 4; ++i) {
        trials.push_back(with_latency(trial("a", i, 100), two_modes, 1));
    }
    trials[3]["measurement"]["overlap"] = 0.1;
    EXPECT_TRUE(results_json(header(4), trials).at("run").at("points")[0].contains("latency_humps"))
        << "1050 samples of three trials";
    trials[2]["measurement"]["overlap"] = 0.1;
    EXPECT_FALSE(results_json(header(4), trials).at("run").at("points")[0].contains("latency_humps"));
}

TEST(Results, TheLevelOfAQueueIsCalledWhereBothSidesAreKnown) {
    const auto level = [](json metrics) {
        json t = trial("a", 0, 1);
        t["measurement"]["metrics"] = std::move(metrics);
        const json row = results_json(header(1), {t}).at("benchmarks")[0];
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
    const json r = results_json(header(3), {});
    EXPECT_EQ(r.at("run").at("complete"), false);
    EXPECT_TRUE(r.at("benchmarks").empty());
}

json calibration(double probe, double item_ns) {
    const json kernel{{"median", item_ns}, {"low", item_ns}, {"high", item_ns}, {"least", item_ns}};
    return {{"before_trial", 0},
            {"calibration",
             {{"probe", {{"before_ns", probe}, {"after_ns", probe}, {"cpus", {0, 1}}}},
              {"kernels", {{"stream_item_ns", kernel}}}}}};
}

TEST(Results, LimitsStandBesideTheTrialsOfTheirState) {
    json h = header(2);
    h["limits"] = {{"binary", "bench_limits"}};
    h["points"][0]["limit"] = json::array({{{"kernel", "stream_item_ns"}, {"times", 2.0}}});
    const json r = results_json(h, {trial("a", 0, 4, 30), trial("a", 1, 4, 110), trial("b", 0, 4, 31)},
                                {calibration(30, 0.5)});
    EXPECT_DOUBLE_EQ(r.at("benchmarks")[0].at("limit_share"), 0.25);
    EXPECT_FALSE(r.at("benchmarks")[1].contains("limit_share"));  // no calibration in that state
    EXPECT_FALSE(r.at("benchmarks")[2].contains("limit_share"));  // no bound of this point is certain
    EXPECT_EQ(r.at("run").at("limits").at("calibrations")[0].at("state"), "30 ns");
    EXPECT_TRUE(r.at("run").at("above_limit").empty());
    EXPECT_EQ(results_json(h, {trial("a", 0, 0.8)}, {calibration(30, 0.5)}).at("run").at("above_limit").size(),
              1U);
}

TEST(Results, ARunThatBeganWithoutLimitsHasNone) {
    EXPECT_FALSE(results_json(header(1), {trial("a", 0, 1)}).at("run").contains("limits"));
}

TEST(Results, ItemsPerTransferAreOfTheTrialsOwnProbe) {
    json t = trial("a", 0, 4, 32);
    t["measurement"]["streams"] = true;
    EXPECT_DOUBLE_EQ(results_json(header(1), {t}).at("benchmarks")[0].at("items_per_transfer"), 8);
    t["measurement"]["probe"] = {{"before_ns", 30}, {"after_ns", 100}, {"cpus", {0, 1}}};
    EXPECT_FALSE(results_json(header(1), {t}).at("benchmarks")[0].contains("items_per_transfer"));
    EXPECT_FALSE(
        results_json(header(1), {trial("a", 0, 4)}).at("benchmarks")[0].contains("items_per_transfer"));
}

TEST(Ratios, PairWithinRepetitionsAndCountOnlyWhatCounts) {
    json request{{"label", "a/b"}, {"numerator", "a"}, {"denominator", "b"}, {"at_most", 2.5}};
    std::vector<json> trials;
    for (unsigned i = 0; i < 7; ++i) {
        trials.push_back(trial("a", i, 2 * (i + 1)));
        trials.push_back(trial("b", i, i + 1));
    }
    trials[0]["measurement"]["overlap"] = 0.1;  // flagged: its pair is no pair
    for (const char* name : {"a", "b"}) {
        json late = trial(name, 7, name[0] == 'a' ? 99 : 1);  // retries are of no repetition
        late["retry_of"] = 0;
        trials.push_back(late);
    }
    const json r = results_json(header(7, json::array({request})), trials).at("run").at("ratios")[0];
    EXPECT_EQ(r.at("pairs").size(), 6U);
    EXPECT_DOUBLE_EQ(r.at("median"), 2);
    EXPECT_EQ(r.at("verdict"), "within");
    request["at_most"] = 1.9;
    EXPECT_EQ(results_json(header(7, json::array({request})), trials).at("run").at("ratios")[0].at("verdict"),
              "exceeded");
    EXPECT_EQ(results_json(header(7, json::array({request})), {}).at("run").at("ratios")[0].at("verdict"),
              "no pairs");
}

json full(json t, const char* status = "ok") {
    t["check"] = "full";
    t["status"] = status;
    if (t["status"] != "ok") {
        t.erase("measurement");
        t["reason"] = "torn: x";
    }
    return t;
}

/// Counted rows of the point `a`, whose trials check lightly, and what its full checks are said to be.
std::pair<std::size_t, std::string> with_full_checks(const std::vector<json>& checks) {
    json of = header(2);
    of["points"][0]["light_check"] = true;
    of["trials"] = 5;
    std::vector<json> trials{trial("a", 0, 10), trial("a", 1, 10), trial("b", 0, 10), trial("b", 1, 10)};
    trials.insert(trials.end(), checks.begin(), checks.end());
    const json results = results_json(of, trials);
    std::size_t counted = 0;
    for (const json& row : results["benchmarks"]) {
        counted += row["name"] == "a" && row["counted"] == true;
        EXPECT_TRUE(row["name"] == "a" || row["counted"] == true)
            << "what has one kind of check needs no other";
        if (row.contains("check") && row["check"] == "full") {
            EXPECT_EQ(row["counted"], false);
        }
    }
    return {counted, results["run"]["points"][0]["full_check"].get<std::string>()};
}

TEST(FullCheck, DecidesWhetherAPointHasANumber) {
    const json passed = full(trial("a", 2, 50));
    EXPECT_EQ(with_full_checks({passed}), std::pair(std::size_t{2}, std::string("passed")));
    EXPECT_EQ(with_full_checks({}), std::pair(std::size_t{0}, std::string("pending")));
    for (const char* status : {"invalid", "timeout", "crashed"}) {
        const json failed = full(trial("a", 2, 50), status);
        EXPECT_EQ(with_full_checks({failed}), std::pair(std::size_t{0}, std::string("failed"))) << status;
        EXPECT_EQ(with_full_checks({failed, passed}).second, "failed") << "one is enough";
    }
}

TEST(FullCheck, IsNoRepetition) {
    json of = header(2);
    of["points"][0]["light_check"] = true;
    of["trials"] = 5;
    const json results = results_json(of, {trial("a", 0, 10), full(trial("a", 2, 50)), trial("a", 1, 12),
                                           trial("b", 0, 10), trial("b", 1, 10)});
    EXPECT_EQ(results["run"]["complete"], true);
    EXPECT_EQ(results["run"]["points"][0]["trials_ok"], 2);
    EXPECT_EQ(results["run"]["points"][0]["trials_counted"], 2);
    EXPECT_EQ(results["benchmarks"].size(), 5U);
}

}  // namespace
}  // namespace handoff::harness
