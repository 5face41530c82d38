// The state of the machine, as a number: how long a cache line takes from one CPU to another right now.
#pragma once

namespace handoff::harness {

/// One way, in nanoseconds: half the median round trip of a compare-and-swap ping-pong between two pinned
/// threads, over about 1 ms on eight lines, of whose medians it is the middle one. On virtual machines this
/// number has states that lie far apart and no other counter shows (docs/measuring.md).
double line_transfer_ns(int cpu_a, int cpu_b);

}  // namespace handoff::harness
