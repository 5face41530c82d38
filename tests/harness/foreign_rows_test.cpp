// Files with measurements, whoever wrote them.
#include "foreign_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace handoff::harness {
namespace {

using nlohmann::json;

json ours(int schema) {
    return {{"context",
             {{"date", "2030"},
              {"num_cpus", 2},
              {"handoff",
               {{"cpu_model", "Imaginary"},
                {"libraries", {{"tbb", "1"}}},
                {"git_commit", "abc"},
                {"git_dirty", true}}}}},
            {"benchmarks",
             {{{"name", "x"},
               {"repetition_index", 3},
               {"counted", true},
               {"real_time", 2.5},
               {"rate", 1000},
               {"latency", {{"p50", 30.5}, {"histogram", schema == 1 ? json{{30.5, 1}} : json{{"scale", 1}}}}},
               {"metrics", {{"lost_share", 0.5}, {"none", nullptr}}}},
              {{"name", "x"}, {"counted", false}, {"real_time", nullptr}}}},
            {"run",
             {{"schema", schema},
              {"id", "i"},
              {"complete", true},
              {"sweep", {{"min_time_seconds", 0.02}}},
              {"states", {{{"counted", true}, {"trials", 2}, {"transfer_ns", {8.5, 9.5}}}}},
              {"points", {{{"name", "x"}, {"measure", "latency"}, {"threads", 2}}}},
              {"failed", {{{"point", "x"}, {"status", "crashed"}, {"reason", "signal 11"}}}}}}};
}

TEST(ForeignFile, OursAreReadInBothSchemas) {
    for (const int schema : {1, 2}) {
        const foreign_file file = read_foreign_file(ours(schema).dump());
        EXPECT_EQ(file.context.date, "2030");
        EXPECT_EQ(file.context.commit, "abc (dirty)");
        EXPECT_EQ(file.context.libraries.at("tbb"), "1");
        EXPECT_EQ(*file.context.stated("cpu_model"), "Imaginary");
        EXPECT_EQ(*file.context.stated("num_cpus"), "2");
        EXPECT_EQ(file.context.stated("kernel"), nullptr);
        ASSERT_TRUE(file.run);
        EXPECT_EQ(file.run->id, "i");
        EXPECT_EQ(file.run->min_time_seconds, "0.02");
        EXPECT_EQ(file.run->states.at(0).transfer_ns, std::pair(8.5, 9.5));
        EXPECT_EQ(file.run->points.at(0).measure, "latency");
        EXPECT_EQ(file.run->failed.at(0).reason, "signal 11");
        ASSERT_EQ(file.rows.size(), 2U);
        EXPECT_EQ(file.rows[0].real_time, 2.5);
        EXPECT_EQ(file.rows[0].rate, 1000);
        EXPECT_EQ(file.rows[0].repetition, "3");
        ASSERT_TRUE(file.rows[0].latency);
        EXPECT_EQ(file.rows[0].latency->p50, 30.5);
        EXPECT_EQ(file.rows[0].metrics, (std::map<std::string, double>{{"lost_share", 0.5}}));
        EXPECT_FALSE(file.rows[1].counted);
        EXPECT_FALSE(file.rows[1].real_time);
        EXPECT_FALSE(file.rows[1].latency);
    }
}

/// The complaint about a text.
std::string complaint(const std::string& text) {
    try {
        read_foreign_file(text);
    } catch (const malformed& e) {
        return e.what();
    }
    return "none";
}

TEST(ForeignFile, SaysWhichFormatIsBrokenAndWhere) {
    EXPECT_EQ(complaint(ours(7).dump()), "a result file of schema 7: legal: 1, 2");
    json broken = ours(2);
    broken["benchmarks"][1].erase("counted");
    EXPECT_EQ(complaint(broken.dump()), "breaks results/schema.json: benchmarks[1]: no key 'counted'");
    broken = ours(2);
    broken["run"]["points"][0].erase("measure");
    EXPECT_EQ(complaint(broken.dump()), "breaks results/schema.json: run: points: [0]: no key 'measure'");
    EXPECT_EQ(complaint(R"({"benchmarks": [{}]})"),
              "not as Google Benchmark writes it: benchmarks[0]: no key 'name'");
    EXPECT_THROW(read_foreign_file("name,real_time"), no_json);
    EXPECT_THROW(read_foreign_file("[1]"), no_benchmarks);
    EXPECT_THROW(read_foreign_file(R"({"benchmarks": 3})"), no_benchmarks);
}

TEST(ForeignFile, GoogleBenchmarksMayHoldWhatIsNoJson) {
    const foreign_file file = read_foreign_file(R"({"benchmarks": [
        {"name": "NaN -Infinity", "real_time": NaN, "cpu_time": 4, "time_unit": "us", "threads": 2},
        {"name": "b", "real_time": -Infinity, "error_occurred": true, "error_message": "no | \"x\""},
        {"name": "c", "real_time": 1, "skipped": true},
        {"name": "d_mean", "real_time": 1}, {"name": "d_mean", "run_type": "iteration", "real_time": 1}]})");
    EXPECT_FALSE(file.run);
    ASSERT_EQ(file.rows.size(), 5U);
    EXPECT_EQ(file.rows[0].name, "NaN -Infinity");
    EXPECT_FALSE(file.rows[0].real_time);
    EXPECT_EQ(file.rows[0].cpu_time, 4);
    EXPECT_EQ(file.rows[0].time_unit, "us");
    EXPECT_EQ(file.rows[0].threads, 2U);
    EXPECT_EQ(file.rows[1].error, "no | \"x\"");
    EXPECT_EQ(file.rows[2].error, "skipped");
    EXPECT_TRUE(file.rows[3].aggregate);
    EXPECT_FALSE(file.rows[4].aggregate);
}

TEST(ForeignFile, ALatencyThatIsNoNumberIsNotTheSameAsNone) {
    json document = ours(2);
    document["benchmarks"][0]["latency"]["p50"] = nullptr;
    const foreign_file file = read_foreign_file(document.dump());
    ASSERT_TRUE(file.rows[0].latency);
    EXPECT_TRUE(std::isnan(file.rows[0].latency->p50));
}

}  // namespace
}  // namespace handoff::harness
