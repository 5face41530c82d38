// Whether threads can be pinned at all.
#pragma once

#include <string>

namespace handoff::harness {

/// Why the kernel, or a sandbox, lets nobody pin a thread to a CPU; empty where threads can be pinned. Where
/// they cannot, placements that pin have no seats (`why_no_seats`), and nothing is probed (`probed_pair`).
const std::string& why_not_pinned();

}  // namespace handoff::harness
