#include "journal.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "usage_error.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

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
    const json header{{"handoff_journal", 1}, {"id", "x"}};
};

TEST_F(Journal, ResumesWithEveryFinishedTrial) {
    {
        journal j = journal::create(path, header);
        j.append({{"point", "a"}, {"repetition", 0}});
        j.append({{"point", "b"}, {"repetition", 0}});
    }
    {
        journal j = journal::resume(path);
        EXPECT_EQ(j.header(), header);
        ASSERT_EQ(j.trials().size(), 2U);
        EXPECT_EQ(j.trials()[1].at("point"), "b");
        j.append({{"point", "c"}, {"repetition", 1}});
    }
    EXPECT_EQ(journal::resume(path).trials().size(), 3U);
}

TEST_F(Journal, DropsALineCutShortAndGoesOnBehindTheWholeOnes) {
    {
        journal j = journal::create(path, header);
        j.append({{"point", "a"}});
    }
    for (const char* half :
         {"{\"point\": \"b\", \"meas", "{\"point\": \"b\"", "\n", "{]\n{\"point\": \"z\"}\n"}) {
        append_raw(half);
        journal j = journal::resume(path);
        ASSERT_EQ(j.trials().size(), 1U) << half;
        EXPECT_EQ(j.trials()[0].at("point"), "a");
    }
    journal::resume(path).append({{"point", "c"}});
    const journal j = journal::resume(path);
    ASSERT_EQ(j.trials().size(), 2U);
    EXPECT_EQ(j.trials()[1].at("point"), "c");
}

TEST_F(Journal, KeepsCalibrationsApartFromTrials) {
    {
        journal j = journal::create(path, header);
        j.append_calibration({{"calibration", {{"kernels", 1}}}, {"before_trial", 0}});
        j.append({{"point", "a"}, {"repetition", 0}});
        j.append_calibration({{"calibration", nullptr}, {"reason", "r"}, {"before_trial", 1}});
        EXPECT_EQ(j.trials().size(), 1U);
    }
    const journal j = journal::resume(path);
    ASSERT_EQ(j.trials().size(), 1U);
    EXPECT_EQ(j.trials()[0].at("point"), "a");
    ASSERT_EQ(j.calibrations().size(), 2U);
    EXPECT_EQ(j.calibrations()[1].at("reason"), "r");
}

TEST_F(Journal, RefusesWhatIsNoJournal) {
    EXPECT_THROW(journal::resume(path), usage_error);
    append_raw("hello\n");
    EXPECT_THROW(journal::resume(path), usage_error);
    fs::remove(path);
    append_raw("{\"no\": \"header\"}\n");
    EXPECT_THROW(journal::resume(path), usage_error);
}

TEST_F(Journal, HasOneWriterAtATime) {
    {
        const journal one = journal::create(path, header);
        EXPECT_THROW(journal::resume(path), usage_error);
    }
    const journal two = journal::resume(path);
    EXPECT_THROW(journal::resume(path), usage_error);
}

TEST_F(Journal, TakesWhatIsNoUtf8) {
    journal j = journal::create(path, header);
    j.append({{"reason", "signal 6: \xff\xfe"}});
    EXPECT_EQ(j.trials().size(), 1U);
}

TEST_F(Journal, IsNeverBegunTwice) {
    journal::create(path, header);
    EXPECT_THROW(journal::create(path, header), std::system_error);
}

}  // namespace
}  // namespace handoff::harness
