// How controls run their teams.
#pragma once

#include "measurement.hpp"
#include "team.hpp"

namespace handoff::benchmarks {

/// A control that hangs ends by its timeout: there is nobody to wake.
inline harness::team_report run_control(harness::team& crew, const harness::trial& t) {
    return crew.run(t.window, [] {});
}

}  // namespace handoff::benchmarks
