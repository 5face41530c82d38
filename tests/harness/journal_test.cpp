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

    void append_raw(const std::string& text) { std::ofstream(path, std::ios::app) << text; }

    fs::path folder;
    std::string path;
    static run_header header() {
        run_header made;
        made.id = "x";
        return made;
    }
    static trial_line trial(const std::string& point, unsigned repetition = 0) {
        trial_line made;
        made.point = point;
        made.repetition = repetition;
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
    for (const char* half :
         {"{\"point\": \"b\", \"meas", "{\"point\": \"b\"", "\n", "{]\n{\"point\": \"z\"}\n"}) {
        append_raw(half);
        journal j = journal::resume(path);
        ASSERT_EQ(j.trials().size(), 1U) << half;
        EXPECT_EQ(j.trials()[0].point, "a");
    }
    journal::resume(path).append(trial("c"));
    const journal j = journal::resume(path);
    ASSERT_EQ(j.trials().size(), 2U);
    EXPECT_EQ(j.trials()[1].point, "c");
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
    const auto refusal = [&]() -> std::string {
        try {
            journal::resume(path);
        } catch (const usage_error& e) {
            return e.what();
        }
        return "";
    };
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
