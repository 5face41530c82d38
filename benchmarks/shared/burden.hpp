// Work that a thread does for each item, so that its side of a queue is the slower one.
#pragma once

#include <cstdint>

namespace handoff::benchmarks {

/// How many steps a thread takes for each item where its side is to be the slower one: some 30 ns.
inline constexpr std::uint64_t burden_steps = 24;

/// A chain of multiplications and additions, each of which needs the one before it, through all items: no
/// item's work can overlap the next one's. It reads no clock and no memory. A local of the measured loop, so
/// that it stays in registers; with no steps it is one test.
class burden {
public:
    explicit burden(std::uint64_t steps) noexcept : steps_(steps) {}

    void operator()() noexcept {
        for (std::uint64_t left = steps_; left > 0; --left) {
            link_ = link_ * 0x9e3779b97f4a7c15 + 1;
            asm volatile("" : "+r"(link_));  // the compiler may not reckon it ahead
        }
    }

private:
    const std::uint64_t steps_;
    std::uint64_t link_ = 1;
};

}  // namespace handoff::benchmarks
