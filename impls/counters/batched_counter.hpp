// Threads keep small change and pay it in when it is worth the trip.
//
// Progress: wait-free where the processor adds atomically.   Reading: lagging, by at most `slack` for every
// adder. Cost: an addition in a register or in the thread's own line; 1 RMW for every `batch`.
#pragma once

#include <cstdint>
#include <string_view>

#include "../atomic.hpp"
#include "../concepts/counters.hpp"
#include "../detail/cache_line.hpp"

namespace handoff::impls {

/// For reading often and at once: read() is one load, and with k adders at most k * slack behind. A handle pays
/// the rest in when it ends.
class batched_counter {
public:
    static constexpr std::string_view name = "batched_counter";
    static constexpr read_promise reading = read_promise::lagging;
    static constexpr progress_guarantee progress = progress_guarantee::wait_free;

    static constexpr std::uint64_t batch = in_model ? 2 : 64;
    /// What an adder may keep back after an addition.
    static constexpr std::uint64_t slack = batch - 1;

    class adder_handle {
    public:
        explicit adder_handle(batched_counter& owner) : owner_(owner) {}
        ~adder_handle() { pay_in(); }
        adder_handle(const adder_handle&) = delete;
        adder_handle& operator=(const adder_handle&) = delete;

        void add(std::uint64_t n) noexcept {
            kept_ += n;
            if (kept_ >= batch) {
                pay_in();
            }
        }

    private:
        void pay_in() noexcept {
            owner_.count_.fetch_add(kept_, std::memory_order_relaxed);  // relaxed: a number
            kept_ = 0;
        }

        batched_counter& owner_;
        std::uint64_t kept_ = 0;
    };

    adder_handle adder() { return adder_handle(*this); }
    std::uint64_t read() const noexcept { return count_.load(std::memory_order_relaxed); }  // relaxed: a number

private:
    alignas(detail::cache_line) atomic<std::uint64_t> count_{0};
};

}  // namespace handoff::impls
