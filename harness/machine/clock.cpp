#include "clock.hpp"

#include <algorithm>
#include <array>

namespace handoff::harness {

double clock_cost_ns() {
    constexpr int readings = 1000;
    std::array<double, 15> batches{};
    for (double& batch : batches) {
        const auto begin = clock::now();
        clock::time_point last;
        for (int i = 0; i < readings; ++i) {
            last = clock::now();
        }
        batch = seconds_between(begin, last) * 1e9 / readings;
    }
    std::ranges::nth_element(batches, batches.begin() + batches.size() / 2);
    return batches[batches.size() / 2];
}

double clock_resolution_ns() {
    clock::duration least = clock::duration::max();
    auto last = clock::now();
    const auto end = last + std::chrono::milliseconds(100);  // of a clock that ticks as rarely as that
    for (int steps = 0; steps < 10'000 && last < end;) {
        const auto now = clock::now();
        if (now != last) {
            least = std::min(least, now - last);
            ++steps;
        }
        last = now;
    }
    return std::chrono::duration<double, std::nano>(least).count();
}

}  // namespace handoff::harness
