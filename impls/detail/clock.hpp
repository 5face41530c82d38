// The clock of deadlines: the standard library's, or a model checker's (atomic.hpp).
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/clock.hpp>
#else

#include <chrono>

namespace handoff::impls {

using std::chrono::steady_clock;

}  // namespace handoff::impls

#endif
