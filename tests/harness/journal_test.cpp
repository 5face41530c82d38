#include "journal.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "json.hpp"
#include "usage_error.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;

class Journal : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder = fs::temp_directory_path() / ("handoff-journal-" + std::string(test->name()));
        fs::remove_all(folder);
        fs::create_directories(folder);
        path = folder / "journal.jsonl";
    }
    void TearDown() override { fs::remove_all(folder); }

    /// What `resume` says; empty where it goes on.
    std::string refusal() const {
        try {
            journal::resume(path);
        } catch (const usage_error& e) {
            return e.what();
        }
        return "";
    }
    void append_raw(const std::string& text) { std::ofstream(path, std::ios::app) << text; }

    fs::path folder;
    std::string path;
    static run_header header() {
        run_header made;
        made.id = "x";
        made.sweep.repetitions = 2;
        for (const char* name : {"a", "b", "c"}) {
            listed_point point;
            point.name = name;
            point.binary = "/then/bench_x";
            made.points.push_back(point);
        }
        made.trials = 6;
        made.binaries["/then/bench_x"] = "0123456789abcdef";
        return made;
    }
    static trial_line trial(const std::string& point, unsigned repetition = 0) {
        trial_line made;
        made.point = point;
        made.repetition = repetition;
        made.status = trial_status::invalid;
        made.reason = "r";
        return made;
    }
};

TEST_F(Journal, ResumesWithEveryFinishedTrial) {
    {
        journal j = journal::create(path, header());
        j.append(trial("a", 0));
        j.append(trial("b", 0));
    }
    {
        journal j = journal::resume(path);
        EXPECT_EQ(line_of(j.header()), line_of(header()));
        ASSERT_EQ(j.trials().size(), 2U);
        EXPECT_EQ(j.trials()[1].point, "b");
        j.append(trial("c", 1));
    }
    EXPECT_EQ(journal::resume(path).trials().size(), 3U);
}

TEST_F(Journal, DropsALineCutShortAndGoesOnBehindTheWholeOnes) {
    {
        journal j = journal::create(path, header());
        j.append(trial("a"));
    }
    for (const char* half : {"{\"point\": \"b\", \"meas", "{\"point\": \"b\""}) {
        append_raw(half);
        journal j = journal::resume(path);
        ASSERT_EQ(j.trials().size(), 1U) << half;
        EXPECT_EQ(j.trials()[0].point, "a");
        EXPECT_TRUE(j.damage().empty()) << "that is how a killed run ends";
    }
    journal::resume(path).append(trial("c"));
    const journal j = journal::resume(path);
    ASSERT_EQ(j.trials().size(), 2U);
    EXPECT_EQ(j.trials()[1].point, "c");
}

