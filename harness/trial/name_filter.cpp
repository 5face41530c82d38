#include "name_filter.hpp"

#include <regex>

#include "usage_error.hpp"

namespace handoff::harness {

/// As Google Benchmark does it: an extended regular expression found anywhere; a leading '-' excludes.
std::vector<point> filtered(std::vector<point> points, std::string filter) {
    const bool negative = filter.starts_with('-');
    if (negative) {
        filter.erase(0, 1);
    }
    std::regex pattern;
    try {
        pattern = std::regex(filter, std::regex::extended);
    } catch (const std::regex_error& e) {
        throw usage_error("--benchmark_filter " + filter + ": no regular expression: " + e.what());
    }
    std::erase_if(points, [&](const point& p) { return std::regex_search(p.name(), pattern) == negative; });
    return points;
}

}  // namespace handoff::harness
