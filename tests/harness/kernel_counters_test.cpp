#include "kernel_counters.hpp"

#include <gtest/gtest.h>
#include <linux/perf_event.h>

#include <array>
#include <chrono>
#include <map>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "clock.hpp"
#include "touch.hpp"

namespace handoff::harness {
namespace {

using namespace std::chrono_literals;

// The kernel's own events take the way of the hardware's, and are granted where those are not.
const std::array<kernel_event, 3> software{{
    {"task_ns", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK},
    {"faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS},
    {"switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES},
}};

TEST(KernelCounters, ThreadsThatAreMadeLaterAreCountedWhileTheyLiveAndAfter) {
    const kernel_counters counters(software);
    if (counters.granted().size() != software.size()) {
        GTEST_SKIP() << counters.refusals();
    }
    std::map<std::string, double> seen;
    std::map<std::string, double> afterwards;
    const auto before = counters.read();
    const double cpu_before = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID);
    double cpu = 0;
    const auto work = [] {
        touch(500);
        for (int i = 0; i < 20; ++i) {
            std::this_thread::sleep_for(100us);
        }
        const auto end = clock::now() + 20ms;
        while (clock::now() < end) {
        }
    };
    std::thread([&] {
        std::thread inner(work);
        work();
        for (const auto& [name, count] : counters.between(before, counters.read())) {
            seen[name] = count;  // the threads are still there
        }
        inner.join();
    }).join();
    for (const auto& [name, count] : counters.between(before, counters.read())) {
        afterwards[name] = count;
    }
    cpu = cpu_seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu_before;
    EXPECT_GE(seen["faults"], 500);
    EXPECT_GE(seen["switches"], 20);
    EXPECT_GE(afterwards["faults"], 1000);
    EXPECT_LT(afterwards["faults"], 2000);
    EXPECT_GE(afterwards["switches"], 40);
    // two accounts of the same time, of all threads
    EXPECT_GT(afterwards["task_ns"], 0.5e9 * cpu);
    EXPECT_LT(afterwards["task_ns"], 1.5e9 * cpu + 1e6);
}

TEST(KernelCounters, AnEventThatHadItsCounterForAQuarterOfTheTimeIsScaled) {
    const kernel_counters counters(std::span(software.data(), 1));
    if (!counters.has_any()) {
        GTEST_SKIP() << counters.refusals();
    }
    using reading = kernel_counters::reading;
    const std::vector<reading> before{{100, 1000, 400}};
    const auto scaled = counters.between(before, std::vector<reading>{{150, 2000, 650}});
    ASSERT_EQ(scaled.size(), 1U);
    EXPECT_EQ(scaled[0].first, "task_ns");
    EXPECT_DOUBLE_EQ(scaled[0].second, 200);
    EXPECT_TRUE(counters.between(before, std::vector<reading>{{100, 2000, 400}}).empty())
        << "never on a counter: not 0 but unknown";
}

TEST(KernelCounters, WhatIsRefusedIsNamedWithTheReason) {
    const std::vector<kernel_event> events{{"nothing_such", 1U << 20, 0}, {"nor_such", 1U << 20, 1}};
    const kernel_counters counters(events);
    EXPECT_FALSE(counters.has_any());
    EXPECT_TRUE(counters.read().empty());
    EXPECT_NE(counters.refusals().find("nothing_such, nor_such: "), std::string::npos) << counters.refusals();
    EXPECT_NE(counters.refusals().find("(errno "), std::string::npos) << counters.refusals();
}

TEST(KernelCounters, TheNoteSaysOfEveryEventWhetherItIsCounted) {
    const kernel_counters_description found = describe_kernel_counters();
    std::string all = found.note;
    for (const std::string& name : found.granted) {
        all += " " + name;
    }
    for (const kernel_event& event : hardware_events()) {
        EXPECT_NE(all.find(event.name), std::string::npos) << event.name << " in " << found.note;
    }
    EXPECT_NE(all.find("system_calls"), std::string::npos) << found.note;
    if (!found.note.empty()) {
        EXPECT_NE(all.find("perf_event_paranoid"), std::string::npos) << found.note;
    }
}

}  // namespace
}  // namespace handoff::harness
