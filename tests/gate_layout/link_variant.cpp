// A build tree whose binaries are the same objects in another order: what a change elsewhere in the code does
// to a point. It has a build.ninja, so that the gate can link its binaries again.
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "relink.hpp"
#include "trial_process.hpp"

namespace {

namespace fs = std::filesystem;
using namespace handoff::harness;

/// In a file of Ninja's.
std::string for_ninja(const std::string& command) {
    std::string text;
    for (const char c : command) {
        text += c == '$' ? "$$" : std::string(1, c);
    }
    return text;
}

}  // namespace

/// gate_link_variant SEED FOLDER BINARY...
int main(int argc, char** argv) {
    std::uint64_t seed = 0;
    const std::string text = argc > 1 ? argv[1] : "";
    if (argc < 4 ||
        std::from_chars(text.data(), text.data() + text.size(), seed).ptr != text.data() + text.size()) {
        std::cerr << "gate_link_variant: usage: gate_link_variant SEED FOLDER BINARY...\n";
        return 2;
    }
    try {
        const fs::path folder = fs::absolute(argv[2]);
        fs::create_directories(folder / "bin");
        std::ofstream ninja(folder / "build.ninja");
        for (int i = 3; i < argc; ++i) {
            const fs::path binary = argv[i];
            const link_command link = find_link(binary);
            const std::string name = binary.filename();
            link_again(link, seed, make_padding(link, folder / "padding"), folder / "bin" / name);
            std::string command;
            for (const std::string& word : shuffled_link(link, seed, {}, fs::path("bin") / name)) {
                command += (command.empty() ? "" : " ") + for_ninja(shell_quoted(word));
            }
            ninja << "rule " << name << "\n  command = " << command << "\nbuild bin/" << name << ": " << name
                  << "\n";
        }
    } catch (const std::exception& e) {
        std::cerr << "gate_link_variant: " << e.what() << "\n";
        return 1;
    }
}
