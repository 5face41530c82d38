// What became of handlers that are numbered: each is to run once, and in order where that is promised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>

#include "concepts/queues.hpp"

namespace handoff::benchmarks {

inline constexpr const char* ran_after_stop = "after stop: a handler ran that was posted after stop()";
inline constexpr const char* slept_over_posts = "lost wake-up: the loop slept while posts were there";

/// Handlers 0, 1, ... of one poster, as they run.
class numbers_seen {
public:
    void enter(std::uint64_t number) noexcept {
        if (number == next_) [[likely]] {
            ++next_;
        } else {
            enter_out_of_order(number);
        }
    }

    std::uint64_t ran() const noexcept { return next_ - passed_over_.size(); }
    std::uint64_t disordered() const noexcept { return disordered_; }
    std::uint64_t repeated() const noexcept { return repeated_; }

private:
    [[gnu::cold]] void enter_out_of_order(std::uint64_t number) {
        for (; next_ < number; ++next_) {
            passed_over_.insert(next_);
        }
        if (number == next_) {
            ++next_;
        } else if (passed_over_.erase(number) > 0) {
            ++disordered_;
        } else {
            ++repeated_;
        }
    }

    std::uint64_t next_ = 0;
    std::uint64_t disordered_ = 0;
    std::uint64_t repeated_ = 0;
    std::unordered_set<std::uint64_t> passed_over_;  // that have not run, of those before next_
};

/// What is wrong with them; empty: nothing.
inline std::string verdict_of(std::span<const numbers_seen> posters, std::uint64_t posted,
                              impls::ordering order) {
    std::uint64_t ran = 0;
    std::uint64_t disordered = 0;
    std::uint64_t repeated = 0;
    for (const numbers_seen& one : posters) {
        ran += one.ran();
        disordered += one.disordered();
        repeated += one.repeated();
    }
    if (repeated > 0) {
        return "duplicated: " + std::to_string(repeated) + " posts ran once more";
    }
    if (disordered > 0 && order != impls::ordering::none) {
        return "order: " + std::to_string(disordered) + " posts ran after later ones of the same thread";
    }
    if (ran != posted) {
        return "lost: " + std::to_string(posted - ran) + " of " + std::to_string(posted) + " posts did not run";
    }
    return "";
}

}  // namespace handoff::benchmarks
