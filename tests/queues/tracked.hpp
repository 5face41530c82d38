// Values that know how many of them are alive, and how many hold something.
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

namespace handoff::tests {

/// Movable, not copyable; a moved-from one holds 0, which is nothing, but is still alive. A queue may keep its
/// free slots constructed: what it must not do is to keep what was taken out of them.
class tracked {
public:
    explicit tracked(std::uint64_t value = 0) noexcept : value_(value) {
        ++alive_;
        holding_ += value_ != 0;
    }
    tracked(tracked&& other) noexcept : value_(std::exchange(other.value_, 0)) { ++alive_; }
    tracked& operator=(tracked&& other) noexcept {
        holding_ -= value_ != 0;
        value_ = std::exchange(other.value_, 0);
        return *this;
    }
    ~tracked() {
        --alive_;
        holding_ -= value_ != 0;
    }

    std::uint64_t value() const noexcept { return value_; }
    friend bool operator<(const tracked& a, const tracked& b) noexcept { return a.value_ < b.value_; }
    static long alive() noexcept { return alive_.load(); }
    static long holding() noexcept { return holding_.load(); }

private:
    std::uint64_t value_;
    static inline std::atomic<long> alive_{0};
    static inline std::atomic<long> holding_{0};
};

}  // namespace handoff::tests
