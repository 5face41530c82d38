// What every event loop of the catalog must do; once per loop, from the catalog.
#pragma once

#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/loops.hpp"
#include "shared/hang.hpp"
#include "shared/perturb.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

using impls::steady_clock;

inline std::size_t descriptors_of_process() {
    std::size_t count = 0;
    for (const auto& one : std::filesystem::directory_iterator("/proc/self/fd")) {
        static_cast<void>(one);
        ++count;
    }
    return count;
}

/// A descriptor that is readable when it is told so.
class signal {
public:
    signal() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
    ~signal() { ::close(fd_); }
    signal(const signal&) = delete;
    signal& operator=(const signal&) = delete;

    int fd() const { return fd_; }
    void raise() const {
        const std::uint64_t one = 1;
        ASSERT_EQ(::write(fd_, &one, sizeof one), static_cast<ssize_t>(sizeof one));
    }
    /// How often it was raised since.
    std::uint64_t take() const {
        std::uint64_t count = 0;
        return ::read(fd_, &count, sizeof count) == sizeof count ? count : 0;
    }

private:
    int fd_;
};

/// So many rounds, or what a variable says.
inline std::uint64_t rounds_of(const char* variable, std::uint64_t usual) {
    const char* const said = std::getenv(variable);
    return said == nullptr ? usual : std::strtoull(said, nullptr, 10);
}

template <class Loop>
class LoopTest : public testing::Test {
protected:
    void SetUp() override {
        if constexpr (requires { Loop::unavailable(); }) {
            if (!Loop::unavailable().empty()) {
                GTEST_SKIP() << Loop::unavailable();
            }
        }
    }
};
template <class Loop>
class LoopConformance : public LoopTest<Loop> {};
template <class Loop>
class LoopStress : public LoopTest<Loop> {};
TYPED_TEST_SUITE_P(LoopConformance);
TYPED_TEST_SUITE_P(LoopStress);

TYPED_TEST_P(LoopConformance, DeclaresItself) {
    static_assert(impls::event_loop<TypeParam>);
    EXPECT_FALSE(TypeParam::name.empty());
    EXPECT_GT(TypeParam::timer_step.count(), 0);
}

TYPED_TEST_P(LoopConformance, PostsRunOnceInTheirOrder) {
    TypeParam loop;
    std::vector<int> ran;
    for (int i = 0; i < 100; ++i) {
        loop.post([&ran, i] { ran.push_back(i); });  // before it runs
    }
    loop.post([&] {
        for (int i = 100; i < 300; ++i) {
            loop.post([&ran, i] { ran.push_back(i); });  // by a handler
        }
        loop.post([&] { loop.post([&] { loop.post([&] { loop.stop(); }); }); });
    });
    loop.run();
    std::vector<int> expected(300);
    for (int i = 0; i < 300; ++i) {
        expected[static_cast<std::size_t>(i)] = i;
    }
    std::vector<int> sorted = ran;
    std::ranges::sort(sorted);
    EXPECT_EQ(std::ranges::adjacent_find(sorted), sorted.end()) << "a post ran twice";
    EXPECT_EQ(sorted, expected) << "a post was lost";
    if (TypeParam::order != impls::ordering::none) {
        EXPECT_EQ(ran, expected) << "posts of one thread ran out of order";
    }
}

TYPED_TEST_P(LoopConformance, HandlersMayBeMoveOnlyAndAreDestroyed) {
    const auto counted = std::make_shared<int>(0);
    const signal never;
    {
        TypeParam loop;
        const auto add = [&] {
            auto own = std::make_unique<std::shared_ptr<int>>(counted);
            return [own = std::move(own)] { ++**own; };
        };
        loop.post(add());
        loop.post([&loop, add] {
            loop.after(1ms, add());
            loop.cancel(loop.after(2ms, add()));
            loop.after(1h, add());  // dropped
            loop.after(5ms, [&loop] { loop.stop(); });
        });
        loop.watch(never.fd(), add());
        loop.run();
        EXPECT_EQ(*counted, 2);
        loop.post(add());  // dropped
    }
    EXPECT_EQ(*counted, 2) << "the destructor ran a handler";
    EXPECT_EQ(counted.use_count(), 1) << "a handler was not destroyed";
}

