// The answer that a report begins with, as text: which one, by how much, and why.
#pragma once

#include <string>
#include <vector>

#include "page_data.hpp"
#include "standings.hpp"

namespace handoff::harness {

/// An implementation in the answer to a question, in words.
struct answer_row {
    std::string place;  ///< `1.`, `1-2.`, or `-`: it has no number
    std::string impl;   ///< with (!) where it was caught
    std::string choices;
    std::string value;
    std::string spread;  ///< lowest .. highest of its trials
    std::string ratio;   ///< its cost over the best's, with its interval
    std::string limit;   ///< share of the machine's limit
    std::string cpu;     ///< CPU time of all threads per item
    std::string reason;
};

/// What a ranking group comes to.
struct answer {
    std::string group;  ///< the promises that its implementations share
    std::string
        sentence;  ///< `vyukov_ring (spin) is 1.60x [1.40 .. 1.80] the next, mpmc_ring (spin)`, or the tie
    std::vector<answer_row> rows;
};

answer answer_of(const ranking_group& group, const contest& of);

/// The answers of each file, as a terminal or a pull request shows them. Files are never ranked among each
/// other.
enum class text_format { plain, markdown };
std::string summary_text(const std::vector<named_source>& sources, text_format how);

}  // namespace handoff::harness
