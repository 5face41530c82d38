// What a report's page reads, and the sentences in it.
#include <gtest/gtest.h>

#include <list>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "answer.hpp"
#include "page.hpp"
#include "page_data.hpp"
#include "reason.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

/// A result of implementations and their trials' times, without teams and histograms.
json result_json(const std::vector<std::pair<std::string, std::vector<double>>>& impls) {
    json points = json::array();
    json rows = json::array();
    for (const auto& [impl, times] : impls) {
        const std::string name = "queues/transfer/" + impl + "/wait:spin/p:1/c:1/cap:64/bytes:8";
        const json point{{"family", "queues"}, {"workload", "transfer"}, {"impl", impl},   {"wait", "spin"},
                         {"producers", 1},     {"consumers", 1},         {"capacity", 64}, {"bytes", 8}};
        points.push_back({{"name", name},
                          {"point", point},
                          {"threads", 2},
                          {"rivals", "peers"},
                          {"measure", "items_per_second"},
                          {"trials_ok", times.size()},
                          {"trials_counted", times.size()}});
        for (std::size_t i = 0; i < times.size(); ++i) {
            rows.push_back({{"name", name},
                            {"repetition_index", i},
                            {"real_time", times[i]},
                            {"cpu_time", 2 * times[i]},
                            {"counted", true},
                            {"status", "ok"},
                            {"metrics", json::object()},
                            {"seed", 7}});
        }
    }
    return {{"context", {{"date", "2030-01-02T03:04:05+00:00"}, {"handoff", json::object()}}},
            {"benchmarks", rows},
            {"run",
             {{"schema", 2},
              {"id", "i"},
              {"complete", true},
              {"sweep", {{"name", "s"}, {"min_time_seconds", 0.02}}},
              {"states", json::array()},
              {"implementations", json::array()},
              {"points", points},
              {"failed", json::array()}}}};
}

report_source source_of(const json& document) {
    return read_report_source(document.dump());
}

json page_json(const json& document) {
    std::vector<named_source> sources;
    sources.push_back({"folder/a.json", source_of(document)});
    return json::parse(page_text(page_data_of(std::move(sources))));
}

answer first_answer(const json& document) {
    const report_source source = source_of(document);
    const standings who(std::get<result_source>(source.is).results);
    return answer_of(who.contests().at(0).groups.at(0), who.contests().at(0));
}

// ------------------------------------------------------------------------------------------------------
// reading

TEST(ReportSource, RowsBelongToPointsWhateverTheySayThemselves) {
    json document = result_json({{"a", {1, 2}}, {"b", {3}}});
    document["benchmarks"][0]["family_index"] = 77;
    std::swap(document["benchmarks"][0], document["benchmarks"][2]);
    const report_source source = source_of(document);
    const result_file& results = std::get<result_source>(source.is).results;
    ASSERT_EQ(results.rows.size(), 3U);
    EXPECT_EQ(results.rows[0].point_index, 0U);
    EXPECT_EQ(results.rows[0].measured().real_time_ns, 1);
    EXPECT_EQ(results.rows[2].point_index, 1U);
    EXPECT_EQ(results.rows[2].measured().listed.measure, "items_per_second");
}

TEST(ReportSource, HistogramsOfCountedTrialsAreMerged) {
    json document = result_json({{"a", {1, 2, 3}}});
    for (int i = 0; i < 3; ++i) {
        document["benchmarks"][i]["latency"] = {
            {"p50", 10}, {"count", 3}, {"histogram", {{"scale", 2.0}, {"buckets", {10, 1, 5, 2}}}}};
    }
    document["benchmarks"][2]["counted"] = false;
    const report_source source = source_of(document);
    const auto& samples = std::get<result_source>(source.is).samples;
    const std::map<double, std::uint64_t> expected{{20, 2}, {30, 4}};
    EXPECT_EQ(samples.at("queues/transfer/a/wait:spin/p:1/c:1/cap:64/bytes:8"), expected);
}

TEST(ReportSource, WhatIsBrokenIsRefusedWithItsPlace) {
    const auto refusal_of = [](const json& document) -> std::string {
        try {
            source_of(document);
        } catch (const malformed& e) {
            return e.what();
        }
        return "";
    };
    json document = result_json({{"a", {1, 2}}});
    EXPECT_EQ(refusal_of(document), "");
    document["benchmarks"][1]["seed"] = "x";
    EXPECT_EQ(
        refusal_of(document),
        "breaks results/schema.json: benchmarks[1]: seed: expected a whole number from 0 on, found \"x\"");
    document["benchmarks"][1]["seed"] = 1;
    document["benchmarks"][1]["latency"]["histogram"] = {{"scale", 1.0}, {"buckets", {1, 2, 3}}};
    EXPECT_EQ(refusal_of(document),
              "breaks results/schema.json: benchmarks[1]: buckets: expected pairs of a step and a count");
}

