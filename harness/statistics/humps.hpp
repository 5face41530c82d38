// Whether a sample has two humps, so that neither its median nor its mean says anything.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace handoff::harness {

/// One of two groups of values.
struct hump {
    double median;
    double low;   ///< its least value
    double high;  ///< its greatest
    std::size_t count;
};

/// Two humps, the lower one first, where 6 values or more, all above 0, fall into two groups of three or more
/// that one hump would not leave, and whose medians differ by a factor of 1.5 or more.
///
/// On a logarithmic scale let m of the values lie beyond a gap g, within a range r. Were the hump on the other
/// side of the gap, their density could not rise with the distance from it. Then, whatever the hump's shape, a
/// value that is no farther out than the farthest one, at g + r, lies in the last r of that distance with a
/// chance of at most r / (g + r), and all m - 1 of them do with at most (r / (g + r))^(m - 1). The hump may be
/// on either side (in the gap it would be less likely still): the greater of both sides' numbers counts. Any of
/// the n - 5 gaps may be the one: the least number is taken n - 5 times. Two humps are reported where it comes
/// to 0.01 or less.
std::optional<std::array<hump, 2>> two_humps(std::vector<double> values);

/// One of two groups of samples of a histogram.
struct histogram_hump {
    double median;
    double low;    ///< 5% of its samples are below
    double high;   ///< 5% are above
    double share;  ///< of all samples
};

/// Two humps, the lower one first, of a histogram of 1000 samples or more: between them lies a valley at most
/// half as high as the lower of the two peaks, and either side of it holds a tenth of the samples or more.
/// Heights are those of quarter octaves, smoothed over an octave: humps that are nearer to each other than that
/// are one. `buckets` are (value, samples), ascending.
std::optional<std::array<histogram_hump, 2>> two_humps_of(
    const std::vector<std::pair<double, std::uint64_t>>& buckets);

}  // namespace handoff::harness
