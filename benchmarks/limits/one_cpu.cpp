#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <ctime>
#include <mutex>

#include "kernels.hpp"

namespace handoff::limits {

namespace {

/// Batches of `each` calls of `once` on one CPU.
template <class Once>
std::vector<double> repeated(double seconds, int cpu, int each, Once once) {
    std::vector<double> found;
    on_cpu(cpu, [&] {
        found = batches_of(seconds, each, [&](int count) {
            for (int i = 0; i < count; ++i) {
                once();
            }
        });
    });
    return found;
}

}  // namespace

std::vector<double> atomic_add(double seconds, int cpu) {
    alignas(128) std::atomic<std::uint64_t> number{0};
    // relaxed: carries no data; what the addition costs does not depend on it on x86
    return repeated(seconds, cpu, 10'000, [&] { number.fetch_add(1, std::memory_order_relaxed); });
}

std::vector<double> mutex_alone(double seconds, int cpu) {
    alignas(128) std::mutex lock;
    alignas(128) std::uint64_t number = 0;
    return repeated(seconds, cpu, 2000, [&] {
        const std::lock_guard<std::mutex> inside(lock);
        asm volatile("" : "+m"(number));  // not kept in a register
        ++number;
    });
}

std::vector<double> pauses(double seconds, int cpu) {
    return repeated(seconds, cpu, 1000, [] { pause(); });
}

std::vector<double> system_calls(double seconds, int cpu) {
    return repeated(seconds, cpu, 200, [] { syscall(SYS_getppid); });
}

std::vector<double> steady_clock_reads(double seconds, int cpu) {
    clock::time_point last;
    return repeated(seconds, cpu, 1000, [&] {
        last = clock::now();
        asm volatile("" : : "m"(last));
    });
}

std::vector<double> thread_clock_reads(double seconds, int cpu) {
    return repeated(seconds, cpu, 50, [] {
        timespec now{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    });
}

std::vector<double> yields(double seconds, int cpu) {
    return repeated(seconds, cpu, 20, [] { sched_yield(); });
}

std::vector<double> naps(double seconds, int cpu, unsigned long slack) {
    std::vector<double> found;
    on_cpu(cpu, [&] {
        prctl(PR_SET_TIMERSLACK, slack);  // of this thread, which ends with the kernel
        found = batches_of(seconds, 5, [](int count) {
            for (int i = 0; i < count; ++i) {
                const timespec nap{0, 1000};
                nanosleep(&nap, nullptr);
            }
        });
    });
    return found;
}

std::vector<double> threads_made(double seconds) {
    return batches_of(seconds, 5, [](int count) {
        for (int i = 0; i < count; ++i) {
            std::thread([] {}).join();
        }
    });
}

}  // namespace handoff::limits
