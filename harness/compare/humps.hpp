// Whether a sample has two humps, so that neither its median nor its mean says anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace handoff::harness {

/// The dip of a sample: the least distance, over all distributions with one hump, between its distribution function
/// and the sample's: at most 1/4. Source: Hartigan and Hartigan, "The Dip Test of Unimodality", Annals of Statistics 13(1),
/// 1985; found here by bisection over a test that follows from its definition. The sample is not empty.
double dip(std::vector<double> sample);

/// What the dip of `n` values (8 to 100) exceeds in 1 sample of 100 that come from the one hump that is easiest to mistake
/// for two: some values in one place, the others evenly spread to one side of it, in the most unfortunate parts. From
/// simulation; of values evenly spread alone, which tables of the dip are of, 1 sample in 300 exceeds it.
double critical_dip(std::size_t n);

/// One of two groups of values.
struct hump {
    double median;
    double low;   ///< its least value
    double high;  ///< its greatest
    std::size_t count;
};

/// Two humps, the lower one first, where 8 values or more, all above 0, have them: on a logarithmic scale their dip is
/// beyond the critical one, and the medians of the two groups, parted where the squares within them are least (Otsu, "A
/// Threshold Selection Method from Gray-Level Histograms", 1979), differ by a factor of 1.5 or more. So at most one in 100
/// of the points is reported wrongly that have one hump, and a wide one. Of more than 100 values it looks at 100, evenly spread in rank.
std::optional<std::array<hump, 2>> two_humps(std::vector<double> values);

/// One of two groups of samples of a histogram.
struct histogram_hump {
    double median;
    double low;    ///< 5% of its samples are below
    double high;   ///< 5% are above
    double share;  ///< of all samples
};

/// Two humps, the lower one first, of a histogram of 1000 samples or more: between them lies a valley at most half as
/// high as the lower of the two peaks, and either side of it holds a tenth of the samples or more. Heights are those of
/// quarter octaves, smoothed over an octave: humps that are nearer to each other than that are one. `buckets` are
/// (value, samples), ascending.
std::optional<std::array<histogram_hump, 2>> two_humps_of(
    const std::vector<std::pair<double, std::uint64_t>>& buckets);

}  // namespace handoff::harness
