// When items are due that are sent on a schedule, and whether a queue kept up with it.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

#include "shared/task_lengths.hpp"

namespace handoff::benchmarks {

/// The times at which the items of several producers are due, in nanoseconds from the beginning. Producers and
/// consumers both know it: an item's time follows from its producer and its sequence number, and no item has to
/// carry it.
///
/// `fixed`: each producer's items at even distances, producers out of step. `poisson`: gaps drawn from the
/// exponential distribution. `drawn` of them are drawn and scaled to the rate, and come again when they are
/// used up; each producer begins at another one.
class timetable {
public:
    static constexpr std::size_t drawn = std::size_t{1} << 14;

    /// `rate`: items per second of all producers together.
    timetable(std::string_view arrivals, double rate, std::size_t producers, std::uint64_t seed)
        : gap_(1e9 * static_cast<double>(producers) / rate), offsets_(drawn) {
        drawing draw(seed);
        double sum = 0;
        for (double& offset : offsets_) {
            offset = sum;
            sum += arrivals == "poisson" ? -std::log(draw.next()) : 1.0;
        }
        for (double& offset : offsets_) {
            offset *= gap_ * static_cast<double>(drawn) / sum;
        }
        for (std::size_t p = 0; p < producers; ++p) {
            const std::size_t first = p * drawn / producers;
            const double apart = gap_ * static_cast<double>(p) / static_cast<double>(producers);
            starts_.push_back({first, apart - offsets_[first]});
        }
    }

    /// Of a producer that does not exist: some time. The ledger says that it does not.
    std::int64_t due(std::uint64_t producer, std::uint64_t sequence) const noexcept {
        const start& own = starts_[producer < starts_.size() ? producer : 0];
        const std::uint64_t i = own.first + sequence;
        const double rounds = static_cast<double>(static_cast<std::int64_t>(i / drawn));
        return static_cast<std::int64_t>(rounds * (gap_ * static_cast<double>(drawn)) + offsets_[i % drawn] +
                                         own.shift);
    }

    /// The mean time between two items of one producer.
    double gap() const noexcept { return gap_; }

private:
    struct start {
        std::uint64_t first;  ///< the offset with which it begins
        double shift;         ///< to be added to its offsets
    };

    double gap_;
    std::vector<double> offsets_;
    std::vector<start> starts_;
};

/// Tells a queue that cannot keep up from one that stood still once.
///
/// In each quarter of the schedule it keeps the least delay of any item. What is overloaded falls further
/// behind from quarter to quarter. What stood still catches up sooner or later, and the least delay forgets it;
/// if the time was too short for that, one quarter has fallen behind the one before it, and no other. So:
/// saturated are those in which at least two of the three quarters after the first fell behind by more than
/// `most_lag` of a quarter's length, which is to say that they delivered less than 95% of what was due in them.
/// Trials in which some quarter saw no item say nothing.
class lag_watch {
public:
    static constexpr double most_lag = 0.05;

    explicit lag_watch(std::int64_t length_ns) noexcept : quarter_(std::max<std::int64_t>(1, length_ns / 4)) {
        least_.fill(none);
    }

    void see(std::int64_t due, std::int64_t delay) noexcept {
        std::int64_t& least =
            least_[static_cast<std::size_t>((due >= quarter_) + (due >= 2 * quarter_) + (due >= 3 * quarter_))];
        least = std::min(least, delay);
    }

    void merge(const lag_watch& other) noexcept {
        for (std::size_t i = 0; i < least_.size(); ++i) {
            least_[i] = std::min(least_[i], other.least_[i]);
        }
    }

    bool saturated() const noexcept {
        int behind = 0;
        for (std::size_t i = 1; i < least_.size(); ++i) {
            if (least_[i - 1] == none || least_[i] == none) {
                return false;
            }
            behind += static_cast<double>(least_[i] - least_[i - 1]) > most_lag * static_cast<double>(quarter_);
        }
        return behind >= 2;
    }

private:
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::max();

    std::int64_t quarter_;
    std::array<std::int64_t, 4> least_;
};

}  // namespace handoff::benchmarks