TEST_F(Journal, ADamagedLineCostsThatLineOnlyAndIsTold) {
    const std::string deep(100'000, '[');
    const std::pair<std::string, std::string> damages[] = {
        {std::string("{\"point\": \0\"b\"}", 15), "line 3 is damaged"},
        {"", "line 3 is empty"},
        {"{]", "line 3 is damaged"},
        {"42", "line 3 is damaged"},
        {"{\"point\": " + deep, "line 3 is damaged"},
        {"{\"point\": " + deep + std::string(100'000, ']') + "}", "line 3 is damaged"}};
    for (const auto& [damage, told] : damages) {
        fs::remove(path);
        {
            journal j = journal::create(path, header());
            j.append(trial("a"));
        }
        append_raw(damage + "\n");
        append_raw(line_of(trial("b")) + "\n");
        const auto size = fs::file_size(path);
        const journal j = journal::resume(path);
        ASSERT_EQ(j.trials().size(), 2U) << damage.substr(0, 50);
        EXPECT_EQ(j.trials()[1].point, "b");
        ASSERT_EQ(j.damage().size(), 1U);
        EXPECT_EQ(j.damage()[0].find(told), 0U) << j.damage()[0];
        EXPECT_EQ(fs::file_size(path), size) << "nothing is cut off";
    }
}

TEST_F(Journal, WithoutAWholeFirstLineNoRunHasBegun) {
    for (const std::string& left : {std::string(), line_of(header()).substr(0, 40)}) {
        fs::remove(path);
        std::ofstream(path) << left;
        EXPECT_FALSE(journal::has_begun(path));
        EXPECT_NE(refusal().find("no run has begun"), std::string::npos) << refusal();
        journal::create(path, header()).append(trial("a"));
        EXPECT_TRUE(journal::has_begun(path));
        EXPECT_EQ(journal::resume(path).trials().size(), 1U);
    }
    EXPECT_FALSE(journal::has_begun(folder / "absent"));
}

TEST_F(Journal, RefusesWhatDoesNotFitItsPlan) {
    const auto refused_header = [&](auto&& change) {
        fs::remove(path);
        run_header made = header();
        change(made);
        append_raw(line_of(made) + "\n");
        return refusal();
    };
    EXPECT_EQ(refused_header([](run_header&) {}), "");
    const std::string first = path + " (--resume): line 1: ";
    EXPECT_EQ(refused_header([](run_header& h) { h.points.clear(); }), first + "points: expected at least one");
    EXPECT_NE(refused_header([](run_header& h) { h.sweep.repetitions = 0; }).find(first + "sweep: repetitions"),
              std::string::npos);
    EXPECT_NE(refused_header([](run_header& h) { h.trials = 5; }).find(first + "trials: expected 6"),
              std::string::npos);
    EXPECT_NE(refused_header([](run_header& h) { h.points[1].name = "a"; }).find("a is there twice"),
              std::string::npos);
    EXPECT_NE(refused_header([](run_header& h) { h.binaries.clear(); }).find("no fingerprint"),
              std::string::npos);
    EXPECT_NE(refused_header([](run_header& h) { h.sweep.min_time_seconds = -1; }).find("no time"),
              std::string::npos);
    EXPECT_NE(refused_header([](run_header& h) { h.points[0].paced_by = {"z", 0.5}; }).find("paced by z"),
              std::string::npos);
    EXPECT_NE(
        refused_header([](run_header& h) { h.ratios.push_back({"r", "a", "z", {}}); }).find("ratios: 'r'"),
        std::string::npos);

    const auto refused_trial = [&](const std::string& line) {
        fs::remove(path);
        journal::create(path, header()).append(trial("a"));
        append_raw(line + "\n");
        return refusal();
    };
    const std::string third = path + " (--resume): line 3: ";
    EXPECT_EQ(refused_trial(line_of(trial("b"))), "");
    EXPECT_EQ(refused_trial("{}"), third + "point '': none of the run's");
    EXPECT_EQ(refused_trial(line_of(trial("z"))), third + "point z: none of the run's");
    EXPECT_EQ(refused_trial(line_of(trial("a"))), third + "repetition 0 of a: there already");
    EXPECT_EQ(refused_trial(line_of(trial("a", 2))), third + "repetition 2: not in the run's plan");
    EXPECT_NE(refused_trial("{\"calibration\": 1}").find(third), std::string::npos);
    trial_line odd = trial("b");
    odd.status = trial_status::ok;
    EXPECT_EQ(refused_trial(line_of(odd)), third + "status ok: does not go with its measurement");
    odd.measurement.emplace();
    odd.measurement->listed.name = "c";
    EXPECT_EQ(refused_trial(line_of(odd)), third + "measurement: of another point: 'c'");
    odd.measurement->listed.name = "b";
    EXPECT_NE(refused_trial(line_of(odd)).find(third + "clock: "), std::string::npos);
    odd = trial("b", 2);
    odd.retry_of = 0;
    EXPECT_EQ(refused_trial(line_of(odd)), third + "repetition 2: not in the run's plan")
        << "the sweep asks for no retries";
}

TEST_F(Journal, FindsItsBinariesWhereTheUserSaysTheyAre) {
    journal j = journal::create(path, header());
    j.find_binaries_in("/now");
    EXPECT_EQ(j.header().points[0].binary, "/now/bench_x");
    EXPECT_EQ(j.header().binaries.at("/now/bench_x"), "0123456789abcdef");
}

TEST_F(Journal, KeepsCalibrationsApartFromTrials) {
    {
        journal j = journal::create(path, header());
        j.append_calibration({calibration{}, "", 0});
        j.append(trial("a", 0));
        j.append_calibration({std::nullopt, "r", 1});
        EXPECT_EQ(j.trials().size(), 1U);
    }
    const journal j = journal::resume(path);
    ASSERT_EQ(j.trials().size(), 1U);
    EXPECT_EQ(j.trials()[0].point, "a");
    ASSERT_EQ(j.calibrations().size(), 2U);
    EXPECT_TRUE(j.calibrations()[0].made);
    EXPECT_EQ(j.calibrations()[1].reason, "r");
}

TEST_F(Journal, RefusesWhatIsNoJournal) {
    EXPECT_THROW(journal::resume(path), usage_error);
    append_raw("hello\n");
    EXPECT_THROW(journal::resume(path), usage_error);
    fs::remove(path);
    append_raw("{\"no\": \"header\"}\n");
    EXPECT_THROW(journal::resume(path), usage_error);
}

TEST_F(Journal, RefusesWhatAnotherVersionWroteAndWhatItCannotUnderstand) {
    append_raw("{\"handoff_journal\": 1, \"id\": \"x\"}\n");
    EXPECT_NE(refusal().find("a journal of version 1"), std::string::npos) << refusal();
    fs::remove(path);
    journal::create(path, header());
    append_raw("{\"point\": \"a\", \"repetition\": \"first\"}\n");
    EXPECT_NE(refusal().find("line 2: repetition: expected a whole number"), std::string::npos) << refusal();
}

TEST_F(Journal, HasOneWriterAtATime) {
    {
        const journal one = journal::create(path, header());
        EXPECT_THROW(journal::resume(path), usage_error);
    }
    const journal two = journal::resume(path);
    EXPECT_THROW(journal::resume(path), usage_error);
}

TEST_F(Journal, TakesWhatIsNoUtf8) {
    journal j = journal::create(path, header());
    trial_line crashed = trial("a");
    crashed.reason = "signal 6: \xff\xfe";
    j.append(crashed);
    EXPECT_EQ(j.trials().size(), 1U);
}

TEST_F(Journal, IsNeverBegunTwice) {
    journal::create(path, header());
    EXPECT_THROW(journal::create(path, header()), std::system_error);
}

}  // namespace
}  // namespace handoff::harness
