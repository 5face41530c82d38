// What the stress tests must find.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <thread>

#include "pools/faults.hpp"
#include "pools/rounds.hpp"

namespace handoff::tests {
namespace {

/// Waits for ever in one destruction of 200.
struct hangs_at_times : impls::locked_pool {
    using locked_pool::locked_pool;
    ~hangs_at_times() {
        static std::atomic<int> destroyed{0};
        if (++destroyed == 200) {
            std::mutex mutex;
            std::condition_variable never;
            std::unique_lock lock(mutex);
            never.wait(lock, [] { return false; });
        }
    }
};

/// Ends the process, and says in which round it was, when that has been the same one for long.
void come_and_go_or_say_where() {
    std::atomic<int> round{0};
    std::thread([&] {
        for (int last = -1, looks = 0; looks < 50; ++looks) {
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
            if (const int now = round; now != last) {
                last = now;
                looks = 0;
            }
        }
        std::fprintf(stderr, "hangs in round %d\n", round.load());
        _exit(3);
    }).detach();
    come_and_go(
        [](unsigned workers) {
            return std::make_unique<pool_subject<hangs_at_times>>(workers, impls::pool_options{});
        },
        300, round);
    _exit(0);
}

TEST(PlantedPools, OneThatHangsOnceIn200DestructionsIsFound) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(come_and_go_or_say_where(), testing::ExitedWithCode(3), "hangs in round 199");
}

}  // namespace
}  // namespace handoff::tests
