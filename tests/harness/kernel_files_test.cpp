// What a kernel does not say in numbers is absent, and text of others cannot speak to a terminal.
#include "kernel_files.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "environment.hpp"
#include "text.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;

TEST(KernelFiles, AreNumbersOrAbsent) {
    EXPECT_EQ(leading_number<int>(" 42 kB"), 42);
    EXPECT_EQ(leading_number<int>("-1"), -1);
    EXPECT_EQ(leading_number<double>("\t2100.25"), 2100.25);
    for (const char* none : {"", " ", "Unknown", "<unsupported>", "max 100000", "inf", "nan", "1e999"}) {
        EXPECT_FALSE(leading_number<double>(none)) << none;
    }
    EXPECT_FALSE(leading_number<int>("99999999999")) << "out of range";
    EXPECT_FALSE(leading_number<unsigned>("-1"));
    std::string_view rest;
    EXPECT_EQ(leading_number<int>("3-5", &rest), 3);
    EXPECT_EQ(rest, "-5");
    EXPECT_FALSE(number_in<int>("/nonexistent"));
}

class OddMachine : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        root = fs::temp_directory_path() / ("handoff-machine-" + std::string(test->name()));
        fs::remove_all(root);
    }
    void TearDown() override { fs::remove_all(root); }
    void put(const fs::path& file, const std::string& text) const {
        fs::create_directories((root / file).parent_path());
        std::ofstream(root / file) << text;
    }

    fs::path root;
};

TEST_F(OddMachine, SaysNoFrequency) {
    EXPECT_EQ(read_mhz(root), 0) << "no files at all";
    put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "<unsupported>\n");
    put("proc/cpuinfo", "cpu MHz\ncpu MHz\t\t: Unknown\n");
    EXPECT_EQ(read_mhz(root), 0);
    put("proc/cpuinfo", "cpu MHz\t\t: Unknown\ncpu MHz\t\t: 2099.998\n");
    EXPECT_EQ(read_mhz(root), 2100);
    put("sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", "3400000\n");
    EXPECT_EQ(read_mhz(root), 3400);
}

TEST_F(OddMachine, HasCachesWithoutALevel) {
    const fs::path caches = "sys/devices/system/cpu/cpu0/cache";
    EXPECT_TRUE(read_caches(root).empty());
    put(caches / "index0/type", "Data\n");
    put(caches / "index0/size", "32K\n");  // and no level
    put(caches / "index1/type", "Unified\n");
    put(caches / "index1/size", "Unknown\n");
    put(caches / "index1/level", "2\n");
    put(caches / "index2/type", "Unified\n");
    put(caches / "index2/size", "8M\n");
    put(caches / "index2/level", "3\n");
    put(caches / "index2/shared_cpu_list", "0-3,8\n");
    put(caches / "index3/type", "Unified\n");
    put(caches / "index3/size", "16M\n");
    put(caches / "index3/level", "4\n");
    put(caches / "index3/shared_cpu_list", "3-0,x\n");
    const auto found = read_caches(root);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].level, 3);
    EXPECT_EQ(found[0].size, std::size_t{8} << 20);
    EXPECT_EQ(found[0].num_sharing, 5U);
    EXPECT_EQ(found[1].num_sharing, 1U);
}

TEST(Shown, ControlCharactersAreSeenAndNotObeyed) {
    EXPECT_EQ(printable("plain, caf\xc3\xa9, \xe6\xb1\x89"), "plain, caf\xc3\xa9, \xe6\xb1\x89");
    EXPECT_EQ(printable("\x1b[31m\a\x7f"), "\\x1b[31m\\x07\\x7f");
    EXPECT_EQ(printable("a\nb\tc"), "a\\nb\\tc");
    EXPECT_EQ(printable("a\nb\tc", newlines::kept), "a\nb\tc");
    EXPECT_EQ(printable("\xc2\x9b"
                        "31m\xc2\xa0"),
              "\\x9b31m\xc2\xa0")
        << "a C1 control sequence introducer; a no-break space is none";
    EXPECT_EQ(printable(std::string_view("a\0b", 3)), "a\\x00b");
}

}  // namespace
}  // namespace handoff::harness
