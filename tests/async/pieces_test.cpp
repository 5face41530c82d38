// The pieces that styles are made of: what they promise beyond the programs.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <future>
#include <memory>
#include <ranges>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "async/continuation_future.hpp"
#include "async/frames.hpp"
#include "async/future.hpp"
#include "async/generator.hpp"
#include "async/task.hpp"
#include "async/unique_function.hpp"
#include "pools/locked_pool.hpp"

namespace handoff::tests {

namespace {

using namespace std::chrono_literals;
namespace async = impls::async;
using threads = async::pool_executor<impls::locked_pool>;

template <class F>
std::string thrown_by(F&& f) {
    try {
        std::forward<F>(f)();
    } catch (const std::exception& failure) {
        return failure.what();
    }
    return "nothing";
}

TEST(UniqueFunction, KeepsSmallCallablesInsideAndMovesWhatCannotBeCopied) {
    auto token = std::make_shared<int>(5);
    {
        async::unique_function<int(int)> small([token](int more) { return *token + more; });
        async::unique_function<int(int)> large(
            [token, unused = std::array<int, 20>{}, own = std::make_unique<int>(3)](int more) {
                return *token + *own + more + unused[0];
            });
        EXPECT_EQ(small(1), 6);
        EXPECT_EQ(large(1), 9);
        async::unique_function<int(int)> moved(std::move(small));
        EXPECT_EQ(moved(2), 7);
        EXPECT_FALSE(static_cast<bool>(small));  // NOLINT(bugprone-use-after-move): it is empty
        moved = std::move(large);
        EXPECT_EQ(moved(2), 10);
        EXPECT_EQ(token.use_count(), 2) << "what was assigned to is gone";
    }
    EXPECT_EQ(token.use_count(), 1) << "a callable is left";
}

TEST(Future, AContinuationRunsOnceBeforeOrAfterItsValue) {
    int runs = 0;
    async::promise<int> first;
    auto later = first.get_future().then([&runs](int value) {
        ++runs;
        return value + 1;
    });
    EXPECT_EQ(runs, 0);
    EXPECT_FALSE(later.is_ready());
    first.set_value(1);
    EXPECT_EQ(runs, 1);
    EXPECT_TRUE(later.is_ready());
    EXPECT_EQ(std::move(later).then([&runs](int value) { return runs + value; }).get(), 3);
}

TEST(Future, APromiseThatIsDestroyedIsBroken) {
    auto orphan = async::promise<int>().get_future().then([](int value) { return value; });
    EXPECT_THROW(std::move(orphan).get(), std::future_error);
}

TEST(Future, AFailurePassesByWhatFollows) {
    int runs = 0;
    auto last = async::make_ready_future(1)
                    .then([](int) -> int { throw std::runtime_error("one"); })
                    .then([&runs](int value) { return runs += value; })
                    .then([&runs](int value) { return runs += value; });
    EXPECT_EQ(thrown_by([&] { std::move(last).get(); }), "one");
    EXPECT_EQ(runs, 0);
}

TEST(Future, AFutureOfAFutureIsTheInnerOne) {
    async::promise<int> inner;
    auto outer = async::make_ready_future(1).then([&inner](int) { return inner.get_future(); });
    static_assert(std::same_as<decltype(outer), async::future<int>>);
    EXPECT_FALSE(outer.is_ready());
    inner.set_value(5);
    EXPECT_EQ(std::move(outer).get(), 5);
    auto failing = async::make_ready_future(1).then(
        [](int) -> async::future<int> { throw std::runtime_error("no inner one"); });
    EXPECT_EQ(thrown_by([&] { std::move(failing).get(); }), "no inner one");
}

TEST(Future, AWaitThatWasGivenUpCanBeTakenUpAgain) {
    async::promise<int> made;
    auto later = made.get_future();
    EXPECT_FALSE(later.wait_for(1ms));
    EXPECT_FALSE(later.wait_for(0ns));
    const std::jthread other([&made] {
        std::this_thread::sleep_for(2ms);
        made.set_value(9);
    });
    EXPECT_EQ(std::move(later).get(), 9);
}

/// A value that comes while the wait for it is given up: it is there or not, and is not lost.
TEST(Future, AValueThatComesAtTheEndOfAWaitIsNotLost) {
    threads ex(1, {});
    for (int round = 0; round < 300; ++round) {
        auto later = async::run_on(ex, [round] { return round; });
        later.wait_for(std::chrono::nanoseconds(round * 50));
        ASSERT_EQ(std::move(later).get(), round);
    }
}

TEST(Future, WhenAnyIsTheFirstAndWhenAllIsAll) {
    std::vector<async::promise<int>> made(3);
    std::vector<async::future<int>> some;
    for (auto& each : made) {
        some.push_back(each.get_future());
    }
    auto first = async::when_any(std::move(some));
    made[1].set_value(10);
    ASSERT_TRUE(first.is_ready());
    made[0].set_value(20);
    made[2].set_exception(std::make_exception_ptr(std::runtime_error("late")));
    const auto winner = std::move(first).get();
    EXPECT_EQ(winner.index, 1U);
    EXPECT_EQ(winner.value, 10);

    EXPECT_TRUE(async::when_all(std::vector<async::future<int>>{}).get().empty());
    std::vector<async::future<int>> all;
    all.push_back(async::make_ready_future(1));
    all.push_back(async::make_ready_future(2).then([](int) -> int { throw std::runtime_error("second"); }));
    EXPECT_EQ(thrown_by([&] { async::when_all(std::move(all)).get(); }), "second");
}

TEST(ContinuationFuture, TheFirstMayFailAndTheOthersHaveRunWhenItIsThrown) {
    threads ex(1, {});
    for (int round = 0; round < 10; ++round) {
        std::atomic<std::uint64_t> ran{0};
        const auto step = [&ran](std::uint64_t i) {
            if (i == 0) {
                throw std::runtime_error("the first");
            }
            std::this_thread::sleep_for(200us);
            ran.fetch_add(1);
            return i;
        };
        EXPECT_EQ(thrown_by([&] { impls::continuation_future::fan_first(ex, step, 5); }), "the first");
        ASSERT_EQ(ran.load(), 4U) << "a step may run after what it needs is gone";
    }
}

TEST(Future, AChainOfManyContinuationsNeedsNoStack) {
    async::promise<std::uint64_t> first;
    auto last = first.get_future();
    for (int i = 0; i < 200'000; ++i) {
        last = std::move(last).then([](std::uint64_t value) { return value + 1; });
    }
    first.set_value(0);
    EXPECT_EQ(std::move(last).get(), 200'000U);
}

async::task<int> number(int value) {
    co_return value;
}
async::task<int> fails(const char* what) {
    throw std::runtime_error(what);
    co_return 0;
}
async::task<int> counts(int& runs) {
    co_return ++runs;
}

TEST(Task, RunsWhenItIsAwaitedAndNotBefore) {
    int runs = 0;
    {
        const auto unused = counts(runs);
    }
    EXPECT_EQ(runs, 0);
    EXPECT_EQ(async::sync_wait(counts(runs)), 1);
    EXPECT_EQ(thrown_by([] { async::sync_wait(fails("a task")); }), "a task");
}

async::task<int> catches() {
    try {
        co_await fails("inside");
    } catch (const std::runtime_error&) {
        co_return 1;
    }
    co_return 0;
}
TEST(Task, AnExceptionCanBeCaughtWhereTheTaskIsAwaited) {
    EXPECT_EQ(async::sync_wait(catches()), 1);
}

async::task<std::string> gathers() {
    std::vector<async::task<int>> some;
    for (int i = 0; i < 5; ++i) {
        some.push_back(number(i));
    }
    std::string all;
    for (const int value : co_await async::when_all(std::move(some))) {
        all += std::to_string(value);
    }
    co_return all;
}
async::task<int> gathers_a_failure() {
    std::vector<async::task<int>> some;
    some.push_back(number(1));
    some.push_back(fails("second"));
    some.push_back(fails("third"));
    co_return static_cast<int>((co_await async::when_all(std::move(some))).size());
}
TEST(Task, WhenAllKeepsTheOrderAndThrowsTheFirstFailureInIt) {
    EXPECT_EQ(async::sync_wait(gathers()), "01234");
    EXPECT_EQ(thrown_by([] { async::sync_wait(gathers_a_failure()); }), "second");
}

/// Goes on until it is told to stop.
async::task<int> for_ever(threads& ex, int& runs) {
    for (;;) {
        co_await async::resume_on(ex);
        co_await counts(runs);
    }
}
async::task<std::size_t> first_of(threads& ex, int& runs) {
    std::vector<async::task<int>> some;
    some.push_back(for_ever(ex, runs));
    some.push_back(number(7));
    const auto first = co_await async::when_any(std::move(some));
    co_return first.index + static_cast<std::size_t>(first.value);
}
TEST(Task, WhenAnyTellsTheOthersToStop) {
    threads ex(1, {});
    for (int round = 0; round < 50; ++round) {
        int runs = 0;
        EXPECT_EQ(async::sync_wait(first_of(ex, runs)), 8U);
    }
}

TEST(Task, AStopFromOutsideEndsWhatIsAwaited) {
    threads ex(1, {});
    int runs = 0;
    std::stop_source stop;
    const std::jthread other([&stop] {
        std::this_thread::sleep_for(2ms);
        stop.request_stop();
    });
    EXPECT_EQ(thrown_by([&] { async::sync_wait(for_ever(ex, runs), stop.get_token()); }), "cancelled");
}

/// Counts what it hands out.
struct counted_frames {
    static void* allocate(std::size_t bytes) {
        ++alive;
        return ::operator new(bytes);
    }
    static void deallocate(void* frame, std::size_t) noexcept {
        --alive;
        ::operator delete(frame);
    }
    static inline int alive = 0;
};
async::task<int, counted_frames> with_counted_frames(int depth) {
    if (depth == 0) {
        co_return counted_frames::alive;
    }
    co_return co_await with_counted_frames(depth - 1);
}
TEST(Task, FramesComeFromTheAllocatorOfItsTypeAndGoBack) {
    EXPECT_EQ(async::sync_wait(with_counted_frames(9)), 10);
    EXPECT_EQ(counted_frames::alive, 0);
}

TEST(RecycledFrames, AFrameOfTheSameSizeComesAgain) {
    void* const first = async::recycled_frames::allocate(100);
    async::recycled_frames::deallocate(first, 100);
    void* const second = async::recycled_frames::allocate(120);
    EXPECT_EQ(first, second) << "both are of the class of 128 bytes";
    void* const large = async::recycled_frames::allocate(5000);
    async::recycled_frames::deallocate(second, 120);
    async::recycled_frames::deallocate(large, 5000);
    // freed by another thread than has made it
    void* const travelling = async::recycled_frames::allocate(64);
    std::jthread([travelling] { async::recycled_frames::deallocate(travelling, 64); }).join();
}

static_assert(std::ranges::input_range<async::generator<int>>);
static_assert(std::movable<async::generator<std::unique_ptr<int>>>);
static_assert(std::same_as<async::generator<const int>::iterator::value_type, int>);

/// Notes how far it was run, and that what it holds was destroyed.
async::generator<int> counts_up(int n, int& begun, std::shared_ptr<int> held) {
    for (int i = 0; i < n; ++i) {
        ++begun;
        co_yield i** held;
    }
}

TEST(Generator, ComputesAValueWhenItIsAskedFor) {
    int begun = 0;
    auto values = counts_up(5, begun, std::make_shared<int>(10));
    EXPECT_EQ(begun, 0) << "it ran before anybody asked";
    auto at = values.begin();
    EXPECT_EQ(begun, 1);
    EXPECT_EQ(*at, 0);
    EXPECT_EQ(*at, 0) << "a look is no request";
    EXPECT_EQ(begun, 1);
    ++at;
    EXPECT_EQ(*at, 10);
    EXPECT_EQ(begun, 2);
    std::string rest;
    for (; at != async::generator<int>::end(); ++at) {
        rest += std::to_string(*at) + ' ';
    }
    EXPECT_EQ(rest, "10 20 30 40 ");
    EXPECT_EQ(begun, 5);
}

TEST(Generator, MayHaveNoValue) {
    int begun = 0;
    for (const int value : counts_up(0, begun, std::make_shared<int>(1))) {
        ADD_FAILURE() << value;
    }
    EXPECT_EQ(begun, 0);
}

TEST(Generator, DestroyedBeforeItsEndItDestroysWhatItHolds) {
    int begun = 0;
    const auto held = std::make_shared<int>(1);
    for (const int value : counts_up(1000, begun, held)) {
        if (value == 2) {
            break;
        }
    }
    EXPECT_EQ(begun, 3) << "it ran on";
    EXPECT_EQ(held.use_count(), 1);
    {
        const auto unused = counts_up(1000, begun, held);
        EXPECT_EQ(held.use_count(), 2);
    }
    EXPECT_EQ(held.use_count(), 1) << "one that has not begun";
    EXPECT_EQ(begun, 3);
}

async::generator<int> fails_behind(int n) {
    for (int i = 0; i < n; ++i) {
        co_yield i;
    }
    throw std::runtime_error("behind " + std::to_string(n));
}

TEST(Generator, WhatItThrowsIsThrownWhereItIsAsked) {
    int seen = 0;
    EXPECT_EQ(thrown_by([&] {
                  for (const int value : fails_behind(3)) {
                      EXPECT_EQ(value, seen);
                      ++seen;
                  }
              }),
              "behind 3");
    EXPECT_EQ(seen, 3) << "values before the failure are lost";
    EXPECT_EQ(thrown_by([] {
                  auto at_once = fails_behind(0);
                  at_once.begin();
              }),
              "behind 0");
    auto values = fails_behind(1);
    auto at = values.begin();
    EXPECT_EQ(thrown_by([&] { ++at; }), "behind 1");
    EXPECT_EQ(at, async::generator<int>::end()) << "one that has failed has no further value";
}

async::generator<std::string> words() {
    const std::string kept(100, 'a');
    co_yield kept;
    co_yield std::string(100, 'b');
    co_yield "a value of another type";
    co_yield kept + 'c';
}

TEST(Generator, ItsValuesLiveUntilTheNextIsAskedFor) {
    std::string firsts;
    std::size_t bytes = 0;
    for (const std::string& word : words()) {
        firsts += word.front();
        bytes += word.size();
    }
    EXPECT_EQ(firsts, "abaa");
    EXPECT_EQ(bytes, 100U + 100 + 23 + 101);
}

async::generator<std::unique_ptr<int>> cannot_be_copied() {
    co_yield std::make_unique<int>(1);
    const auto second = std::make_unique<int>(2);
    co_yield second;
}

TEST(Generator, GivesWhatCannotBeCopiedAndMovesBetweenTwoValues) {
    auto values = cannot_be_copied();
    auto at = values.begin();
    EXPECT_EQ(**at, 1);
    auto elsewhere = std::move(values);
    ++at;
    EXPECT_EQ(**at, 2);
    elsewhere = cannot_be_copied();
    EXPECT_EQ(**elsewhere.begin(), 1) << "the one that stood here before is gone";
}

async::generator<int, counted_frames> with_a_counted_frame() {
    co_yield counted_frames::alive;
}

TEST(Generator, ItsFrameComesFromTheAllocatorOfItsTypeAndGoesBack) {
    for (const int alive : with_a_counted_frame()) {
        EXPECT_EQ(alive, 1);
    }
    EXPECT_EQ(counted_frames::alive, 0);
}

}  // namespace

}  // namespace handoff::tests
