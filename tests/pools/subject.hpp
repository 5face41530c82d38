// Any pool behind one interface, so that the tests are compiled once and not once per pool.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/pools.hpp"
#include "pools/with_future.hpp"

namespace handoff::tests {

using namespace std::chrono_literals;

/// What a pool declares.
struct pool_facts {
    std::string line;  // its name in the catalog
    std::string name;
    impls::start_order starts;
    impls::waiter_part waiter;
    bool bounded;
    bool nested_waits;
    bool keeps_exceptions;
    bool has_wait;
    bool idle_workers_help;  // a task never waits while a worker has nothing to do
    bool grows;              // obeys max_workers
    bool blocks_unasked;     // lets submitters wait although it is not bounded
    bool accounts;
    bool takes_keys;
    bool takes_priorities;
    bool runs_all;
};

/// A pool. What it does not offer must not be called.
class subject {
public:
    virtual ~subject() = default;
    virtual impls::submission submit(std::function<void()> f) = 0;
    /// A callable that cannot be copied: adds what it owns to `sum`.
    virtual impls::submission submit_owner(std::unique_ptr<int> owned, std::atomic<int>& sum) = 0;
    /// A callable of 4 KB.
    virtual impls::submission submit_large(const std::array<int, 1024>& numbers, std::atomic<int>& sum) = 0;
    virtual impls::submission submit_keyed(std::uint64_t key, std::function<void()> f) = 0;
    virtual impls::submission submit_urgent(int urgency, std::function<void()> f) = 0;
    virtual std::optional<std::future<int>> submit_with_future(std::function<int()> f) = 0;
    virtual std::optional<std::future<void>> submit_with_void_future(std::function<void()> f) = 0;
    virtual void run_all(std::size_t n, std::function<void(std::size_t)> body) = 0;
    virtual void wait_idle() = 0;
    virtual unsigned size() = 0;
    virtual impls::pool_counts shutdown(impls::shutdown_mode mode) = 0;
    virtual impls::pool_counts counts() = 0;
};

template <class Pool>
class pool_subject final : public subject {
public:
    pool_subject(unsigned workers, const impls::pool_options& options) : pool_(workers, options) {}

    impls::submission submit(std::function<void()> f) override { return pool_.submit(std::move(f)); }
    impls::submission submit_owner(std::unique_ptr<int> owned, std::atomic<int>& sum) override {
        return pool_.submit([owned = std::move(owned), &sum] { sum += *owned; });
    }
    impls::submission submit_large(const std::array<int, 1024>& numbers, std::atomic<int>& sum) override {
        return pool_.submit([numbers, &sum] { sum += numbers.front() + numbers.back(); });
    }
    impls::submission submit_keyed(std::uint64_t key, std::function<void()> f) override {
        if constexpr (impls::takes_keys<Pool>) {
            return pool_.submit(key, std::move(f));
        } else {
            return not_offered();
        }
    }
    impls::submission submit_urgent(int urgency, std::function<void()> f) override {
        if constexpr (impls::takes_priorities<Pool>) {
            return pool_.submit_urgent(urgency, std::move(f));
        } else {
            return not_offered();
        }
    }
    std::optional<std::future<int>> submit_with_future(std::function<int()> f) override {
        return impls::submit_with_future(pool_, std::move(f));
    }
    std::optional<std::future<void>> submit_with_void_future(std::function<void()> f) override {
        return impls::submit_with_future(pool_, std::move(f));
    }
    void run_all(std::size_t n, std::function<void(std::size_t)> body) override {
        if constexpr (impls::runs_all<Pool>) {
            pool_.run_all(n, body);
        } else {
            not_offered();
        }
    }
    void wait_idle() override { pool_.wait_idle(); }
    unsigned size() override { return pool_.size(); }
    impls::pool_counts shutdown(impls::shutdown_mode mode) override {
        if constexpr (impls::accounts<Pool>) {
            return pool_.shutdown(mode);
        } else {
            not_offered();
            return {};
        }
    }
    impls::pool_counts counts() override {
        if constexpr (impls::accounts<Pool>) {
            return pool_.counts();
        } else {
            not_offered();
            return {};
        }
    }

private:
    static impls::submission not_offered() {
        ADD_FAILURE() << Pool::name << " does not offer this";
        return impls::submission::rejected;
    }

