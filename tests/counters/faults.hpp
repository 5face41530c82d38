// Counters that break what they promise, once in a while or always.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "concepts/counters.hpp"
#include "counters/fetch_add_counter.hpp"

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

}  // namespace handoff::impls
