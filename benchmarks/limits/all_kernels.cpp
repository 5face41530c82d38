#include "all_kernels.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "kernels.hpp"
#include "limit_term.hpp"
#include "line_transfer.hpp"
#include "pinning.hpp"
#include "statistics.hpp"

namespace handoff::limits {

namespace {

constexpr std::array<std::size_t, 5> buffers{4096, 16 << 10, 64 << 10, 256 << 10, 512 << 10};

/// The kernels' shares of the time, in hundredths; what is left is for starting threads.
struct share {
    static constexpr double line = 0.03;
    static constexpr double message = 0.02;  // of each of the two
    static constexpr double stream = 0.02;   // of each of the nine
    static constexpr double matrix = 0.10;
    static constexpr double loop = 0.02;  // of what is repeated on one CPU
    static constexpr double shared = 0.04;
    static constexpr double wake = 0.05;
    static constexpr double nap = 0.03;
    static constexpr double thread = 0.04;
    static constexpr double noise = 0.12;
};

harness::kernel_time spread_of(const std::string& what, const std::vector<double>& batches,
                               const std::optional<harness::transfer_probe>& probe) {
    return {what,
            harness::median(batches),
            harness::quantile(batches, 0.25),
            harness::quantile(batches, 0.75),
            *std::ranges::min_element(batches),
            batches.size(),
            probe};
}

using cpu_pair = std::optional<std::pair<int, int>>;

std::optional<double> transfer_between(const cpu_pair& pair) {
    return pair ? std::optional(harness::line_transfer_ns(pair->first, pair->second)) : std::nullopt;
}

/// Kernels as they are measured, into a calibration. What is added was measured since the last probe, which
/// says with the next one in which state the machine was.
class collection {
public:
    collection(harness::calibration& into, const cpu_pair& pair)
        : into_(into), pair_(pair), last_(transfer_between(pair)), first_(last_) {}