TYPED_TEST_P(LoopConformance, TimersFireOnceAndNeverEarly) {
    TypeParam loop;
    std::minstd_rand random(7);
    std::vector<int> fired(300);
    int early = 0;
    const auto add = [&](std::size_t i) {
        const auto due = steady_clock::now() + std::chrono::nanoseconds(random() % 20'000'000);
        loop.at(due, [&, due, i] {
            early += steady_clock::now() < due;
            ++fired[i];
        });
    };
    for (std::size_t i = 0; i < 100; ++i) {
        add(i);  // before it runs
    }
    loop.post([&] {
        for (std::size_t i = 100; i < 299; ++i) {
            add(i);
            std::this_thread::sleep_for(10us);  // the loop's own time grows old
        }
        const auto begin = steady_clock::now();
        loop.after(3ms, [&, begin] {
            early += steady_clock::now() < begin + 3ms;
            ++fired[299];
        });
        loop.after(60ms, [&] { loop.stop(); });
    });
    loop.run();
    EXPECT_EQ(early, 0) << "fired a timer early";
    EXPECT_EQ(fired, std::vector<int>(300, 1)) << "a timer fired twice or not at all";
}

TYPED_TEST_P(LoopConformance, ACancelledTimerDoesNotFire) {
    TypeParam loop;
    int fired = 0;
    struct pair {
        typename TypeParam::timer timer;
        bool done = false;
    };
    std::vector<pair> timers(2);
    loop.post([&] {
        for (int i = 0; i < 100; ++i) {
            loop.cancel(loop.after(std::chrono::microseconds(i * 20), [&] { ++fired; }));
        }
        const auto due = steady_clock::now() + 1ms;
        for (std::size_t i = 0; i < 2; ++i) {
            timers[i].timer = loop.at(due, [&, i] {
                if (timers[1 - i].done) {
                    ++fired;
                    return;
                }
                timers[i].done = true;
                loop.cancel(timers[1 - i].timer);  // which is due, too
            });
        }
        std::this_thread::sleep_for(2ms);
        loop.after(10ms, [&] { loop.stop(); });
    });
    loop.run();
    EXPECT_EQ(fired, 0) << "a cancelled timer fired";
    EXPECT_TRUE(timers[0].done || timers[1].done);
}

TYPED_TEST_P(LoopConformance, ADescriptorIsWatchedUntilItIsUnwatched) {
    TypeParam loop;
    const signal one;
    const signal other;
    int looked = 0;
    int others = 0;
    typename TypeParam::watch_handle watch{};
    typename TypeParam::watch_handle second{};
    loop.post([&] {
        watch = loop.watch(one.fd(), [&] {
            if (++looked == 3) {  // level-triggered: readable until it is read
                EXPECT_EQ(one.take(), 1U);
                loop.unwatch(watch);
                one.raise();
                loop.after(5ms, [&] { loop.stop(); });
            }
        });
        second = loop.watch(other.fd(), [&] {
            ++others;
            EXPECT_EQ(other.take(), 1U);
        });
        one.raise();
        other.raise();
    });
    loop.run();
    EXPECT_EQ(looked, 3) << "a descriptor that was unwatched";
    EXPECT_EQ(others, 1);
    // Watched again, and unwatched by another handler while it is ready.
    looked = 0;
    loop.post([&] {
        watch = loop.watch(one.fd(), [&] {
            ++looked;
            one.take();
            loop.after(5ms, [&] {
                loop.unwatch(watch);
                loop.unwatch(second);
                one.raise();
                other.raise();
                loop.after(5ms, [&] { loop.stop(); });
            });
        });
    });
    loop.run();
    EXPECT_EQ(looked, 1);
    EXPECT_EQ(others, 1);
}

TYPED_TEST_P(LoopConformance, NothingBeginsAfterStopUntilItRunsAgain) {
    TypeParam loop;
    int ran = 0;
    for (int round = 0; round < 50; ++round) {
        loop.post([&] {
            loop.stop();
            loop.post([&] { ++ran; });
            loop.after(0ms, [&] { ++ran; });
        });
        loop.run();
        ASSERT_EQ(ran, 0) << "ran after stop";
        // what had not begun; posted, so that a loop that finds both timers due runs the other one, too
        loop.after(3ms, [&] { loop.post([&] { loop.stop(); }); });
        loop.run();
        ASSERT_EQ(ran, 2) << "was lost at stop";
        ran = 0;
    }
}

