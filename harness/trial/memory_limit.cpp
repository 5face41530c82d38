#include "memory_limit.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <new>

namespace handoff::harness {

namespace {

std::atomic<std::uint64_t> limit_bytes{0};  // 0: none

}  // namespace

std::uint64_t most_memory_bytes() {
    const auto pages = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PHYS_PAGES)));
    const auto bytes = static_cast<std::uint64_t>(std::max(0L, sysconf(_SC_PAGESIZE)));
    constexpr std::uint64_t most = std::uint64_t{4} << 30;
    return pages == 0 ? most : std::min(most, pages * bytes / 2);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

void limit_memory(std::uint64_t) {}

#else

void limit_memory(std::uint64_t bytes) {
    rlimit now{};
    if (getrlimit(RLIMIT_DATA, &now) != 0) {
        return;
    }
    now.rlim_cur = std::min<rlim_t>(bytes, now.rlim_max);
    if (setrlimit(RLIMIT_DATA, &now) == 0) {
        limit_bytes.store(now.rlim_cur, std::memory_order_relaxed);  // before any other thread is made
        std::set_new_handler([] {
            check_memory_limit();
            throw std::bad_alloc();
        });
    }
}

#endif

void check_memory_limit() {
    const std::uint64_t most = limit_bytes.load(std::memory_order_relaxed);
    if (most == 0) {
        return;
    }
    std::array<char, 160> words{};  // no allocation here
    const int length = std::snprintf(words.data(), words.size(),
                                     "memory: it asked for more than the %llu MB that a trial may have\n",
                                     static_cast<unsigned long long>(most >> 20));
    [[maybe_unused]] const auto written =
        write(STDERR_FILENO, words.data(), static_cast<std::size_t>(length));  // or the exit code alone tells
    _exit(1);
}

}  // namespace handoff::harness
