#include "relink.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <utility>

#include "child.hpp"
#include "tool.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

/// Functions are aligned to 64 bytes (CMakeLists.txt), so code is moved by whole lines.
constexpr std::array<std::size_t, 9> padding_lines{1, 2, 3, 5, 9, 17, 33, 65, 257};

/// The words of a shell command that needs no shell. Empty: it has an operator, a variable or a redirection.
std::vector<std::string> plain_words(const std::string& command) {
    std::vector<std::string> words;
    std::string word;
    bool is_begun = false;
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (quote == '\'') {
            c == quote ? void(quote = 0) : word.push_back(c);
        } else if (c == '\\' && i + 1 < command.size()) {
            word.push_back(command[++i]);
            is_begun = true;
        } else if (c == '$' || c == '`') {
            return {};
        } else if (quote == '"') {
            c == quote ? void(quote = 0) : word.push_back(c);
        } else if (c == '\'' || c == '"') {
            quote = c;
            is_begun = true;
        } else if (c == ' ' || c == '\t' || c == '\n') {
            if (is_begun) {
                words.push_back(std::exchange(word, ""));
                is_begun = false;
            }
        } else if (std::string_view(";|<>&()").find(c) != std::string_view::npos) {
            return {};
        } else {
            word.push_back(c);
            is_begun = true;
        }
    }
    if (is_begun) {
        words.push_back(word);
    }
    return quote == 0 ? words : std::vector<std::string>{};
}

bool is_object(const std::string& word) {
    return word.ends_with(".o") && !word.starts_with("-");
}

/// A path of the command as seen from its folder.
fs::path in_folder(const link_command& link, const std::string& word) {
    return link.folder / word;
}

/// A fair draw below n that every standard library makes alike.
std::size_t below(std::mt19937_64& random, std::size_t n) {
    return static_cast<std::size_t>(random() % n);  // n is tiny against 2^64
}

}  // namespace

link_command parse_link(const std::string& command, const fs::path& folder) {
    for (std::size_t begin = 0; begin <= command.size();) {
        const auto end = std::min(command.find("&&", begin), command.size());
        link_command link{folder, plain_words(command.substr(begin, end - begin)), {}, 0};
        for (std::size_t i = 1; i < link.words.size(); ++i) {
            if (link.words[i - 1] == "-o") {
                link.output = i;
            } else if (is_object(link.words[i])) {
                link.objects.push_back(i);
            }
        }
        if (link.output > 0 && link.objects.size() >= 2) {
            return link;
        }
        begin = end + 2;
    }
    throw std::invalid_argument("the command that linked it is no plain link of several objects");
}

std::vector<std::string> shuffled_link(const link_command& link, std::uint64_t seed,
                                       const std::vector<fs::path>& padding, const fs::path& to) {
    std::mt19937_64 random(seed);
    std::vector<std::string> objects;
    for (const std::size_t i : link.objects) {
        objects.push_back(in_folder(link, link.words[i]));
    }
    for (std::size_t i = objects.size(); i > 1; --i) {
        std::swap(objects[i - 1], objects[below(random, i)]);
    }
    std::vector<std::string> argv;
    for (std::size_t i = 0; i < link.words.size(); ++i) {
        if (i == link.output) {
            argv.push_back(to);
        } else if (i == link.objects.front()) {
            for (std::string& object : objects) {
                // Before one object in two, so that most of them move against their neighbours.
                if (!padding.empty() && below(random, 2) == 0) {
                    argv.push_back(padding[below(random, padding.size())]);
                }
                argv.push_back(std::move(object));
            }
        } else if (std::ranges::find(link.objects, i) == link.objects.end()) {
            const fs::path there = in_folder(link, link.words[i]);
            const bool is_library =
                link.words[i].ends_with(".a") || link.words[i].find(".so") != std::string::npos;
            argv.push_back(is_library && !link.words[i].starts_with("-") ? there.string() : link.words[i]);
        }
    }
    return argv;
}

link_command find_link(const fs::path& binary) {
    const fs::path there = fs::absolute(binary).lexically_normal();
    const fs::path folder = there.parent_path().parent_path();
    if (!fs::exists(folder / "build.ninja")) {
        throw std::invalid_argument(folder.string() + " has no build.ninja");
    }
    std::string commands;
    try {
        commands = output_of({tool("ninja", "it knows how binaries were linked"), "-C", folder, "--quiet", "-t",
                              "commands", "-s", fs::path("bin") / there.filename()});
    } catch (const std::exception& e) {
        throw std::invalid_argument(e.what());
    }
    link_command link = parse_link(commands, folder);
    if (in_folder(link, link.words[link.output]).lexically_normal() != there) {
        throw std::invalid_argument("build.ninja in " + folder.string() + " links another file");
    }
    for (const std::size_t i : link.objects) {
        std::error_code none;
        const auto made = fs::last_write_time(in_folder(link, link.words[i]), none);
        if (none || made > fs::last_write_time(there)) {
            throw std::invalid_argument(in_folder(link, link.words[i]).string() +
                                        (none ? " is not there" : " is newer than the binary: build it first"));
        }
    }
    return link;
}

std::vector<fs::path> make_padding(const link_command& link, const fs::path& folder) {
    fs::create_directories(folder);
    std::vector<fs::path> made;
    for (const std::size_t lines : padding_lines) {
        const fs::path source = folder / ("padding_" + std::to_string(lines) + ".s");
        const fs::path object = fs::path(source).replace_extension(".o");
        std::ofstream(source) << ".text\n.p2align 6\n.skip " << 64 * lines
                              << ", 0xcc\n.section .note.GNU-stack,\"\",%progbits\n";
        const child_result done = run_child({link.words.front(), "-c", source, "-o", object}, 60);
        if (done.how != child_result::end::exited || done.code != 0) {
            throw std::invalid_argument(link.words.front() + " assembles no padding: " + done.output);
        }
        made.push_back(object);
    }
    return made;
}

void link_again(const link_command& link, std::uint64_t seed, const std::vector<fs::path>& padding,
                const fs::path& to) {
    const std::vector<std::string> argv = shuffled_link(link, seed, padding, to);
    const child_result done = run_tree(argv, 600);
    if (done.how == child_result::end::interrupted) {
        throw std::runtime_error("interrupted");
    }
    if (done.how != child_result::end::exited || done.code != 0) {
        throw std::runtime_error("linking " + link.words[link.output] + " again in " + link.folder.string() +
                                 " failed:\n" + done.output);
    }
}

}  // namespace handoff::harness
