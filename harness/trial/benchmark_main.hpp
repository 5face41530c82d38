// The main function of every benchmark binary: Google Benchmark, driven by sweeps.
#pragma once

namespace handoff::harness {

/// Parses flags, registers the legal points and runs them. Returns the process's exit code:
/// 0 fine, 1 a trial failed its check, 2 usage.
int benchmark_main(int argc, char** argv);

}  // namespace handoff::harness
