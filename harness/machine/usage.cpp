#include "usage.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "clock.hpp"
#include "kernel_files.hpp"

namespace handoff::harness {

namespace {

/// Room for the longest of the files that are read here, /proc/thread-self/sched.
using buffer = std::array<char, 8192>;

/// What a file of /proc says, without a stream and its allocations; empty where there is none.
std::string_view text_of(const char* path, buffer& into) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return {};
    }
    std::size_t filled = 0;
    for (ssize_t got = 1; got > 0 && filled < into.size(); filled += static_cast<std::size_t>(got)) {
        got = read(fd, into.data() + filled, into.size() - filled);
        if (got < 0) {
            break;
        }
    }
    close(fd);
    return {into.data(), filled};
}

/// The number behind the colon of the line that has `key` before it.
std::optional<std::uint64_t> number_of(std::string_view text, std::string_view key) {
    const auto line = text.find(key);
    const auto colon = line == std::string_view::npos ? line : text.find(':', line);
    return colon == std::string_view::npos ? std::nullopt
                                           : leading_number<std::uint64_t>(text.substr(colon + 1));
}

double seconds_of(const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

}  // namespace

void thread_usage::read_counts() {
    rusage counted{};
    getrusage(RUSAGE_THREAD, &counted);
    voluntary_switches = static_cast<std::uint64_t>(counted.ru_nvcsw);
    involuntary_switches = static_cast<std::uint64_t>(counted.ru_nivcsw);
    costs.user_seconds = seconds_of(counted.ru_utime);
    costs.system_seconds = seconds_of(counted.ru_stime);
    costs.minor_faults = static_cast<std::uint64_t>(counted.ru_minflt);
    costs.major_faults = static_cast<std::uint64_t>(counted.ru_majflt);
    cpu_seconds = harness::cpu_seconds(CLOCK_THREAD_CPUTIME_ID);
}

void thread_usage::read_files() {
    buffer file;
    // "run time, run delay, slices", in nanoseconds
    const std::string_view times = text_of("/proc/thread-self/schedstat", file);
    if (const auto blank = times.find(' '); blank != std::string_view::npos) {
        run_delay_seconds =
            1e-9 * static_cast<double>(leading_number<std::uint64_t>(times.substr(blank)).value_or(0));
    }
    costs.migrations = number_of(text_of("/proc/thread-self/sched", file), "nr_migrations");
}

process_usage process_usage::now() {
    rusage counted{};
    getrusage(RUSAGE_SELF, &counted);
    return {seconds_of(counted.ru_utime), seconds_of(counted.ru_stime),
            static_cast<std::uint64_t>(counted.ru_minflt), static_cast<std::uint64_t>(counted.ru_majflt)};
}

std::optional<resident_memory> resident_memory::read() {
    buffer file;
    const std::string_view status = text_of("/proc/self/status", file);
    const auto peak = number_of(status, "VmHWM");
    const auto now = number_of(status, "VmRSS");
    return peak && now ? std::optional(resident_memory{*now * 1024, *peak * 1024}) : std::nullopt;
}

bool resident_memory::forget_peak() {
    const int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
    const bool done = fd >= 0 && write(fd, "5", 1) == 1;
    if (fd >= 0) {
        close(fd);
    }
    return done;
}

}  // namespace handoff::harness
