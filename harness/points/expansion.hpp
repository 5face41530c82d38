// The legal points that a product of axis values makes with the implementations of this binary.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "registry.hpp"
#include "sweep.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

/// Every point that was asked for is one that this machine lacks a place for, of an implementation that is not
/// built, or
/// (`unoffered::left_out`) one that the named implementations do not offer. A sweep that has other blocks runs
/// without this one.
struct nothing_here : usage_error {
    nothing_here(const std::string& what, std::map<std::string, std::size_t> reasons)
        : usage_error(what), left_out(std::move(reasons)) {}
    std::map<std::string, std::size_t> left_out;  ///< reason, count
};

/// The points of a block and why others of its product are not among them.
struct expansion {
    std::vector<point> points;
    std::map<std::string, std::size_t> left_out;  ///< reason, count
};

/// Most points of a sweep: a listing of so many takes seconds and some hundred megabytes. Nobody runs them.
inline constexpr int most_points = 200'000;

/// Throws usage_error, with the number and the place, where there are more.
void refuse_too_many(double points, const std::string& place);

/// What becomes of values that were asked for and that none of the implementations which the block names
/// offers. A sweep that is narrowed to some implementations leaves them out; a flag was meant for those that it
/// stands beside.
enum class unoffered { refused, left_out };

/// The legal product, in the order of the registry. Throws usage_error for values that make no sense and for
/// values and implementations that were asked for and make no point at all; a value that only this machine
/// lacks a place for (SMT siblings, CPUs for all threads) and an implementation that is not built are left out
/// while other points are left, and else nothing_here.
expansion expand(const block& asked, unoffered such = unoffered::refused);

/// The block that makes exactly the named point. Throws usage_error.
block block_of_point(std::string_view point_name);

/// The candidate that a point of `expand` belongs to.
const candidate& candidate_of(const point& p);

}  // namespace handoff::harness
