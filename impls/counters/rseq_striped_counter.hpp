// A number for each processor, found by one load: the processor's number in glibc's restartable-sequence area.
//
// Progress: wait-free where the processor adds atomically.   Reading: interval.   Cost: one load and 1 RMW of a
// line that this processor mostly has to itself; reading costs a line transfer for each processor.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "../concepts/counters.hpp"
#include "../detail/cpu_stripes.hpp"
#include "../detail/rseq.hpp"

namespace handoff::impls {

/// `cpu_striped_counter` without the call. Between them and `per_cpu_counter` stands the price of the locked
/// addition.
class rseq_striped_counter {
public:
    static constexpr std::string_view name = "rseq_striped_counter";
    static constexpr read_promise reading = read_promise::interval;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    static std::string_view unavailable() noexcept { return detail::rseq_unavailable(); }

    void add(std::uint64_t n) noexcept {
        stripes_.at(detail::rseq_cpu()).value.fetch_add(n, std::memory_order_relaxed);  // relaxed: a number
    }
    std::uint64_t read() const noexcept { return stripes_.sum(); }

private:
    detail::cpu_stripes stripes_;
};

}  // namespace handoff::impls