// ---------------------------------------------------------------------------------------------------------
// page

TEST(PageData, ColumnsHaveOneEntryForEachTrial) {
    json document = result_json({{"a", {1.23456789, 2}}});
    document["benchmarks"][1]["metrics"]["sleep_ratio"] = 0.5;
    document["run"]["failed"] = {{{"point", document["run"]["points"][0]["name"]},
                                  {"repetition", 2},
                                  {"status", "crashed"},
                                  {"reason", "signal 11"},
                                  {"command", "again"}}};
    const json page = page_json(document);
    const json& file = page.at("files").at(0);
    EXPECT_EQ(file.at("label"), "a.json");
    EXPECT_EQ(file.at("environment"), document.at("context"));
    EXPECT_FALSE(file.at("run").contains("points"));
    const json& point = file.at("points").at(0);
    EXPECT_EQ(point.at("impl"), "a");
    EXPECT_EQ(point.at("axes").at("producers"), 1);
    EXPECT_EQ(point.at("failed").at("crashed"), 1);
    EXPECT_EQ(
        point.at("command"),
        "build/release/bin/bench_queues --point=queues/transfer/a/wait:spin/p:1/c:1/cap:64/bytes:8 --seed=7 "
        "--benchmark_min_time=0.02");
    const json& trials = point.at("trials");
    EXPECT_EQ(trials.at("cost"), (json{1.23457, 2.0, nullptr}));
    EXPECT_EQ(trials.at("counted"), (json{1, 1, 0}));
    EXPECT_EQ(trials.at("why"), (json{"", "", "signal 11"}));
    EXPECT_EQ(trials.at("metrics").at("sleep_ratio"), (json{nullptr, 0.5, nullptr}));
    EXPECT_FALSE(trials.contains("p50"));
    EXPECT_FALSE(trials.contains("level"));
}

TEST(PageData, ALimitIsTheMedianOverCountedTrials) {
    json document = result_json({{"a", {10, 20, 30}}});
    for (int i = 0; i < 3; ++i) {
        document["benchmarks"][i]["limit_ns"] = 1 + i;
        document["benchmarks"][i]["limit_share"] = 0.1;
        document["benchmarks"][i]["limit_by"] = "message_ns";
    }
    document["benchmarks"][0]["counted"] = false;
    const json page = page_json(document);
    EXPECT_EQ(page.at("files").at(0).at("points").at(0).at("limit_ns"), 2.5);
    EXPECT_EQ(page.at("files").at(0).at("points").at(0).at("limit_by"), "message_ns");
}

TEST(Page, DataStandsInItsPlaceAndNowhereElse) {
    page_data data{"1.0", "abc", {}};
    const std::string template_text =
        "<html><script id=\"handoff-data\" type=\"text/plain\" "
        "data-encoding=\"@ENCODING@\">@DATA@</script></html>";
    const std::string page = page_of(data, template_text);
    const packed_data inside = packed(page_text(data));
    EXPECT_EQ(page, "<html><script id=\"handoff-data\" type=\"text/plain\" data-encoding=\"" + inside.encoding +
                        "\">" + inside.text + "</script></html>");
    EXPECT_EQ(inside.text.find('<'), std::string::npos);
    EXPECT_THROW(page_of(data, "<html></html>"), std::runtime_error);
    EXPECT_THROW(page_of(data, template_text + template_text), std::runtime_error);
    EXPECT_NO_THROW(page_of(data)) << "the template that was built in";
}

// ------------------------------------------------------------------------------------------------------
// reasons

class Reason : public testing::Test {
protected:
    result_row& row(bool counted = true) {
        result_row& made = rows_.emplace_back();
        made.trial.measurement.emplace();
        made.counted = counted;
        return made;
    }
    std::string reason() const {
        std::vector<const result_row*> rows;
        for (const result_row& one : rows_) {
            rows.push_back(&one);
        }
        return reason_of(point_, rows);
    }

    result_point point_;
    std::list<result_row> rows_;
};

TEST_F(Reason, NothingToExplain) {
    row().level = "balanced";
    row().trial.measurement->metrics["sleep_ratio"] = 0.001;
    EXPECT_EQ(reason(), "");
}

TEST_F(Reason, LevelAndSleep) {
    row().level = "near_full";
    rows_.back().trial.measurement->metrics["sleep_ratio"] = 0.3;
    row().level = "near_full";
    rows_.back().trial.measurement->metrics["sleep_ratio"] = 0.5;
    EXPECT_EQ(reason(), "ran near-full; slept in 40% of the waits");
    row().level = "near_empty";
    rows_.back().trial.measurement->metrics["sleep_ratio"] = 1;
    row().trial.measurement->metrics["sleep_ratio"] = 1;
    row().trial.measurement->metrics["sleep_ratio"] = 1;
    EXPECT_EQ(reason(), "ran now full, now empty; slept in every wait");
}

