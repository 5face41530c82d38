// Placements on machines that hwloc makes up.
#include "topology.hpp"

#include <gtest/gtest.h>
#include <hwloc.h>

#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "handing_cpus.hpp"
#include "hwloc_topology.hpp"
#include "seats_by_role.hpp"

namespace handoff::harness {
namespace {

using cpus = std::vector<int>;

class made_up {
public:
    explicit made_up(const std::string& description) {
        hwloc_topology_init(&topology_);
        EXPECT_EQ(hwloc_topology_set_synthetic(topology_, description.c_str()), 0) << description;
        EXPECT_EQ(hwloc_topology_load(topology_), 0);
    }
    ~made_up() { hwloc_topology_destroy(topology_); }
    made_up(const made_up&) = delete;
    made_up& operator=(const made_up&) = delete;

    std::vector<processor> processors() const { return processors_of(topology_); }
    hwloc_topology_t get() const { return topology_; }

private:
    hwloc_topology_t topology_ = nullptr;
};

cpus first(placement where, const std::vector<processor>& machine, std::size_t threads) {
    cpus order = seat_order_of(where, machine).cpus;
    order.resize(std::min(threads, order.size()));
    return order;
}

TEST(SyntheticTopology, TwoSocketsWithSmt) {
    // CPU numbers: core by core, siblings side by side; 16 of each package
    const made_up machine("pack:2 [numa] l3:1 core:8 pu:2");
    const auto all = machine.processors();
    ASSERT_EQ(all.size(), 32U);
    EXPECT_EQ(first(placement::spread, all, 3), (cpus{0, 2, 4}));
    EXPECT_EQ(first(placement::spread, all, 17).back(), 1) << "siblings come when all cores have a thread";
    EXPECT_EQ(first(placement::same_core, all, 9), cpus{0});
    EXPECT_EQ(first(placement::smt_sibling, all, 5), (cpus{0, 1, 2, 3, 4}));
    EXPECT_EQ(first(placement::same_cache, all, 99), (cpus{0, 2, 4, 6, 8, 10, 12, 14}));
    EXPECT_EQ(first(placement::other_socket, all, 4), (cpus{0, 16, 2, 18}));
    EXPECT_EQ(seat_order_of(placement::other_socket, all).cpus.size(), 32U);
    EXPECT_EQ(why_no_seats(placement::same_cache, 8, all), "");
    EXPECT_EQ(why_no_seats(placement::same_cache, 9, all),
              "this machine (32 CPUs on 16 cores of 2 packages) seats no more than 8 threads so");
    EXPECT_EQ(why_no_seats(placement::spread, 99, all), "");

    const auto summary = describe_topology(machine.get());
    EXPECT_EQ(summary.packages, 2);
    EXPECT_EQ(summary.numa_nodes, 2);
    EXPECT_EQ(summary.cores, 16);
    EXPECT_EQ(summary.most_cpus_per_core, 2);
    ASSERT_EQ(summary.caches.size(), 1U);
    EXPECT_EQ(summary.caches[0].level, 3);
    EXPECT_EQ(summary.caches[0].cores, 8);
    EXPECT_EQ(summary.this_machine, false);
}

/// Threads of two roles, all of the first before all of the second: the CPUs of each role.
std::vector<cpus> by_role(placement where, const std::vector<processor>& machine, std::size_t one,
                          std::size_t other) {
    std::vector<std::size_t> roles(one, 0);
    roles.insert(roles.end(), other, 1);
    const cpus taken = seats_of_team(where, first(where, machine, roles.size()), roles);
    const auto middle = taken.begin() + static_cast<std::ptrdiff_t>(one);
    return {{taken.begin(), middle}, {middle, taken.end()}};
}

TEST(SyntheticTopology, RolesTakeTurnsSoThatThoseThatHandToEachOtherAreNeighbours) {
    // two chiplets of four cores, and two sockets of four
    for (const char* description : {"pack:1 [numa] l3:2 core:4 pu:1", "pack:2 [numa] l3:1 core:4 pu:1"}) {
        const auto all = made_up(description).processors();
        EXPECT_EQ(by_role(placement::spread, all, 4, 4), (std::vector<cpus>{{0, 2, 4, 6}, {1, 3, 5, 7}}))
            << "as many producers as consumers on each";
        EXPECT_EQ(by_role(placement::spread, all, 2, 2), (std::vector<cpus>{{0, 2}, {1, 3}}));
        EXPECT_EQ(by_role(placement::spread, all, 2, 6), (std::vector<cpus>{{0, 5}, {1, 2, 3, 4, 6, 7}}))
            << "a producer on each";
        EXPECT_EQ(by_role(placement::spread, all, 6, 2).back().front(), 1)
            << "the first two hand to each other";
        EXPECT_GE(by_role(placement::spread, all, 6, 2).back().back(), 4) << "a consumer on each";
        EXPECT_EQ(by_role(placement::spread, all, 7, 1).back(), cpus{1});
        EXPECT_EQ(by_role(placement::spread, all, 3, 0).front(), (cpus{0, 1, 2})) << "one role: in order";
    }
    const auto smt = made_up("pack:2 [numa] l3:1 core:2 pu:2").processors();
    EXPECT_EQ(by_role(placement::smt_sibling, smt, 2, 2), (std::vector<cpus>{{0, 2}, {1, 3}}))
        << "siblings are a producer and its consumer";
    EXPECT_EQ(by_role(placement::other_socket, smt, 2, 2), (std::vector<cpus>{{0, 2}, {4, 6}}))
        << "each pair has a thread on each socket";
}

TEST(SyntheticTopology, RolesApartHaveTheSeatsOfSpreadOneRoleAfterTheOther) {
    const auto all = made_up("pack:2 [numa] l3:1 core:4 pu:2").processors();
    EXPECT_EQ(seat_order_of(placement::roles_apart, all).cpus, seat_order_of(placement::spread, all).cpus);
    EXPECT_EQ(by_role(placement::roles_apart, all, 4, 4), (std::vector<cpus>{{0, 2, 4, 6}, {8, 10, 12, 14}}))
        << "a socket for each";
    EXPECT_EQ(by_role(placement::roles_apart, all, 2, 3), (std::vector<cpus>{{0, 2}, {4, 6, 8}}));
    EXPECT_EQ(seats_of_team(placement::roles_apart, {0, 1, 2, 3}, {1, 0, 1, 0}), (cpus{2, 0, 3, 1}))
        << "in whatever order they come";
    EXPECT_EQ(why_no_seats(placement::roles_apart, 16, all), "");
    EXPECT_EQ(why_no_seats(placement::roles_apart, 17, all),
              "this machine (16 CPUs on 8 cores of 2 packages) seats no more than 16 threads so");
    EXPECT_TRUE(apart(placement::roles_apart, std::min<std::size_t>(2, processors().size())) ||
                processors().size() < 2);
}

/// CPUs of a topology, by the kernel's numbers, as one kind; -1: nobody knows how efficient.
void make_kind(hwloc_topology_t topology, const cpus& of, int efficiency) {
    hwloc_bitmap_t set = hwloc_bitmap_alloc();
    for (const int cpu : of) {
        hwloc_bitmap_set(set, static_cast<unsigned>(cpu));
    }
    EXPECT_EQ(hwloc_cpukinds_register(topology, set, efficiency, 0, nullptr, 0), 0);
    hwloc_bitmap_free(set);
}

TEST(SyntheticTopology, KindsOfCoresAreSeatsOfTheirOwn) {
    // as such machines are numbered: two fast cores with siblings, then four efficient ones
    const made_up machine("pack:1 [numa] l3:1 core:4 pu:2");
    make_kind(machine.get(), {0, 1, 2, 3}, 7);
    make_kind(machine.get(), {4, 5, 6, 7}, 2);
    const auto all = machine.processors();
    EXPECT_EQ(first(placement::performance, all, 99), (cpus{0, 2, 1, 3})) << "cores first, then siblings";
    EXPECT_EQ(first(placement::efficiency, all, 99), (cpus{4, 6, 5, 7}));
    EXPECT_EQ(why_no_seats(placement::efficiency, 4, all), "");
    EXPECT_EQ(why_no_seats(placement::efficiency, 5, all),
              "this machine (8 CPUs on 4 cores of 1 package) seats no more than 4 threads so");

    auto no_fast_one = all;
    std::erase_if(no_fast_one, [](const processor& p) { return p.cpu < 4; });
    EXPECT_EQ(why_no_seats(placement::performance, 1, no_fast_one),
              "this machine (4 CPUs on 2 cores of 1 package) has cores of one kind, as far as the kernel says")
        << "this process may use no other";
}

TEST(SyntheticTopology, OfThreeKindsTheMiddleOneIsNeither) {
    const made_up machine("pack:1 core:6 pu:1");
    make_kind(machine.get(), {0, 1}, 0);
    make_kind(machine.get(), {2, 3}, 1);
    make_kind(machine.get(), {4, 5}, 2);
    const auto all = machine.processors();
    EXPECT_EQ(first(placement::performance, all, 99), (cpus{4, 5}));
    EXPECT_EQ(first(placement::efficiency, all, 99), (cpus{0, 1}));
}

TEST(SyntheticTopology, KindsThatNobodyTellsApartAreNoSeats) {
    const made_up plain("pack:1 core:4 pu:1");
    const made_up unranked("pack:1 core:4 pu:1");
    make_kind(unranked.get(), {0, 1}, -1);
    make_kind(unranked.get(), {2, 3}, -1);
    for (const made_up* machine : {&plain, &unranked}) {
        for (const placement where : {placement::performance, placement::efficiency}) {
            EXPECT_EQ(why_no_seats(where, 1, machine->processors()),
                      "this machine (4 CPUs on 4 cores of 1 package) has cores of one kind, as far as the "
                      "kernel says");
        }
    }
}

TEST(SyntheticTopology, TheProbeLiesBetweenTwoRoles) {
    team_report team;
    const auto add = [&](const char* role, int cpu) {
        team.threads.emplace_back().role = role;
        team.threads.back().cpu = cpu;
    };
    EXPECT_EQ(handing_cpus(team), std::nullopt);
    add("producer", 0);
    add("producer", 2);
    EXPECT_EQ(handing_cpus(team), std::pair(0, 2)) << "all alike";
    add("consumer", 8);
    add("consumer", 10);
    EXPECT_EQ(handing_cpus(team), std::pair(0, 8));
    for (thread_report& t : team.threads) {
        t.cpu = 3;
    }
    EXPECT_EQ(handing_cpus(team), std::nullopt) << "one CPU";
    team.threads.front().cpu = -1;
    EXPECT_EQ(handing_cpus(team), std::nullopt);
}

TEST(SyntheticTopology, OneSocketWithTwoCachesAndTwoNodes) {
    const made_up machine("pack:1 [numa] l3:2 core:4 pu:1");
    const auto all = machine.processors();
    EXPECT_EQ(first(placement::same_cache, all, 99), (cpus{0, 1, 2, 3}));
    EXPECT_EQ(why_no_seats(placement::smt_sibling, 2, all),
              "this machine (8 CPUs on 8 cores of 1 package) has no core with two CPUs");
    EXPECT_EQ(why_no_seats(placement::other_socket, 2, all),
              "this machine (8 CPUs on 8 cores of 1 package) has one package and one NUMA node");
    // the same package, divided into nodes: they are what is far from each other
    const made_up divided("pack:1 group:2 [numa] l3:1 core:4 pu:1");
    EXPECT_EQ(first(placement::other_socket, divided.processors(), 4), (cpus{0, 4, 1, 5}));
}

TEST(SyntheticTopology, WithoutASharedCacheOrWithoutAnyHasNoCacheToShare) {
    for (const char* description : {"pack:1 core:4 l2:1 pu:1", "pack:1 core:4 pu:1"}) {
        EXPECT_EQ(why_no_seats(placement::same_cache, 2, made_up(description).processors()),
                  "this machine (4 CPUs on 4 cores of 1 package) has no two cores on one last-level cache");
    }
}

TEST(SyntheticTopology, HybridHasSiblingsOnSomeCoresOnly) {
    // two cores with siblings, four without, all on one cache: as the kernel numbers such a machine
    std::vector<processor> all;
    for (int cpu = 0; cpu < 8; ++cpu) {
        all.push_back({cpu, cpu < 4 ? cpu / 2 : cpu - 2, 0, 0, 0});
    }
    EXPECT_EQ(first(placement::spread, all, 8), (cpus{0, 2, 4, 5, 6, 7, 1, 3}));
    EXPECT_EQ(first(placement::smt_sibling, all, 8), (cpus{0, 1, 2, 3}));
    EXPECT_EQ(first(placement::same_cache, all, 8), (cpus{0, 2, 4, 5, 6, 7}));
    EXPECT_NE(why_no_seats(placement::smt_sibling, 5, all), "");
}

TEST(SyntheticTopology, TwoHundredCores) {
    const made_up machine("pack:2 [numa] l3:10 core:10 pu:1");
    const auto all = machine.processors();
    cpus in_order(200);
    std::iota(in_order.begin(), in_order.end(), 0);
    EXPECT_EQ(seat_order_of(placement::spread, all).cpus, in_order);
    EXPECT_EQ(first(placement::same_cache, all, 99).size(), 10U);
    const cpus alternating = seat_order_of(placement::other_socket, all).cpus;
    ASSERT_EQ(alternating.size(), 200U);
    for (std::size_t i = 0; i < alternating.size(); ++i) {
        EXPECT_EQ(alternating[i] / 100, static_cast<int>(i % 2));
    }
}

TEST(SyntheticTopology, CpusThatMayNotBeUsedAreNoSeats) {
    auto all = made_up("pack:2 [numa] l3:1 core:2 pu:2").processors();
    std::erase_if(all,
                  [](const processor& p) { return p.cpu == 1 || p.cpu == 4; });  // of {0,1} {2,3} | {4,5} {6,7}
    EXPECT_EQ(first(placement::smt_sibling, all, 9), (cpus{2, 3, 6, 7}));
    EXPECT_EQ(first(placement::other_socket, all, 9), (cpus{0, 5, 2, 6, 3, 7}));
    EXPECT_EQ(first(placement::same_cache, all, 9), (cpus{0, 2}));
    std::erase_if(all, [](const processor& p) { return p.package == 1; });
    EXPECT_NE(why_no_seats(placement::other_socket, 2, all), "");
}

TEST(SyntheticTopology, WithSmtOffTheNumbersOfCpusHaveGaps) {
    auto all = made_up("pack:2 [numa] l3:1 core:2 pu:2").processors();
    std::erase_if(all, [](const processor& p) { return p.cpu % 2 == 1; });  // of {0,1} {2,3} | {4,5} {6,7}
    EXPECT_EQ(first(placement::spread, all, 9), (cpus{0, 2, 4, 6}));
    EXPECT_EQ(first(placement::other_socket, all, 9), (cpus{0, 4, 2, 6}));
    EXPECT_EQ(first(placement::same_cache, all, 9), (cpus{0, 2}));
    EXPECT_NE(why_no_seats(placement::smt_sibling, 2, all), "");
    EXPECT_EQ(why_no_seats(placement::spread, 9, all), "");
}

TEST(SyntheticTopology, OneCpuNeedNotBeTheFirst) {
    auto all = made_up("pack:2 [numa] l3:1 core:2 pu:2").processors();
    std::erase_if(all, [](const processor& p) { return p.cpu != 5; });
    EXPECT_EQ(first(placement::spread, all, 9), cpus{5});
    EXPECT_EQ(first(placement::same_core, all, 9), cpus{5});
    for (const placement where : {placement::smt_sibling, placement::same_cache, placement::other_socket}) {
        EXPECT_NE(why_no_seats(where, 2, all), "");
    }
}

TEST(Topology, HwlocKnowsTheProcessorsThatWeKnow) {
    const auto& located = located_processors();
    ASSERT_EQ(located.size(), processors().size());
    for (std::size_t i = 0; i < located.size(); ++i) {
        EXPECT_EQ(located[i].cpu, processors()[i].cpu);
    }
    EXPECT_EQ(seat_order_of(placement::spread, located).cpus, seats(placement::spread, located.size()))
        << "spread needs no hwloc and orders as with it";
}

}  // namespace
}  // namespace handoff::harness
