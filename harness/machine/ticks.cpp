#include "ticks.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "topology.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace handoff::harness {

namespace {

std::int64_t steady_ns() noexcept {
    return std::chrono::nanoseconds(clock::now().time_since_epoch()).count();
}

std::uint64_t counter() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_lfence();
    return __builtin_ia32_rdtsc();
#else
    return 0;
#endif
}

/// The processor says that its counter runs at one rate, whatever it does.
bool says_invariant() noexcept {
#if defined(__x86_64__)
    constexpr unsigned power_management = 0x80000007;
    constexpr unsigned invariant = 1U << 8;
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid(power_management, &a, &b, &c, &d) != 0 && (d & invariant) != 0;
#else
    return false;
#endif
}

/// The kernel compares the counters of all CPUs before it keeps time by them, and watches them.
bool kernel_keeps_time_by_it() {
    std::ifstream file("/sys/devices/system/clocksource/clocksource0/current_clocksource");
    std::string name;
    return static_cast<bool>(file >> name) && (name == "tsc" || name == "kvm-clock");
}

}  // namespace

tick_clock::sighting tick_clock::sight() noexcept {
    sighting best{0, 0, std::int64_t{1} << 60};
    for (int i = 0; i < 16; ++i) {
        const std::int64_t before = steady_ns();
        const std::uint64_t ticks = counter();
        const std::int64_t after = steady_ns();
        if (after - before < best.within_ns) {
            best = {ticks, before + (after - before) / 2, after - before};
        }
    }
    return best;
}

tick_clock tick_clock::calibrated() {
    constexpr std::int64_t apart_ns = 2'000'000;
    constexpr double most_difference = 1e-4;
    tick_clock made;
    if (!says_invariant() || !kernel_keeps_time_by_it()) {
        return made;
    }
    std::array<sighting, 3> seen{};
    for (std::size_t i = 0; i < seen.size(); ++i) {
        while (i > 0 && steady_ns() - seen[i - 1].ns < apart_ns) {
        }
        seen[i] = sight();
    }
    const auto rate = [&](std::size_t from, std::size_t to) {
        return static_cast<double>(seen[to].ns - seen[from].ns) /
               static_cast<double>(seen[to].ticks - seen[from].ticks);
    };
    const double whole = rate(0, 2);
    if (seen[2].ticks <= seen[0].ticks || !(whole > 0) || whole > 1e3 ||
        std::abs(rate(0, 1) / rate(1, 2) - 1) > most_difference) {
        return made;
    }
    made.is_counter_ = true;
    made.base_ = seen[2].ticks;
    made.base_ns_ = seen[2].ns;
    made.ns_per_tick_ = static_cast<std::uint64_t>(std::ldexp(whole, 32));
    return made;
}

bool tick_clock::agrees(const sighting& s) const noexcept {
    constexpr std::int64_t tolerated_ns = 1000;
    const std::int64_t since = std::abs(s.ns - base_ns_);
    return std::abs(ns_of(s.ticks) - s.ns) <= tolerated_ns + s.within_ns + since / 2000;
}

bool tick_clock::holds() const noexcept {
    return !is_counter_ || agrees(sight());
}

tick_clock tick_clock::for_cpus(std::span<const int> cpus) {
    static const tick_clock found = calibrated();
    if (!found.is_counter_) {
        return found;
    }
    for (const int cpu : cpus) {
        sighting there{};
        std::thread([&] {
            if (cpu >= 0) {
                pin_this_thread(cpu);
            }
            there = sight();
        }).join();
        if (!found.agrees(there)) {
            return {};
        }
    }
    return found;
}

double tick_clock::cost_ns() const noexcept {
    constexpr int readings = 1000;
    std::array<double, 15> batches{};
    for (double& batch : batches) {
        const std::int64_t begin = now();
        std::int64_t last = begin;
        for (int i = 0; i < readings; ++i) {
            last = now();
        }
        batch = static_cast<double>(last - begin) / readings;
    }
    std::ranges::nth_element(batches, batches.begin() + batches.size() / 2);
    return batches[batches.size() / 2];
}

}  // namespace handoff::harness
