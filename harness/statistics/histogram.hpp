// A histogram of whole numbers with a bounded relative error.
//
// Source: the bucket layout of Gil Tene's HdrHistogram (hdrhistogram.org): ranges that double, each divided
// evenly.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace handoff::harness {

/// Counts values from 0 to 2^64 - 1. Values below 256 are kept exactly; above, a reported value differs from a
/// recorded one by at most 1 part in 128. Recording is a few instructions and never allocates; 57 KiB each.
class histogram {
public:
    /// The largest relative distance between a recorded value and what is reported for it.
    static constexpr double relative_error = 1.0 / 128;

    void record(std::uint64_t value) noexcept {
        ++counts_[index(value)];
        ++count_;
        least_ = value < least_ ? value : least_;
        greatest_ = value > greatest_ ? value : greatest_;
    }

    /// What a measured loop writes: a local of it whose least and greatest value stay in registers, one
    /// increment in memory for each value. Neither a branch nor a division.
    class page {
    public:
        void record(std::uint64_t value) noexcept {
            ++counts_[index(value)];
            least_ = value < least_ ? value : least_;
            greatest_ = value > greatest_ ? value : greatest_;
        }

    private:
        friend class histogram;
        explicit page(std::uint64_t* counts) noexcept : counts_(counts) {}

        std::uint64_t* counts_;
        std::uint64_t least_ = ~std::uint64_t{0};
        std::uint64_t greatest_ = 0;
    };

    page open() noexcept { return page(counts_.data()); }
    /// `count`: how many values were recorded. The loop knows it anyway.
    void close(const page& filled, std::uint64_t count) noexcept {
        count_ += count;
        least_ = filled.least_ < least_ ? filled.least_ : least_;
        greatest_ = filled.greatest_ > greatest_ ? filled.greatest_ : greatest_;
    }

    void merge(const histogram& other) noexcept {
        for (std::size_t i = 0; i < buckets; ++i) {
            counts_[i] += other.counts_[i];
        }
        count_ += other.count_;
        least_ = other.least_ < least_ ? other.least_ : least_;
        greatest_ = other.greatest_ > greatest_ ? other.greatest_ : greatest_;
    }

    std::uint64_t count() const noexcept { return count_; }
    /// Exact. 0 when empty.
    std::uint64_t min() const noexcept { return count_ == 0 ? 0 : least_; }
    /// Exact.
    std::uint64_t max() const noexcept { return greatest_; }

    /// The smallest recorded value with at least `share` (0 to 1) of all values at or below it, within the
    /// relative error. 0 when empty.
    std::uint64_t quantile(double share) const noexcept {
        const double wanted = share * static_cast<double>(count_);
        std::uint64_t below = 0;
        for (std::size_t i = 0; i < buckets; ++i) {
            below += counts_[i];
            if (below > 0 && static_cast<double>(below) >= wanted) {
                const std::uint64_t value = middle(i);
                return value < min() ? min() : value > max() ? max() : value;
            }
        }
        return max();
    }

    /// Calls `see(index, count)` for each bucket that is not empty, in ascending order.
    template <class See>
    void for_each_bucket(See&& see) const {
        for (std::size_t i = 0; i < buckets; ++i) {
            if (counts_[i] > 0) {
                see(i, counts_[i]);
            }
        }
    }

    /// Calls `see(value, count)` for each bucket that is not empty, in ascending order.
    template <class See>
    void for_each(See&& see) const {
        for (std::size_t i = 0; i < buckets; ++i) {
            if (counts_[i] > 0) {
                see(middle(i), counts_[i]);
            }
        }
    }

    /// The value in the middle of a bucket.
    static std::uint64_t middle(std::size_t i) noexcept {
        if (i < 2 * half) {
            return i;
        }
        const std::size_t shift = i / half - 1;
        const std::uint64_t low = static_cast<std::uint64_t>(i - shift * half) << shift;
        return low + (std::uint64_t{1} << shift) / 2;
    }

private:
    // Values with their highest bit at position b >= 8 share 128 buckets of width 2^(b - 7); all values below
    // 256 have a bucket of their own.
    static constexpr unsigned precision = 7;
    static constexpr std::size_t half = std::size_t{1} << precision;
    static constexpr std::size_t buckets = half * (64 - precision + 1);

public:
    static constexpr std::size_t bucket_count = buckets;

    /// The bucket that a value is counted in.
    static std::uint32_t bucket_of(std::uint64_t value) noexcept {
        return static_cast<std::uint32_t>(index(value));
    }

private:
    static std::size_t index(std::uint64_t value) noexcept {
        constexpr std::uint64_t exact = 2 * half - 1;
        const unsigned shift = static_cast<unsigned>(std::bit_width(value | exact)) - precision - 1;
        return shift * half + (value >> shift);
    }

    std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>(buckets);
    std::uint64_t count_ = 0;
    std::uint64_t least_ = ~std::uint64_t{0};
    std::uint64_t greatest_ = 0;
};

}  // namespace handoff::harness
