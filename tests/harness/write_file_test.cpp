// What is written where: links, pipes, descriptors, folders that are not ours.
#include "write_file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "usage_error.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;

class WriteFile : public testing::Test {
protected:
    void SetUp() override {
        const auto* test = testing::UnitTest::GetInstance()->current_test_info();
        folder = fs::temp_directory_path() / ("handoff-write-" + std::string(test->name()));
        fs::remove_all(folder);
        fs::create_directories(folder);
    }
    void TearDown() override { fs::remove_all(folder); }

    static std::string text_of(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }
    std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(folder), fs::directory_iterator()));
    }

    fs::path folder;
};

TEST_F(WriteFile, ReplacesAFileAndKeepsItsRights) {
    const fs::path path = folder / "file";
    write_file(path, "one");
    EXPECT_EQ(text_of(path), "one");
    fs::permissions(path, fs::perms(0640));
    struct stat before{};
    ASSERT_EQ(stat(path.c_str(), &before), 0);
    write_file(path, "two");
    struct stat after{};
    ASSERT_EQ(stat(path.c_str(), &after), 0);
    EXPECT_EQ(text_of(path), "two");
    EXPECT_NE(before.st_ino, after.st_ino) << "a reader sees the old file or the new one";
    EXPECT_EQ(after.st_mode & 0777U, 0640U);
    EXPECT_EQ(files(), 1U) << "nothing is left behind";
}

TEST_F(WriteFile, WritesWhatALinkLeadsTo) {
    fs::create_directory(folder / "there");
    fs::create_symlink("there/target", folder / "middle");
    fs::create_symlink("middle", folder / "link");
    for (const char* text : {"new", "again"}) {
        write_file(folder / "link", text);
        EXPECT_TRUE(fs::is_symlink(folder / "link"));
        EXPECT_TRUE(fs::is_symlink(folder / "middle"));
        EXPECT_EQ(text_of(folder / "there/target"), text);
    }
    fs::create_symlink("loop", folder / "loop");
    EXPECT_THROW(write_file(folder / "loop", "x"), std::system_error);
}

TEST_F(WriteFile, WritesIntoAPipeAndLeavesItOne) {
    const fs::path path = folder / "pipe";
    ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
    std::string seen;
    std::thread reader([&] { seen = text_of(path); });
    write_file(path, "through");
    reader.join();
    EXPECT_EQ(seen, "through");
    EXPECT_TRUE(fs::is_fifo(path));
    EXPECT_EQ(files(), 1U);
}

TEST_F(WriteFile, WritesADevice) {
    write_file("/dev/null", "x");
    EXPECT_TRUE(fs::is_character_file("/dev/null"));
    EXPECT_THROW(write_file("/dev/full", "x"), std::system_error);
}

TEST_F(WriteFile, WritesADescriptorWhereItStands) {
    const fs::path path = folder / "file";
    const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(write(fd, "before ", 7), 7);
    write_file("/dev/fd/" + std::to_string(fd), "after");
    close(fd);
    EXPECT_EQ(text_of(path), "before after");
}

TEST_F(WriteFile, NobodysLinkIsFollowedByATemporaryName) {
    std::ofstream(folder / "victim") << "mine";
    fs::create_symlink("victim", folder / "file.tmp");
    write_file(folder / "file", "x");
    EXPECT_EQ(text_of(folder / "victim"), "mine");
}

TEST_F(WriteFile, WritesInPlaceWhereTheFolderIsNotOurs) {
    if (geteuid() == 0) {
        GTEST_SKIP() << "root may write everywhere";
    }
    std::ofstream(folder / "file") << "a longer text";
    fs::permissions(folder, fs::perms(0555));
    check_output("--json", folder / "file");
    write_file(folder / "file", "short");
    EXPECT_THROW(write_file(folder / "other", "x"), std::system_error);
    fs::permissions(folder, fs::perms(0755));
    EXPECT_EQ(text_of(folder / "file"), "short");
}

TEST_F(WriteFile, IsTriedBeforehandAndLeavesNothing) {
    check_output("--json", folder / "new");
    check_output("--json", "-");
    check_output("--json", "/dev/null");
    EXPECT_EQ(files(), 0U);
    std::ofstream(folder / "file") << "kept";
    check_output("--json", folder / "file");
    EXPECT_EQ(text_of(folder / "file"), "kept");
    EXPECT_THROW(check_output("--json", folder / "none" / "x"), usage_error);
    EXPECT_THROW(check_output("--json", folder), usage_error);
    EXPECT_THROW(check_output("--json", folder / std::string(300, 'x')), usage_error);
}

}  // namespace
}  // namespace handoff::harness
