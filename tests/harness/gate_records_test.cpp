// The records of the gate, of comparisons and of histories: written, and read back unchanged.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "comparison_record.hpp"
#include "gate_record.hpp"
#include "history_record.hpp"
#include "json.hpp"
#include "rank_record.hpp"

namespace handoff::harness {
namespace {

using nlohmann::json;

gate_trial a_trial() {
    gate_trial t;
    t.value = 12.5;
    t.items = 7;
    t.flags = {"contaminated"};
    t.probe_ns = 30.5;
    t.wall_seconds = 0.5;
    t.cpu_seconds = 0.25;
    t.foreign_seconds = -0.125;
    t.steal_seconds = 0.0625;
    return t;
}

gate_trial a_failed_trial() {
    gate_trial t;
    t.status = trial_status::crashed;
    t.reason = "signal 11";
    t.wall_seconds = 0.5;
    return t;
}

gate_point a_point() {
    gate_point p;
    p.name = "queues/transfer/q";
    p.family = "queues";
    p.max_slowdown = 1.05;
    p.measure = "latency";
    p.unit = "ns, median";
    p.found = finding::regressed;
    p.reason = "r";
    gate_standing& s = p.standing.emplace();
    s.suspect = true;
    s.pairs = {8, 9, 10, {{"disturbed", 2}}};
    s.slowdown = {1.25, 1.125, 1.5, std::nullopt, 1.0625};
    s.p = 0.25;
    s.base_median = 4;
    s.seconds = 3.5;
    s.rate = 1000;
    return p;
}

gate_setup a_setup() {
    gate_setup s;
    s.date = "2030-01-02T03:04:05+00:00";
    s.context.host_name = "here";
    s.context.cpu_model = "Imaginary 9000";
    s.context.num_cpus = 2;
    s.base = {"base", "main", stated_build()};
    s.base.build->flags = "-O3";
    s.candidate = {"candidate", std::nullopt, std::nullopt};
    s.differences = {"flags: base -O3, candidate -O2"};
    s.sweep_name = "ci";
    s.sweep_file = "sweeps/ci.json";
    s.seed = 3;
    s.rules = {0.005, 0.05, 8, 30, 60, 200, 0.6, true, true, true, true, "all", 60, 0.02, 0.1, 0.15};
    return s;
}

gate_result a_result() {
    gate_result r;
    r.setup = a_setup();
    r.complete = true;
    r.wall_seconds = 12.5;
    gate_point missing;
    missing.name = "queues/transfer/gone";
    missing.found = finding::missing;
    missing.reason = "the candidate does not have it";
    r.points = {a_point(), missing};
    r.pairs = {{"queues/transfer/q", false, 5, a_trial(), a_trial(), 0.125, ""},
               {"queues/transfer/q", true, 6, a_trial(), a_failed_trial(), std::nullopt, "failed"}};
    r.failures = {{"queues/transfer/q", "candidate", trial_status::crashed, "signal 11", "again"}};
    r.exit_code = 1;
    return r;
}

/// What is read from a record's JSON has the same JSON.
template <class Record>
void expect_unchanged(const Record& record) {
    const std::string line = line_of(record);
    EXPECT_EQ(line_of(parse_record<Record>(line)), line);
}

TEST(GateRecords, AreReadBackUnchanged) {
    const gate_result r = a_result();
    expect_unchanged(r);
    const auto back = parse_record<gate_result>(line_of(r));
    EXPECT_EQ(back.points, r.points);
    EXPECT_EQ(back.pairs, r.pairs);
    EXPECT_EQ(back.failures, r.failures);
    EXPECT_EQ(back.setup.base, r.setup.base);
    EXPECT_EQ(back.setup.candidate, r.setup.candidate);
    EXPECT_EQ(back.setup.rules, r.setup.rules);
    EXPECT_EQ(back.setup.context.cpu_model, "Imaginary 9000");
    EXPECT_EQ(back.setup.sweep_file, "sweeps/ci.json");
    EXPECT_EQ(back.exit_code, 1);
    EXPECT_EQ(parse_record<gate_pair>(line_of(r.pairs[1])), r.pairs[1]);
    EXPECT_EQ(parse_record<gate_point>(line_of(r.points[1])), r.points[1]);
}

TEST(GateRecords, HaveTheKeysOfTheirSchema) {
    const json result = to_json(a_result());
    EXPECT_EQ(result.at("handoff_gate"), 1);
    EXPECT_EQ(result.at("sweep"), (json{{"name", "ci"}, {"file", "sweeps/ci.json"}}));
    EXPECT_EQ(result.at("base"), (json{{"folder", "base"}, {"ref", "main"}, {"build", {{"flags", "-O3"}}}}));
    EXPECT_EQ(result.at("candidate"), (json{{"folder", "candidate"}, {"build", nullptr}}));
    EXPECT_EQ(result.at("pairs")[0].at("order"), "candidate first");
    EXPECT_EQ(result.at("pairs")[1].at("candidate"), (json{{"status", "crashed"},
                                                           {"reason", "signal 11"},
                                                           {"wall_seconds", 0.5},
                                                           {"cpu_seconds", 0.0},
                                                           {"foreign_seconds", 0.0},
                                                           {"steal_seconds", 0.0}}));
    EXPECT_EQ(result.at("points")[0].at("slowdown").at("at_most"), nullptr);
    EXPECT_FALSE(result.at("points")[1].contains("slowdown"));
    const json header = json::parse(line_of(gate_log_header{a_setup()}));
    EXPECT_EQ(header.at("handoff_gate"), 1);
    EXPECT_EQ(header.at("seed"), 3);
}

TEST(GateRecords, EveryFindingHasItsWord) {
    for (const finding f :
         {finding::regressed, finding::improved, finding::unchanged, finding::no_evidence,
          finding::inconclusive, finding::failed, finding::broken, finding::missing, finding::added}) {
        gate_point p;
        p.found = f;
        EXPECT_EQ(to_json(p).at("finding"), word(f));
        EXPECT_EQ(from_json<gate_point>(to_json(p)).found, f);
    }
}

TEST(GateRecords, ASelfTestIsReadBackUnchanged) {
    self_test_result r;
    r.setup = a_setup();
    r.complete = true;
    r.regressed = {1, 20, 0.125, 0.5};
    r.improved = {0, 20, 0, 0.25};
    r.seconds_per_suite = 1.5;
    r.points = {{"q", 20, {1, 20, 0.125, 0.5}, {0, 20, 0, 0.25}, 18, 1, 1.0625},
                {"none", 20, {}, {}, 0, 0, std::nullopt}};
    expect_unchanged(r);
    EXPECT_EQ(parse_record<self_test_result>(line_of(r)).points, r.points);
    EXPECT_EQ(to_json(r).at("suites").at("regressed").at("of"), 20);
    EXPECT_FALSE(to_json(r).contains("handoff_gate"));
}

TEST(GateFile, IsKnownByItsFirstKeyAndReadStrictly) {
    EXPECT_TRUE(is_gate_file(line_of(a_result())));
    EXPECT_FALSE(is_gate_file(R"({"benchmarks": []})"));
    EXPECT_THROW(is_gate_file("{"), no_json);
    const gate_file file = read_gate_file(line_of(a_result()));
    EXPECT_EQ(file.result.pairs, a_result().pairs);
    EXPECT_EQ(*file.context.stated("cpu_model"), "Imaginary 9000");
    for (const char* key : {"complete", "date", "base", "candidate", "points", "pairs"}) {
        json broken = to_json(a_result());
        broken.erase(key);
        EXPECT_THROW(read_gate_file(broken.dump()), malformed) << key;
    }
}

TEST(StatedBuild, KeepsWhatIsStatedAndNothingElse) {
    const json partial{{"flags", "-O3"}, {"git_dirty", false}};
    const json listed{{"points", json::array()}, {"build", partial}};
    const auto read = from_json<listing>(listed);
    EXPECT_EQ(to_json(read).at("build"), partial);
    EXPECT_EQ(words_of(*read.build, "flags"), "-O3");
    EXPECT_EQ(words_of(*read.build, "compiler"), "null");
    EXPECT_THROW(from_json<listing>(json::object()), malformed);
}

TEST(RankRecord, IsReadBackUnchanged) {
    rank_result r;
    r.date = "2030-01-02T03:04:05+00:00";
    r.build = stated_build();
    r.build->flags = "-O3";
    r.seed = 3;
    r.rules = a_setup().rules;
    r.complete = true;
    r.wall_seconds = 1.5;
    const ranked_impl first{"q", "queues/transfer/q", 1, true, 4.5, std::nullopt, std::nullopt};
    const ranked_impl second{
        "r",
        "queues/transfer/r",
        2,
        false,
        std::nullopt,
        rank_standing{"q", "tie", "", 1.25, 1.125, std::nullopt, 9},
        rank_standing{"p", "not decided", "why", std::nullopt, std::nullopt, std::nullopt, 0}};
    r.points = {
        {"queues/transfer", "queues", "latency", "ns", 1.05, {first, second}, {{"s", "crashed", "again"}}}};
    r.against = ours_against_others{
        {"q"}, {{"queues/transfer", "q", "r", 1.25, std::nullopt, 1.5}}, 1.25, std::nullopt, std::nullopt};
    r.comparisons = {{"q", "r", a_point()}};
    r.pairs = {{"queues/transfer/q", false, 5, a_trial(), a_trial(), 0.125, ""}};
    r.exit_code = 3;
    const auto back = parse_record<rank_result>(line_of(r));
    EXPECT_EQ(to_json(back), to_json(r));
    EXPECT_EQ(back.points, r.points);
    EXPECT_EQ(back.against, r.against);
    EXPECT_EQ(back.comparisons, r.comparisons);
    EXPECT_EQ(back.pairs, r.pairs);
    EXPECT_EQ(to_json(r).at("points")[0].at("places")[1].at("cost"), nullptr);
    EXPECT_FALSE(to_json(r).at("points")[0].at("places")[0].contains("to_above"));
}

TEST(ComparisonRecord, IsReadBackUnchanged) {
    file_comparison c;
    c.base = {"a.json",          true,          "id", "2030", "abc (dirty)", 2, {{"x", "why"}},
              {{"kernel", "9"}}, {{"tbb", "1"}}};
    c.candidate.path = "b.json";
    c.refusals = {"kernel differs: 9 | 8"};
    c.remarks = {"r"};
    point_comparison p;
    p.name = "x";
    p.measure = "real_time";
    p.unit = "ns";
    p.verdict = "slower";
    p.base = {1.5, {1, 2}};
    p.candidate = {3, {3}};
    p.ratio = 2;
    p.interval = ratio_interval{1.5, 2.5, 0.96875};
    point_comparison none;
    none.name = "y";
    none.verdict = "no verdict";
    none.why_not = "too few";
    c.points = {p, none};
    c.only_in_base = {"old"};
    c.only_in_candidate = {"new"};
    expect_unchanged(c);
    const auto back = parse_record<file_comparison>(line_of(c));
    EXPECT_EQ(back.base, c.base);
    EXPECT_EQ(back.candidate, c.candidate);
    ASSERT_EQ(back.points.size(), 2U);
    EXPECT_EQ(back.points[0].candidate, p.candidate);
    ASSERT_TRUE(back.points[0].interval);
    EXPECT_EQ(back.points[0].interval->high, 2.5);
    EXPECT_FALSE(back.points[1].interval);
    EXPECT_EQ(to_json(c).at("base").at("errors"), (json{{{"name", "x"}, {"error", "why"}}}));
    EXPECT_EQ(to_json(c).at("candidate").at("kind"), "google_benchmark");
}

TEST(HistoryRecord, IsReadBackUnchanged) {
    history_view v;
    v.reference = "abc; GNU; -O3";
    v.how = {0.25, 3, 100, 7};
    v.series = {{"x",
                 "machine",
                 {{"c1", "2030-01-01", "r1", {"x", 1.5, 1.25, 1.75, 7, 8}},
                  {"c2", "2030-01-02", "r2", {"x", 1.75, std::nullopt, std::nullopt, 7, 8}}},
                 {{1, 2.5, 0.125, 1.5, 1.75}},
                 0,
                 0.125}};
    expect_unchanged(v);
    EXPECT_EQ(parse_record<history_view>(line_of(v)), v);
    EXPECT_EQ(to_json(v).at("series")[0].at("entries")[1].at("low"), nullptr);
}

}  // namespace
}  // namespace handoff::harness
