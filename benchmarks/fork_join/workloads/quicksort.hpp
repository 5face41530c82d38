// Quicksort: one thread cuts an array in two, two may sort the parts.
#pragma once

#include <algorithm>
#include <memory>

#include "fork_join/kernels.hpp"
#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// Source: Hoare, "Quicksort", 1962.
///
/// The first cut reads the input and writes the array that is then sorted in place: a run needs no copy of what
/// the run before it has sorted.
///
/// Stresses: forks into parts of unequal size, after work that nobody shares: the first cut of all goes over
/// the whole array, so that two workers cannot be twice as fast. Verifies: the sum of numbers times places,
/// which for the same numbers is greatest when they are sorted, and the number of parts, against a run by plain
/// calls whose array is looked through.
class quicksort {
public:
    static constexpr std::string_view name = "quicksort";
    static constexpr std::array parameters{parameter{"size", "1000000", 1, 100'000'000},
                                           parameter{"grain", "1000", 2, 1UL << 30}};

    explicit quicksort(const settings& s);

    template <class Context>
    outcome run(Context& context) {
        const std::span<std::uint32_t> numbers(sorted_);
        if (input_->numbers.size() <= grain_) {
            std::ranges::copy(input_->numbers, sorted_.begin());
            return tally{kernels::sort(numbers, 1), 1}.result();
        }
        return parts(context, numbers, 1, kernels::partition_into(numbers, input_->numbers)).result();
    }

    outcome expected() const { return input_->expected; }
    std::span<const std::uint32_t> sorted() const { return sorted_; }

private:
    struct input {
        std::uint64_t size;
        std::uint64_t grain;
        std::uint64_t seed;
        std::vector<std::uint32_t> numbers;
        outcome expected{};
    };

    template <class Context>
    tally sort(Context& context, std::span<std::uint32_t> numbers, std::uint64_t place) const {
        if (numbers.size() <= grain_) {
            return {kernels::sort(numbers, place), 1};
        }
        return parts(context, numbers, place, kernels::partition(numbers));
    }
    template <class Context>
    tally parts(Context& context, std::span<std::uint32_t> numbers, std::uint64_t place,
                std::size_t cut) const {
        tally first;
        tally second;
        context.fork2([&](Context& c) { first += sort(c, numbers.first(cut), place); },
                      [&](Context& c) { second += sort(c, numbers.subspan(cut), place + cut); });
        return first += second;
    }

    std::uint64_t grain_;
    std::shared_ptr<const input> input_;
    std::vector<std::uint32_t> sorted_;
};

}  // namespace handoff::benchmarks
