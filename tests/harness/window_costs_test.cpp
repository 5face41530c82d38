#include "window_costs.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <thread>

#include "clock.hpp"
#include "team.hpp"
#include "touch.hpp"

namespace handoff::harness {
namespace {

using namespace std::chrono_literals;

/// Runs one thread of a team through a window and says what that cost, per item of 100.
trial_costs costs_of(const std::function<void()>& set_up, const std::function<void()>& measured) {
    window_costs costs(nullptr);
    team crew(placement::unpinned);
    crew.add("worker", [&](lap& me) {
        set_up();
        me.start();
        measured();
        me.stop(100);
        std::free(std::malloc(1000));
    });
    crew.run(
        [&](const std::function<void()>& go) {
            costs.begin();
            go();
            costs.end();
        },
        [] {});
    trial_costs found = costs.per_item(100);
    set_allocations_aside(false);
    return found;
}

void allocate(int times) {
    for (int i = 0; i < times; ++i) {
        void* const memory = std::malloc(40);
        asm volatile("" : : "g"(memory) : "memory");
        std::free(memory);
    }
}

TEST(WindowCosts, CountTheAllocationsOfTheMeasuredLoopAndNoneOfTheHarness) {
    const trial_costs m = costs_of([] { allocate(1000); }, [] { allocate(250); });
    EXPECT_DOUBLE_EQ(m.allocations_per_item.value(), 2.5);
    EXPECT_DOUBLE_EQ(m.allocated_bytes_per_item.value(), 2.5 * 40);
    EXPECT_DOUBLE_EQ(costs_of([] { allocate(1000); }, [] {}).allocations_per_item.value(), 0.0);
}

TEST(WindowCosts, CountThreadsThatAreNotOfTheTeam) {
    // Making a thread is the measured code's own doing here, and is counted with what the thread allocates; the
    // first time glibc allocates for its stack, too, which it keeps.
    const auto with_a_thread = [](int times) {
        return costs_of([] {}, [times] { std::thread([times] { allocate(times); }).join(); })
            .allocations_per_item.value();
    };
    with_a_thread(1);
    const double one = with_a_thread(100);
    EXPECT_DOUBLE_EQ(with_a_thread(300) - one, 2.0);
    EXPECT_GT(one, 1.0);
}

TEST(WindowCosts, MemoryFaultsAndProcessorTime) {
    constexpr std::size_t bytes = 32 << 20;
    touch(3 * bytes / page_bytes);  // a peak of before, which is not the window's
    const trial_costs m = costs_of([] {},
                                   [&] {
                                       touch(bytes / page_bytes);
                                       const auto end = clock::now() + 50ms;
                                       while (clock::now() < end) {
                                       }
                                   });
    EXPECT_GE(m.minor_faults.value(), bytes / 4096);
    EXPECT_TRUE(m.major_faults);
    if (m.memory_growth_bytes) {
        EXPECT_GT(static_cast<double>(*m.memory_growth_bytes), 0.9 * bytes)
            << "though it was given back at once";
        EXPECT_LT(static_cast<double>(*m.memory_growth_bytes), 1.5 * bytes);
    }
    EXPECT_GT(static_cast<double>(m.peak_memory_bytes.value()), 0.9 * bytes);
    const double cpu = m.cpu_user_ns.value() + m.cpu_system_ns.value();
    EXPECT_GT(cpu, 10e6 / 100) << "50 ms of 100 items, most of it on a processor unless others have them all";
}

TEST(Lap, KnowsWhatItsThreadCost) {
    team crew(placement::unpinned);
    crew.add("sleeper", [](lap& me) {
        me.start();
        for (int i = 0; i < 10; ++i) {
            std::this_thread::sleep_for(1ms);
        }
        me.stop(1);
    });
    crew.add("worker", [](lap& me) {
        touch(300);
        me.start();
        touch(100);
        const auto end = clock::now() + 20ms;
        while (clock::now() < end) {
        }
        me.stop(1);
    });
    const team_report r = crew.run([](const std::function<void()>& go) { go(); }, [] {});
    const thread_report& sleeper = r.threads[0];
    const thread_report& worker = r.threads[1];
    ASSERT_TRUE(sleeper.costs && worker.costs);
    EXPECT_GE(worker.costs->minor_faults, 100U);
    EXPECT_LT(worker.costs->minor_faults, 200U) << "of the lap, not of the whole life";
    EXPECT_GE(sleeper.voluntary_switches, 10U);
    EXPECT_LT(sleeper.cpu_seconds, 0.5 * (sleeper.end_seconds - sleeper.start_seconds)) << "it was off its CPU";
    EXPECT_LT(worker.cpu_seconds, 1.01 * (worker.end_seconds - worker.start_seconds))
        << "nothing before or after the lap is charged to it";
}

}  // namespace
}  // namespace handoff::harness
