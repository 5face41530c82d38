// When items are due that are sent on a schedule, and whether a queue kept up with it.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>
#include <vector>

#include "shared/task_lengths.hpp"
#include "ticks.hpp"

namespace handoff::benchmarks {

/// The times at which the items of several producers are due, in nanoseconds from the beginning. Producers and
/// consumers both know it: an item's time follows from its producer and its sequence number, and no item has to
/// carry it.
///
/// `fixed`: each producer's items at even distances, producers out of step. `poisson`: gaps drawn from the
/// exponential distribution. `drawn` of them are drawn and scaled to the rate, and come again when they are
/// used up; each producer begins at another one.
///
/// The rate may change from stage to stage: the same items then come as much closer together, or farther apart.
class timetable {
public:
    static constexpr std::size_t drawn = std::size_t{1} << 14;

    /// A time for which the rate is this share of what it is without stages.
    struct stage {
        double share;
        double ns;
    };

    /// `rate`: items per second of all producers together. The last stage goes on for ever.
    timetable(std::string_view arrivals, double rate, std::size_t producers, std::uint64_t seed,
              const std::vector<stage>& stages = {})
        : gap_(1e9 * static_cast<double>(producers) / rate),
          period_(parts_of(gap_ * static_cast<double>(drawn))),
          offsets_(drawn) {
        drawing draw(seed);
        double sum = 0;
        std::vector<double> gaps_before(drawn);
        for (double& before : gaps_before) {
            before = sum;
            sum += arrivals == "poisson" ? -std::log(draw.next()) : 1.0;
        }
        for (std::size_t i = 0; i < drawn; ++i) {
            offsets_[i] = parts_of(gaps_before[i] * (gap_ * static_cast<double>(drawn) / sum));
        }
        for (std::size_t p = 0; p < producers; ++p) {
            const std::size_t first = p * drawn / producers;
            const double apart = gap_ * static_cast<double>(p) / static_cast<double>(producers);
            starts_.push_back({first, parts_of(apart) - offsets_[first]});
        }
        double even = 0;  // the time by which as many items are due without stages
        double real = 0;
        for (const stage& one : stages) {
            legs_.push_back({even, real, 1 / one.share});
            even += one.ns * one.share;
            real += one.ns;
        }
    }

    /// Of a producer that does not exist: some time. The ledger says that it does not.
    std::int64_t due(std::uint64_t producer, std::uint64_t sequence) const noexcept {
        const start& own = starts_[producer < starts_.size() ? producer : 0];
        const std::uint64_t i = own.first + sequence;
        return time_of(i / drawn * period_ + offsets_[i % drawn] + own.shift);
    }

private:
    struct start {
        std::uint64_t first;  ///< the offset with which it begins
        std::uint64_t shift;  ///< to be added to its offsets
    };

public:
    /// One producer's items in turn, for the loop that sends them: all that it reads is its own.
    class walk {
    public:
        /// Of the item that is next, as `timetable::due`.
        std::int64_t due() const noexcept { return due_; }
        void next() noexcept {
            if (++at_ == drawn) {
                at_ = 0;
                shift_ += period_;
            }
            due_ = of_->time_of(offsets_[at_] + shift_);
        }

    private:
        friend class timetable;
        walk(const timetable& of, const start& own) noexcept
            : of_(&of),
              offsets_(of.offsets_.data()),
              period_(of.period_),
              at_(own.first),
              shift_(own.shift),
              due_(of.time_of(offsets_[at_] + shift_)) {}

        const timetable* of_;
        const std::uint64_t* offsets_;
        std::uint64_t period_;
        std::size_t at_;
        std::uint64_t shift_;
        std::int64_t due_;
    };

    /// From the producer's first item on. It reads the timetable, which has to outlive it.
    walk of(std::size_t producer) const noexcept { return {*this, starts_[producer]}; }

    /// The mean time between two items of one producer.
    double gap() const noexcept { return gap_; }

private:
    /// A stage: when it begins, and how much time passes in it per time without stages.
    struct leg {
        double even;
        double real;
        double slower;
    };

    // In parts of a nanosecond, so that whole numbers keep the rate: two threads reckon an item's time for
    // every item.
    static constexpr int part_bits = 8;
    static std::uint64_t parts_of(double ns) noexcept {
        return static_cast<std::uint64_t>(std::llround(std::ldexp(ns, part_bits)));
    }

