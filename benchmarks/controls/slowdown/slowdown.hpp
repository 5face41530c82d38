// How much slower the control points of this binary are than those of the binary without a slowdown.
#pragma once

#include <cstdint>

namespace handoff::benchmarks {

/// Every so-many-th operation is done once more and not counted. Defined in a translation unit of its own, so
/// that the machine code of the workloads is the same in all binaries and nothing differs but this number.
extern const std::uint64_t operations_per_extra;

/// Tells when an operation is to be done once more.
class extra_operations {
public:
    bool due() noexcept {
        if (--left_ > 0) [[likely]] {
            return false;
        }
        left_ = period_;
        return true;
    }

private:
    std::uint64_t period_ = operations_per_extra;
    std::uint64_t left_ = period_;
};

}  // namespace handoff::benchmarks
