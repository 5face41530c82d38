// A shared amount of work that threads claim in chunks, so that all of them finish together.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace handoff::benchmarks {

class alignas(128) quota {
public:
    quota(std::uint64_t total, std::size_t threads)
        : chunk_(std::clamp<std::uint64_t>(total / (64 * threads), 1, 1024)), left_(total) {}

    /// The number of items that the caller now has to do; 0 when there is nothing left.
    std::uint64_t claim() noexcept {
        // relaxed: numbers are handed out, no data
        std::uint64_t left = left_.load(std::memory_order_relaxed);
        std::uint64_t mine;
        do {
            mine = std::min(left, chunk_);
        } while (mine > 0 && !left_.compare_exchange_weak(left, left - mine, std::memory_order_relaxed));
        return mine;
    }

private:
    const std::uint64_t chunk_;
    std::atomic<std::uint64_t> left_;
};

}  // namespace handoff::benchmarks