    std::int64_t time_of(std::uint64_t parts) const noexcept {
        const std::int64_t even = static_cast<std::int64_t>(parts) >> part_bits;
        return legs_.empty() ? even : staged(static_cast<double>(even));
    }
    std::int64_t staged(double even) const noexcept {
        std::size_t at = 0;
        while (at + 1 < legs_.size() && legs_[at + 1].even <= even) {
            ++at;
        }
        return static_cast<std::int64_t>(legs_[at].real + (even - legs_[at].even) * legs_[at].slower);
    }

    double gap_;
    std::uint64_t period_;  ///< of all that was drawn
    std::vector<std::uint64_t> offsets_;
    std::vector<start> starts_;
    std::vector<leg> legs_;  ///< none: the rate never changes
};

/// The moment at which a schedule begins: the same for all threads, and `ahead_ns` after the first of them
/// asked.
class alignas(128) common_start {
public:
    static constexpr std::int64_t ahead_ns = 50'000;

    std::int64_t at(const harness::tick_clock& ticks) noexcept {
        std::int64_t agreed = 0;
        const std::int64_t own = ticks.now() + ahead_ns;
        // relaxed: one number, which says all
        return begin_.compare_exchange_strong(agreed, own, std::memory_order_relaxed) ? own : agreed;
    }

private:
    std::atomic<std::int64_t> begin_{0};
};

/// Tells a queue that cannot keep up from one that stood still.
///
/// In each of twelve slices of the schedule it keeps the least delay of any item. A queue that keeps up is
/// empty now and then: its least delays stay where they are, by their noise. One that stood still has fallen
/// behind at once, and from then on catches up. One that is overloaded, by however little, falls behind by the
/// same amount from slice to slice, all the time. So: saturated are those whose least delay grew in at least
/// nine of eleven steps, by at least `least_lag` of a slice's length in the median of all steps. A walk at
/// random grows in nine of eleven in 3% of all cases; that is what a queue does that is offered exactly as much
/// as it carries.
///
/// Slices in which no item was due are left out. Trials with fewer than eight others say nothing.
class lag_watch {
public:
    /// What is offered too much, as a share: below, the growth is not told from noise.
    static constexpr double least_lag = 0.002;

    explicit lag_watch(std::int64_t length_ns) noexcept
        : slice_(std::max<std::int64_t>(1, length_ns / static_cast<std::int64_t>(slices))),
          inverse_(~std::uint64_t{0} / static_cast<std::uint64_t>(slice_)) {
        least_.fill(none);
    }

    void see(std::int64_t due, std::int64_t delay) noexcept {
        __extension__ typedef unsigned __int128
            wide;  // NOLINT(modernize-use-using): no alias may be an extension
        const auto since = static_cast<wide>(static_cast<std::uint64_t>(std::max<std::int64_t>(0, due)));
        const auto slice = static_cast<std::size_t>(since * inverse_ >> 64);
        std::int64_t& least = least_[std::min(slice, slices - 1)];
        least = std::min(least, delay);
    }

    void merge(const lag_watch& other) noexcept {
        for (std::size_t i = 0; i < least_.size(); ++i) {
            least_[i] = std::min(least_[i], other.least_[i]);
        }
    }

    bool saturated() const {
        std::vector<std::int64_t> seen;
        std::ranges::copy_if(least_, std::back_inserter(seen),
                             [](std::int64_t least) { return least != none; });
        if (seen.size() < least_slices) {
            return false;
        }
        std::vector<std::int64_t> steps;
        for (std::size_t i = 1; i < seen.size(); ++i) {
            steps.push_back(seen[i] - seen[i - 1]);
        }
        const auto up = std::ranges::count_if(steps, [](std::int64_t step) { return step > 0; });
        std::ranges::nth_element(steps, steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2));
        return 11 * up >= 9 * static_cast<std::ptrdiff_t>(steps.size()) &&
               static_cast<double>(steps[steps.size() / 2]) >= least_lag * static_cast<double>(slice_);
    }

private:
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();
    static constexpr std::size_t slices = 12;
    static constexpr std::size_t least_slices = 8;

    std::int64_t slice_;
    std::uint64_t inverse_;  ///< 2^64 over the slice's length
    std::array<std::int64_t, slices> least_;
};

}  // namespace handoff::benchmarks
