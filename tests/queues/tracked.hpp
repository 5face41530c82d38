// Values that know how many of them are alive.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace handoff::tests {

/// Movable, not copyable; a moved-from one holds 0 but is still alive.
class tracked {
public:
    explicit tracked(std::uint64_t value = 0) noexcept : value_(value) { ++alive_; }
    tracked(tracked&& other) noexcept : value_(std::exchange(other.value_, 0)) { ++alive_; }
    tracked& operator=(tracked&& other) noexcept {
        value_ = std::exchange(other.value_, 0);
        return *this;
    }
    ~tracked() { --alive_; }

    std::uint64_t value() const noexcept { return value_; }
    static long alive() noexcept { return alive_.load(); }

private:
    std::uint64_t value_;
    static inline std::atomic<long> alive_{0};
};

}  // namespace handoff::tests
