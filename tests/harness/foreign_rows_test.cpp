// Files with measurements, whoever wrote them.
#include "foreign_rows.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <tuple>

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
        {"name": "d_mean", "real_time": 1}, {"name": "d_mean", "run_type": "iteration", "real_time": 1},
        {"name": "d", "real_time": 1}]})");
    EXPECT_FALSE(file.run);
    ASSERT_EQ(file.rows.size(), 6U);
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

TEST(ForeignFile, OnlyWhatHasItsStemBesideItIsAnAggregateByItsName) {
    const foreign_file file = read_foreign_file(R"({"benchmarks": [
        {"name": "rolling_mean", "real_time": 1}, {"name": "window_median", "real_time": 2},
        {"name": "a/8", "real_time": 3}, {"name": "a/8_stddev", "real_time": 4}, {"name": "a/16_cv", "real_time": 5},
        {"name": "a_BigO", "cpu_coefficient": 1.5, "big_o": "N"}, {"name": "a_RMS", "rms": 2}]})");
    std::vector<std::string> aggregates;
    for (const foreign_row& row : file.rows) {
        if (row.aggregate) {
            aggregates.push_back(row.name);
        }
    }
    EXPECT_EQ(aggregates, (std::vector<std::string>{"a/8_stddev", "a_BigO", "a_RMS"}));
}

