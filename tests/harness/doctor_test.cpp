#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "advice.hpp"
#include "cpu_quota.hpp"

namespace handoff::harness {
namespace {

namespace fs = std::filesystem;

/// A machine that nothing can be said against.
machine_facts good() {
    machine_facts facts;
    facts.cpus_allowed = 8;
    facts.governor = "performance";
    facts.smt = false;
    facts.isolated = "4-7";
    facts.perf_event_paranoid = 1;
    facts.counters = true;
    facts.clocksource = "tsc";
    return facts;
}
machine_watch calm() {
    return {10, {30, 31, 30, 32}, 0, 0.01, 0.0};
}
const noise_seen quiet{1, 10, 5000, 0.0001, 0.01};

std::vector<std::string> findings(const machine_facts& facts, const machine_watch& seen,
                                  const std::optional<noise_seen>& noise = quiet) {
    std::vector<std::string> all;
    for (const advice& one : advise(facts, seen, noise)) {
        EXPECT_FALSE(one.why.empty()) << one.finding;
        EXPECT_FALSE(one.command.empty()) << one.finding;
        all.push_back(one.finding);
    }
    return all;
}

/// The one finding, of which there is no other.
std::string only(const std::vector<std::string>& found) {
    EXPECT_EQ(found.size(), 1U) << testing::PrintToString(found);
    return found.empty() ? "" : found.front();
}

TEST(Advice, NoneForAMachineWithoutFault) {
    EXPECT_TRUE(findings(good(), calm()).empty());
    EXPECT_TRUE(findings(good(), calm(), std::nullopt).empty());
}

TEST(Advice, EachFindingByItself) {
    const auto with = [](auto change) {
        machine_facts facts = good();
        change(facts);
        return only(findings(facts, calm()));
    };
    EXPECT_EQ(with([](auto& f) { f.governor = "powersave"; }), "the frequency governor is powersave");
    EXPECT_EQ(with([](auto& f) { f.smt = true; }), "simultaneous multithreading is on");
    EXPECT_EQ(with([](auto& f) { f.isolated = ""; }), "no CPU is isolated");
    EXPECT_EQ(with([](auto& f) { f.clocksource = "hpet"; }), "the clock source is hpet");
    EXPECT_EQ(with([](auto& f) { f.virtual_machine = true; }), "a virtual machine");
    EXPECT_EQ(with([](auto& f) { f.swap_used_bytes = 3 << 20; }), "3 MiB are swapped out");
    EXPECT_EQ(with([](auto& f) { f.cpu_quota = 1.5; }), "the control group gets 1.5 CPUs' time for 8 CPUs");
    EXPECT_EQ(with([](auto& f) {
                  f.counters = false;
                  f.perf_event_paranoid = 3;
              }),
              "no hardware counters (perf_event_paranoid 3)");
}

TEST(Advice, AQuotaThatIsNotInTheWayIsNone) {
    machine_facts facts = good();
    facts.cpu_quota = 8;
    EXPECT_TRUE(findings(facts, calm()).empty());
}

TEST(Advice, OneCpuHasNothingToIsolate) {
    machine_facts facts = good();
    facts.cpus_allowed = 1;
    facts.isolated = "";
    EXPECT_EQ(only(findings(facts, {10, {}, 0, 0, 0})), "this process has one CPU");
    facts.cpus_allowed = 2;
    EXPECT_NE(only(findings(facts, calm())).find("2 are too few"), std::string::npos);
}

TEST(Advice, CommandsFitTheReason) {
    machine_facts facts = good();
    facts.counters = false;
    facts.perf_event_paranoid = 3;
    EXPECT_EQ(advise(facts, calm(), quiet)[0].command, "sudo sysctl kernel.perf_event_paranoid=1");
    facts.perf_event_paranoid = 1;
    EXPECT_NE(advise(facts, calm(), quiet)[0].command.find("dmesg"), std::string::npos);
    machine_facts slow = good();
    slow.clocksource = "hpet";
    slow.other_clocksources = "tsc hpet acpi_pm";
    EXPECT_TRUE(advise(slow, calm(), quiet)[0].command.starts_with("echo tsc"));
    slow.other_clocksources = "hpet acpi_pm";
    EXPECT_TRUE(advise(slow, calm(), quiet)[0].command.starts_with("tsc=reliable"));
    machine_facts limited = good();
    limited.cpu_quota = 2;
    limited.cpu_quota_file = "/sys/fs/cgroup/box/cpu.max";
    EXPECT_NE(advise(limited, calm(), quiet)[0].command.find("/sys/fs/cgroup/box/cpu.max"), std::string::npos);
}

TEST(Advice, WhatWasSeenWhileWatching) {
    machine_watch seen = calm();
    seen.foreign_cpus = 0.3;
    EXPECT_EQ(only(findings(good(), seen)), "others use 0.30 CPUs");
    seen.interrupted_probes = 3;
    EXPECT_EQ(only(findings(good(), seen)), "others use 0.30 CPUs, and stopped 3 probes");
    seen = calm();
    seen.stolen_cpus = 0.2;
    EXPECT_EQ(only(findings(good(), seen)), "the hypervisor takes 0.20 CPUs away");
    noise_seen noise = quiet;
    noise.gap_share = 0.02;
    noise.gaps_per_second = 250;
    noise.longest_gap_ns = 4e6;
    EXPECT_EQ(
        only(findings(good(), calm(), noise)),
        "the clock jumped by more than 1 us 250 times a second, in all 2.0% of the time, at most 4000 us");
}

TEST(Advice, StateChangesAreCountedInTheOrderOfTime) {
    machine_watch seen = calm();
    seen.transfers_ns = {30, 105, 110, 104, 30, 29};
    EXPECT_EQ(only(findings(good(), seen)),
              "the machine changed its state 2 times: line transfer 29 .. 30 ns (3 of 6 probes), 104 .. 110 ns "
              "(3 of 6 "
              "probes)");
}

class Facts : public testing::Test {
protected:
    void SetUp() override {
        root = fs::temp_directory_path() /
               ("handoff-facts-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        fs::remove_all(root);
        fs::create_directories(root);
    }
    void TearDown() override { fs::remove_all(root); }
    void write(const std::string& path, const std::string& text) {
        fs::create_directories((root / path).parent_path());
        std::ofstream(root / path) << text;
    }
    fs::path root;
};

TEST_F(Facts, AMachineThatSaysNothingIsReadToo) {
    const machine_facts facts = read_facts(root);
    EXPECT_EQ(facts.governor, "");
    EXPECT_FALSE(facts.smt);
    EXPECT_FALSE(facts.cpu_quota);
    EXPECT_FALSE(facts.perf_event_paranoid);
    EXPECT_EQ(facts.swap_used_bytes, 0U);
    EXPECT_GE(facts.cpus_allowed, 1U);
    for (const advice& one : advise(facts, {1, {}, 0, 0, 0}, std::nullopt)) {
        EXPECT_EQ(one.finding.find("frequency governor"), std::string::npos);
        EXPECT_EQ(one.finding.find("clock source"), std::string::npos);
    }
}

TEST_F(Facts, AreReadWhereTheKernelHasThem) {
    write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "schedutil\n");
    write("sys/devices/system/cpu/smt/active", "1\n");
    write("sys/devices/system/cpu/isolated", "2-3\n");
    write("sys/devices/system/clocksource/clocksource0/current_clocksource", "hpet\n");
    write("sys/devices/system/clocksource/clocksource0/available_clocksource", "tsc hpet\n");
    write("proc/sys/kernel/perf_event_paranoid", "4\n");
    write("proc/cpuinfo", "processor\t: 0\nflags\t\t: fpu vme hypervisor lahf_lm\n");
    write("proc/meminfo", "MemTotal:  100 kB\nSwapTotal:  4096 kB\nSwapFree:  1024 kB\n");
    const machine_facts facts = read_facts(root);
    EXPECT_EQ(facts.governor, "schedutil");
    EXPECT_EQ(facts.smt, true);
    EXPECT_EQ(facts.isolated, "2-3");
    EXPECT_EQ(facts.clocksource, "hpet");
    EXPECT_EQ(facts.other_clocksources, "tsc hpet");
    EXPECT_EQ(facts.perf_event_paranoid, 4);
    EXPECT_TRUE(facts.virtual_machine);
    EXPECT_EQ(facts.swap_used_bytes, 3072U * 1024);
}

TEST_F(Facts, TheScarcestQuotaOfAGroupAndItsParentsCounts) {
    write("proc/self/cgroup", "0::/outer/inner\n");
    write("sys/fs/cgroup/outer/cpu.max", "150000 100000\n");
    write("sys/fs/cgroup/outer/inner/cpu.max", "300000 100000\n");
    write("sys/fs/cgroup/cpu.max", "max 100000\n");
    EXPECT_DOUBLE_EQ(read_facts(root).cpu_quota.value_or(0), 1.5);
    EXPECT_EQ(read_facts(root).cpu_quota_file, "/sys/fs/cgroup/outer/cpu.max");
}

TEST_F(Facts, TheFirstVersionOfControlGroupsHasQuotasToo) {
    write("proc/self/cgroup", "5:memory:/box\n4:cpu,cpuacct:/box\n");
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n");
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n");
    write("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n");
    EXPECT_DOUBLE_EQ(read_facts(root).cpu_quota.value_or(0), 0.5);
}

TEST_F(Facts, HowOftenAGroupAndItsParentsWereHeldBack) {
    EXPECT_FALSE(throttled_periods(root)) << "nobody counts it";
    write("proc/self/cgroup", "0::/outer/inner\n");
    write("sys/fs/cgroup/cpu.stat", "usage_usec 77\nuser_usec 70\n");
    EXPECT_FALSE(throttled_periods(root)) << "the topmost group has no quota";
    write("sys/fs/cgroup/outer/cpu.stat", "usage_usec 50\nnr_periods 9\nnr_throttled 4\nthrottled_usec 800\n");
    write("sys/fs/cgroup/outer/inner/cpu.stat", "usage_usec 40\nnr_periods 9\nnr_throttled 3\n");
    EXPECT_EQ(throttled_periods(root), 7U);
    write("proc/self/cgroup", "0::/\n4:cpu,cpuacct:/box\n");
    write("sys/fs/cgroup/cpu,cpuacct/box/cpu.stat", "nr_periods 2\nnr_throttled 1\nthrottled_time 123456\n");
    EXPECT_EQ(throttled_periods(root), 1U);

    EXPECT_EQ(throttled_between(4, 7), 3U);
    EXPECT_EQ(throttled_between(7, 4), 0U) << "moved to another group meanwhile";
    EXPECT_FALSE(throttled_between(std::nullopt, 7));
}

}  // namespace
}  // namespace handoff::harness
