// Fibonacci numbers by their definition, down to the last call: the price of a fork, and nothing beside it.
#pragma once

#include <utility>

#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// Source: Frigo, Leiserson, Randall, "The Implementation of the Cilk-5 Multithreaded Language", 1998, as the
/// field has measured forks since.
///
/// Stresses: fork2, of work that is cheaper than the fork. Two workers need one steal: nothing about stealing
/// shows. Verifies: the number, and the number of calls at the ends of the tree.
class fib {
public:
    static constexpr std::string_view name = "fib";
    static constexpr std::array parameters{parameter{"size", "27", 1, 45}};

    explicit fib(const settings& s) : n_(static_cast<std::uint32_t>(s.size)) {}

    template <class Context>
    outcome run(Context& context) {
        const std::uint64_t both = call(context, n_);
        return tally{both % one_piece, both / one_piece}.result();
    }

    outcome expected() const {
        std::uint64_t number = 0;
        std::uint64_t next = 1;
        for (std::uint32_t i = 0; i < n_; ++i) {
            number = std::exchange(next, number + next);
        }
        return {number, next - 1};
    }

private:
    /// The number in the lower half of the word, the pieces in the upper: counting these costs the forks
    /// nothing. Both fit for all sizes that are legal.
    static constexpr std::uint64_t one_piece = std::uint64_t{1} << 32;

    template <class Context>
    static std::uint64_t call(Context& context, std::uint32_t n) {
        if (n < 2) {
            return one_piece + n;
        }
        std::uint64_t first = 0;
        std::uint64_t second = 0;
        context.fork2([&](Context& c) { first += call(c, n - 1); },
                      [&](Context& c) { second += call(c, n - 2); });
        return first + second;
    }

    std::uint32_t n_;
};

}  // namespace handoff::benchmarks
