// `handoff doctor`.
#pragma once

#include <string>
#include <vector>

namespace handoff::harness {

/// The arguments after the command's name. Throws usage_error.
int doctor_command(const std::vector<std::string>& arguments);

}  // namespace handoff::harness