TEST(ForeignFile, SaysInWhichLineAndColumnATextBreaksAndWhatHelps) {
    const std::string row = R"({"name": "x", "real_time": 1})";
    const auto file = [&](const std::string& end) { return "{\n \"benchmarks\": [\n  " + row + end; };
    const std::vector<std::tuple<std::string, std::string, std::string>> cases{
        {file(",\n  {\"name\": \"y\", \"iterations\": 1,048,576, \"real_time\": 2}]}"), "line 4, column 31",
         "a number with commas, 1,048,576: its program writes numbers as the locale does; run it again with "
         "LC_ALL=C"},
        {file(",\n  {\"name\": \"ä\", \"e\": \"cannot open d:\\queue\"}]}"), "line 4, column 37",
         "a backslash that was not escaped, \\queue"},
        {file(",\n  {\"name\": \"y\", \"e\": \"no \"device\" here\"}]}"), "line 4, column 27",
         "a quote inside it was written without a backslash"},
        {file("\n  " + row + "]}"), "line 4, column 3", "a comma is missing before"},
        {file(",\n]}"), "line 4, column 1", "a comma too many before ]"},
        {file(",\n  {\"name\": \"x_RMS\", \"rms\": 2%}]}"), "line 4, column 28", "a percent sign"},
        {file(",[Warning] queue.cc:71 duplicate instrument\n  " + row + "]}"), "line 3, column 34",
         "Warning] queue.cc:71"},
        {file(",\n  {\"name\": \"y\", \"name\": \"z\"}]}"), "line 4, column 17",
         "the key \"name\" stands twice"},
        {file(",\n  {\"name\": \"y\", \"real_time\": 1e999}]}"), "line 4, column 30",
         "1e999 is more than a double holds"},
        {file(",\n  {\"name\": \"y\", \"real_time\": 1" + std::string(400, '0') + "}]}"), "line 4, column 30",
         "a number of 401 digits"},
        {file(",\n  {\"name\": \"y\nz\"}]}"), "line 4, column 14", "a line break inside a string"},
        {file(",\n  {\"x\": " + std::string(100'000, '[')), "line 4, column 70", "nested more than 64 deep"},
        {file("\n"), "line 4, column 1", "cut off here"},
        {file("]}\n" + file("]}")), "line 4, column 1", "a second document begins"},
        {file("]}}"), "line 3, column 34", "behind the document's end"}};
    for (const auto& [text, place, what] : cases) {
        const std::string said = complaint(text);
        EXPECT_NE(said.find("not JSON from " + place + " on: "), std::string::npos) << said;
        EXPECT_NE(said.find(what), std::string::npos) << said;
        EXPECT_THROW(read_foreign_file(text), no_json);
    }
}

TEST(ForeignFile, WhatIsPlainlyMeantIsReadWithANote) {
    const std::string plain = "{\"benchmarks\": [{\"name\": \"隊\", \"real_time\": 1}]}";
    std::u16string wide = u"{\"benchmarks\": [{\"name\": \"隊\", \"real_time\": 1}]}";
    const auto bytes = [](std::u16string text) {
        return std::string(reinterpret_cast<const char*>(text.data()), 2 * text.size());
    };
    const std::vector<std::pair<std::string, std::string>> cases{
        {plain, ""},
        {"\xef\xbb\xbf" + plain, "a byte order mark"},
        {bytes(u"\xfeff" + wide), "UTF-16"},
        {bytes(wide), "UTF-16"},
        {"Run on (8 X 3000 MHz CPU s)\n[2030-01-02 03:04] loud\n" + plain,
         "2 lines that are no JSON (\"Run on"},
        {plain + "\nbench finished in 3 s\n", "a line that is no JSON (\"bench finished in 3 s\") after"}};
    for (const auto& [text, note] : cases) {
        const foreign_file file = read_foreign_file(text);
        ASSERT_EQ(file.rows.size(), 1U);
        EXPECT_EQ(file.rows[0].name, "隊");
        ASSERT_EQ(file.notes.size(), note.empty() ? 0U : 1U) << note;
        if (!note.empty()) {
            EXPECT_NE(file.notes[0].find(note), std::string::npos) << file.notes[0];
        }
    }
    const foreign_file latin =
        read_foreign_file("{\"benchmarks\": [{\"name\": \"Gr\xf6\xdf\x65\", \"real_time\": 1}]}");
    EXPECT_EQ(latin.rows[0].name, "Gr\\xf6\\xdfe");
    EXPECT_NE(latin.notes.at(0).find("no UTF-8, first in line 1, column 29"), std::string::npos)
        << latin.notes[0];
}

TEST(ForeignFile, SaysWhatAFileIsThatHasNoMeasurements) {
    for (const auto& [text, what] : std::initializer_list<std::pair<const char*, const char*>>{
             {R"({"machine_info": {}, "benchmarks": [{"name": "t", "stats": {"min": 1e-6}}]})",
              "pytest-benchmark's"},
             {R"({"benchmarks": [{"name": "t"}]})", "without times"},
             {R"({"results": [{"command": "sleep 1", "mean": 1}]})", "hyperfine's"},
             {R"([{"benchmark": "x", "primaryMetric": {}}])", "JMH's"},
             {R"({"handoff_gate": 1})", "what `handoff gate --json` writes"},
             {R"({"name": "quick", "blocks": []})", "a sweep"},
             {R"([1, 2])", "JSON without a list of benchmarks"}}) {
        EXPECT_THROW(read_foreign_file(text), no_benchmarks) << text;
        EXPECT_NE(complaint(text).find(what), std::string::npos) << complaint(text);
    }
    for (const auto& [text, what] : std::initializer_list<std::pair<std::string, const char*>>{
             {"\x1f\x8b\x08", "a compressed file"},
             {"name,iterations,real_time,cpu_time\n", "Google Benchmark's CSV"},
             {"Benchmark        Time      CPU   Iterations\nBM_x   1 ns   1 ns  10\n",
              "table for the terminal"},
             {"<testsuite/>", "XML"},
             {"", "empty"},
             {"window.BENCHMARK_DATA = {\n}", "it begins with \"window.BENCHMARK_DATA"}}) {
        EXPECT_THROW(read_foreign_file(text), no_json) << text;
        EXPECT_NE(complaint(text).find(what), std::string::npos) << complaint(text);
    }
}

TEST(ForeignFile, ARepetitionThatStandsTwiceIsRefused) {
    json twice = ours(2);
    twice["benchmarks"][1]["repetition_index"] = 3;
    EXPECT_EQ(complaint(twice.dump()),
              "breaks results/schema.json: benchmarks[1]: repetition 3 of x stands twice; results of two runs "
              "are two files");
    EXPECT_NE(complaint(R"({"benchmarks": [{"name": "x", "repetition_index": 0, "real_time": 1},
                                           {"name": "x", "repetition_index": 0, "real_time": 1}]})")
                  .find("repetition 0 of x stands twice"),
              std::string::npos);
    // An aggregate has the index of a repetition in old versions.
    EXPECT_EQ(
        complaint(
            R"({"benchmarks": [{"name": "x", "repetition_index": 0, "real_time": 1, "run_type": "iteration"},
                                           {"name": "x", "repetition_index": 0, "real_time": 1, "run_type": "aggregate"}]})"),
        "none");
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
