// A CAS loop that gives up after some lost races and says so, as textbooks show it.
//
// Progress: wait-free, as a refusal is an answer.   Reading: linearizable.   Cost: 1 to `attempts` RMWs.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// The caller decides what a refusal means. Workloads ask again and count the refusals (`refused_per_add`).
class cas_limited_counter {
public:
    static constexpr std::string_view name = "cas_limited_counter";
    static constexpr read_promise reading = read_promise::linearizable;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    static constexpr int attempts = 3;

    /// False: others were faster `attempts` times, and nothing was added.
    [[nodiscard]] bool try_add(std::uint64_t n) noexcept {
        std::uint64_t seen = count_.load(std::memory_order_relaxed);  // relaxed: a guess that the CAS checks
        for (int i = 0; i < attempts; ++i) {
            // strong: where a weak one fails for no reason, a refusal would not mean a lost race. relaxed: a
            // number
            if (count_.compare_exchange_strong(seen, seen + n, std::memory_order_relaxed)) {
                return true;
            }
        }
        return false;
    }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
