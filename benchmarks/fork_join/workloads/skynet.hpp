// A tree of tasks, ten from each, whose leaves return their ordinal numbers.
#pragma once

#include <numeric>

#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// Source: Temerev, "Skynet 1M concurrency microbenchmark", 2016.
///
/// Stresses: fork_all of ten pieces without work, broad at once. Verifies: the sum, and the number of leaves.
class skynet {
public:
    static constexpr std::string_view name = "skynet";
    static constexpr std::array parameters{parameter{"size", "100000", 1, 100'000'000, 10}};

    explicit skynet(const settings& s) : leaves_(s.size) {}

    template <class Context>
    outcome run(Context& context) {
        return node(context, 0, leaves_).result();
    }

    outcome expected() const { return {leaves_ * (leaves_ - 1) / 2, leaves_ - 1}; }

private:
    static constexpr std::size_t children = 10;

    template <class Context>
    static tally node(Context& context, std::uint64_t first, std::uint64_t leaves) {
        if (leaves == 1) {
            return {first, 1};
        }
        std::array<tally, children> sums{};
        const std::uint64_t each = leaves / children;
        context.fork_all(children,
                         [&](Context& c, std::size_t i) { sums[i] += node(c, first + i * each, each); });
        return std::accumulate(sums.begin(), sums.end(), tally{},
                               [](tally all, const tally& one) { return all += one; });
    }

    std::uint64_t leaves_;
};

}  // namespace handoff::benchmarks
