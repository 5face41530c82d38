// All that a command starts, and what that starts: builds put their compilers into process groups of their own.
#pragma once

#include <sys/types.h>

namespace handoff::harness {

/// From now on processes below this one whose parent ends become its children.
void adopt_orphans();

/// Ends every process below this one, however deep, and takes them in. To be called by who adopts orphans: none
/// can escape.
void end_all_below();

/// Waits until `child` ends or the lifeline is cut (its other end was closed, which a process's death does,
/// too); then ends all that is left below this process, and this process as `child` ended. Adopts orphans.
[[noreturn]] void guard(pid_t child, int lifeline);

}  // namespace handoff::harness
