// One number for each processor of the machine.
#pragma once

#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "../atomic.hpp"
#include "cache_line.hpp"

namespace handoff::impls::detail {

/// Indexed by the kernel's number of the processor, for all that the machine could have.
class cpu_stripes {
public:
    struct alignas(cache_line) stripe {
        atomic<std::uint64_t> value{0};
    };

    cpu_stripes() : stripes_(possible()) {}

    stripe& at(std::size_t cpu) noexcept { return stripes_[cpu]; }
    stripe* data() noexcept { return stripes_.data(); }

    std::uint64_t sum() const noexcept {
        std::uint64_t total = 0;
        for (const stripe& s : stripes_) {
            total += s.value.load(std::memory_order_relaxed);  // relaxed: a number
        }
        return total;
    }

private:
    /// One more than the highest number that the kernel may ever give a processor. Numbers may have gaps, so
    /// that a count of processors would be too small.
    static std::size_t possible() {
        std::ifstream file("/sys/devices/system/cpu/possible");  // "0-7" or "0,2-5"
        std::string ranges;
        if (file >> ranges) {
            return std::stoul(ranges.substr(ranges.find_last_of("-,") + 1)) + 1;  // npos + 1 is 0: all of it
        }
        return static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_CONF));
    }

    std::vector<stripe> stripes_;
};

}  // namespace handoff::impls::detail