/// What a stop has left does not hide what is posted after it.
TYPED_TEST_P(LoopConformance, PostsBeforeAndAfterAStopRunWhenItRunsAgain) {
    TypeParam loop;
    std::string ran;
    loop.post([&] { loop.stop(); });
    loop.post([&] { ran += 'B'; });
    loop.run();
    loop.post([&] { ran += 'C'; });
    loop.post([&] { loop.stop(); });
    loop.run();
    EXPECT_EQ(ran, "BC");
}

TYPED_TEST_P(LoopConformance, PostsBeforeItRunsComeBeforeThoseOfItsHandlers) {
    TypeParam loop;
    std::string ran;
    for (const char* const expected : {"AB", "ABAB"}) {
        loop.post([&] { ran += 'A'; });
        loop.after(0ms, [&] {
            loop.post([&] {
                ran += 'B';
                loop.stop();
            });
        });
        std::this_thread::sleep_for(3ms);  // the timer is due when it begins
        loop.run();
        EXPECT_EQ(ran, expected) << "posts of one thread ran out of order";
    }
}

TYPED_TEST_P(LoopConformance, HoldsManyTimersAndDescriptors) {
    TypeParam loop;
    const std::size_t count = TypeParam::looks_at_all_beyond != 0 ? 500 : 20'000;
    std::minstd_rand random(11);
    std::vector<typename TypeParam::timer> timers;
    std::uint64_t wrong = 0;
    std::uint64_t fired = 0;
    loop.post([&] {
        for (std::size_t i = 0; i < count; ++i) {
            timers.push_back(loop.after(1h + std::chrono::seconds(random() % 3600), [&] { ++wrong; }));
        }
        for (std::size_t i = 0; i < count / 2; ++i) {
            std::swap(timers[random() % timers.size()], timers.back());
            loop.cancel(timers.back());
            timers.pop_back();
        }
        for (std::size_t i = 0; i < 100; ++i) {
            loop.after(std::chrono::microseconds(random() % 5000), [&] { ++fired; });
        }
    });
    const std::vector<signal> idle(100);
    const signal active;
    for (const signal& one : idle) {
        loop.watch(one.fd(), [&] { ++wrong; });
    }
    std::uint64_t turns = 0;
    loop.watch(active.fd(), [&] {
        active.take();
        if (++turns == 200) {
            loop.after(20ms, [&] { loop.stop(); });
        } else {
            active.raise();
        }
    });
    active.raise();
    loop.run();
    EXPECT_EQ(wrong, 0U);
    EXPECT_EQ(fired, 100U);
    EXPECT_EQ(turns, 200U);
}

TYPED_TEST_P(LoopConformance, LeavesNoDescriptorBehind) {
    const auto live = [] {
        TypeParam loop;
        const signal one;
        int turns = 0;
        loop.watch(one.fd(), [&] {
            one.take();
            if (++turns == 3) {
                loop.after(1ms, [&] { loop.stop(); });
            } else {
                one.raise();
            }
        });
        loop.after(1h, [] {});
        std::thread poster([&] { loop.post([&] { one.raise(); }); });
        loop.run();
        poster.join();
    };
    live();  // what a library opens once and keeps
    const std::size_t before = descriptors_of_process();
    for (int i = 0; i < 10; ++i) {
        live();
    }
    EXPECT_EQ(descriptors_of_process(), before) << "descriptors are left over";
}

TYPED_TEST_P(LoopStress, PostsByThreadsRunOnceInTheirOrder) {
    constexpr unsigned threads = 4;
    constexpr std::uint64_t posts = 500;  // disturbed, some loops take milliseconds for each
    TypeParam loop;
    std::vector<std::uint64_t> next(threads);
    std::uint64_t ran = 0;
    std::uint64_t wrong = 0;
    const perturbed disturbed(3);
    std::thread runner([&] { loop.run(); });
    together(threads, [&](unsigned who) {
        for (std::uint64_t i = 0; i < posts; ++i) {
            loop.post([&, who, i] {
                wrong += next[who] != i;
                next[who] = i + 1;
                if (++ran == threads * posts) {
                    loop.after(2ms, [&] { loop.stop(); });
                }
            });
        }
    });
    runner.join();
    EXPECT_EQ(ran, threads * posts) << "a post ran twice";
    if (TypeParam::order != impls::ordering::none) {
        EXPECT_EQ(wrong, 0U) << "posts of one thread ran out of order";
    }
}

