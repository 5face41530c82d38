#include "histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace handoff::harness {
namespace {

/// The smallest value with at least `share` of the sample at or below it: the histogram's definition, exactly.
std::uint64_t exact_quantile(std::vector<std::uint64_t> sample, double share) {
    std::ranges::sort(sample);
    const double rank = std::ceil(share * static_cast<double>(sample.size()));
    return sample[static_cast<std::size_t>(std::max(rank, 1.0)) - 1];
}

std::vector<std::uint64_t> nasty_sample(std::uint64_t seed, std::size_t size) {
    std::mt19937_64 random(seed);
    std::vector<std::uint64_t> sample;
    for (std::size_t i = 0; i < size; ++i) {
        sample.push_back(random() >> (random() % 64));  // evenly over all magnitudes
    }
    return sample;
}

TEST(Histogram, QuantilesAgreeWithExactOnesWithinTheStatedError) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const auto sample = nasty_sample(seed, 5000);
        histogram h;
        for (const auto value : sample) {
            h.record(value);
        }
        for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
            const auto exact = static_cast<double>(exact_quantile(sample, share));
            EXPECT_NEAR(static_cast<double>(h.quantile(share)), exact, exact * histogram::relative_error)
                << share;
        }
        EXPECT_EQ(h.count(), sample.size());
        EXPECT_EQ(h.min(), *std::ranges::min_element(sample));
        EXPECT_EQ(h.max(), *std::ranges::max_element(sample));
    }
}

TEST(Histogram, APageCountsAsTheHistogramDoes) {
    std::vector<std::uint64_t> sample = nasty_sample(5, 5000);
    for (std::uint64_t value = 0; value < 2000; ++value) {
        sample.push_back(value);
    }
    histogram one_by_one;
    histogram by_page;
    histogram::page page = by_page.open();
    for (const std::uint64_t value : sample) {
        one_by_one.record(value);
        page.record(value);
    }
    by_page.close(page, sample.size());
    EXPECT_EQ(by_page.count(), one_by_one.count());
    EXPECT_EQ(by_page.min(), one_by_one.min());
    EXPECT_EQ(by_page.max(), one_by_one.max());
    for (const double share : {0.0, 0.1, 0.5, 0.9, 1.0}) {
        EXPECT_EQ(by_page.quantile(share), one_by_one.quantile(share));
    }
}

TEST(Histogram, ABucketIsWhatItsValuesHaveInCommon) {
    // Below 256 a value is its bucket; above, 128 buckets for each power of two.
    for (std::uint64_t value = 0; value < 256; ++value) {
        EXPECT_EQ(histogram::bucket_of(value), value);
    }
    for (unsigned bit = 8; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        EXPECT_EQ(histogram::bucket_of(power), 128 * (bit - 6));
        EXPECT_EQ(histogram::bucket_of(power - 1), 128 * (bit - 6) - 1);
        EXPECT_EQ(histogram::bucket_of(power + (power >> 7)), 128 * (bit - 6) + 1);
    }
}

