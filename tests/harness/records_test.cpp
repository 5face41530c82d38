#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "calibration.hpp"
#include "doctor_report.hpp"
#include "histogram.hpp"
#include "json.hpp"
#include "result_file.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

listed_point a_point() {
    listed_point p;
    p.name = "queues/paced/q/wait:spin/p:1/c:1/cap:8/bytes:8/arrivals:poisson/load:50";
    p.point = {"queues",
               "paced",
               "q",
               {{"wait", "spin"}, {"producers", "1"}, {"capacity", "unbounded"}, {"load", "50"}}};
    p.threads = 2;
    p.guarantees = {{"order", "fifo"}};
    p.rivals = "any";
    p.measure = "latency";
    p.fills = "time";
    p.keeps_cpu = true;
    p.paced_by = {"queues/transfer/q", 0.5};
    p.limit = {{"message_ns", 1}};
    p.streams = true;
    p.reference = true;
    p.binary = "bench_queues";
    return p;
}

measured_trial a_trial() {
    measured_trial m;
    m.listed = a_point();
    m.seed = 7;
    m.status = "ok";
    m.rate = 1000;
    m.items = 10;
    m.real_time_ns = 1.25;
    m.cpu_time_ns = 2.5;
    m.thread_time_ns = 2.25;
    m.window_seconds = 0.5;
    m.overlap = 0.75;
    m.probe = {30, 31, {0, 1}};
    m.run_delay_seconds = 0.125;
    m.voluntary_switches = 3;
    m.involuntary_switches = 4;
    m.team.push_back({"producer", 0, 5, 0, 0.5, 0.5, 0, 1, 2, 0.25, 0.25, 6, 7, 8});
    m.team.push_back({"consumer", std::nullopt, 5, 0, 0.5, 0.5, 0, 1, 2, {}, {}, {}, {}, {}});
    m.fairness = {{"producer", 1}};
    m.metrics = {{"missed_share", 0.5}};
    m.actual_capacity = 8;
    latency& seen = m.latency.emplace();
    seen.what = "w";
    seen.count = 5;
    seen.min = 45;
    seen.p9999 = 10'000;
    seen.samples = {0.5, {{90, 2}, {91, 1}, {700, 2}}};
    m.course = {{0, 0.25, 60, 3, 45, 50, 55, 1e6, 12}, {0.25, 0.5, {}, 0, {}, {}, {}, {}, {}}};
    m.costs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, std::map<std::string, double>{{"cycles", 11}}};
    return m;
}

calibration_line a_calibration() {
    calibration_line line;
    line.before_trial = 3;
    calibration& made = line.made.emplace();
    made.seconds = 2;
    made.kernels["message_ns"] = {"a word", 30, 29, 31, 28, 9, transfer_probe{30, 31, {0, 1}}};
    made.absent = {{"fetch_add_all_ns", "two CPUs"}};
    made.streams = {{"every line", 4096, 5, 1}};
    made.noise = {1, 2, 3, 4, 5};
    made.matrix = {{0, 1}, {{std::nullopt, 30}, {30, std::nullopt}}, 1, 1, {{"same cache", 1, 1}}};
    made.probe = {30, 31, {0, 1}};
    return line;
}

trial_line a_line() {
    trial_line line;
    line.point = a_point().name;
    line.repetition = 2;
    line.seed = 7;
    line.command = "c";
    line.retry_of = 1;
    line.trial_wall_seconds = 0.5;
    line.steal_ticks = 1;
    line.rate = 1000;
    line.measurement = a_trial();
    return line;
}

run_header a_header() {
    run_header header;
    header.id = "i";
    header.context.cpu_model = "m";
    header.context.caches = {{"Data", 1, 32768, 1}};
    header.context.topology = {1, 1, 2, 2, 1, {{3, 1 << 20, 1, 2}}, true};
    header.context.build = {"GNU 12", "-O3", "Release", {{"libtbb-dev", "2021"}}, "abc", true};
    header.sweep = {"s", "s.json", 3, 0.1, 20, 2, 10};
    header.seed = 9;
    header.trials = 3;
    header.points = {a_point()};
    header.left_out = {{"too many", 4}};
    header.not_built = {{"queues", "o", "not found", "HANDOFF_WITH_O"}};
    header.adapted = {{"queues", "q", "somebody's queue", "example.org/q", "1.0", "1.1", "Handoff", true}};
    header.implementations = {"q"};
    header.ratios = {{"a/b", "a", "b", 1.5}};
    header.limits = {"bench_limits", ""};
    header.binaries = {{"bench_queues", "00ff"}};
    return header;
}

