// The place where workers without work wait: no wake-up falls between a worker's last look and its sleep.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <thread>

#include "detail/cache_line.hpp"
#include "detail/idlers.hpp"
#include "pools/work_stealing_pool.hpp"
#include "shared/threads.hpp"
#include "wait/park.hpp"

namespace handoff::tests {
namespace {

struct alignas(impls::detail::cache_line) word {
    std::atomic<int> value{0};
};

/// Both begin together and are delayed by a different, small time each round, so that the store and the
/// notification fall into all moments of the other's announcement, look and sleep. The store is relaxed:
/// nothing but idlers orders it.
TEST(Idlers, NoWakeUpFallsBetweenTheLookAndTheSleep) {
    impls::detail::idlers idlers(impls::any_wait_of<impls::park>);
    word work;
    word begun;
    std::atomic<bool> stuck{false};
    const deadline over(400ms);
    std::atomic<int> last{1 << 30};
    const auto delay = [](unsigned& random) {
        random = random * 1664525 + 1013904223;
        for (unsigned i = random >> (22 + (random & 7) / 2); i > 0; --i) {
            std::atomic_signal_fence(std::memory_order_seq_cst);
        }
    };
    std::thread worker([&] {
        unsigned random = 2;
        for (int round = 1; round <= last.load(); ++round) {
            begun.value.store(round, std::memory_order_release);
            delay(random);
            idlers.wait_until([&] { return work.value.load(std::memory_order_relaxed) >= round; });
        }
    });
    unsigned random = 1;
    for (int round = 1; round <= last.load(); ++round) {
        const auto patience = std::chrono::steady_clock::now() + 10s;
        // Spinning, so that it starts within one line transfer of the worker; yielding only to a worker that
        // the scheduler keeps from the core.
        for (int looks = 0; begun.value.load(std::memory_order_acquire) < round && !stuck; ++looks) {
            if (looks > 2000) {
                std::this_thread::yield();
                stuck = std::chrono::steady_clock::now() > patience;
            }
        }
        if (stuck) {
            ADD_FAILURE() << "the worker sleeps beside work in round " << round - 1;
            last.store(0);
            work.value.store(1 << 30);
            idlers.notify_all();
            break;
        }
        if (over()) {
            last.store(round);
        }
        delay(random);
        work.value.store(round, std::memory_order_relaxed);
        idlers.notify();
    }
    worker.join();
}

/// A wait strategy whose waiters move when the test says so. At most two waiters, told apart by the order of
/// their coming.
struct directed {
    struct director {
        std::mutex mutex;
        std::condition_variable changed;
        int looks_allowed[2] = {0, 0};
        int looks_done[2] = {0, 0};
        bool may_return[2] = {false, false};
        int came = 0;
        int notifications = 0;

        template <class Change>
        void change(Change what) {
            {
                const std::lock_guard lock(mutex);
                what(*this);
            }
            changed.notify_all();
        }
        template <class Condition>
        void until(Condition holds) {
            std::unique_lock lock(mutex);
            changed.wait(lock, [&] { return holds(*this); });
        }
    };
    static inline director* now = nullptr;

    static constexpr std::string_view name = "directed";

    template <class Predicate>
    void wait_until(Predicate&& done) {
        int me = 0;
        now->change([&](director& d) { me = d.came++; });
        for (bool seen = false; !seen;) {
            now->until([&](const director& d) { return d.looks_allowed[me] > d.looks_done[me]; });
            seen = done();
            now->change([&](director& d) { ++d.looks_done[me]; });
        }
        now->until([&](const director& d) { return d.may_return[me]; });
    }
    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point) {
        wait_until(done);
        return true;
    }
    void notify() noexcept {
        now->change([](director& d) { ++d.notifications; });
    }
    void notify_all() noexcept { notify(); }
};

/// One that has seen its work and is on its way out counts as one that will look again, until it is gone. If
/// the wake that stood for it stayed behind, it would keep the next notification from one that sleeps.
TEST(Idlers, WhoLeavesLeavesNoWakeBehind) {
    directed::director play;
    directed::now = &play;
    impls::detail::idlers idle(&impls::any_wait_of<directed>);
    std::atomic<bool> work_for_first{true};
    std::atomic<bool> work_for_second{false};
    const auto look_once = [&](int who) {
        play.change([&](auto& d) { ++d.looks_allowed[who]; });
        play.until([&](const auto& d) { return d.looks_done[who] == d.looks_allowed[who]; });
    };

    std::thread first([&] { idle.wait_until([&] { return work_for_first.load(); }); });
    play.until([](const auto& d) { return d.came == 1; });
    std::thread second([&] { idle.wait_until([&] { return work_for_second.load(); }); });
    play.until([](const auto& d) { return d.came == 2; });

    look_once(0);  // the first has work, and is still on its way out
    look_once(1);  // the second has none, and sleeps
    idle.notify();
    idle.notify();
    EXPECT_EQ(play.notifications, 2);
    look_once(1);  // woken; what there was is gone
    play.change([](auto& d) { d.may_return[0] = true; });
    first.join();

    work_for_second = true;
    idle.notify();
    EXPECT_EQ(play.notifications, 3) << "the one that sleeps was not woken";
    play.change([](auto& d) {
        ++d.looks_allowed[1];
        d.may_return[1] = true;
    });
    second.join();
}

TEST(Idlers, NotifiesNobodyTwiceOnItsWay) {
    directed::director play;
    directed::now = &play;
    impls::detail::idlers idle(&impls::any_wait_of<directed>);
    std::atomic<bool> work{false};
    std::thread waiter([&] { idle.wait_until([&] { return work.load(); }); });
    play.until([](const auto& d) { return d.came == 1; });
    for (int i = 0; i < 10; ++i) {
        idle.notify();
    }
    EXPECT_EQ(play.notifications, 1) << "it will look; until then it needs no more";
    play.change([](auto& d) { ++d.looks_allowed[0]; });
    play.until([](const auto& d) { return d.looks_done[0] == 1; });
    idle.notify();
    EXPECT_EQ(play.notifications, 2) << "it has looked in vain, and sleeps again";
    work = true;
    play.change([](auto& d) {
        ++d.looks_allowed[0];
        d.may_return[0] = true;
    });
    waiter.join();
}

/// What stop_now finds in the queues is dropped, and who waits for it outside goes on.
TEST(WorkStealingPool, StopNowReleasesWhoWaitsForAFan) {
    for (int round = 0; round < 50; ++round) {
        impls::work_stealing_pool pool(1 + round % 2, {});
        std::atomic<int> ran{0};
        std::thread outside([&] {
            pool.run_all(500, [&](std::size_t) {
                ran.fetch_add(1);
                std::this_thread::yield();
            });
        });
        while (ran.load() == 0) {
            std::this_thread::yield();
        }
        const impls::pool_counts counts = pool.shutdown(impls::shutdown_mode::stop_now);
        outside.join();
        EXPECT_LE(counts.executed + counts.never_ran, 500U);
        EXPECT_GE(counts.executed, 1U);
    }
}

}  // namespace
}  // namespace handoff::tests
