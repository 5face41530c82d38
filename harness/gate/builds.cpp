#include "builds.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <set>
#include <system_error>

#include "child.hpp"
#include "gate_record.hpp"
#include "json.hpp"
#include "sweep.hpp"
#include "temporary.hpp"
#include "text.hpp"
#include "tool.hpp"
#include "trial_process.hpp"
#include "usage_error.hpp"
#include "write_file.hpp"

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

const char* const without_tool =
    "--base-ref needs it: install it, or build the base yourself and name it with --base";

/// A file that its destructor removes.
class temporary_file {
public:
    explicit temporary_file(const std::string& text) : path_(make_temporary_file("handoff-gate-", text)) {}
    ~temporary_file() {
        std::error_code ignored;
        fs::remove(path_, ignored);
    }
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    std::string path() const { return path_.string(); }

private:
    fs::path path_;
};

/// What one binary answers to a block, and the words with which it refuses it.
struct answer {
    std::vector<listed_point> points;
    std::optional<stated_build> built;
    std::vector<std::string> refusals;
};

std::string without_prefix(const std::string& text, const std::string& prefix) {
    return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

/// Asks a binary for one block, which stands at `place` in the user's sweep.
answer ask_once(const fs::path& binary, const std::string& block, const std::string& place,
                const output_limits& limits) {
    const temporary_file sweep(block);
    try {
        listing said = parse_record<listing>(output_of({binary, "--sweep=" + sweep.path(), "--list_points"},
                                                       child_environment::of_trials, limits));
        for (listed_point& p : said.points) {
            // Older binaries leave out what was not a choice then.
            p.measure = p.measure.empty() ? "items_per_second" : p.measure;
            p.fills = p.fills.empty() ? "count" : p.fills;
        }
        return {std::move(said.points), std::move(said.build), {}};
    } catch (const usage_error& e) {
        std::string what = without_prefix(e.what(), binary.string() + ": ");
        const std::string named = sweep.path() + ": blocks[0]";
        for (auto at = what.find(named); at != std::string::npos; at = what.find(named)) {
            what.replace(at, named.size(), place);
        }
        return {{}, {}, {what}};
    } catch (const malformed& e) {
        throw std::runtime_error(binary.string() + " --list_points: its answer cannot be read: " + e.what());
    }
}

/// Asks for a block, and when the binary refuses it, for each of its implementations: a build that does not
/// know one of them (yet, or any longer) still has the points of the others.
answer ask(const fs::path& binary, const block_file& block, const std::string& place,
           const output_limits& limits) {
    answer whole = ask_once(binary, block.text, place, limits);
    if (whole.refusals.empty() || block.by_impl.empty()) {
        return whole;
    }
    answer parts;
    for (const std::string& one : block.by_impl) {
        answer more = ask_once(binary, one, place, limits);
        std::ranges::move(more.points, std::back_inserter(parts.points));
        std::ranges::move(more.refusals, std::back_inserter(parts.refusals));
        parts.built = more.built ? more.built : parts.built;
    }
    return parts;
}

/// What CMake's cache says; nothing where it has no such key.
std::optional<std::string> cache_value(const fs::path& build_folder, const std::string& key) {
    std::ifstream cache(build_folder / "CMakeCache.txt");
    for (std::string line; std::getline(cache, line);) {
        if (line.starts_with(key + ":")) {
            return line.substr(std::min(line.size(), line.find('=') + 1));
        }
    }
    return std::nullopt;
}

std::string trimmed(std::string text) {
    while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) {
        text.pop_back();
    }
    return text;
}

/// Runs one step of a build, for a few hours at most. Throws with the end of its output when it fails.
void step(const std::vector<std::string>& argv) {
    const child_result done = run_tree(argv, 4 * 3600.0);
    if (done.how == child_result::end::interrupted) {
        throw std::runtime_error("interrupted");
    }
    if (done.how != child_result::end::exited || done.code != 0) {
        throw std::runtime_error("--base-ref: " + command_text(argv) + " failed:\n" + trimmed(done.output));
    }
}

/// What git says of the repository that a folder is in. Throws usage_error with git's own words.
class repository {
public:
    repository(fs::path git, fs::path folder) : git_(std::move(git)), folder_(std::move(folder)) {}

    std::string ask(std::vector<std::string> question) const {
        std::vector<std::string> argv{git_, "-C", folder_};
        std::ranges::move(question, std::back_inserter(argv));
        try {
            return trimmed(output_of(argv));
        } catch (const usage_error& e) {
            throw std::runtime_error(e.what());
        }
    }

