// How trials are asked for: their commands, the rates of paced points, the blocks of a sweep.
#include "trial_process.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "line_file.hpp"
#include "listing.hpp"
#include "paced_rate.hpp"
#include "sweep.hpp"
#include "usage_error.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

class TrialFiles : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder = fs::temp_directory_path() / ("handoff-trial-" + std::string(test->name()));
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }

    fs::path folder;
};

TEST(TrialCommand, SaysWhatIsAskedForAndNothingElse) {
    trial_request request{"bench_queues", "queues/transfer/q", 7, 0.02};
    const std::vector<std::string> plain{"bench_queues", "--point=queues/transfer/q", "--seed=7",
                                         "--benchmark_min_time=0.02"};
    EXPECT_EQ(trial_command(request), plain);
    request.rate = 1000;
    request.wake_ns = 5000;
    request.items = 64;
    std::vector<std::string> all = plain;
    all.insert(all.end(), {"--rate=1000", "--wake-ns=5000", "--items=64"});
    EXPECT_EQ(trial_command(request), all);
}

TEST(PacedRate, IsAWholeNumberFromOneOn) {
    EXPECT_EQ(paced_rate(1e6, 0.5), 500'000U);
    EXPECT_EQ(paced_rate(3, 0.5), 2U);
    EXPECT_EQ(paced_rate(0.1, 0.5), 1U);
}

TEST(PacedRate, ALongSweepDoesNotMeasureItForLong) {
    listed_point point;
    EXPECT_EQ(point.window_seconds(60), 60);
    point.reference = true;
    EXPECT_EQ(point.window_seconds(60), 1);
    EXPECT_EQ(point.window_seconds(0.03), 0.03);
}

TEST_F(TrialFiles, ABlockIsASweepOfItsOwn) {
    const std::string path = folder / "sweep.json";
    std::ofstream(path) << R"({"name": "two", "blocks": [
        {"family": "queues", "impl": ["a", "b"], "max_slowdown": 1.2,
         "measure": "cpu_time_per_item", "capacity": [8, "unbounded"]},
        {"family": "locks", "impl": ["only"]}]})";
    const std::vector<block_file> files = files_of_blocks(path);
    EXPECT_EQ(read_sweep(path).blocks[0].measure, "cpu_time_per_item");
    ASSERT_EQ(files.size(), 2U);
    const json first = json::parse(files[0].text);
    EXPECT_EQ(first.at("blocks"),
              (json{{{"family", "queues"}, {"impl", {"a", "b"}}, {"capacity", {8, "unbounded"}}}}));
    ASSERT_EQ(files[0].by_impl.size(), 2U);
    EXPECT_EQ(json::parse(files[0].by_impl[1]).at("blocks")[0].at("impl"), json::array({"b"}));
    EXPECT_TRUE(files[1].by_impl.empty());
    std::ofstream(path) << files[0].text;
    EXPECT_EQ(read_sweep(path).blocks.size(), 1U);
}

TEST_F(TrialFiles, ALineFileHasOneWriter) {
    const std::string path = folder / "lines";
    {
        line_file file = line_file::create(path);
        file.append("one");
        EXPECT_THROW(line_file::open(path, "none"), usage_error);
        line_file moved = std::move(file);
        moved.append("two");
    }
    EXPECT_THROW(line_file::create(path), std::system_error);
    line_file::open(path, "none").append("three");
    std::ifstream file(path);
    EXPECT_EQ(std::string((std::istreambuf_iterator<char>(file)), {}), "one\ntwo\nthree\n");
    EXPECT_THROW(line_file::open(folder / "absent", "none"), usage_error);
}

}  // namespace
}  // namespace handoff::harness