    Pool pool_;
};

struct offered_pool {
    pool_facts facts;
    std::unique_ptr<subject> (*make)(unsigned workers, const impls::pool_options& options);
};

/// Filled while the program starts, read afterwards.
inline std::vector<offered_pool>& offered_pools() {
    static std::vector<offered_pool> all;
    return all;
}

template <class Pool>
offered_pool offer(const char* line) {
    static_assert(impls::thread_pool<Pool>);
    pool_facts facts{};
    facts.line = line;
    facts.name = Pool::name;
    facts.starts = Pool::starts;
    facts.waiter = Pool::waiter;
    facts.bounded = Pool::bounded;
    facts.nested_waits = Pool::nested_waits;
    facts.keeps_exceptions = Pool::keeps_exceptions;
    facts.has_wait = Pool::has_wait;
    facts.idle_workers_help = true;
    if constexpr (requires { Pool::idle_workers_help; }) {
        facts.idle_workers_help = Pool::idle_workers_help;
    }
    if constexpr (requires { Pool::grows; }) {
        facts.grows = Pool::grows;
    }
    facts.blocks_unasked = requires { Pool::hidden_rejection; };
    facts.accounts = impls::accounts<Pool>;
    facts.takes_keys = impls::takes_keys<Pool>;
    facts.takes_priorities = impls::takes_priorities<Pool>;
    facts.runs_all = impls::runs_all<Pool>;
    offered_pools().push_back({facts, [](unsigned workers, const impls::pool_options& options) {
                                   return std::unique_ptr<subject>(
                                       std::make_unique<pool_subject<Pool>>(workers, options));
                               }});
    return offered_pools().back();
}

struct named_wait {
    std::string name;
    impls::make_any_wait make;
    impls::make_any_wait make_perturbing;  // the same, disturbed while a `perturbed` lives
};
/// Those of the catalog.
std::vector<named_wait> all_waits();

/// What the tests of pools have in common: the pool that they are about.
class AnyPool : public testing::TestWithParam<offered_pool> {
protected:
    const pool_facts& facts() const { return GetParam().facts; }
    std::unique_ptr<subject> make(unsigned workers, const impls::pool_options& options = {}) const {
        return GetParam().make(workers, options);
    }
    /// The wait strategies that the pool can be asked to use; one, which is its own choice, where it takes
    /// none.
    std::vector<named_wait> waits() const {
        return facts().has_wait ? all_waits() : std::vector<named_wait>{{"own", nullptr, nullptr}};
    }
};

inline std::vector<offered_pool> pools_with(bool (*wanted)(const pool_facts&)) {
    std::vector<offered_pool> found;
    for (const offered_pool& p : offered_pools()) {
        if (wanted(p.facts)) {
            found.push_back(p);
        }
    }
    return found;
}

inline std::string pool_name(const testing::TestParamInfo<offered_pool>& info) {
    return info.param.facts.line;
}

/// Does not return before `condition` is true; false when that takes so long that it will never be.
template <class Condition>
bool eventually(Condition&& condition) {
    const auto patience = std::chrono::steady_clock::now() + 30s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > patience) {
            return false;
        }
        std::this_thread::sleep_for(100us);
    }
    return true;
}

/// What tasks wait at until the test lets them go. Its end lets them go, too.
class gate {
public:
    ~gate() { open(); }
    void open() {
        open_ = true;
        open_.notify_all();
    }
    /// Called by a task.
    void pass() {
        ++there_;
        open_.wait(false);
    }
    /// Returns when so many tasks have come to the gate.
    bool reached_by(int tasks) const {
        return eventually([&] { return there_.load() >= tasks; });
    }

private:
    std::atomic<bool> open_{false};
    std::atomic<int> there_{0};
};

}  // namespace handoff::tests
