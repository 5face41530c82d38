#include "pools/family.hpp"

#include <string>
#include <utility>

#include "pools/words.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

/// What the pool does when it has too much, though it takes no capacity.
std::string hidden_rejection(const pool_traits& pool) {
    return pool.hidden_rejection ? words::of(*pool.hidden_rejection) : "none";
}

/// What a user would lose who took a pool with other words instead.
std::string promises(const pool_traits& pool, const harness::point& p) {
    const std::string hidden = hidden_rejection(pool);
    const std::string bound = pool.is_bounded    ? "bounded, capacity " + std::string(p.value("capacity"))
                              : hidden == "none" ? "unbounded"
                                                 : "hidden bound: " + hidden;
    return bound + (pool.ignores_workers ? ", a thread per task" : "") + ", starts: " + words::of(pool.starts) +
           ", exceptions " + (pool.keeps_exceptions ? "kept" : "not kept") + ", waiter " +
           words::of(pool.waiter) + ", nested waits: " + (pool.nested_waits ? "yes" : "no");
}

}  // namespace

void enrol_pool(int rank, const pool_traits& pool, std::size_t workload,
                harness::measurement (*run)(const harness::trial&, impls::make_any_wait)) {
    harness::candidate c;
    c.family = "pools";
    c.impl = pool.name;
    if (pool.lack != nullptr) {
        c.unavailable = pool.lack();
    }
    c.guarantees = {{"capacity", pool.is_bounded ? "bounded" : "unbounded"},
                    {"starts", words::of(pool.starts)},
                    {"exceptions", pool.keeps_exceptions ? "kept" : "not_kept"},
                    {"waiter", words::of(pool.waiter)},
                    {"nested_waits", pool.nested_waits ? "yes" : "no"},
                    {"hidden_rejection", hidden_rejection(pool)},
                    {"obeys_workers", pool.ignores_workers ? "no" : "yes"}};
    c.words = {{"wait", pool.wait_words()},
               {"policy", pool.policies(false)},
               {"placement", harness::placement_words()}};
    c.judge = [&pool](std::string_view axis, std::string_view value) { return pool.judge(false, axis, value); };
    c.members = submitters_of;
    c.rivals = [&pool](const harness::point& p) { return promises(pool, p); };
    c.stops_on_time = true;
    complete(pool_workloads(), workload, pool, c);
    c.run = [&pool, run](const harness::trial& t) { return run(t, pool.wait_of(t.point)); };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
