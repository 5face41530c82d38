// A number for each processor, found by asking which one this is.
//
// Progress: wait-free where the processor adds atomically.   Reading: interval.   Cost: sched_getcpu() and 1
// RMW of a line that this processor mostly has to itself; reading costs a line transfer for each processor.
#pragma once

#include <sched.h>

#include <atomic>
#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cpu_stripes.hpp"

namespace handoff::impls {

/// As many stripes as processors, whatever the number of threads. The answer may be old when it is used (the
/// thread moved), so that the addition is still an atomic one.
class cpu_striped_counter {
public:
    static constexpr std::string_view name = "cpu_striped_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    void add(std::uint64_t n) noexcept {
        const int cpu = sched_getcpu();
        // relaxed: a number
        stripes_.at(static_cast<std::size_t>(cpu < 0 ? 0 : cpu)).value.fetch_add(n, std::memory_order_relaxed);
    }
    std::uint64_t read() const noexcept { return stripes_.sum(); }

private:
    detail::cpu_stripes stripes_;
};

}  // namespace handoff::impls
