#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <vector>

#include "command_pairs.hpp"
#include "foreign_trial.hpp"
#include "json.hpp"
#include "pair_source.hpp"
#include "program_pairs.hpp"
#include "usage_error.hpp"

namespace handoff::harness {
namespace {

using names = std::vector<std::string>;

TEST(gate_programs, what_is_listed_whatever_is_asked_is_no_benchmark) {
    EXPECT_EQ(listed_benchmarks("BM_a/8\nBM_b<int, long>\r\n\n", ""), (names{"BM_a/8", "BM_b<int, long>"}));
    EXPECT_EQ(listed_benchmarks("hello\nBM_a\nBM_a\n", "hello\n"), (names{"BM_a", "BM_a"}));
    EXPECT_EQ(listed_benchmarks("Benchmark of sums\nBM_a\n", "Benchmark of sums\n"), (names{"BM_a"}));
    EXPECT_THROW(listed_benchmarks("", ""), malformed);
    EXPECT_THROW(listed_benchmarks("BM_a\nBM_b\n", "BM_a\nBM_b\n"), malformed);
    EXPECT_THROW(listed_benchmarks("Benchmark    Time   CPU Iterations\n---\nBM_a  1 ns 1 ns 5\n", ""),
                 malformed);
}

TEST(gate_programs, a_name_matches_itself_only_in_every_kind_of_expression) {
    const names all{"BM_a/8",
                    "BM_a/80",
                    "xBM_a/8",
                    "BM_f<a.b*, (c)>[1]{2}+?|^$\\",
                    "BM_f<aXb",
                    "a]b}c",
                    "BM_a/iterations:5/threads:2",
                    "BM_\"q\"/real_time"};
    for (const auto kind : {std::regex::ECMAScript, std::regex::extended}) {
        for (const std::string& name : all) {
            const std::regex one(exactly(name), kind);
            for (const std::string& other : all) {
                EXPECT_EQ(std::regex_search(other, one), name == other) << name << " and " << other;
            }
        }
    }
}

TEST(gate_programs, the_last_line_that_matches_has_the_number) {
    EXPECT_EQ(printed_number("took 3 s\ntook 4.5 s\nend\n", "took ([0-9.]+)"), 4.5);
    EXPECT_EQ(printed_number("1e-3", "[-0-9e.]+"), 0.001);
    EXPECT_EQ(printed_number("7\n" + std::string(1000000, 'x') + "\n", ".*([0-9])"), 7) << "long lines are cut";
    EXPECT_THROW(printed_number("nothing\n", "([0-9]+)"), malformed);
    EXPECT_THROW(printed_number("1,048\n", "([0-9,]+)"), malformed);
    EXPECT_THROW(printed_number("", "x*("), usage_error);
}

TEST(gate_programs, a_ratio_above_1_is_always_worse) {
    EXPECT_EQ(cost_of_number(4, "x", false), 4);
    EXPECT_EQ(cost_of_number(4, "x", true), 0.25);
    EXPECT_EQ(cost_of_number(0, "x", false), 0);
    EXPECT_THROW(cost_of_number(0, "x", true), malformed);
    EXPECT_THROW(cost_of_number(-1, "x", false), malformed);
    EXPECT_TRUE(is_better_when_higher("items_per_second"));
    EXPECT_FALSE(is_better_when_higher("cache_misses"));
}

TEST(gate_programs, a_point_is_taken_by_a_filter_and_no_exception) {
    const point_choice all({}, {});
    EXPECT_TRUE(all.takes("a"));
    const point_choice some({"^a", "^b"}, {"2$"});
    EXPECT_TRUE(some.takes("a1"));
    EXPECT_FALSE(some.takes("a2"));
    EXPECT_FALSE(some.takes("c1"));
    EXPECT_THROW(some.check_any(3, 0, "matches"), usage_error);
    EXPECT_THROW(point_choice({}, {"["}), usage_error);
}

}  // namespace
}  // namespace handoff::harness
