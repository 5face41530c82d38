// The event that processors are measured with, and what their handlers do and check.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "clock.hpp"
#include "concepts/processors.hpp"
#include "shared/burden.hpp"
#include "shared/item.hpp"
#include "wait/park.hpp"

namespace handoff::benchmarks {

/// 24 bytes.
struct event {
    std::uint64_t head;   ///< whose it is, and in which turn: item<8>'s
    std::uint64_t left;   ///< its key; in a graph what stage 0 wrote
    std::uint64_t right;  ///< in a graph what stage 1 wrote; or the time of its submission, in ns
};

/// So many keys there are.
inline constexpr std::uint64_t keys = 64;

/// The key of an event, the same whoever asks. `skew` percent of all have key 0, the others are spread evenly.
inline std::uint64_t key_of(std::uint64_t head, std::uint64_t skew) noexcept {
    const std::uint64_t drawn = image(head);
    return (drawn & 0xffff'ffff) * 100 >> 32 < skew ? 0 : drawn >> 58;
}

/// Whether the handler of that event throws: of `percent` in a hundred.
inline bool throws_at(std::uint64_t head, std::uint64_t percent) noexcept {
    return (image(~head) >> 32) * 100 >> 32 < percent;
}

/// What a handler throws that is to throw.
struct planned_failure {};

/// Keeps producers from running away from the handlers of a processor that is never full: what is measured
/// would be half a race alone and half the draining of a backlog.
class lead {
public:
    /// Handlers say so with every so many events of a lane.
    static constexpr std::uint64_t step = 256;

    lead(std::uint64_t chunk, std::size_t lanes) : most_(8 * chunk + step * lanes) {}

    /// A producer, before it submits `chunk` more.
    void pass(std::uint64_t chunk) {
        // relaxed, here and below: counts, which carry no data
        const auto may_pass = [this] {
            return submitted_.load(std::memory_order_relaxed) <
                       handled_.load(std::memory_order_relaxed) + most_ ||
                   stuck_.load(std::memory_order_relaxed);
        };
        while (!may_pass()) {
            const std::uint64_t before = handled_.load(std::memory_order_relaxed);
            const bool seen = gate_.wait_until(may_pass, std::chrono::steady_clock::now() + patience);
            if (!seen && handled_.load(std::memory_order_relaxed) == before) {
                stuck_.store(true, std::memory_order_relaxed);
                gate_.notify_all();
            }
        }
        // Not before the wait: what waits is not submitted, and the chunks of many who wait would keep all of
        // them from passing. So each of several that pass at once may go a chunk beyond the most.
        submitted_.fetch_add(chunk, std::memory_order_relaxed);
    }
    /// A handler.
    void advanced() {
        handled_.fetch_add(step, std::memory_order_relaxed);
        gate_.notify_all();
    }
    /// No event was handled for so long that producers have given up.
    bool stuck() const { return stuck_.load(std::memory_order_relaxed); }
    /// What is wrong with the trial, `failure` being what else is; empty: nothing.
    std::string judge(std::string failure) const {
        if (stuck()) {
            failure = "stuck: no event was handled for 2 s" + (failure.empty() ? "" : "; " + failure);
        }
        return failure;
    }

private:
    static constexpr std::chrono::seconds patience{2};

    const std::uint64_t most_;
    alignas(128) std::atomic<std::uint64_t> submitted_{0};
    alignas(128) std::atomic<std::uint64_t> handled_{0};
    std::atomic<bool> stuck_{false};
    impls::park gate_;
};

/// What the handlers of one trial do, and what they have seen.
class handling {
public:
    enum class part {
        count,  ///< enter the event, work, throw if it is to
        time,   ///< likewise, and tell the thread that waits for it when that was
        stage,  ///< of a graph: enter it for this stage, check what the stages before have written
    };
    /// How events are entered: what is in order of what.
    enum class by { lane, key, nothing };

    struct plan {
        part does = part::count;
        by order = by::lane;
        std::size_t lanes = 1;
        std::size_t producers = 1;
        std::uint64_t steps = 0;   ///< of work, see burden
        std::uint64_t throws = 0;  ///< percent
        lead* ahead = nullptr;
        impls::event_graph graph = impls::event_graph::single;
        bool joins = false;  ///< of a diamond: an event comes to stage 2 twice, from each of the two before it
    };

    explicit handling(const plan& how);

    /// Forgets what it has seen.
    void reset();

    /// What a lane of a processor has seen; a stage's where there are several.
    struct alignas(128) book {
        // Relaxed throughout: one call after the other writes it, and others only read it as a number.
        std::atomic<std::uint64_t> count{0};
        std::uint64_t sum = 0;
        std::uint64_t thrown = 0;
        unsigned faults = 0;
    };
    static constexpr unsigned disordered = 1;
    static constexpr unsigned strange = 2;  ///< an event that nobody submitted
    static constexpr unsigned early = 4;    ///< in a graph: a stage before has not seen it

    std::size_t lanes() const noexcept { return books_.size(); }
    std::uint64_t count() const;
    std::uint64_t count(std::size_t lane) const { return books_[lane].count.load(std::memory_order_relaxed); }
    std::uint64_t thrown() const;

    /// What is wrong, when all is over: `accepted[p]` events of producer p were. Empty: nothing. Of a graph, at
    /// each of its stages.
    std::string audit(const std::vector<std::uint64_t>& accepted) const;
    /// What is wrong with the order alone, or with whose events they were.
    std::string audit_order() const;

    /// Where a stage of a graph sends its events on to, of graphs that are made of several processors.
    struct way {
        void* end = nullptr;
        bool (*submit)(void* end, event&& one) = nullptr;
    };
    way onward[2] = {};

    /// For the thread that waits for an event.
    struct alignas(128) news {
        std::atomic<std::uint64_t> handled{0};  ///< the event's sequence, counted from 1
        std::uint64_t took_ns = 0;              ///< from its submission
    };
    news told;

    void see(event& one, std::size_t lane) {
        if (plan_.does == part::stage) {
            see_at_stage(one, lane);
            return;
        }
        if (plan_.does == part::time) {
            told.took_ns = now_ns() - one.right;
        }
        book& mine = books_[lane];
        enter(mine, one, plan_.order == by::key ? one.left % keys : lane);
        if (plan_.steps > 0) {
            burden work(plan_.steps);
            work();
        }
        const std::uint64_t count = mine.count.load(std::memory_order_relaxed) + 1;
        mine.count.store(count, std::memory_order_relaxed);
        if (plan_.ahead != nullptr && count % lead::step == 0) {
            plan_.ahead->advanced();
        }
        if (plan_.does == part::time) {
            told.handled.store((one.head & ~std::uint64_t{0} >> 16) + 1,
                               std::memory_order_release);  // [handled]
        }
        if (plan_.throws > 0 && throws_at(one.head, plan_.throws)) {
            ++mine.thrown;
            throw planned_failure();
        }
    }

    static std::uint64_t now_ns() {
        return static_cast<std::uint64_t>(
            std::chrono::nanoseconds(harness::clock::now().time_since_epoch()).count());
    }

private:
    /// Whole lines, so that no two keys share one.
    struct alignas(128) line {
        static constexpr std::size_t size = 16;
        std::atomic<std::uint64_t> least[size] = {};  ///< the least head that may come, of each producer
    };

    void enter(book& mine, const event& one, std::size_t row) {
        const std::uint64_t producer = one.head >> item<8>::sequence_bits;
        if (producer >= plan_.producers) [[unlikely]] {
            mine.faults |= strange;
            return;
        }
        if (plan_.order != by::nothing) {
            // relaxed: where the promise holds, one call after the other comes here
            std::atomic<std::uint64_t>& least =
                lines_[row * lines_per_row_ + producer / line::size].least[producer % line::size];
            mine.faults |= one.head < least.load(std::memory_order_relaxed) ? disordered : 0;
            least.store(one.head + 1, std::memory_order_relaxed);
        }
        mine.sum += image(one.head);
    }

    void see_at_stage(event& one, std::size_t stage);
    bool joined(event& one);

    const plan plan_;
    const std::size_t lines_per_row_;
    std::vector<book> books_;
    std::vector<line> lines_;
    /// Of a diamond of several processors: events that came from one of the two stages and not yet from the
    /// other, of each producer. Stage 2's own.
    std::vector<std::deque<event>> waiting_;
};

/// What a processor is made with: `first` is the lane of its lane 0.
class measured_handler {
public:
    measured_handler(handling& shared, std::size_t first) : shared_(&shared), first_(first) {}

    template <class Context>
    void operator()(event& one, Context& context) const {
        shared_->see(one, first_ + context.lane());
    }

private:
    handling* shared_;
    std::size_t first_;
};

}  // namespace handoff::benchmarks