/// Reading what was written and writing it again changes nothing, and nothing was lost on the way.
template <class Record>
void expect_kept(const Record& record, std::size_t least_keys) {
    const json written = to_json(record);
    EXPECT_EQ(to_json(from_json<Record>(written)), written);
    EXPECT_EQ(line_of(parse_record<Record>(line_of(record))), line_of(record));
    EXPECT_GE(written.size(), least_keys) << written;
}

TEST(Records, AreReadAsTheyWereWritten) {
    expect_kept(a_point(), 13);
    expect_kept(a_trial(), 40);
    expect_kept(a_calibration(), 2);
    expect_kept(a_line(), 10);
    expect_kept(a_header(), 14);
}

TEST(Records, OfAResultFileAreReadAsTheyWereWritten) {
    result_file results;
    results.context = a_header().context;
    result_row& row = results.rows.emplace_back();
    row.trial = a_line();
    row.counted = true;
    row.flags = {"stolen"};
    row.state = "near";
    row.level = "near_full";
    row.items_per_transfer = 2;
    row.limit_ns = 1;
    row.limit_share = 0.5;
    row.limit_by = "message_ns";
    run_record& run = results.run;
    run.id = "i";
    run.sweep = a_header().sweep;
    run.flag_limits = {{"least_overlap", 0.8}};
    run.states.push_back({{"near", 26, 38, 3}, true, std::pair(0, 1)});
    result_point& point = run.points.emplace_back();
    point.listed = a_point();
    point.latency.emplace().backed = {"p50"};
    point.humps = {{1, 2, 3, 4}, {5, 6, 7, 8}};
    point.latency_humps = {{1, 2, 3, 0.5}, {5, 6, 7, 0.5}};
    trial_line& failed = run.failed.emplace_back();
    failed.point = "p";
    failed.status = trial_status::crashed;
    failed.reason = "signal 6";
    run.ratios.push_back({{"a/b", "a", "b", 1.5}, {1, 2}, "within", 1.5, 1, 2, 0.95});
    scaling_series& series = run.scaling.emplace_back();
    series.name = "n";
    series.axis = "threads";
    series.points = {{1, "one"}, {2, "two"}};
    scaling_law& law = series.fit.emplace();
    law.kappa = {0.5, 0, std::numeric_limits<double>::infinity()};
    law.curve = {{1, {1, 1, 1}, false}, {2, {2, 2, 2}, true}};
    law.peak = {4, 3, 5};
    law.peak_is_prediction = true;
    limits_seen& limits = run.limits.emplace();
    limits.kernels["near"]["message_ns"] = {30, 29, 31, 28, 1};
    limits.calibrations = {{a_calibration(), "near", true}, {{std::nullopt, "signal 9", 0}, "failed", false}};
    run.above_limit = {{"n", 1, 2, 3, 4, "message_ns", 5, 6}};

    const json written = to_json(results);
    const result_file back = from_json<result_file>(written);
    json again = to_json(back);
    // The measure of a row is that of its point, which a row does not repeat.
    again["benchmarks"][0]["ranked_value"] = written["benchmarks"][0]["ranked_value"];
    EXPECT_EQ(again, written);
    EXPECT_TRUE(std::isinf(back.run.scaling[0].fit->kappa.high));
    EXPECT_EQ(written.at("benchmarks")[0].at("ranked_value"), 0.0) << "the p50";
    EXPECT_EQ(written.at("run").at("axes").size(), axes().size());
    EXPECT_EQ(written.at("run").at("measures").at("latency").at("better"), "lower");
    EXPECT_FALSE(written.at("run").at("points")[0].contains("binary"));
}

