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

}  // namespace handoff::harness
