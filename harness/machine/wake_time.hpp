// What it takes to wake a thread that sleeps on a futex.
#pragma once

namespace handoff::harness {

/// Nanoseconds from a futex wake on one CPU to the sleeper's running on the other: half the median round trip
/// of two pinned threads that wake each other and sleep in turns, over some 20 ms. Sleeps are as short as a
/// wake takes: a sleeper whose CPU has gone into a deeper state in the meantime takes longer. The CPUs may be
/// the same one.
double wake_time_ns(int cpu_a, int cpu_b);

}  // namespace handoff::harness