TEST_F(Reason, ModesCostsAndTheMachine) {
    point_.humps = {{10, 9, 11, 4}, {25, 20, 30, 5}};
    point_.latency_humps = {{120, 90, 150, 0.9}, {9300, 8000, 10000, 0.1}};
    point_.listed.oversubscribed = true;
    measured_trial& m = *row().trial.measurement;
    m.costs.allocations_per_item = 1.0;
    m.costs.system_calls_per_item = 0.25;
    m.fairness = {{"producer", 1.0}, {"consumer", 0.6}};
    rows_.back().limit_share = 0.8;
    EXPECT_EQ(
        reason(),
        "two modes, 2.5x apart (4 of 9 trials in the better one); latencies in two groups, near 120 ns and "
        "9.3 us (10%); threads got unequal shares (Jain's index 0.6); 1 allocations per item; 0.25 system "
        "calls per item; near the machine's limit; more threads than CPUs");
}

TEST_F(Reason, SaturatedAndStarved) {
    point_.saturated = 1;
    row().trial.measurement->metrics["never_got_in"] = 1;
    row();
    EXPECT_EQ(reason(),
              "offered more than it can carry in 1 of 2 trials; a thread never got in, in 1 of 2 trials");
}

TEST_F(Reason, WhyThereIsNoNumber) {
    EXPECT_EQ(reason(), "not measured");
    point_.failed = failed_trials{3, 0, 1, 2, "signal 11"};
    EXPECT_EQ(reason(), "no number: timeout in 1, crashed in 2 of 3 trials: signal 11");
    row(false).flags = {"preempted"};
    rows_.back().flags.emplace_back("low_overlap");
    row(false).flags = {"preempted"};
    row(false).trial.measurement->check = "full";
    EXPECT_EQ(reason(), "no trial counts: 2 of 2 flagged (preempted, low_overlap)");
    row(false);
    EXPECT_EQ(reason(),
              "no trial counts: 2 of 3 flagged (preempted, low_overlap), 1 of 3 in another machine state");
    point_.full_check = "failed";
    EXPECT_EQ(reason(), "no number: its full check failed");
    row();
    point_.caught = true;
    EXPECT_EQ(reason(), "no number: timeout in 1, crashed in 2 of 3 trials: signal 11");
}

// ------------------------------------------------------------------------------------------------------
// answers

TEST(Answer, TheFirstByHowMuch) {
    const answer a =
        first_answer(result_json({{"slow", {20, 21, 22, 23, 24}}, {"fast", {10, 10.5, 11, 11.5, 12}}}));
    EXPECT_EQ(a.sentence, "fast (spin) is 2.00x [1.74 .. 2.30] the next, slow (spin)");
    ASSERT_EQ(a.rows.size(), 2U);
    EXPECT_EQ(a.rows[0].place, "1.");
    EXPECT_EQ(a.rows[0].ratio, "1");
    EXPECT_EQ(a.rows[1].ratio, "2.00x [1.74 .. 2.30]");
    EXPECT_EQ(a.rows[1].cpu, "44 ns");
}

TEST(Answer, TiesSharePlacesAlsoWhereMediansDiffer) {
    const answer a = first_answer(result_json(
        {{"a", {10, 11, 12, 13, 14}}, {"b", {10.5, 11.5, 12.5, 13.5, 14.5}}, {"c", {90, 91, 92, 93, 94}}}));
    EXPECT_EQ(a.sentence.substr(0, a.sentence.find(';')),
              "tie for first between a (spin) and b (spin): their trials cannot tell them apart");
    EXPECT_EQ(a.rows[0].place, "1-2.");
    EXPECT_EQ(a.rows[1].place, "1-2.");
    EXPECT_EQ(a.rows[2].place, "3.");
}

TEST(Answer, TooFewTrialsAreATie) {
    const answer a = first_answer(result_json({{"a", {10, 11}}, {"b", {30, 31}}}));
    EXPECT_NE(a.sentence.find("too few trials tell them apart"), std::string::npos) << a.sentence;
    EXPECT_EQ(a.rows[1].ratio.find('['), std::string::npos);
}

TEST(Answer, AloneAndWithoutAnyNumber) {
    EXPECT_EQ(first_answer(result_json({{"a", {10}}})).sentence, "only a (spin) has a number");
    json document = result_json({{"a", {}}});
    document["run"]["points"][0]["caught"] = true;
    document["run"]["points"][0]["failed"] = {{"trials", 1}, {"crashed", 1}, {"reason", "signal 11"}};
    const answer a = first_answer(document);
    EXPECT_EQ(a.sentence, "none has a number");
    EXPECT_EQ(a.rows.at(0).place, "-");
    EXPECT_EQ(a.rows.at(0).reason, "no number: crashed in 1 of 1 trial: signal 11");
}

}  // namespace
}  // namespace handoff::harness
