// What consumers received of producers that number their items.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace handoff::tests {

/// Of each of `producers` the numbers from `count` times its own on, `count` of them: all were received, each
/// once, and each consumer had those of one producer in their order.
inline void expect_each_once(const std::vector<std::vector<std::uint64_t>>& received, std::size_t producers,
                             std::uint64_t count) {
    std::vector<int> times(count * producers, 0);
    for (const auto& one : received) {
        std::vector<std::int64_t> last(producers, -1);
        for (const std::uint64_t number : one) {
            ++times[number];
            const auto in_turn = static_cast<std::int64_t>(number % count);
            ASSERT_LT(last[number / count], in_turn) << "of producer " << number / count;
            last[number / count] = in_turn;
        }
    }
    for (std::size_t i = 0; i < times.size(); ++i) {
        ASSERT_EQ(times[i], 1) << "number " << i;
    }
}

}  // namespace handoff::tests
