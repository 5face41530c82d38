// A plain program of Google Benchmark's with 20 benchmarks. If its file is called ..._slow_7, benchmark 7 does
// a tenth more work; the same file under another name does not, so that code lies at the same place in both.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

/// 20 kinds and sizes of work, in steps that a tenth more of is exact.
void work(benchmark::State& state, int which, bool is_slow) {
    const int steps = (100 + 50 * (which % 5)) * (is_slow ? 11 : 10);
    std::vector<unsigned> table(1U << (6 + which / 2));
    unsigned x = 1;
    for (auto _ : state) {
        for (int i = 0; i < steps; ++i) {
            x = x * 1664525U + 1013904223U;
            if (which % 4 == 1) {
                x ^= table[(x >> 8) & (table.size() - 1)];
            } else if (which % 4 == 2) {
                table[(x >> 8) & (table.size() - 1)] += x;
            } else if (which % 4 == 3) {
                x = (x >> 3) % 1000003U;
            }
            benchmark::DoNotOptimize(x);
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    const std::string name = argv[0];
    const auto at = name.rfind("_slow_");
    const int slow = at == std::string::npos ? -1 : std::atoi(name.c_str() + at + 6);
    for (int which = 0; which < 20; ++which) {
        benchmark::RegisterBenchmark(("work/" + std::to_string(which)).c_str(), work, which, which == slow);
    }
    benchmark::Initialize(&argc, argv);
    benchmark::RunSpecifiedBenchmarks();
    return 0;
}