TEST(Records, HistogramsKeepEveryBucketInAFewNumbers) {
    histogram h;
    for (std::uint64_t value = 1; value < (std::uint64_t{1} << 40); value *= 3) {
        h.record(value);
    }
    latency seen;
    seen.samples.scale = 0.5;
    h.for_each_bucket([&](std::size_t index, std::uint64_t count) {
        seen.samples.buckets.emplace_back(static_cast<std::uint32_t>(index), count);
    });
    const latency back = parse_record<latency>(line_of(seen));
    EXPECT_EQ(back, seen);
    std::vector<double> values;
    h.for_each([&](std::uint64_t value, std::uint64_t) { values.push_back(0.5 * static_cast<double>(value)); });
    for (std::size_t i = 0; i < values.size(); ++i) {
        EXPECT_EQ(back.samples.ns(back.samples.buckets[i].first), values[i]);
    }
}

std::string refusal(const json& value) {
    try {
        from_json<trial_line>(value);
    } catch (const malformed& e) {
        return e.what();
    }
    return "";
}

TEST(Records, SayWhichKeyIsWrong) {
    EXPECT_EQ(refusal(json::array()), "expected an object, found []");
    EXPECT_EQ(refusal({{"point", 3}}), "point: expected a string, found 3");
    EXPECT_EQ(refusal({{"repetition", -1}}), "repetition: expected a whole number from 0 on, found -1");
    EXPECT_EQ(refusal({{"repetition", 1.5}}), "repetition: expected a whole number from 0 on, found 1.5");
    EXPECT_EQ(refusal({{"status", "fine"}}), "status: expected the status of a trial, found \"fine\"");
    EXPECT_EQ(refusal({{"measurement", {{"team", {{{"cpu", 0}}, {{"cpu", "x"}}}}}}}),
              "measurement: team: [1]: cpu: expected a whole number, found \"x\"");
    EXPECT_EQ(
        refusal({{"measurement", {{"latency", {{"histogram", {{"scale", 1}, {"buckets", {1, 2, 0, 1}}}}}}}}}),
        "measurement: latency: histogram: buckets: 1 is no bucket, or stands twice");
    EXPECT_EQ(refusal({{"measurement", {{"real_time_ns", nullptr}}}}), "") << "null is no number, and no error";
}

TEST(Records, FilesHaveALineForEachRowAndTenDigits) {
    result_file results;
    for (int i = 0; i < 3; ++i) {
        results.rows.emplace_back().trial = a_line();
        results.rows.back().trial.measurement->real_time_ns = 1.0 / 3;
    }
    const std::string text = file_text_of(results);
    std::size_t rows = 0;
    for (std::size_t at = 0; (at = text.find("\n  {\"actual_capacity\"", at)) != std::string::npos; ++at) {
        ++rows;
    }
    EXPECT_EQ(rows, 3U) << text;
    EXPECT_NE(text.find("\"real_time\":0.3333333333,"), std::string::npos) << text;
    EXPECT_EQ(json::parse(text).at("benchmarks").size(), 3U);
}

TEST(Records, HistogramsOfOlderBinariesKeepTheirTimes) {
    const json old = json::array({{30.5, 2}, {1e6, 3}, {1000001.0, 4}});
    const auto samples =
        from_json<measured_trial>({{"latency", {{"p50", 30.5}, {"histogram", old}}}}).latency->samples;
    ASSERT_EQ(samples.buckets.size(), 2U);  // two of three lie in one bucket of this version
    EXPECT_EQ(samples.buckets[0].second, 2U);
    EXPECT_EQ(samples.buckets[1].second, 7U);
    EXPECT_NEAR(samples.ns(samples.buckets[0].first), 30.5, 30.5 * histogram::relative_error);
    EXPECT_NEAR(samples.ns(samples.buckets[1].first), 1e6, 1e6 * histogram::relative_error);
    EXPECT_THROW(from_json<measured_trial>({{"latency", {{"histogram", {{-1, 2}}}}}}), malformed);
}

}  // namespace
}  // namespace handoff::harness
