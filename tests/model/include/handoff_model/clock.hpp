// The model's clock (impls/detail/clock.hpp): it stands still. Whether a deadline passes is a choice of its
// own.
#pragma once

#include <chrono>

namespace handoff::impls {

struct steady_clock {
    using time_point = std::chrono::steady_clock::time_point;
    using duration = std::chrono::steady_clock::duration;
    static time_point now() noexcept { return time_point{}; }
};

}  // namespace handoff::impls
