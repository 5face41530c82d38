// What the stress tests must find.
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "detail/idlers.hpp"
#include "detail/task.hpp"
#include "pools/faults.hpp"
#include "pools/rounds.hpp"
#include "shared/perturb.hpp"
#include "shared/perturbing_wait.hpp"
#include "wait/park.hpp"

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

/// One queue under a mutex, and workers that wait as they are told. `Early`: it asks whether a worker waits
/// before the task is where that one finds it, and not after. A worker that begins to wait between the two
/// finds nothing and is not notified. That takes microseconds, and the two are nanoseconds apart.
template <bool Early>
class one_queue_pool {
public:
    static constexpr std::string_view name = "one_queue_pool";
    one_queue_pool(unsigned workers, const impls::pool_options& options)
        : idle_(options.wait), threads_(workers) {
        for (std::thread& one : threads_) {
            one = std::thread([this] { work(); });
        }
    }
    ~one_queue_pool() {
        stop_ = true;
        idle_.notify_all();
        for (std::thread& one : threads_) {
            one.join();
        }
    }

    template <class F>
    impls::submission submit(F&& f) {
        impls::detail::task made(std::forward<F>(f));
        const bool waited_before = waiting_ > 0;
        {
            const std::lock_guard lock(mutex_);
            tasks_.push_back(std::move(made));
        }
        if (Early ? waited_before : waiting_ > 0) {
            idle_.notify();
        }
        return impls::submission::accepted;
    }
    void wait_idle() {}
    unsigned size() const { return static_cast<unsigned>(threads_.size()); }

private:
    bool take(impls::detail::task& next) {
        const std::lock_guard lock(mutex_);
        if (tasks_.empty()) {
            return false;
        }
        next = std::move(tasks_.front());
        tasks_.pop_front();
        return true;
    }
    void work() {
        impls::detail::task next;
        while (!stop_) {
            bool found = take(next);
            if (!found) {
                ++waiting_;
                idle_.wait_until([&] { return stop_ || (found = take(next)); });
                --waiting_;
            }
            if (found) {
                next();
            }
            idle_.notify();  // there may be more, and the notification for that may have come to us
        }
    }

    impls::detail::idlers idle_;
    std::atomic<int> waiting_{0};
    std::mutex mutex_;  // protects what follows
    std::deque<impls::detail::task> tasks_;
    std::atomic<bool> stop_{false};
    std::vector<std::thread> threads_;  // last: they use all of the above
};

/// In a process of its own: a pool that has forgotten a task cannot be ended.
template <bool Early>
void disturb() {
    const perturbed waiting(6);
    std::atomic<int> ran{0};
    impls::pool_options options;
    options.wait = perturbing<impls::park>;
    pool_subject<one_queue_pool<Early>> pool(1, options);
    const int tasks = Early ? one_task_at_a_time(pool, false, 20000ms, 1000ms, ran)
                            : one_task_at_a_time(pool, false, 300ms, 20000ms, ran);
    std::fprintf(stderr, tasks > 0 ? "no wake-up was lost" : "a wake-up was lost");
    _exit(tasks > 0 ? 0 : 3);
}

TEST(PlantedPools, OneThatAsksWhoWaitsBeforeItPublishesIsFoundWhenItIsDisturbed) {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    if (!disturbs_libraries()) {
        GTEST_SKIP() << "its submitter loses time at a mutex";
    }
    EXPECT_EXIT(disturb<true>(), testing::ExitedWithCode(3), "a wake-up was lost");
    EXPECT_EXIT(disturb<false>(), testing::ExitedWithCode(0), "no wake-up was lost")
        << "and a right one is not";
}

}  // namespace
}  // namespace handoff::tests
