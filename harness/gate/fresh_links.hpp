// Pairs of binaries that nobody has measured at a point before: both sides linked again, in another order.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builds.hpp"
#include "relink.hpp"

namespace handoff::harness {

/// What is drawn anew for every pair of a point cannot favour one side: where code lies becomes part of the
/// spread. Points share a pair of links as long as each of them takes it once.
class fresh_links {
public:
    fresh_links(const build& base, const build& candidate, std::uint64_t seed);
    ~fresh_links();
    fresh_links(const fresh_links&) = delete;
    fresh_links& operator=(const fresh_links&) = delete;

    struct linked_pair {
        std::filesystem::path base;
        std::filesystem::path candidate;
        std::uint64_t seed;  ///< of the base's order and padding; the candidate's is the next
    };
    /// The binaries of a family for a point's next pair. None where they cannot be linked again, or when the
    /// user has interrupted.
    std::optional<linked_pair> next(const std::string& family, std::size_t point);
    /// Why a family's binaries cannot be linked again; empty where they can, or where nobody has asked yet.
    std::string why_not(const std::string& family) const;

private:
    struct family_links {
        std::optional<link_command> base;
        std::optional<link_command> candidate;
        std::vector<std::filesystem::path> padding;
        std::string refusal;
        std::uint64_t generation = 0;                ///< of the pair at hand; 0: there is none
        std::map<std::size_t, std::uint64_t> taken;  ///< point -> the generation that it had last
        linked_pair now{};
    };

    family_links& links_of(const std::string& family);
    void link_next(family_links& f) const;

    const build& base_;
    const build& candidate_;
    std::uint64_t seed_;
    std::filesystem::path folder_;  ///< empty: not made yet
    std::map<std::string, family_links> families_;
};

}  // namespace handoff::harness
