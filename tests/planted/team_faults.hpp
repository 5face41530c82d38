// Counters, locks and a barrier that break what they promise, once in a while or always.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "concepts.hpp"
#include "counters/fetch_add_counter.hpp"
#include "locks/ttas_lock.hpp"

namespace handoff::impls {

/// One addition in 10^5 is forgotten.
struct loses_an_increment : fetch_add_counter {
    static constexpr std::string_view name = "loses_an_increment";
    void add(std::uint64_t n) noexcept {
        if (++calls % 100'000 != 0) {
            fetch_add_counter::add(n);
        }
    }
    std::atomic<std::uint64_t> calls{0};
};

/// One read in 1000 is below what was read before.
struct falls : fetch_add_counter {
    static constexpr std::string_view name = "falls";
    std::uint64_t read() const noexcept {
        const std::uint64_t now = fetch_add_counter::read();
        return ++calls % 1000 == 0 && now > 0 ? now / 2 : now;
    }
    mutable std::atomic<std::uint64_t> calls{0};
};

/// Exact at rest, as all counters are; farther behind than it says while somebody adds.
class lags {
public:
    static constexpr std::string_view name = "lags";
    static constexpr read_promise reading = read_promise::lagging;
    static constexpr progress_guarantee progress = progress_guarantee::lock_free;
    static constexpr std::uint64_t slack = 10;

    struct handle {
        explicit handle(lags& owner) : owner(owner) { ++owner.adders; }
        ~handle() { --owner.adders; }
        void add(std::uint64_t n) noexcept { owner.count += n; }
        lags& owner;
    };
    handle adder() { return handle(*this); }
    std::uint64_t read() const noexcept {
        const std::uint64_t now = count;
        return adders == 0 ? now : now - now % 4096;
    }

private:
    std::atomic<std::uint64_t> count{0};
    std::atomic<int> adders{0};
};

/// One acquisition in 1000 does not wait for the lock.
struct lets_two_in : ttas_lock {
    static constexpr std::string_view name = "lets_two_in";
    void lock() noexcept {
        if (++calls % 1000 != 0) {
            ttas_lock::lock();
        }
    }
    std::atomic<std::uint64_t> calls{0};
};

/// Writers exclude each other; readers just read.
struct reads_unlocked : ttas_lock {
    static constexpr std::string_view name = "reads_unlocked";
    void lock_shared() noexcept {}
    void unlock_shared() noexcept {}
};

/// Nobody waits for anybody.
struct stays_open {
    static constexpr std::string_view name = "stays_open";
    static constexpr waiting waits = waiting::spins;
    explicit stays_open(std::ptrdiff_t) {}
    void arrive_and_wait() noexcept {}
};

}  // namespace handoff::impls
