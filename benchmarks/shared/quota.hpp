// A shared amount of work that threads claim in chunks, so that all of them finish together.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace handoff::benchmarks {

class alignas(128) quota {
public:
    /// Each of the `threads` that share it takes some 64 chunks, of at most `largest` items.
    quota(std::uint64_t total, std::size_t threads, std::uint64_t largest = 1024)
        : total_(total), chunk_(std::clamp<std::uint64_t>(total / (64 * threads), 1, largest)), left_(total) {}

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

    /// Ends the work before it is done.
    void close() noexcept { closed_.store(true, std::memory_order_relaxed); }  // relaxed: carries no data
    bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }  // relaxed: as above

    /// The caller's share: calls `some(n)` for n operations, at most `Batch`, until none are left or the work
    /// is closed. Returns how many it did.
    template <std::uint64_t Batch, class Some>
    std::uint64_t work(Some&& some) {
        std::uint64_t done = 0;
        while (const std::uint64_t chunk = closed() ? 0 : claim()) {
            for (std::uint64_t left = chunk; left > 0 && !closed();) {
                const std::uint64_t now = std::min(left, Batch);
                some(now);
                left -= now;
                done += now;
            }
        }
        return done;
    }

    std::uint64_t claimed() const noexcept {
        return total_ - left_.load(std::memory_order_relaxed);  // relaxed: a number, no data
    }
    std::uint64_t chunk() const noexcept { return chunk_; }

private:
    const std::uint64_t total_;
    const std::uint64_t chunk_;
    std::atomic<std::uint64_t> left_;
    alignas(128) std::atomic<bool> closed_{false};  // read often, written once
};

/// Whether a thread's next operation is a read: `percent` of all are, evenly spread, and threads are not in
/// step.
class read_mixer {
public:
    read_mixer(std::uint64_t percent, std::size_t thread, std::size_t threads)
        : percent_(percent), due_(100 * thread / threads) {}

    bool next_is_read() noexcept {
        due_ += percent_;
        if (due_ < 100) {
            return false;
        }
        due_ -= 100;
        return true;
    }

private:
    std::uint64_t percent_;
    std::uint64_t due_;  ///< hundredths of a read
};

/// Keeps producers from running away from consumers through a queue that never says "full": without it they
/// finish early, and what is measured is half a race alone and half the draining of a backlog. Asked once per
/// chunk.
template <class Wait>
class lead_gate {
public:
    lead_gate(const quota& pushes, const quota& pops)
        : pushes_(pushes), pops_(pops), most_(chunks_ahead * pushes.chunk()) {}

    /// A producer, before its next chunk: waits until the claimed pushes are less than `chunks_ahead` chunks
    /// ahead. Whether it had to.
    bool pass() {
        const auto may_pass = [&] {
            return pushes_.claimed() < pops_.claimed() + most_ || open_.load(std::memory_order_relaxed);
        };
        if (may_pass()) {
            return false;
        }
        gate_.wait_until(may_pass);
        return true;
    }
    /// A consumer, after claiming a chunk.
    void advanced() { gate_.notify_all(); }
    /// Lets everybody through from now on.
    void open() {
        open_.store(true, std::memory_order_relaxed);  // relaxed: carries no data; the notification orders it
        gate_.notify_all();
    }
    /// What producers wait with.
    Wait& wait() noexcept { return gate_; }
    const Wait& wait() const noexcept { return gate_; }

private:
    static constexpr std::uint64_t chunks_ahead = 8;

    const quota& pushes_;
    const quota& pops_;
    const std::uint64_t most_;
    std::atomic<bool> open_{false};
    Wait gate_;
};

}  // namespace handoff::benchmarks