    std::string commit_of(const std::string& ref) const {
        try {
            ask({"rev-parse", "--git-dir"});
        } catch (const std::runtime_error& e) {
            throw usage_error("--base-ref " + ref + ": " + folder_.string() +
                              " (the candidate's source) is in no repository that git would read: " + e.what());
        }
        try {
            return ask({"rev-parse", "--verify", "--end-of-options", ref + "^{commit}"});
        } catch (const std::runtime_error& e) {
            throw usage_error("--base-ref " + ref + ": no commit of " + folder_.string() +
                              " (in CI: fetch it first, a shallow clone has only one): " + e.what());
        }
    }

    /// Checks a commit out into a folder that is a repository of its own and reads the objects of this one, in
    /// which nothing is written: no worktree, no index, no reference.
    void check_out(const std::string& commit, const fs::path& to) const {
        const fs::path objects = absolute_path("objects");
        const fs::path shallow = absolute_path("shallow");
        const fs::path git_folder = to / ".git";
        step({git_, "init", "--quiet",
              "--template=", "--object-format=" + ask({"rev-parse", "--show-object-format"}), to});
        fs::create_directories(git_folder / "objects" / "info");
        std::ofstream(git_folder / "objects" / "info" / "alternates") << objects.string() << "\n";
        if (fs::exists(shallow)) {
            fs::copy_file(shallow, git_folder / "shallow");
        }
        step({git_, "-C", to, "-c", "core.hooksPath=/dev/null", "-c", "advice.detachedHead=false", "checkout",
              "--quiet", "--detach", commit});
    }

    /// Where in the repository the folder is; empty: at its top.
    std::string prefix() const { return ask({"rev-parse", "--show-prefix"}); }

private:
    fs::path absolute_path(const std::string& of) const {
        return fs::absolute(folder_ / ask({"rev-parse", "--git-path", of})).lexically_normal();
    }

    fs::path git_;
    fs::path folder_;
};

/// A folder that is empty at first, and gone at the end.
class passing_folder {
public:
    explicit passing_folder(fs::path path) : path_(std::move(path)) {
        remove();  // of a gate that was killed
    }
    ~passing_folder() { remove(); }
    passing_folder(const passing_folder&) = delete;
    passing_folder& operator=(const passing_folder&) = delete;

private:
    void remove() const {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }

    fs::path path_;
};

/// In a hook, git tells its children which repository, index and work tree it is at: the next git would believe
/// it, whatever folder it is asked about. (`git rev-parse --local-env-vars`, without those that carry the
/// user's configuration: safe.directory may stand there.)
void forget_git_environment() {
    for (const char* name :
         {"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_CONFIG", "GIT_OBJECT_DIRECTORY", "GIT_DIR", "GIT_WORK_TREE",
          "GIT_IMPLICIT_WORK_TREE", "GIT_GRAFT_FILE", "GIT_INDEX_FILE", "GIT_NO_REPLACE_OBJECTS",
          "GIT_REPLACE_REF_BASE", "GIT_PREFIX", "GIT_SHALLOW_FILE", "GIT_COMMON_DIR",
          "GIT_INTERNAL_SUPER_PREFIX", "GIT_NAMESPACE", "GIT_QUARANTINE_PATH"}) {
        unsetenv(name);
    }
    setenv("GIT_OPTIONAL_LOCKS", "0", 1);   // reading a repository refreshes no index
    setenv("GIT_TERMINAL_PROMPT", "0", 1);  // nobody is asked for a password
}

}  // namespace

build find_build(const std::string& folder, const std::string& flag) {
    build found{folder, {}};
    const fs::path bin = fs::path(folder) / "bin";
    found.binaries = benchmark_binaries(fs::is_directory(bin) ? bin.string() : folder, flag);
    if (found.binaries.empty()) {
        throw usage_error(flag + " " + folder +
                          ": no bench_* binary in it or in its bin/: name a build folder, such as "
                          "build/release");
    }
    return found;
}

build build_ref(const std::string& ref, const build& candidate, const std::vector<std::string>& families) {
    const fs::path git = tool("git", without_tool);
    const fs::path cmake = tool("cmake", without_tool);
    const std::string source = cache_value(candidate.folder, "CMAKE_HOME_DIRECTORY").value_or("");
    if (source.empty()) {
        throw usage_error(
            "--base-ref: " + candidate.folder.string() +
            " (--candidate) has no CMakeCache.txt that says how it was built; build the base yourself "
            "and name it with --base");
    }
    forget_git_environment();
    const repository users(git, source);
    const std::string commit = users.commit_of(ref);
    const fs::path home = fs::absolute(candidate.folder) / "base" / commit.substr(0, 12);
    if (!fs::exists(home / "complete")) {
        std::cerr << "building " << ref << " (" << commit.substr(0, 12) << ") as " << candidate.folder.string()
                  << " was built\n";
        fs::create_directories(home);
        const passing_folder checked_out(home / "source");
        users.check_out(commit, home / "source");
        std::vector<std::string> configure{cmake, "-S", home / "source" / users.prefix(), "-B", home / "build"};
        if (const auto generator = cache_value(candidate.folder, "CMAKE_GENERATOR")) {
            configure.insert(configure.end(), {"-G", *generator});
        }
        for (const char* key : {"CMAKE_BUILD_TYPE", "CMAKE_CXX_COMPILER", "CMAKE_CXX_FLAGS", "HANDOFF_ARCH",
                                "HANDOFF_CATALOG", "HANDOFF_WITHOUT"}) {
            const auto value = cache_value(candidate.folder, key);
            // A catalog inside the candidate's source describes the candidate; the base has its own.
            if (value && !value->starts_with(source + "/")) {
                configure.push_back("-D" + std::string(key) + "=" + *value);
            }
        }
        configure.emplace_back("-DHANDOFF_TESTS=OFF");
        step(configure);
        std::vector<std::string> make{cmake, "--build", home / "build", "--target"};
        for (const std::string& family : families) {
            make.push_back("bench_" + family);
        }
        step(make);
        std::ofstream(home / "complete") << commit << "\n";
    }
    return find_build((home / "build").string(), "--base-ref");
}

