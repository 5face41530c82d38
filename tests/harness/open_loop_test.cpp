// What is sent on a schedule for long, or past what a queue carries, shows what the queue does; and bursts do.
#include "queues/open_loop.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "blocking.hpp"
#include "queues/cached_ring.hpp"
#include "queues/vyukov_ring.hpp"
#include "queues/waiting.hpp"
#include "queues/workloads/burst.hpp"
#include "queues/workloads/footprint.hpp"
#include "queues/workloads/soak.hpp"
#include "queues/workloads/swell.hpp"
#include "wait/yield.hpp"

namespace handoff::benchmarks {
namespace {

using namespace std::chrono_literals;

template <template <class> class Queue>
using channel = impls::blocking<Queue<item<8>>, impls::yield, impls::closing::abrupt, wait_tally>;

harness::point point_of(const std::string& workload, std::vector<std::pair<std::string, std::string>> values) {
    values.insert(values.begin(), {{"wait", "yield"}, {"producers", "1"}, {"consumers", "1"}});
    values.push_back({"placement", "unpinned"});
    return {"queues", workload, "under_test", std::move(values)};
}

harness::trial trial_of(const harness::point& p, harness::clock::duration longest, double rate) {
    return {p, std::uint64_t{1} << 60, longest, 1, [](const std::function<void()>& go) { go(); }, rate};
}

std::map<std::string, double> metrics_of(const harness::measurement& m) {
    return {m.metrics.begin(), m.metrics.end()};
}

// ------------------------------------------------------------------------------------------------ soak

constexpr double rate = 20'000;
constexpr auto soaked = 600ms;

/// A ring that has a fault from its so many-eth item on.
template <class T>
class ages : public impls::cached_ring<T> {
public:
    using impls::cached_ring<T>::cached_ring;
    static constexpr std::uint64_t old = static_cast<std::uint64_t>(rate * 0.3);

protected:
    bool is_old() { return ++popped_ > old; }

private:
    std::uint64_t popped_ = 0;
};

/// A pop that takes 20 us more: less than there is between two items.
template <class T>
struct slows_down : ages<T> {
    using ages<T>::ages;
    static constexpr std::string_view name = "slows_down";
    bool try_pop(T& out) {
        if (!impls::cached_ring<T>::try_pop(out)) {
            return false;
        }
        if (this->is_old()) {
            const auto end = harness::clock::now() + 20us;
            while (harness::clock::now() < end) {
            }
        }
        return true;
    }
};

/// Memory that is never given back.
template <class T>
struct keeps_memory : ages<T> {
    using ages<T>::ages;
    static constexpr std::string_view name = "keeps_memory";
    static constexpr std::size_t each = 8192;
    bool try_pop(T& out) {
        if (!impls::cached_ring<T>::try_pop(out)) {
            return false;
        }
        if (this->is_old()) {
            kept_.push_back(std::make_unique<char[]>(each));  // zeroed, so that it is in RAM
        }
        return true;
    }
    std::vector<std::unique_ptr<char[]>> kept_;
};

template <template <class> class Queue>
harness::measurement soak_of() {
    const harness::point p =
        point_of("soak", {{"capacity", "1024"}, {"bytes", "8"}, {"arrivals", "fixed"}, {"load", "50"}});
    harness::measurement m = soak::run(trial_of(p, soaked, rate), soak::loops_of<channel<Queue>>);
    EXPECT_EQ(m.failure, "");
    EXPECT_EQ(m.course.size(), soak::parts);
    return m;
}

TEST(Soak, ItsCourseCoversTheScheduleOnceAndHasAllLatencies) {
    const harness::measurement m = soak_of<impls::cached_ring>();
    std::uint64_t count = 0;
    double before = 0;
    for (const harness::course_part& part : m.course) {
        EXPECT_NEAR(part.from_seconds, before, 1e-9);
        before = part.to_seconds;
        count += part.count;
        // fixed arrivals: as many in each
        EXPECT_NEAR(static_cast<double>(part.count), rate * 0.6 / soak::parts, 2);
        EXPECT_TRUE(part.p50 && part.p99 && part.max && *part.p50 <= *part.p99 && *part.p99 <= *part.max);
        EXPECT_FALSE(part.load);
        EXPECT_TRUE(part.cpu_ns_per_item);
    }
    EXPECT_NEAR(before, 0.6, 0.001);
    EXPECT_EQ(count, m.items) << "at this rate each is recorded";
    if (m.latency) {
        EXPECT_EQ(m.latency->samples.count(), m.items);
    }
    EXPECT_TRUE(metrics_of(m).contains("memory_drift_bytes"));
}

TEST(Soak, AQueueThatSlowsDownDrifts) {
    // Where others have the processors the first quarter may be slow, too.
    double drift = 0;
    for (int tries = 0; tries < 20 && drift < 2; ++tries) {
        const auto metrics = metrics_of(soak_of<slows_down>());
        drift = metrics.contains("p50_drift") ? metrics.at("p50_drift") : 0;
    }
    EXPECT_GT(drift, 2) << "20 us more, of some microseconds";
}

TEST(Soak, AQueueThatKeepsMemoryShows) {
    const double kept = rate * 0.3 * keeps_memory<item<8>>::each;  // 49 MB
    EXPECT_GT(metrics_of(soak_of<keeps_memory>()).at("memory_drift_bytes"), kept * 0.9);
    EXPECT_LT(metrics_of(soak_of<impls::cached_ring>()).at("memory_drift_bytes"), kept * 0.1);
}

// ------------------------------------------------------------------------------------------------ swell

TEST(Swell, RisesAndFallsAsItsSharesSay) {
    const harness::point p =
        point_of("swell", {{"capacity", "1024"}, {"bytes", "8"}, {"arrivals", "fixed"}, {"load", "120"}});
    const harness::measurement m =
        swell::run(trial_of(p, 700ms, 40'000), swell::loops_of<channel<impls::cached_ring>>);
    ASSERT_EQ(m.failure, "");
    ASSERT_EQ(m.course.size(), swell::parts);
    EXPECT_NEAR(static_cast<double>(m.items), 40'000 * 0.7 * 4 / 7, 2) << "the mean of the shares is 4/7";
    for (std::size_t part = 0; part < swell::parts; ++part) {
        const double share = swell::shares[part / swell::in_a_stage];
        EXPECT_EQ(m.course[part].load, 120 * share);
        EXPECT_NEAR(static_cast<double>(m.course[part].count), 40'000 * 0.1 / swell::in_a_stage * share, 4)
            << part;
    }
    EXPECT_FALSE(m.latency) << "it has a course, and no one latency";
}

TEST(Swell, HasRecoveredWithTheFirstOfTwoPartsThatAreAsUsual) {
    const std::vector<std::optional<double>> usual{100, 120, 200};
    std::vector<std::optional<double>> medians(swell::parts, 100);
    constexpr std::size_t down = (swell::peak + 1) * swell::in_a_stage;
    EXPECT_EQ(swell::recovery(medians, usual), down) << "at once";
    for (std::size_t part = 0; part < down + 11; ++part) {
        medians[part] = 5000;
    }
    EXPECT_EQ(swell::recovery(medians, usual), down + 11);
    medians[down + 12] = 5000;
    EXPECT_EQ(swell::recovery(medians, usual), down + 13) << "one part alone is chance";
    medians[down + 13] = 240;
    EXPECT_EQ(swell::recovery(medians, usual), down + 13) << "twice what it was";
    medians[down + 13] = 241;
    EXPECT_EQ(swell::recovery(medians, usual), down + 14);
    medians[down + 13] = std::nullopt;
    EXPECT_EQ(swell::recovery(medians, usual), down + 13) << "nothing came, so nothing was late";
    for (std::size_t part = down; part < swell::parts; ++part) {
        medians[part] = 5000;
    }
    EXPECT_EQ(swell::recovery(medians, usual), swell::parts) << "never";
    medians.back() = 100;
    EXPECT_EQ(swell::recovery(medians, usual), swell::parts - 1) << "the last has none behind it";
}

// ------------------------------------------------------------------------------------------------ burst

TEST(Burst, OfManyProducersAndConsumersIsTimedOnceAndWhole) {
    for (const auto& [producers, consumers] : {std::pair{"1", "1"}, {"3", "2"}}) {
        harness::point p = point_of("burst", {{"capacity", "64"}, {"bytes", "8"}, {"burst", "100"}});
        p.values[1].second = producers;
        p.values[2].second = consumers;
        for (const auto check : {harness::check_kind::light, harness::check_kind::full}) {
            harness::trial t = trial_of(p, 10s, 0);
            t.items = 1000;
            t.check = check;
            const harness::measurement m = burst::run(t, burst::loops_of<channel<impls::vyukov_ring>>);
            EXPECT_EQ(m.failure, "");
            EXPECT_EQ(m.items, 1000U);
            ASSERT_TRUE(m.latency);
            EXPECT_EQ(m.latency->samples.count(), 10U);
            EXPECT_GT(m.latency->samples.min(), 0U);
        }
    }
}

// ------------------------------------------------------------------------------------------------ footprint

/// Keeps some memory of each producer that it has had, and of items, as it is told.
template <class T>
class remembers {
public:
    using value_type = T;
    static constexpr std::string_view name = "remembers";
    static constexpr auto producers = impls::cardinality::many;
    static constexpr auto consumers = impls::cardinality::many;
    static constexpr auto order = impls::ordering::fifo;
    static constexpr auto progress = impls::progress_guarantee::blocking;
    static constexpr auto capacity_is = impls::capacity_rule::power_of_two;
    static constexpr std::size_t per_producer = 4000;

    explicit remembers(std::size_t capacity) : ring_(capacity) {}
    std::size_t capacity() const noexcept { return ring_.capacity(); }

    struct end {
        remembers& of;
        bool try_push(T&& value) { return of.ring_.try_push(std::move(value)); }
        bool try_pop(T& out) { return of.ring_.try_pop(out); }
    };
    end producer() {
        const std::lock_guard lock(mutex_);
        had_.push_back(std::make_unique<char[]>(per_producer));
        return {*this};
    }
    end consumer() { return {*this}; }

private:
    std::mutex mutex_;
    std::vector<std::unique_ptr<char[]>> had_;
    impls::vyukov_ring<T> ring_;
};

/// Allocates for each item, and frees that when it is asked to.
template <class T>
class frees_behind {
public:
    using value_type = T;
    static constexpr std::string_view name = "frees_behind";
    static constexpr auto producers = impls::cardinality::many;
    static constexpr auto consumers = impls::cardinality::many;
    static constexpr auto order = impls::ordering::fifo;
    static constexpr auto progress = impls::progress_guarantee::blocking;
    static constexpr auto capacity_is = impls::capacity_rule::unbounded;
    static constexpr std::size_t per_item = 1000;

    void push(T&& value) { inside_.push_back({value, std::make_unique<char[]>(per_item)}); }
    bool try_pop(T& out) {
        if (inside_.empty()) {
            return false;
        }
        out = inside_.front().first;
        behind().push_back(std::move(inside_.front().second));
        inside_.pop_front();
        return true;
    }
    static void wait_for_frees() {
        behind().clear();
        behind().shrink_to_fit();
    }
    static std::vector<std::unique_ptr<char[]>>& behind() {
        static std::vector<std::unique_ptr<char[]>> all;
        return all;
    }

private:
    std::deque<std::pair<T, std::unique_ptr<char[]>>> inside_;
};

TEST(Footprint, ReadsTheMemoryWhenWhatIsFreedLaterIsFree) {
    const harness::point p{
        "queues", "footprint", "under_test", {{"capacity", "unbounded"}, {"producers_gone", "9"}}};
    for (int twice = 0; twice < 2; ++twice) {  // the second time with what the first has left
        harness::trial t = trial_of(p, 1ms, 0);
        const harness::measurement m = footprint::run(t, footprint::loops_of<channel<frees_behind>>);
        EXPECT_EQ(m.failure, "");
        const auto all = metrics_of(m);
        EXPECT_GE(all.at("bytes_per_item"), frees_behind<item<8>>::per_item);
        EXPECT_LT(all.at("bytes_per_item"), 2 * frees_behind<item<8>>::per_item);
        // Of 1024 and of 64 items. The allocator keeps some of what is freed for its thread, as if it were in
        // use.
        EXPECT_LT(all.at("drained_bytes"), 100 * frees_behind<item<8>>::per_item);
        EXPECT_LT(all.at("bytes_per_producer_gone"), 8 * frees_behind<item<8>>::per_item);
        EXPECT_FALSE(frees_behind<item<8>>::behind().empty()) << "the trial has left something to be freed";
    }
    frees_behind<item<8>>::wait_for_frees();
}

TEST(Footprint, SaysWhatAQueueKeepsOfProducersThatAreGone) {
    const harness::point p{"queues", "footprint", "under_test", {{"capacity", "64"}, {"producers_gone", "50"}}};
    const auto kept = [&](const footprint::loops& loops) {
        harness::trial t = trial_of(p, 1ms, 0);
        const harness::measurement m = footprint::run(t, loops);
        EXPECT_EQ(m.failure, "");
        return metrics_of(m);
    };
    const auto much = kept(footprint::loops_of<channel<remembers>>);
    const double each = remembers<item<8>>::per_producer;
    EXPECT_NEAR(much.at("bytes_per_producer_gone"), each, 0.1 * each);
    EXPECT_GE(much.at("drained_bytes"), 50 * each);
    const auto little = kept(footprint::loops_of<channel<impls::vyukov_ring>>);
    EXPECT_LT(little.at("bytes_per_producer_gone"), 2);
    // What a thread's object takes is given back by that thread, some bytes sooner or later.
    EXPECT_NEAR(little.at("drained_bytes"), little.at("empty_bytes"), 64);
}

}  // namespace
}  // namespace handoff::benchmarks