/// Samples on which a histogram or its ranks can go wrong.
std::vector<std::vector<std::uint64_t>> nasty_samples() {
    std::vector<std::vector<std::uint64_t>> all;
    all.push_back(std::vector<std::uint64_t>(1000, 12'345));  // all equal
    std::vector<std::uint64_t> humps(9'990, 100);             // two humps, the far one exactly the last 0.1%
    humps.insert(humps.end(), 10, 10'000'000);
    all.push_back(humps);
    std::vector<std::uint64_t> edges;  // both sides of every bucket boundary that is a power of two
    for (unsigned bit = 1; bit < 64; ++bit) {
        const std::uint64_t power = std::uint64_t{1} << bit;
        edges.insert(edges.end(), {power - 1, power, power + 1});
    }
    all.push_back(edges);
    std::mt19937_64 random(4);
    std::vector<std::uint64_t> tail;  // Pareto with exponent 0.9: no mean
    for (int i = 0; i < 100'000; ++i) {
        tail.push_back(static_cast<std::uint64_t>(
            50 * std::pow(std::uniform_real_distribution<>(1e-12, 1)(random), -1 / 0.9)));
    }
    all.push_back(tail);
    all.push_back({7});
    return all;
}

TEST(Histogram, QuantilesOfNastySamplesAreWithinTheStatedErrorAlone) {
    for (const auto& sample : nasty_samples()) {
        histogram h;
        for (const auto value : sample) {
            h.record(value);
        }
        for (const double share : {0.5, 0.9, 0.99, 0.999, 0.9999}) {
            const auto exact = static_cast<double>(exact_quantile(sample, share));
            EXPECT_NEAR(static_cast<double>(h.quantile(share)), exact, exact * histogram::relative_error)
                << share << " of " << sample.size();
        }
    }
}

TEST(Histogram, QuantilesOfMergedPartsAreThoseOfAllSamples) {
    for (const auto& sample : nasty_samples()) {
        std::vector<histogram> parts(5);
        for (std::size_t i = 0; i < sample.size(); ++i) {
            parts[i * i % parts.size()].record(sample[i]);
        }
        for (std::size_t i = 1; i < parts.size(); ++i) {
            parts[0].merge(parts[i]);
        }
        for (const double share : {0.5, 0.9, 0.99, 0.999, 0.9999}) {
            const auto exact = static_cast<double>(exact_quantile(sample, share));
            EXPECT_NEAR(static_cast<double>(parts[0].quantile(share)), exact, exact * histogram::relative_error)
                << share << " of " << sample.size();
        }
    }
}

TEST(Histogram, SmallValuesAreExact) {
    for (std::uint64_t value = 0; value < 256; ++value) {
        histogram h;
        h.record(value);
        h.record(1'000'000);
        EXPECT_EQ(h.quantile(0.5), value);
    }
}

TEST(Histogram, TheExtremesOfTheRangeHaveBuckets) {
    histogram h;
    h.record(0);
    h.record(~std::uint64_t{0});
    EXPECT_EQ(h.quantile(0.5), 0U);
    const double greatest = 18446744073709551615.0;
    EXPECT_NEAR(static_cast<double>(h.quantile(1.0)), greatest, greatest * histogram::relative_error);
    EXPECT_EQ(h.max(), ~std::uint64_t{0});
}

TEST(Histogram, MergedIsTheHistogramOfMergedSamples) {
    const auto a = nasty_sample(7, 3000);
    const auto b = nasty_sample(8, 1000);
    histogram merged;
    histogram other;
    histogram all;
    for (const auto value : a) {
        merged.record(value);
        all.record(value);
    }
    for (const auto value : b) {
        other.record(value);
        all.record(value);
    }
    merged.merge(other);
    EXPECT_EQ(merged.count(), all.count());
    EXPECT_EQ(merged.min(), all.min());
    EXPECT_EQ(merged.max(), all.max());
    for (const double share : {0.01, 0.5, 0.99, 0.999}) {
        EXPECT_EQ(merged.quantile(share), all.quantile(share));
    }
}

TEST(Histogram, EmptyHasNoValues) {
    const histogram h;
    EXPECT_EQ(h.count(), 0U);
    EXPECT_EQ(h.quantile(0.5), 0U);
    EXPECT_EQ(h.min(), 0U);
    bool any = false;
    h.for_each([&](auto, auto) { any = true; });
    EXPECT_FALSE(any);
}

TEST(Histogram, BucketsAscendAndSumToTheCount) {
    histogram h;
    for (const auto value : nasty_sample(9, 4000)) {
        h.record(value);
    }
    std::uint64_t total = 0;
    std::uint64_t last = 0;
    bool first = true;
    h.for_each([&](std::uint64_t value, std::uint64_t count) {
        EXPECT_TRUE(first || value > last);
        first = false;
        last = value;
        total += count;
    });
    EXPECT_EQ(total, h.count());
}

}  // namespace
}  // namespace handoff::harness
