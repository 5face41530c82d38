// The cheap clock tells the steady clock's time, whichever of the two it is made of.
#include "ticks.hpp"

#include <gtest/gtest.h>

#include <array>
#include <thread>
#include <vector>

#include "topology.hpp"

namespace handoff::harness {
namespace {

std::int64_t steady_ns() {
    return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
}

tick_clock here() {
    return tick_clock::for_cpus(std::array{-1});
}

TEST(Ticks, TellTheSteadyClocksTime) {
    const tick_clock ticks = here();
    EXPECT_TRUE(ticks.holds());
    // A reading between two of the steady clock is one between them, give or take what the rate may be wrong.
    for (int i = 0; i < 100; ++i) {
        const std::int64_t before = steady_ns();
        const std::int64_t now = ticks.now();
        const std::int64_t after = steady_ns();
        EXPECT_GE(now, before - 1'000'000);
        EXPECT_LE(now, after + 1'000'000);
    }
}

TEST(Ticks, NeverGoBack) {
    const tick_clock ticks = here();
    std::int64_t last = ticks.now();
    for (int i = 0; i < 100'000; ++i) {
        const std::int64_t now = ticks.now();
        ASSERT_GE(now, last);
        last = now;
    }
}

TEST(Ticks, MeasureASleep) {
    const tick_clock ticks = here();
    const std::int64_t before = ticks.now();
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    EXPECT_GE(ticks.now() - before, 19'900'000)
        << "a sleep is never shorter, and the rate is known to some 0.01%";
}

TEST(Ticks, AreTheSameOnEveryCpu) {
    std::vector<int> cpus;
    for (const processor& one : processors()) {
        cpus.push_back(one.cpu);
    }
    const tick_clock ticks = tick_clock::for_cpus(cpus);
    EXPECT_TRUE(ticks.holds());
    EXPECT_GT(ticks.cost_ns(), 0);
}

}  // namespace
}  // namespace handoff::harness
