// Random numbers for a thread's own choices: cheap, not secret.
#pragma once

#include <cstddef>
#include <cstdint>

namespace handoff::impls::detail {

/// Marsaglia's xorshift64. A member of a handle; different seeds give different numbers.
class random {
public:
    explicit random(std::uint64_t seed) noexcept : state_((seed + 1) * 0x9e3779b97f4a7c15) {}

    /// From 0 to `count` - 1, `count` less than 2^32.
    std::size_t below(std::size_t count) noexcept {
        state_ ^= state_ << 13;
        state_ ^= state_ >> 7;
        state_ ^= state_ << 17;
        return static_cast<std::size_t>((state_ >> 32) * count >> 32);
    }

private:
    std::uint64_t state_;
};

}  // namespace handoff::impls::detail
