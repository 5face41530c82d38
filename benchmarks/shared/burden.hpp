// Work that a thread does between its operations on a queue.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "clock.hpp"
#include "point.hpp"

namespace handoff::benchmarks {

/// How many steps a thread takes for each item where its side is to be the slower one: some 30 ns.
inline constexpr std::uint64_t burden_steps = 24;

/// Marsaglia's xorshift64. Generators of different seeds give different numbers.
class random_bits {
public:
    explicit random_bits(std::uint64_t seed) noexcept : state_((seed + 1) * 0xd1342543de82ef95) {}

    /// From 0 to 2^32 - 1.
    std::uint64_t next() noexcept {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return state_ >> 32;
    }

private:
    std::uint64_t state_;
};

/// A chain of multiplications and additions, each of which needs the one before it, through all items: no
/// item's work can overlap the next one's. It reads no clock and no memory. A local of the measured loop, so
/// that it stays in registers; with no steps it is one test.
class burden {
public:
    /// `spread`: each length is drawn anew, uniformly from `steps - spread / 2` to `steps + spread / 2`.
    explicit burden(std::uint64_t steps, std::uint64_t spread = 0, std::uint64_t seed = 0) noexcept
        : steps_(steps), spread_(spread), random_(seed) {}

    void operator()() noexcept {
        if (steps_ == 0) {
            return;
        }
        std::uint64_t left = steps_;
        if (spread_ > 0) {
            left = left - spread_ / 2 + (random_.next() * (spread_ + 1) >> 32);
        }
        for (; left > 0; --left) {
            link_ = link_ * 0x9e3779b97f4a7c15 + 1;
            asm volatile("" : "+r"(link_));  // the compiler may not reckon it ahead
        }
    }

private:
    const std::uint64_t steps_;
    const std::uint64_t spread_;
    random_bits random_;
    std::uint64_t link_ = 1;
};

/// The steps of a burden that take `nanoseconds` here. Measured once per process: the fastest of several
/// batches, so that an interruption does not make all work shorter.
inline std::uint64_t burden_steps_for(std::uint64_t nanoseconds) {
    static const double ns_per_step = [] {
        constexpr std::uint64_t steps = 200'000;
        double least = 1;
        for (int batch = 0; batch < 9; ++batch) {
            burden one(steps);
            const auto begin = harness::clock::now();
            one();
            least = std::min(least, harness::seconds_between(begin, harness::clock::now()));
        }
        return least * 1e9 / steps;
    }();
    return static_cast<std::uint64_t>(static_cast<double>(nanoseconds) / ns_per_step + 0.5);
}

/// The words of the axis `jitter`.
inline std::vector<std::string> jitter_words() {
    return {"none", "uniform"};
}

/// What a thread does between two operations as the point says (`between_ns`, `jitter`), and `more` steps.
inline burden burden_between(const harness::point& p, std::size_t thread, std::uint64_t more = 0) {
    const std::uint64_t steps = burden_steps_for(p.number("between_ns"));
    return burden(steps + more, p.value("jitter") == "uniform" ? steps : 0, thread);
}

/// Coins of which `percent` of all tosses come up one way.
class toss_of_coins {
public:
    toss_of_coins(std::uint64_t percent, std::size_t thread) noexcept
        : below_((percent << 32) / 100), random_(thread) {}

    bool next() noexcept { return random_.next() < below_; }

private:
    const std::uint64_t below_;
    random_bits random_;
};

}  // namespace handoff::benchmarks
