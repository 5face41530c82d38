// What a scheduler burns that has nothing to do.
#pragma once

#include <cstdint>

#include "fork_join/program.hpp"

namespace handoff::benchmarks {

/// A program that has every worker look for work once; then there is none (fork_join/staged.hpp has the trial).
///
/// Stresses: workers that wait. Verifies: the pieces that ran, before and after.
class idle_scheduler {
public:
    static constexpr std::string_view name = "idle";
    static constexpr std::array<parameter, 0> parameters{};
    static constexpr bool waits = true;  ///< what is measured is the time between two runs

    explicit idle_scheduler(const settings&) {}

    template <class Context>
    outcome run(Context& context) {
        std::array<std::uint64_t, pieces> ran{};
        context.fork_all(pieces, [&](Context&, std::size_t i) { ++ran[i]; });
        tally all;
        for (const std::uint64_t times : ran) {
            all += {times, times};
        }
        return all.result();
    }

    outcome expected() const { return {pieces, pieces - 1}; }

private:
    static constexpr std::size_t pieces = 64;
};

}  // namespace handoff::benchmarks