    void add(const char* name, const std::string& what, const std::vector<double>& batches) {
        end_piece();
        add_too(name, what, batches);
    }
    /// What was measured together with what was added last.
    void add_too(const char* name, const std::string& what, const std::vector<double>& batches) {
        if (batches.empty()) {
            absent(name, "no batch of it came to an end");
        } else {
            into_.kernels[name] = spread_of(what, batches, piece_);
        }
    }
    /// Before something that no kernel tells of.
    void end_piece() {
        const auto now = transfer_between(pair_);
        if (now) {
            piece_ = harness::transfer_probe{*last_, *now, *pair_};
        }
        last_ = now;
    }
    /// Around all of it.
    std::optional<harness::transfer_probe> whole() const {
        if (!pair_) {
            return std::nullopt;
        }
        return harness::transfer_probe{*first_, *last_, *pair_};
    }
    void absent(const char* name, const std::string& why) { into_.absent[name] = why; }
    void add_stream(harness::stream_time one) { into_.streams.push_back(std::move(one)); }

private:
    harness::calibration& into_;
    const cpu_pair pair_;
    std::optional<double> last_;
    const std::optional<double> first_;
    std::optional<harness::transfer_probe> piece_;
};

double middle(const std::vector<double>& batches) {
    return harness::median(batches);
}

/// The one with the lowest median.
const std::vector<double>& fastest(const std::vector<double>& a, const std::vector<double>& b) {
    return middle(b) < middle(a) ? b : a;
}

void on_one_cpu(collection& all, double seconds, int cpu) {
    const double loop = share::loop * seconds;
    const double nap = share::nap * seconds;
    all.add(harness::kernel::atomic_add, "an atomic addition, one thread", atomic_add(loop, cpu));
    all.add("mutex_alone_ns", "std::mutex locked and unlocked, one thread", mutex_alone(loop, cpu));
    all.add("pause_ns", "the instruction that says: this loop waits", pauses(loop, cpu));
    all.add("system_call_ns", "a system call that does next to nothing (getppid)", system_calls(loop, cpu));
    all.add("clock_ns", "a reading of the steady clock", steady_clock_reads(loop, cpu));
    all.add("thread_clock_ns", "a reading of the thread's CPU clock", thread_clock_reads(loop, cpu));
    all.add("yield_ns", "sched_yield with nobody to yield to", yields(loop, cpu));
    all.add(harness::kernel::thread_switch, "from one thread to another of the same CPU, by sched_yield",
            switches(2 * loop, cpu));
    all.add("futex_wake_same_cpu_ns", "from waking a thread of the same CPU by futex to its running",
            futex_wake(share::wake * seconds, cpu, cpu, waker::spins));
    all.add("sleep_default_ns", "nanosleep of 1 us with the default timer slack", naps(nap, cpu, 0));
    all.add("sleep_exact_ns", "nanosleep of 1 us with a timer slack of 1 ns", naps(nap, cpu, 1));
    all.add("thread_ns", "a thread made and joined", threads_made(share::thread * seconds));
}

/// Every buffer and way of flagging is kept; the best of all are the kernels.
void between(collection& all, double seconds, int a, int b) {
    const auto lines = line_transfer(share::line * seconds, a, b);
    const auto together = message(share::message * seconds, a, b, true);
    const auto apart = message(share::message * seconds, a, b, false);
    all.add("line_transfer_ns", "a cache line, one way, by compare-and-swap: the probe of every trial", lines);
    all.add_too(harness::kernel::message,
                "a word, one way: the fastest of compare-and-swap and of plain stores in one line and in two",
                fastest(fastest(lines, together), apart));

    std::vector<double> best_line;
    std::vector<double> best_item;
    for (const flagging how : {flagging::every_line, flagging::every_batch}) {
        for (const std::size_t bytes : buffers) {
            if (how == flagging::every_batch && bytes < buffers[1]) {
                continue;  // less than two batches
            }
            const streamed one = stream(share::stream * seconds, a, b, how, bytes);
            std::vector<double> item = one.line_ns;
            for (double& ns : item) {
                ns /= one.words_per_line();
            }
            all.add_stream({how == flagging::every_line ? "every line" : "every 64 lines", bytes,
                            middle(one.line_ns), middle(item)});
            best_line = best_line.empty() ? one.line_ns : fastest(best_line, one.line_ns);
            best_item = best_item.empty() ? item : fastest(best_item, item);
        }
    }
    all.add("stream_line_ns", "a line in a stream from one CPU to another, the fastest of all buffers",
            best_line);
    all.add_too(harness::kernel::stream_item, "8 bytes in such a stream", best_item);

    all.add("fetch_add_two_ns", "an atomic addition of any of two threads to one number, wall time",
            shared_add(share::shared * seconds, {a, b}));
    all.add("mutex_two_ns", "a critical section of any of two threads with one std::mutex, wall time",
            mutex_shared(share::shared * seconds, a, b));
    const auto woken = futex_wake(share::wake * seconds, a, b, waker::spins);
    const auto woken_late = futex_wake(share::wake * seconds, a, b, waker::sleeps);
    all.add(harness::kernel::futex_wake, "from waking a thread of another CPU by futex to its running", woken);
    all.add_too(harness::kernel::wake, "the faster of that and of the same by a waker that has slept, too",
                fastest(woken, woken_late));
    all.add("condition_wake_ns", "the same by a condition variable, its mutex included",
            condition_wake(share::wake * seconds, a, b));
}

harness::transfer_matrix matrix_of(const pair_times& times) {
    harness::transfer_matrix matrix{times.cpus, times.ns, times.measured, times.pairs, {}};
    for (const auto& [name, counts] : times.classes) {
        matrix.classes.push_back({name, counts.first, counts.second});
    }
    return matrix;
}

}  // namespace

harness::calibration run_all_kernels(double seconds) {
    if (!harness::why_not_pinned().empty()) {
        throw std::runtime_error(harness::why_not_pinned());
    }
    const auto begin = clock::now();
    const auto cpus = harness::seats(harness::placement::spread, harness::processors().size());
    const auto pair = harness::probed_pair(cpus);
    harness::calibration made;
    collection all(made, pair);
    made.seconds_asked = seconds;
    if (pair) {
        between(all, seconds, pair->first, pair->second);
        if (cpus.size() > 2) {
            all.add("fetch_add_all_ns", "an atomic addition of any of a thread for each CPU, wall time",
                    shared_add(share::shared * seconds, cpus));
        } else {
            all.absent("fetch_add_all_ns", "two CPUs: it is fetch_add_two_ns");
        }
        made.matrix = matrix_of(every_pair(share::matrix * seconds));
        all.end_piece();
    } else {
        for (const char* name : {"line_transfer_ns", harness::kernel::message, harness::kernel::stream_item,
                                 "stream_line_ns", "fetch_add_two_ns", "fetch_add_all_ns", "mutex_two_ns",
                                 harness::kernel::futex_wake, harness::kernel::wake, "condition_wake_ns"}) {
            all.absent(name, "one CPU: it takes two");
        }
    }
    on_one_cpu(all, seconds, cpus.front());
    const noise heard = listen(share::noise * seconds, cpus.front());
    const double spread = harness::quantile(heard.loop_ns, 0.95) - harness::quantile(heard.loop_ns, 0.05);
    made.noise = {heard.watched_seconds, heard.gaps_per_second, heard.longest_gap_ns, heard.gap_share,
                  spread / middle(heard.loop_ns)};
    all.end_piece();
    made.probe = all.whole();
    made.seconds = seconds_between(begin, clock::now());
    return made;
}

}  // namespace handoff::limits
