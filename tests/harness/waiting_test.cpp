#include "queues/waiting.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>

#include "blocking.hpp"
#include "queues/mutex_queue.hpp"
#include "queues/vyukov_ring.hpp"
#include "queues/workloads/transfer.hpp"
#include "shared/quota.hpp"
#include "topology.hpp"
#include "wait/hybrid.hpp"
#include "wait/park.hpp"
#include "wait/spin.hpp"
#include "wait/yield.hpp"
#include "wake_time.hpp"

namespace handoff::benchmarks {
namespace {

using namespace std::chrono_literals;

/// Does between two looks what the test says, in the same thread: waits whose length is known.
struct scripted {
    static constexpr std::string_view name = "scripted";
    static constexpr bool polls = true;

    template <class Predicate>
    void wait_until(Predicate&& done) {
        while (!done()) {
            meanwhile();
        }
    }
    template <class Predicate>
    bool wait_until(Predicate&& done, std::chrono::steady_clock::time_point) {
        wait_until(done);
        return true;
    }
    void notify() noexcept {}
    void notify_all() noexcept {}

    static inline std::function<void()> meanwhile;
};

template <class Queue, class Wait>
using channel = impls::blocking<Queue, Wait, impls::closing::abrupt, wait_tally>;
using ring = impls::vyukov_ring<std::uint64_t>;

std::map<std::string, double> metrics_of(const harness::measurement& m) {
    return {m.metrics.begin(), m.metrics.end()};
}

TEST(WaitTally, CountsWaitsAndTheirLooksOnTheirSideAndNothingElse) {
    channel<ring, scripted> c(2);
    auto in = c.producer();
    auto out = c.consumer();
    std::uint64_t value = 0;
    ASSERT_TRUE(in.push(1));
    ASSERT_TRUE(in.push(2));
    EXPECT_EQ(in.observer().waits(), 0U);

    int pauses = 0;
    scripted::meanwhile = [&] {
        if (++pauses == 3) {
            ASSERT_TRUE(out.pop(value));
        }
    };
    ASSERT_TRUE(in.push(3));
    EXPECT_EQ(in.observer().waits_for_room, 1U);
    EXPECT_EQ(in.observer().looks_for_room, 3U);
    EXPECT_EQ(in.observer().waits(), 1U) << "and none for items";
    EXPECT_EQ(out.observer().waits(), 0U) << "a handle's tally is its own";

    ASSERT_TRUE(out.pop(value));
    ASSERT_TRUE(out.pop(value));
    EXPECT_EQ(value, 3U);
    scripted::meanwhile = [&] { ASSERT_TRUE(in.push(4)); };
    ASSERT_TRUE(out.pop(value));
    EXPECT_EQ(value, 4U);
    EXPECT_EQ(out.observer().waits_for_items, 1U);
    EXPECT_EQ(out.observer().looks_for_items, 1U);
    EXPECT_EQ(out.observer().waits(), 1U);
    EXPECT_EQ(in.observer().waits(), 1U);
    scripted::meanwhile = nullptr;
}

TEST(WaitTally, CountsWaitsThatEndWithTheChannel) {
    channel<ring, scripted> c(2);
    auto in = c.producer();
    auto out = c.consumer();
    std::uint64_t value = 7;
    scripted::meanwhile = [&] { c.close(); };
    EXPECT_FALSE(out.pop(value));
    EXPECT_EQ(value, 7U) << "unchanged where nothing came";
    EXPECT_EQ(out.observer().waits_for_items, 1U);
    EXPECT_EQ(out.observer().looks_for_items, 1U);

    ASSERT_TRUE(in.push(1));  // abrupt: who need not wait does not notice
    ASSERT_TRUE(in.push(2));
    EXPECT_FALSE(in.push(3));
    EXPECT_EQ(in.observer().waits_for_room, 1U);
    EXPECT_EQ(in.observer().looks_for_room, 1U);
    scripted::meanwhile = nullptr;
}

/// Claims as many chunks as producers may be ahead.
void run_ahead(quota& pushes) {
    for (int chunk = 0; chunk < 8; ++chunk) {
        ASSERT_GT(pushes.claim(), 0U);
    }
}

TEST(LeadGate, HoldsTheProducerUntilAConsumerComesAndSaysThatItHadToWait) {
    for (const auto budget : {0ns, std::chrono::nanoseconds(1min)}) {
        quota pushes(64'000, 1);
        quota pops(64'000, 1);
        lead_gate<impls::hybrid> gate(pushes, pops);
        gate.wait().set_budget(budget);
        EXPECT_FALSE(gate.pass()) << "nobody is ahead";
        run_ahead(pushes);
        std::atomic<bool> passed{false};
        std::thread producer([&] {
            EXPECT_TRUE(gate.pass());
            passed = true;
        });
        if (budget == 0ns) {
            while (gate.wait().sleeps() == 0) {
                std::this_thread::yield();
            }
        } else {
            std::this_thread::sleep_for(20ms);
        }
        EXPECT_FALSE(passed);
        ASSERT_GT(pops.claim(), 0U);
        gate.advanced();
        producer.join();
        EXPECT_EQ(gate.wait().sleeps(), budget == 0ns ? 1U : 0U);
    }
}

/// Each of the first so many pops takes its time, and waits by itself until there is something: the consumer is
/// the slower side, and never finds nothing.
template <class T>
class patient_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "patient_queue";
    static constexpr auto producers = impls::cardinality::many;
    static constexpr auto consumers = impls::cardinality::many;
    static constexpr auto order = impls::ordering::fifo;
    static constexpr auto progress = impls::progress_guarantee::blocking;
    static constexpr auto capacity_is = impls::capacity_rule::unbounded;
    static inline std::atomic<std::uint64_t> patience{0};

    void push(T&& value) {
        const std::lock_guard lock(mutex_);
        items_.push_back(std::move(value));
    }
    bool try_pop(T& out) {
        if (patience == 0) {
            return take(out);
        }
        --patience;
        const auto end = std::chrono::steady_clock::now() + 10us;
        while (std::chrono::steady_clock::now() < end) {
        }
        while (!take(out)) {
            std::this_thread::yield();
        }
        return true;
    }

private:
    bool take(T& out) {
        const std::lock_guard lock(mutex_);
        if (items_.empty()) {
            return false;
        }
        out = std::move(items_.front());
        items_.pop_front();
        return true;
    }

    std::mutex mutex_;
    std::deque<T> items_;
};

TEST(Transfer, ItsLeadGateTakesTheBudgetAndItsSleepsAreInTheSleepRatio) {
    constexpr std::uint64_t items = 6400;  // in chunks of 100: the producer waits for a millisecond at a time
    harness::point p;
    p.family = "queues";
    p.workload = "transfer";
    p.impl = "patient_queue";
    p.values = {{"wait", "hybrid"},        {"producers", "1"},       {"consumers", "1"},
                {"capacity", "unbounded"}, {"bytes", "8"},           {"spin_budget", "100"},
                {"balance", "even"},       {"batch", "1"},           {"between_ns", "0"},
                {"jitter", "none"},        {"placement", "unpinned"}};
    using measured = channel<patient_queue<item<8>>, impls::hybrid>;
    const auto sleep_ratio = [&](double wake_ns) {
        patient_queue<item<8>>::patience = items;
        const harness::trial t{p, items, 10s, 1, [](const std::function<void()>& go) { go(); }, 0, wake_ns};
        const harness::measurement m = transfer::run(t, transfer::loops_of<measured>);
        EXPECT_EQ(m.failure, "");
        const auto found = metrics_of(m);
        EXPECT_EQ(found.at("waits_for_items_per_item"), 0) << "the consumer never waited";
        EXPECT_TRUE(found.contains("sleep_ratio")) << "the producer's waits count";
        return found.contains("sleep_ratio") ? found.at("sleep_ratio") : -1;
    };
    EXPECT_GT(sleep_ratio(0), 0.5) << "who spins for no time sleeps";
    EXPECT_EQ(sleep_ratio(60e9), 0) << "who spins for a minute does not";
}

/// Bytes that may be moved and not copied: neither a waiting push nor a waiting pop may work on a copy.
struct movable_bytes {
    movable_bytes() = default;
    explicit movable_bytes(int number) : number(number) {}
    movable_bytes(const movable_bytes&) = delete;
    movable_bytes(movable_bytes&&) = default;
    movable_bytes& operator=(const movable_bytes&) = delete;
    movable_bytes& operator=(movable_bytes&&) = default;
    int number = 0;
};
static_assert(std::is_trivially_copyable_v<movable_bytes> && !std::copyable<movable_bytes>);

std::jthread soon(std::function<void()> what) {
    return std::jthread([what = std::move(what)] {
        std::this_thread::sleep_for(2ms);
        what();
    });
}

template <class Value, class Wait>
void waits_with(const std::function<bool(const Value&, const Value&)>& same) {
    using queue = impls::vyukov_ring<Value>;
    impls::blocking<queue, Wait> c(2);
    auto in = c.producer();
    auto out = c.consumer();
    Value first(1);
    Value second(2);
    Value got{};
    // A pop that waits gets what is pushed meanwhile; a push that waits is refused at the end and keeps its
    // value.
    {
        const auto later = soon([&] { ASSERT_TRUE(in.push(std::move(first))); });
        ASSERT_TRUE(out.pop(got));
    }
    EXPECT_TRUE(same(got, Value(1)));
    ASSERT_TRUE(in.push(Value(5)));
    ASSERT_TRUE(in.push(Value(6)));
    {
        const auto later = soon([&] { c.close(); });
        EXPECT_FALSE(in.push(std::move(second)));
    }
    EXPECT_TRUE(same(second, Value(2))) << "a refused value is untouched";
    ASSERT_TRUE(out.pop(got));
    ASSERT_TRUE(out.pop(got));
    EXPECT_TRUE(same(got, Value(6)));
    EXPECT_FALSE(out.pop(got));
    EXPECT_TRUE(same(got, Value(6))) << "nothing came, so nothing changed";
}

/// A number on the heap, so that a moved-from one is empty.
struct boxed {
    boxed() = default;
    explicit boxed(int number) : number(std::make_unique<int>(number)) {}
    std::unique_ptr<int> number;
};

TEST(WaitingOperations, LeaveRefusedValuesAloneWhetherTheyCanBeCopiedOrNot) {
    const std::function<bool(const movable_bytes&, const movable_bytes&)> same_bytes =
        [](const movable_bytes& a, const movable_bytes& b) { return a.number == b.number; };
    const std::function<bool(const boxed&, const boxed&)> same_box = [](const boxed& a, const boxed& b) {
        return a.number && b.number && *a.number == *b.number;
    };
    const std::function<bool(const std::uint64_t&, const std::uint64_t&)> same_number = std::equal_to<>();
    waits_with<movable_bytes, impls::park>(same_bytes);
    waits_with<boxed, impls::park>(same_box);
    waits_with<std::uint64_t, impls::park>(same_number);
    waits_with<movable_bytes, impls::yield>(same_bytes);
    waits_with<boxed, impls::yield>(same_box);
    waits_with<std::uint64_t, impls::yield>(same_number);
}

// Who has waited tells the other side as everybody does. A sleeper takes far longer to wake than the other side
// takes to fall asleep, so that in most rounds both wait for each other's news; in the others there is nothing
// to be told.
TEST(WaitingOperations, APopThatWaitedTellsAPushThatWaits) {
    for (int round = 0; round < 20; ++round) {
        impls::blocking<ring, impls::park> c(2);
        const std::jthread consumer([&] {
            std::uint64_t got = 0;
            auto out = c.consumer();
            EXPECT_TRUE(out.pop(got));
        });
        std::this_thread::sleep_for(2ms);
        auto in = c.producer();
        ASSERT_TRUE(in.push(1));
        ASSERT_TRUE(in.push(2));
        ASSERT_EQ(in.try_push_for(3, 10s), impls::queue_op_status::success) << "round " << round;
    }
}

TEST(WaitingOperations, APushThatWaitedTellsAPopThatWaits) {
    for (int round = 0; round < 20; ++round) {
        impls::blocking<ring, impls::park> c(2);
        std::uint64_t got = 0;
        auto out = c.consumer();
        {
            auto in = c.producer();
            ASSERT_TRUE(in.push(1));
            ASSERT_TRUE(in.push(2));
        }
        const std::jthread producer([&] {
            auto in = c.producer();
            EXPECT_TRUE(in.push(3));
        });
        std::this_thread::sleep_for(2ms);
        ASSERT_TRUE(out.pop(got));
        ASSERT_TRUE(out.pop(got));
        ASSERT_EQ(out.try_pop_for(got, 10s), impls::queue_op_status::success) << "round " << round;
        EXPECT_EQ(got, 3U);
    }
}

TEST(WaitTally, AddsUp) {
    wait_tally all{1, 10, 2, 20};
    all += wait_tally{3, 30, 4, 40};
    EXPECT_EQ(all.waits_for_room, 4U);
    EXPECT_EQ(all.looks_for_room, 40U);
    EXPECT_EQ(all.waits_for_items, 6U);
    EXPECT_EQ(all.looks_for_items, 60U);
    EXPECT_EQ(all.waits(), 10U);
}

TEST(WaitTally, BecomesMetricsPerItemOfTheSidesThatThereAre) {
    harness::measurement m;
    m.items = 10;
    const wait_tally all{5, 40, 1, 2};
    add_side_metrics(m, all, true);
    EXPECT_EQ(metrics_of(m), (std::map<std::string, double>{{"waits_for_room_per_item", 0.5},
                                                            {"looks_for_room_per_item", 4},
                                                            {"waits_for_items_per_item", 0.1},
                                                            {"looks_for_items_per_item", 0.2}}));
    m.metrics.clear();
    add_side_metrics(m, all, false);
    EXPECT_EQ(metrics_of(m), (std::map<std::string, double>{{"waits_for_items_per_item", 0.1},
                                                            {"looks_for_items_per_item", 0.2}}));
    static_assert(tells_of_waits<channel<ring, impls::spin>>);
    static_assert(!tells_of_waits<channel<impls::mutex_queue<std::uint64_t>, impls::native>>);
}

TEST(SleepRatio, IsTheShareOfWaitsThatMadeABlockingCall) {
    const wait_tally four{1, 0, 3, 0};
    channel<ring, impls::park> c(2);
    c.for_each_wait([](auto& wait) {
        // sleeps once: nothing ends the wait but its deadline
        wait.wait_until([] { return false; }, std::chrono::steady_clock::now() + 50ms);
    });
    harness::measurement m;
    add_sleep_metrics(m, four, report_of(c));
    EXPECT_EQ(metrics_of(m), (std::map<std::string, double>{{"sleep_ratio", 0.5}}));

    m.metrics.clear();
    add_sleep_metrics(m, {}, report_of(c));
    EXPECT_TRUE(m.metrics.empty()) << "no waits, no share of them";

    const channel<ring, impls::spin> spinning(2);
    add_sleep_metrics(m, four, report_of(spinning));
    EXPECT_EQ(metrics_of(m), (std::map<std::string, double>{{"sleep_ratio", 0}}));
}

harness::point budget_point(const std::string& budget) {
    return {"queues",
            "transfer",
            "vyukov_ring",
            {{"wait", "hybrid"}, {"spin_budget", budget}, {"placement", "spread"}}};
}

TEST(SpinBudget, IsAPercentageOfTheWakeOrTheStrategysOwn) {
    for (const auto& [text, ns] : {std::pair("own", 20000.0), {"0", 0.0}, {"50", 4000.0}, {"400", 32000.0}}) {
        const harness::point p = budget_point(text);
        const harness::trial t{p, 1, {}, 1, {}, 0, 8000.0};
        channel<ring, impls::hybrid> c(2);
        set_spin_budget(c, t);
        harness::measurement m;
        add_sleep_metrics(m, {}, report_of(c));
        EXPECT_EQ(metrics_of(m), (std::map<std::string, double>{{"spin_budget_ns", ns}})) << text;
        c.for_each_wait([&, wanted = ns](const auto& wait) {
            EXPECT_EQ(wait.budget().count(), static_cast<std::int64_t>(wanted));
        });
    }
}

TEST(SpinBudget, DecidesHowOftenAHybridLooksBeforeItParks) {
    const auto looks_with = [](std::chrono::nanoseconds budget) {
        impls::hybrid wait;
        wait.set_budget(budget);
        int looks = 0;
        EXPECT_FALSE(wait.wait_until(
            [&] {
                ++looks;
                return false;
            },
            std::chrono::steady_clock::now() + 5ms));
        return looks;
    };
    EXPECT_LE(looks_with(0ns), 9) << "one of its own, and those of park around its sleeps";
    EXPECT_GE(looks_with(1ns), 16);
    EXPECT_GE(looks_with(1h), 16) << "and ends with the deadline, not with the budget";
}

TEST(SpinBudget, IsMeasuredOncePerProcessWhereNobodyStatesTheWake) {
    const harness::point p = budget_point("100");
    const harness::trial t{p, 1, {}, 1, {}, 0, std::nullopt};
    const auto first = named_budget(t);
    ASSERT_TRUE(first);
    EXPECT_EQ(named_budget(t), first);
    // A wake is two system calls and a switch of threads at least, and no machine that works takes a second for
    // it.
    EXPECT_GT(*first, 100ns);
    EXPECT_LT(*first, 1s);
}

TEST(WakeTime, CanBeMeasuredOnOneCpu) {
    const int cpu = harness::processors().front().cpu;
    EXPECT_GT(harness::wake_time_ns(cpu, cpu), 100);
}

}  // namespace
}  // namespace handoff::benchmarks