std::vector<std::string> families_of(const std::string& sweep_file) {
    std::vector<std::string> families;
    for (const block& b : read_sweep(sweep_file).blocks) {
        if (std::ranges::find(families, b.families.front().text) == families.end()) {
            families.push_back(b.families.front().text);
        }
    }
    return families;
}

comparison compare_points(const build& base, const build& candidate, const std::string& sweep_file,
                          double default_max_slowdown, const std::string& measure,
                          const output_limits& limits) {
    const sweep asked = read_sweep(sweep_file);
    const std::vector<block_file> files = files_of_blocks(sweep_file);
    comparison result;
    std::map<std::string, std::size_t> index;
    bool checks_differ = false;
    for (std::size_t i = 0; i < asked.blocks.size(); ++i) {
        const block& b = asked.blocks[i];
        const std::string family = b.families.front().text;
        const std::string place = sweep_file + ": blocks[" + std::to_string(i) + "]";
        bool known = false;
        std::vector<std::string> refusals;
        for (const bool is_base : {true, false}) {
            const build& side = is_base ? base : candidate;
            const auto binary = side.binaries.find(family);
            if (binary == side.binaries.end()) {
                continue;
            }
            known = true;
            const answer said = ask(binary->second, files[i], place, limits);
            refusals.insert(refusals.end(), said.refusals.begin(), said.refusals.end());
            std::optional<stated_build>& built = is_base ? result.base_build : result.candidate_build;
            built = built ? built : said.built;
            (is_base ? result.base_takes_items : result.candidate_takes_items) = built.has_value();
            for (const listed_point& listed : said.points) {
                if (listed.reference) {
                    continue;  // nobody asked for it to be compared
                }
                const bool is_beside = measure.empty() && !b.measure.empty();
                const std::string name = listed.name + (is_beside ? " (" + b.measure + ")" : "");
                const auto [at, is_new] = index.try_emplace(name, result.points.size());
                if (is_new) {
                    result.points.push_back(
                        {name, family, b.max_slowdown.value_or(default_max_slowdown), false, false, {}});
                }
                compared_point& p = result.points[at->second];
                if (!is_base && p.in_base && p.listed.light_check != listed.light_check) {
                    checks_differ = true;
                }
                (is_base ? p.in_base : p.in_candidate) = true;
                p.listed = listed;
                p.listed.measure = !measure.empty() ? measure : is_beside ? b.measure : listed.measure;
            }
        }
        if (!known) {
            std::set<std::string> families;
            for (const build* side : {&base, &candidate}) {
                for (const auto& [name, path] : side->binaries) {
                    families.insert(name);
                }
            }
            throw usage_error("family " + family + " (" + place + ".family): legal: " + joined(families));
        }
        // If both builds refuse it in the same words, nobody has it, and the sweep is wrong.
        for (const std::string& refusal : refusals) {
            if (base.binaries.contains(family) && candidate.binaries.contains(family) &&
                std::ranges::count(refusals, refusal) >= 2) {
                throw usage_error(refusal);
            }
        }
    }
    if (!result.base_build || !result.candidate_build) {
        result.differences.emplace_back(
            std::string("the ") + (result.base_build ? "candidate" : "base") +
            " does not say how it was built; whether compiler and flags are the same is unknown");
        return result;
    }
    if (checks_differ) {
        result.differences.emplace_back(
            "check: one side's trials check every item by itself, the other's lightly; their numbers differ by "
            "that");
    }
    for (const char* key : {"compiler", "flags", "build_type", "libraries"}) {
        const std::string b = words_of(*result.base_build, key);
        const std::string c = words_of(*result.candidate_build, key);
        if (b != c) {
            result.differences.push_back(std::string(key) + ": base " + b + ", candidate " + c);
        }
    }
    return result;
}

}  // namespace handoff::harness
