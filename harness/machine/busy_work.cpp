#include "busy_work.hpp"

#include <algorithm>
#include <cmath>

#include "clock.hpp"

namespace handoff::harness {

namespace {

double nanoseconds_per_step() {
    constexpr std::uint64_t steps = 200'000;
    double least = 1e9;
    for (int batch = 0; batch < 9; ++batch) {
        const auto begin = clock::now();
        spend(steps);
        least = std::min(least, seconds_between(begin, clock::now()));
    }
    return least * 1e9 / static_cast<double>(steps);
}

}  // namespace

std::uint64_t steps_for(double nanoseconds) {
    if (nanoseconds <= 0) {
        return 0;
    }
    static const double per_step = nanoseconds_per_step();
    return static_cast<std::uint64_t>(std::llround(nanoseconds / per_step));
}

}  // namespace handoff::harness
