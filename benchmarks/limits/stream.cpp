#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <numeric>
#include <stdexcept>

#include "kernels.hpp"

namespace handoff::limits {

namespace {

/// How far each side is: lines read, for the writer; whether to go on, for both.
struct alignas(128) progress {
    std::atomic<std::uint64_t> lines_read{0};
    alignas(128) std::atomic<bool> enough{false};
};

struct alignas(64) flagged_line {
    std::array<std::uint64_t, 7> words;
    std::atomic<std::uint64_t> lap{0};
};
static_assert(sizeof(flagged_line) == 64);

struct alignas(64) plain_line {
    std::array<std::uint64_t, 8> words;
};
struct alignas(64) batch_flag {
    std::atomic<std::uint64_t> lap{0};
};
constexpr std::size_t lines_per_batch = 64;

/// Waits until line `n` of the stream may be written; false: the reader has had enough.
bool room_for(const progress& state, std::uint64_t n, std::uint64_t lines, std::uint64_t& free_until) {
    while (n >= free_until) {
        // [read]: the reader is done with the lines before this count
        free_until = state.lines_read.load(std::memory_order_acquire) + lines;
        if (n >= free_until) {
            if (state.enough.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                return false;
            }
            pause();
        }
    }
    return true;
}

struct shape {
    std::uint64_t lines;          ///< of the buffer
    std::uint64_t at_once;        ///< lines that are read together
    std::uint64_t publish_every;  ///< lines after which the writer is told
    std::uint64_t words;          ///< of a line
};

/// `read(n)` returns the sum of the words of the lines that are read together, of which `n` is the first; each
/// word is the number of its line. Nanoseconds per line, in batches of 2048.
template <class Read>
std::vector<double> timed_reader(double seconds, progress& state, const shape& of, Read read) {
    std::vector<double> found;
    found.reserve(most_batches);
    std::uint64_t n = 0;
    std::uint64_t sum = 0;
    const auto some = [&] {
        for (const std::uint64_t end = n + 2048; n < end;) {
            sum += read(n);
            n += of.at_once;
            if (n % of.publish_every == 0) {
                state.lines_read.store(n, std::memory_order_release);  // [read]
            }
        }
    };
    while (n < of.lines || n == 0) {
        some();  // once around: warms up
    }
    const auto begin = clock::now();
    auto last = begin;
    while (!enough(found.size(), seconds_between(begin, last), seconds)) {
        const std::uint64_t before = n;
        some();
        const auto now = clock::now();
        found.push_back(seconds_between(last, now) * 1e9 / static_cast<double>(n - before));
        last = now;
    }
    state.enough.store(true, std::memory_order_relaxed);  // relaxed: carries no data
    if (sum != of.words * (n % 2 == 0 ? n / 2 * (n - 1) : n * ((n - 1) / 2))) {
        throw std::runtime_error("the stream kernel received other words than were sent");
    }
    return found;
}

/// Runs `write` on one CPU and `read`, which ends the stream, on the other.
template <class Write, class Read>
std::vector<double> through(int cpu_a, int cpu_b, progress& state, Write write, Read read) {
    std::thread writer([&] {
        harness::pin_this_thread(cpu_a);
        write();
    });
    std::vector<double> found;
    std::exception_ptr failed;
    try {
        on_cpu(cpu_b, [&] { found = read(); });
    } catch (...) {
        failed = std::current_exception();
        state.enough.store(true, std::memory_order_relaxed);  // relaxed: carries no data
    }
    writer.join();
    if (failed) {
        std::rethrow_exception(failed);
    }
    return found;
}

std::vector<double> with_flags_in_lines(double seconds, int cpu_a, int cpu_b, std::size_t bytes) {
    const std::uint64_t lines = bytes / sizeof(flagged_line);
    const auto ring = std::make_unique<flagged_line[]>(lines);
    flagged_line* const at = ring.get();
    progress state;
    const auto write = [&state, at, lines] {
        std::uint64_t free_until = lines;
        for (std::uint64_t n = 0; room_for(state, n, lines, free_until); ++n) {
            flagged_line& to = at[n % lines];
            to.words.fill(n);
            to.lap.store(n / lines + 1, std::memory_order_release);  // [written]
        }
    };
    const auto read_line = [at, lines](std::uint64_t n) {
        const flagged_line& from = at[n % lines];
        // [written]: the words of this lap
        while (from.lap.load(std::memory_order_acquire) != n / lines + 1) {
            pause();
        }
        return std::accumulate(from.words.begin(), from.words.end(), std::uint64_t{0});
    };
    return through(cpu_a, cpu_b, state, write, [&] {
        return timed_reader(seconds, state, {lines, 1, std::min<std::uint64_t>(64, lines / 4), 7}, read_line);
    });
}

std::vector<double> with_flags_in_batches(double seconds, int cpu_a, int cpu_b, std::size_t bytes) {
    const std::uint64_t lines = bytes / sizeof(plain_line);
    const std::uint64_t batches = lines / lines_per_batch;
    const auto ring = std::make_unique<plain_line[]>(lines);
    const auto flags = std::make_unique<batch_flag[]>(batches);
    plain_line* const at = ring.get();
    batch_flag* const flag_at = flags.get();
    progress state;
    const auto write = [&state, at, flag_at, lines, batches] {
        std::uint64_t free_until = lines;
        for (std::uint64_t n = 0; room_for(state, n + lines_per_batch - 1, lines, free_until);) {
            const std::uint64_t batch = n / lines_per_batch;
            plain_line* to = at + n % lines;
            for (const std::uint64_t end = n + lines_per_batch; n < end; ++n, ++to) {
                to->words.fill(n);
            }
            flag_at[batch % batches].lap.store(batch / batches + 1, std::memory_order_release);  // [written]
        }
    };
    const auto read_batch = [at, flag_at, lines, batches](std::uint64_t n) {
        const std::uint64_t batch = n / lines_per_batch;
        // [written]: the words of this lap
        while (flag_at[batch % batches].lap.load(std::memory_order_acquire) != batch / batches + 1) {
            pause();
        }
        const plain_line* const from = at + n % lines;
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < lines_per_batch; ++i) {
            for (const std::uint64_t word : from[i].words) {
                sum += word;
            }
        }
        return sum;
    };
    return through(cpu_a, cpu_b, state, write, [&] {
        return timed_reader(seconds, state, {lines, lines_per_batch, lines_per_batch, 8}, read_batch);
    });
}

}  // namespace

streamed stream(double seconds, int cpu_a, int cpu_b, flagging how, std::size_t buffer_bytes) {
    return {how, buffer_bytes,
            how == flagging::every_line ? with_flags_in_lines(seconds, cpu_a, cpu_b, buffer_bytes)
                                        : with_flags_in_batches(seconds, cpu_a, cpu_b, buffer_bytes)};
}

}  // namespace handoff::limits
