// How much slower the control points of this binary are than those of the binary without a slowdown.
#pragma once

#include <cstdint>

namespace handoff::benchmarks {

/// After every hundred operations so many more are done that are not counted. Defined in a translation unit of
/// its own, so that the machine code of the workloads is the same in all binaries and nothing differs but this
/// number.
extern const std::uint64_t extra_per_hundred;

/// Says how many operations are to be done on top of the one just counted: 0, or once in a hundred all at once.
/// A branch that is taken as often in all binaries costs the same in all of them; one for each extra operation
/// would be mispredicted as often as there are extra ones.
class extra_operations {
public:
    std::uint64_t due() noexcept {
        if (--left_ > 0) [[likely]] {
            return 0;
        }
        left_ = 100;
        return amount_;
    }

private:
    std::uint64_t amount_ = extra_per_hundred;
    std::uint64_t left_ = 100;
};

}  // namespace handoff::benchmarks
