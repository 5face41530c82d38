#include "fresh_links.hpp"

#include <stdexcept>
#include <utility>

#include "child.hpp"
#include "temporary.hpp"

namespace handoff::harness {

namespace fs = std::filesystem;

namespace {

/// A folder beside whose bin/NAME lies what lies beside the binary's: it may look for its libraries and files
/// there. The answer is bin/NAME, which is not there yet.
fs::path stand_in(const fs::path& binary, const fs::path& folder) {
    const fs::path bin = fs::absolute(binary).parent_path();
    fs::create_directories(folder / "bin");
    for (const auto& [from, to] : {std::pair(bin.parent_path(), folder), std::pair(bin, folder / "bin")}) {
        for (const auto& entry : fs::directory_iterator(from)) {
            const fs::path link = to / entry.path().filename();
            if (entry.path() != bin && link.filename() != binary.filename() &&
                !fs::exists(fs::symlink_status(link))) {
                fs::create_symlink(entry.path(), link);
            }
        }
    }
    return folder / "bin" / binary.filename();
}

}  // namespace

fresh_links::fresh_links(const build& base, const build& candidate, std::uint64_t seed)
    : base_(base), candidate_(candidate), seed_(seed) {}

fresh_links::~fresh_links() {
    if (!folder_.empty()) {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
}

fresh_links::family_links& fresh_links::links_of(const std::string& family) {
    const auto [it, is_new] = families_.try_emplace(family);
    family_links& f = it->second;
    if (is_new) {
        try {
            f.base = find_link(base_.binaries.at(family));
            f.candidate = find_link(candidate_.binaries.at(family));
            if (folder_.empty()) {
                folder_ = make_temporary_folder("handoff-links-");
            }
            f.padding = make_padding(*f.candidate, folder_ / "padding");
            f.now.base = stand_in(base_.binaries.at(family), folder_ / "base");
            f.now.candidate = stand_in(candidate_.binaries.at(family), folder_ / "candidate");
        } catch (const std::exception& e) {
            f.refusal = e.what();
        }
    }
    return f;
}

void fresh_links::link_next(family_links& f) const {
    ++f.generation;
    const std::uint64_t seed = (((seed_ << 20) + f.generation) << 1) & ((std::uint64_t{1} << 53) - 1);
    f.now.seed = seed;
    link_again(*f.base, seed, f.padding, f.now.base);
    link_again(*f.candidate, seed + 1, f.padding, f.now.candidate);
}

std::optional<fresh_links::linked_pair> fresh_links::next(const std::string& family, std::size_t point) {
    family_links& f = links_of(family);
    if (!f.refusal.empty()) {
        return std::nullopt;
    }
    std::uint64_t& taken = f.taken[point];
    if (taken == f.generation) {
        try {
            link_next(f);
        } catch (const std::exception& e) {
            if (!interrupted()) {
                f.refusal = e.what();
            }
            f.generation = 0;
            f.taken.clear();
            return std::nullopt;
        }
    }
    taken = f.generation;
    return f.now;
}

std::string fresh_links::why_not(const std::string& family) const {
    const auto found = families_.find(family);
    return found == families_.end() ? "" : found->second.refusal;
}

}  // namespace handoff::harness
