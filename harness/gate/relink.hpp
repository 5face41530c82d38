// The same objects linked in another order: what code costs, apart from where the linker happened to put it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace handoff::harness {

/// How a binary was linked: the words of its command, as run in a folder.
struct link_command {
    std::filesystem::path folder;
    std::vector<std::string> words;
    std::vector<std::size_t> objects;  ///< which words are object files
    std::size_t output = 0;            ///< which one is the binary
};

/// Takes a command apart as `ninja -t commands` prints it: the part of it that links, from `cd FOLDER &&` on.
/// Throws std::invalid_argument where it is no plain link of two objects or more.
link_command parse_link(const std::string& command, const std::filesystem::path& folder);

/// The command that links `to`: objects in an order drawn from the seed, and padding between some of them. The
/// libraries stay where they were. `padding`: object files with code that nobody calls.
std::vector<std::string> shuffled_link(const link_command& link, std::uint64_t seed,
                                       const std::vector<std::filesystem::path>& padding,
                                       const std::filesystem::path& to);

/// The link of bin/NAME in a build tree of Ninja's. Throws std::invalid_argument that says why it cannot be
/// repeated: no such tree, no ninja, an object that is newer than the binary.
link_command find_link(const std::filesystem::path& binary);

/// Object files of 64 bytes to 16 KB of code, made in a folder with the compiler that links.
std::vector<std::filesystem::path> make_padding(const link_command& link, const std::filesystem::path& folder);

/// Runs it. Throws std::runtime_error with the end of its output when it fails.
void link_again(const link_command& link, std::uint64_t seed, const std::vector<std::filesystem::path>& padding,
                const std::filesystem::path& to);

}  // namespace handoff::harness
