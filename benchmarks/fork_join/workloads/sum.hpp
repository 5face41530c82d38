// The sum of an array, cut in halves down to the grain.
#pragma once

#include "fork_join/kernels.hpp"
#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// Stresses: what a fork costs next to work of a known length: the grain is swept. Large arrays are as fast as
/// memory. Verifies: the sum, and the number of parts.
class sum {
public:
    static constexpr std::string_view name = "sum";
    static constexpr std::array parameters{parameter{"size", "10000000", 1, 200'000'000},
                                           parameter{"grain", "10000", 1, 1UL << 30}};

    explicit sum(const settings& s);

    template <class Context>
    outcome run(Context& context) {
        return add(context, numbers_).result();
    }

    outcome expected() const { return expected_; }

private:
    template <class Context>
    tally add(Context& context, std::span<const std::uint32_t> numbers) const {
        if (numbers.size() <= grain_) {
            return {kernels::sum(numbers), 1};
        }
        const std::size_t half = numbers.size() / 2;
        tally first;
        tally second;
        context.fork2([&](Context& c) { first += add(c, numbers.first(half)); },
                      [&](Context& c) { second += add(c, numbers.subspan(half)); });
        return first += second;
    }

    std::uint64_t grain_;
    std::vector<std::uint32_t> numbers_;
    outcome expected_;
};

}  // namespace handoff::benchmarks
