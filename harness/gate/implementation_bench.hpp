// The binary that has some implementations: what it offers of them, and single trials.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "gate.hpp"
#include "journal_lines.hpp"
#include "listing.hpp"
#include "meetings.hpp"
#include "pair_source.hpp"

namespace handoff::harness {

class implementation_bench {
public:
    /// `names`: the implementations; none: all that have the points that the options ask for. Throws
    /// usage_error in which `who` stands first, as the user wrote the command: `duel ring queue`.
    implementation_bench(const gate_options& options, std::string who, const std::vector<std::string>& names);

    /// Where they meet. Controls are left out unless the options name a workload, and paced points always: each
    /// implementation would be offered a share of its own.
    const std::vector<meeting>& meetings() const { return meetings_; }
    const std::string& family() const { return family_; }
    const std::optional<stated_build>& built() const { return built_; }
    double min_time_seconds() const { return min_time_; }
    /// What is compared at a point.
    std::string measure_of(const listed_point& p) const;
    /// Why there is nothing to compare, in words that follow "no point".
    std::string left_out() const;

    side_trial run(const listed_point& p, std::uint64_t seed,
                   std::optional<check_kind> check = std::nullopt) const;
    /// One trial that checks every item, of a point whose trials check lightly. Nothing: it passed, or there is
    /// no such trial.
    std::optional<no_pairs> check_in_full(const listed_point& p, bool is_base, std::uint64_t seed) const;

private:
    listing ask(const std::vector<std::string>& names) const;

    const gate_options& options_;
    std::string who_;
    double min_time_;
    double timeout_;
    std::string family_;
    std::filesystem::path binary_;
    std::optional<stated_build> built_;
    std::vector<meeting> meetings_;
    std::size_t paced_ = 0;
};

}  // namespace handoff::harness
