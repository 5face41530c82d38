#include "humps.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace handoff::harness {
namespace {

/// Numbers whose sequence is the same everywhere: the standard's distributions are not.
class draws {
public:
    explicit draws(std::uint64_t seed) : random_(seed) {}
    double uniform() { return (static_cast<double>(random_() >> 11) + 0.5) * 0x1p-53; }
    double normal() {
        return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * 3.141592653589793 * uniform());
    }
    double exponential() { return -std::log(uniform()); }

private:
    std::mt19937_64 random_;
};

/// The share of `samples` samples of `n` values exp(10 x), x drawn by `draw`, that are said to have two humps.
double share_with_two_humps(std::size_t n, int samples, const std::function<double()>& draw) {
    int found = 0;
    for (int i = 0; i < samples; ++i) {
        std::vector<double> values;
        for (std::size_t k = 0; k < n; ++k) {
            values.push_back(std::exp(10 * draw()));
        }
        found += two_humps(values) ? 1 : 0;
    }
    return found / static_cast<double>(samples);
}

TEST(TwoHumps, AreReportedInOneOfAHundredSamplesOfOneHumpAtMost) {
    draws random(2);
    const auto spread_from_one_place = [&](double share) {
        return [&, share] { return random.uniform() < share ? 0.001 * random.uniform() : random.uniform(); };
    };
    const std::pair<std::string, std::function<double()>> shapes[] = {
        {"even", [&] { return random.uniform(); }},
        {"even beside a peak of a third", spread_from_one_place(0.33)},
        {"even beside a peak of a half", spread_from_one_place(0.5)},
        {"normal", [&] { return random.normal(); }},
        {"exponential", [&] { return random.exponential(); }},
        {"exponential, falling", [&] { return -random.exponential(); }},
        {"heavy tails", [&] { return random.normal() / std::sqrt(random.uniform()); }},
        {"rising", [&] { return std::sqrt(random.uniform()); }},
    };
    for (const auto& [name, draw] : shapes) {
        for (const std::size_t n : {6U, 7U, 9U, 13U, 31U}) {
            // 1% of 2000 samples, and three standard deviations
            EXPECT_LT(share_with_two_humps(n, 2000, draw), 0.0167) << name << " " << n;
        }
    }
}

TEST(TwoHumps, AreFoundWhereTrialsFallIntoTwoGroups) {
    const auto found = two_humps({4300, 38, 39, 4100, 37, 38.5, 4400, 40, 4250});
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)[0].count, 5U);
    EXPECT_DOUBLE_EQ((*found)[0].median, 38.5);
    EXPECT_DOUBLE_EQ((*found)[0].low, 37);
    EXPECT_DOUBLE_EQ((*found)[0].high, 40);
    EXPECT_EQ((*found)[1].count, 4U);
    EXPECT_DOUBLE_EQ((*found)[1].median, 4275);
    EXPECT_DOUBLE_EQ((*found)[1].high, 4400);
}

TEST(TwoHumps, AreFoundInUnequalParts) {
    draws random(3);
    const auto found = [&](int below, int above, double ratio, double width) {
        int seen = 0;
        for (int i = 0; i < 200; ++i) {
            std::vector<double> values;
            for (int k = 0; k < below + above; ++k) {
                values.push_back(100 * (k < below ? 1 : ratio) * std::exp(width * random.normal()));
            }
            const auto both = two_humps(values);
            seen += both && (*both)[0].count == static_cast<std::size_t>(below) ? 1 : 0;
        }
        return seen;
    };
    EXPECT_GT(found(5, 4, 10, 0.1), 150);
    EXPECT_GT(found(6, 3, 100, 0.05), 190);
    EXPECT_GT(found(9, 6, 4, 0.1), 160);
    EXPECT_GT(found(26, 5, 10, 0.1), 150);
    EXPECT_GT(found(4, 3, 100, 0.05), 190);
}

TEST(TwoHumps, AreTheWidestApartWhereThereAreThree) {
    const auto found = two_humps({10, 10.1, 10.2, 10.3, 14, 14.1, 14.2, 14.3, 9000, 9010, 9020, 9030, 9040});
    ASSERT_TRUE(found);
    EXPECT_EQ((*found)[0].count, 8U);
}

TEST(TwoHumps, AreNotReportedOfFewOrCloseOrUnusableValues) {
    EXPECT_FALSE(two_humps({38, 38.1, 4300, 4300, 4301})) << "5 values";
    EXPECT_FALSE(two_humps({38, 38.1, 38.2, 38.3, 38.4, 4300, 4301})) << "two are no group";
    EXPECT_FALSE(two_humps({100, 100, 101, 101, 140, 140, 141, 141, 139}));
    EXPECT_FALSE(two_humps({100, 100, 101, 101, 100, 99, 98, 102, 4000})) << "an outlier is no hump";
    EXPECT_FALSE(two_humps({0, 0, 0, 0, 9, 9, 9, 9, 9}));
    EXPECT_FALSE(two_humps({}));
}

std::vector<std::pair<double, std::uint64_t>> histogram_of(int samples, const std::function<double()>& draw) {
    std::map<double, std::uint64_t> counts;
    for (int i = 0; i < samples; ++i) {
        ++counts[std::round(draw())];  // whole nanoseconds, as clocks give them
    }
    return {counts.begin(), counts.end()};
}

TEST(HistogramHumps, AreNotSeenInOneHump) {
    draws random(5);
    for (const double width : {0.02, 0.3, 1.0, 2.0}) {
        for (int i = 0; i < 50; ++i) {
            EXPECT_FALSE(two_humps_of(histogram_of(1000, [&] {
                return 300 * std::exp(width * random.normal());
            }))) << width;
        }
    }
    for (int i = 0; i < 50; ++i) {
        EXPECT_FALSE(two_humps_of(histogram_of(1000, [&] { return 100 * std::exp(6 * random.uniform()); })));
        EXPECT_FALSE(two_humps_of(histogram_of(1000, [&] { return 100 + 1000 * random.exponential(); })));
    }
}

TEST(HistogramHumps, AreFoundWithTheirShares) {
    draws random(6);
    const auto mixed = [&](double share) {
        return histogram_of(5000, [&, share] {
            return (random.uniform() < share ? 90 : 20000) * std::exp(0.2 * random.normal());
        });
    };
    const auto found = two_humps_of(mixed(0.7));
    ASSERT_TRUE(found);
    EXPECT_NEAR((*found)[0].share, 0.7, 0.03);
    EXPECT_NEAR((*found)[0].share + (*found)[1].share, 1, 1e-12);
    EXPECT_NEAR((*found)[0].median, 90, 3);
    EXPECT_NEAR((*found)[1].median, 20000, 600);
    EXPECT_LT((*found)[0].high, (*found)[1].low);
    EXPECT_NEAR((*found)[0].low, 90 * std::exp(-0.2 * 1.645), 3);
    EXPECT_FALSE(two_humps_of(mixed(0.95))) << "a tail of 5% is a tail";
    EXPECT_FALSE(two_humps_of({{90, 499}, {20000, 500}})) << "999 samples";
    EXPECT_TRUE(two_humps_of({{90, 500}, {20000, 500}}));
    EXPECT_FALSE(two_humps_of({}));
}

TEST(HistogramHumps, AreNotSeenInTheStepsOfACoarseClock) {
    draws random(7);
    EXPECT_FALSE(
        two_humps_of(histogram_of(2000, [&] { return 40 * std::round(1 + 1.5 * random.exponential()); })));
}

}  // namespace
}  // namespace handoff::harness
