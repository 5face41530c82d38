#include "busy_work.hpp"
#include "kernels.hpp"

namespace handoff::limits {

noise listen(double seconds, int cpu) {
    constexpr double least_gap_ns = 1000;
    noise heard;
    on_cpu(cpu, [&] {
        const auto begin = clock::now();
        auto last = begin;
        double gaps_ns = 0;
        std::uint64_t gaps = 0;
        while (seconds_between(begin, last) < seconds * 2 / 3) {
            const auto now = clock::now();
            const double gap = seconds_between(last, now) * 1e9;
            if (gap > least_gap_ns) {
                ++gaps;
                gaps_ns += gap;
                heard.longest_gap_ns = std::max(heard.longest_gap_ns, gap);
            }
            last = now;
        }
        heard.watched_seconds = seconds_between(begin, last);
        heard.gaps_per_second = static_cast<double>(gaps) / heard.watched_seconds;
        heard.gap_share = gaps_ns * 1e-9 / heard.watched_seconds;
        const std::uint64_t steps = harness::steps_for(50'000);
        heard.loop_ns = batches_of(seconds / 3, 1, [&](int) { harness::spend(steps); });
    });
    return heard;
}

}  // namespace handoff::limits
