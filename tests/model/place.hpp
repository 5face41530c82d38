// Where in the source a machine instruction comes from.
#pragma once

#include "explorer.hpp"

namespace handoff::model {

/// Sets file and line of `one`, if addr2line is there and knows them: those of the innermost call that is not
/// in the standard library.
void find_place(const void* caller, site& one);

}  // namespace handoff::model
