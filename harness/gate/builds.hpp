// The two builds that the gate compares, and the points that they have.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "child.hpp"
#include "listing.hpp"

namespace handoff::harness {

/// One side's benchmark binaries.
struct build {
    std::filesystem::path folder;                           ///< as the user named it
    std::map<std::string, std::filesystem::path> binaries;  ///< family -> path
};

/// A build folder, or its bin/. Throws usage_error naming `flag`.
build find_build(const std::string& folder, const std::string& flag);

/// Checks a git ref of the candidate's source out into a repository of its own, which reads the objects of the
/// user's and writes nothing there, and builds it as the candidate was built (generator, compiler, build type,
/// flags and catalog of its CMakeCache.txt), the benchmark binaries of the families only. The binaries are kept
/// in <candidate>/base/<commit>, and found there the next time. Throws usage_error for a ref or a candidate
/// that cannot be used, std::runtime_error when the build fails.
build build_ref(const std::string& ref, const build& candidate, const std::vector<std::string>& families);

/// A point that the sweep asks for, as its sides listed it.
struct compared_point {
    std::string name;  ///< its own; with the measure behind it where its block asks for one
    std::string family;
    double max_slowdown = 1;
    bool in_base = false;
    bool in_candidate = false;
    listed_point listed;  ///< by the candidate where it has the point
};

struct comparison {
    std::vector<compared_point> points;
    std::optional<stated_build> base_build;  ///< as its first binary states it; none: it does not say
    std::optional<stated_build> candidate_build;
    std::vector<std::string> differences;  ///< between the two, in words; empty: comparable
    bool base_takes_items = false;
    bool candidate_takes_items = false;
};

/// The families that a sweep file names.
std::vector<std::string> families_of(const std::string& sweep_file);

/// Asks both builds for the points of the sweep. What only one side knows is listed with one side; what neither
/// knows is refused (usage_error). Blocks may say `max_slowdown`; others get the default. Blocks may say
/// `measure`, too: the point is then another one beside the same point of a block that does not. `measure`, if
/// it is not empty, is that of all points, whatever blocks say. Throws std::runtime_error for a binary that
/// goes beyond the limits.
comparison compare_points(const build& base, const build& candidate, const std::string& sweep_file,
                          double default_max_slowdown, const std::string& measure,
                          const output_limits& limits = {});

}  // namespace handoff::harness
