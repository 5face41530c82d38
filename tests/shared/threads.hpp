// Threads for the tests of locks and barriers: teams that start together, and single ones of which one can tell
// that they wait.
#pragma once

#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace handoff::tests {

using namespace std::chrono_literals;

/// Whether a test has taken long enough; on a busy machine fewer rounds have to do.
class deadline {
public:
    explicit deadline(std::chrono::milliseconds time) : at_(std::chrono::steady_clock::now() + time) {}
    bool operator()() const { return std::chrono::steady_clock::now() >= at_; }

private:
    std::chrono::steady_clock::time_point at_;
};

/// The threads that the process has.
inline int threads_of_process() {
    std::ifstream status("/proc/self/status");
    int threads = 0;
    for (std::string key; status >> key; status.ignore(1 << 10, '\n')) {
        if (key == "Threads:") {
            status >> threads;
        }
    }
    return threads;
}

/// One thread more. A vector that takes each test's lambda itself is compiled, with all its ways to grow, once
/// for each of them and each implementation.
inline void start_thread(std::vector<std::thread>& threads, std::function<void()> body) {
    threads.emplace_back(std::move(body));
}

/// Runs `body(index)` in `count` threads, none of which begins before all are there.
inline void together(unsigned count, const std::function<void(unsigned)>& body) {
    std::atomic<unsigned> missing{count};
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < count; ++i) {
        threads.emplace_back([&, i] {
            missing.fetch_sub(1);
            while (missing.load() != 0) {
                std::this_thread::yield();
            }
            body(i);
        });
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
}

/// Runs `body(index, over)` in `count` threads and sets `over` after `time`. However slow the machine, the test
/// ends when all have come to look. Relaxed, so that looking orders nothing that the lock should.
inline void for_a_while(unsigned count, std::chrono::milliseconds time,
                        const std::function<void(unsigned, const std::atomic<bool>&)>& body) {
    std::atomic<bool> over{false};
    together(count + 1, [&](unsigned i) {
        if (i == count) {
            std::this_thread::sleep_for(time);
            over.store(true, std::memory_order_relaxed);
        } else {
            body(i, over);
        }
    });
}

/// A thread that runs `body`, which may have to wait for something. Joined by the destructor.
class waiter {
public:
    explicit waiter(std::function<void()> body)
        : thread_([this, body = std::move(body)] {
              thread_id_ = gettid();
              began_at_ = cpu_time(CLOCK_THREAD_CPUTIME_ID);
              stage_.store(stage::runs);
              body();
              stage_.store(stage::done);
          }) {}
    ~waiter() { thread_.join(); }
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;

    bool done() const { return stage_.load() == stage::done; }

    /// Returns once the body is done (false) or certainly waits (true): it sleeps in the kernel look after
    /// look, or has used far more of a core than it takes to get to its waiting loop. Wall time decides
    /// nothing.
    bool waits() {
        while (stage_.load() == stage::starts) {
            std::this_thread::yield();
        }
        clockid_t clock;
        int looks_asleep = 0;
        std::int64_t used_before = -1;
        while (!done() && pthread_getcpuclockid(thread_.native_handle(), &clock) == 0) {
            const std::int64_t used = cpu_time(clock) - began_at_;
            looks_asleep = used == used_before && asleep() ? looks_asleep + 1 : 0;
            if (used > enough_nanoseconds || looks_asleep == 3) {
                return !done();
            }
            used_before = used;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }

private:
    enum class stage { starts, runs, done };
    static constexpr std::int64_t enough_nanoseconds = 1'000'000;

    static std::int64_t cpu_time(clockid_t clock) {
        timespec time{};
        clock_gettime(clock, &time);
        return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
    }

    bool asleep() const {
        std::ifstream file("/proc/self/task/" + std::to_string(thread_id_) + "/stat");
        std::string stat;
        std::getline(file, stat);
        const std::size_t name_end = stat.rfind(')');
        return name_end != std::string::npos && stat.substr(name_end, 3) == ") S";
    }

    pid_t thread_id_ = 0;
    std::int64_t began_at_ = 0;
    std::atomic<stage> stage_{stage::starts};
    std::thread thread_;
};

}  // namespace handoff::tests
