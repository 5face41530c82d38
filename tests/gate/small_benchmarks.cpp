// A plain program of Google Benchmark's, as anybody may have one: it knows nothing of Handoff.
#include <benchmark/benchmark.h>

namespace {

void sum(benchmark::State& state) {
    for (auto _ : state) {
        long total = 0;
        for (long i = 0; i < state.range(0); ++i) {
            benchmark::DoNotOptimize(total += i);
        }
    }
    state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sum)->Arg(64)->Arg(1024);
// Not with Name(), which 1.5.0 does not have.
[[maybe_unused]] auto* const odd_name =
    benchmark::RegisterBenchmark("sum<a.b, (c)>[1]+", sum)->Arg(8)->Repetitions(3)->ReportAggregatesOnly(true);

void sum_with_threads(benchmark::State& state) {
    for (auto _ : state) {
        long total = 0;
        for (long i = 0; i < 64; ++i) {
            benchmark::DoNotOptimize(total += i);
        }
    }
}
BENCHMARK(sum_with_threads)->Threads(2)->UseRealTime()->Unit(benchmark::kMicrosecond);

void error(benchmark::State& state) {
    state.SkipWithError("no such device");
    for (auto _ : state) {
    }
}
BENCHMARK(error);

}  // namespace

BENCHMARK_MAIN();