TYPED_TEST_P(LoopStress, EveryPostWakesTheLoop) {
    constexpr std::uint64_t usual = 20'000;
    const std::uint64_t rounds = rounds_of("HANDOFF_WAKE_ROUNDS", usual);
    const signal over;
    TypeParam loop;
    std::atomic<std::uint64_t> ran{0};
    std::minstd_rand random(5);
    loop.watch(over.fd(), [&] { loop.stop(); });  // not by a post: it may sleep over that, too
    const perturbed disturbed(9);
    const deadline enough(rounds > usual ? 60'000ms : 1'500ms);
    std::thread runner([&] { loop.run(); });
    std::uint64_t posted = 0;
    while (posted < rounds && !enough()) {
        for (std::uint64_t spin = random() % 2'000; spin > 0; --spin) {
            static_cast<void>(
                ran.load(std::memory_order_relaxed));  // about as long as the loop needs to fall asleep
        }
        if (posted % 64 == 0) {
            std::this_thread::sleep_for(50us);
        }
        ++posted;
        loop.post([&ran] { ran.fetch_add(1); });
        const auto begin = steady_clock::now();
        while (ran.load() != posted) {
            std::this_thread::yield();
            if (steady_clock::now() - begin > 4s) {
                ADD_FAILURE() << "lost wake-up: after " << posted << " posts";
                posted = rounds;
                break;
            }
        }
    }
    over.raise();
    runner.join();
    if (rounds > usual && !this->HasFailure()) {
        std::cout << TypeParam::name << ": " << posted << " of " << rounds << " posts woke it\n";
    }
}

TYPED_TEST_P(LoopStress, PostsTimersAndDescriptorsTogether) {
    TypeParam loop;
    const signal one;
    std::uint64_t raised = 0;
    std::uint64_t read = 0;
    std::uint64_t posted = 0;
    std::uint64_t ran = 0;
    std::uint64_t set = 0;
    std::uint64_t fired = 0;
    std::uint64_t early = 0;
    loop.watch(one.fd(), [&] { read += one.take(); });
    std::thread runner([&] { loop.run(); });
    std::minstd_rand random(21);
    const deadline enough(300ms);
    while (!enough()) {
        ++posted;
        const auto wait = std::chrono::microseconds(random() % 3000);
        loop.post([&, wait] {
            const bool cancels = ++ran % 3 == 0;
            set += !cancels;
            const auto due = steady_clock::now() + wait;
            const auto timer = loop.at(due, [&, due] {
                early += steady_clock::now() < due;
                ++fired;
            });
            if (cancels) {
                loop.cancel(timer);
                loop.post([] {});
            }
        });
        if (posted % 5 == 0) {
            ++raised;
            one.raise();
        }
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 100));
    }
    loop.post([&] { loop.after(30ms, [&] { loop.stop(); }); });
    runner.join();
    EXPECT_EQ(ran, posted);
    EXPECT_EQ(fired, set) << "a timer fired twice or not at all";
    EXPECT_EQ(early, 0U) << "fired a timer early";
    EXPECT_EQ(read, raised);
}

TYPED_TEST_P(LoopStress, EachStopEndsOneRun) {
    TypeParam loop;
    const deadline enough(500ms);
    std::atomic<int> runs{0};
    int stops = 0;
    std::atomic<bool> over{false};
    std::thread runner([&] {
        while (!over.load()) {
            loop.run();
            runs.fetch_add(1);
        }
    });
    while (!enough() && stops < 2'000) {
        ++stops;
        loop.post([&] { loop.stop(); });
        while (runs.load() != stops) {
            std::this_thread::yield();
        }
    }
    loop.post([&] {
        over.store(true);
        loop.stop();
    });
    runner.join();
    EXPECT_EQ(runs.load(), stops + 1);
}

REGISTER_TYPED_TEST_SUITE_P(LoopConformance, DeclaresItself, PostsRunOnceInTheirOrder,
                            HandlersMayBeMoveOnlyAndAreDestroyed, TimersFireOnceAndNeverEarly,
                            ACancelledTimerDoesNotFire, ADescriptorIsWatchedUntilItIsUnwatched,
                            NothingBeginsAfterStopUntilItRunsAgain, PostsBeforeAndAfterAStopRunWhenItRunsAgain,
                            PostsBeforeItRunsComeBeforeThoseOfItsHandlers, HoldsManyTimersAndDescriptors,
                            LeavesNoDescriptorBehind);
REGISTER_TYPED_TEST_SUITE_P(LoopStress, PostsByThreadsRunOnceInTheirOrder, EveryPostWakesTheLoop,
                            PostsTimersAndDescriptorsTogether, EachStopEndsOneRun);

}  // namespace handoff::tests
