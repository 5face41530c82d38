// What every event processor of the catalog must do, with each capacity and wait strategy that it takes; once
// per processor, from the catalog.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "concepts/processors.hpp"
#include "shared/hang.hpp"
#include "shared/perturb.hpp"
#include "shared/threads.hpp"
#include "wait/chosen_wait.hpp"

namespace handoff::tests {

using impls::event_graph;
using impls::handling_order;
using impls::processor_options;
using impls::stop_mode;
using impls::stop_report;
using impls::submit_status;

inline void PrintTo(submit_status status, std::ostream* out) {
    *out << (status == submit_status::accepted ? "accepted"
             : status == submit_status::full   ? "full"
                                               : "stopped");
}

/// Says when the last copy of it is gone.
class tracked {
public:
    tracked() = default;
    explicit tracked(std::atomic<int>& alive) : alive_(&alive) { ++*alive_; }
    tracked(const tracked& other) : alive_(other.alive_) { count(1); }
    tracked(tracked&& other) noexcept : alive_(std::exchange(other.alive_, nullptr)) {}
    tracked& operator=(tracked other) noexcept {
        std::swap(alive_, other.alive_);
        return *this;
    }
    ~tracked() { count(-1); }

private:
    void count(int change) {
        if (alive_ != nullptr) {
            *alive_ += change;
        }
    }
    std::atomic<int>* alive_ = nullptr;
};

/// Whose it is, in which turn, and its key.
struct test_event {
    std::uint64_t producer = 0;
    std::uint64_t turn = 0;
    std::uint64_t key = 0;
    tracked life = {};
};

/// What a handler may do besides.
using test_context_submit = std::function<submit_status(test_event, std::uint64_t)>;

struct test_handler {
    /// Event, lane, and a way to submit another.
    std::function<void(test_event&, std::size_t, const test_context_submit&)> body;

    template <class Context>
    void operator()(test_event& event, Context& context) const {
        body(event, context.lane(),
             [&](test_event more, std::uint64_t key) { return context.submit(std::move(more), key); });
    }
};

/// A submitting thread's end of any processor, and any processor: the tests are compiled once for all of them.
class any_submitter {
public:
    virtual ~any_submitter() = default;
    virtual bool submit(test_event&& event, std::uint64_t key) = 0;
    virtual submit_status try_submit(test_event&& event, std::uint64_t key) = 0;
};
class any_subject {
public:
    virtual ~any_subject() = default;
    virtual std::unique_ptr<any_submitter> submitter() = 0;
    virtual stop_report stop(stop_mode mode) = 0;
};

/// What a processor declares, and how it is made.
struct subject_facts {
    std::string_view name;
    handling_order order;
    impls::processor_capacities capacities;
    bool has_workers;  ///< may have several threads
    bool has_graphs;
    bool changes_threads;
    std::vector<std::string_view> waits;
    std::size_t (*lanes)(const processor_options&);
    std::unique_ptr<any_subject> (*make)(const processor_options&, test_handler);

    /// Calls `see` with each of the options that the processor takes.
    void with_each_option(const std::function<void(const processor_options&)>& see) const {
        std::vector<std::size_t> sizes;
        if (capacities.bounded) {
            sizes = {2, 64};
            if (capacities.rule == impls::capacity_rule::exact) {
                sizes.insert(sizes.begin(), 1);
            }
        }
        if (capacities.unbounded) {
            sizes.push_back(processor_options::unbounded);
        }
        std::vector<unsigned> workers{1};
        if (has_workers) {
            workers.push_back(3);
        }
        for (const std::size_t capacity : sizes) {
            for (const unsigned threads : workers) {
                for (const std::string_view wait : waits) {
                    const std::string setting =
                        "capacity " +
                        (capacity == processor_options::unbounded ? "unbounded" : std::to_string(capacity)) +
                        ", workers " + std::to_string(threads) +
                        (wait.empty() ? "" : ", wait " + std::string(wait));
                    const testing::ScopedTrace trace(__FILE__, __LINE__, setting);
                    at_step(setting);
                    see({.capacity = capacity, .workers = threads, .wait = wait});
                    if (testing::Test::HasFatalFailure()) {
                        return;
                    }
                }
            }
        }
    }
};

/// A processor with one type for all strategies that it meets: which of them, its options say.
template <template <class, class, class> class Processor, class... Waits>
struct processor_subject {
    using processor = Processor<test_event, test_handler, impls::chosen_wait<Waits...>>;
    static_assert(impls::processor<processor>);

    static const subject_facts& facts() {
        static const subject_facts all{
            processor::name,
            processor::order,
            processor::capacities,
            processor::workers == impls::cardinality::many,
            impls::has_graphs<processor>,
            impls::changes_threads<processor>,
            impls::processes_natively<processor> ? std::vector<std::string_view>{""}
                                                 : std::vector<std::string_view>{Waits::name...},
            &processor::lanes,
            [](const processor_options& options, test_handler handler) -> std::unique_ptr<any_subject> {
                return std::make_unique<subject>(options, std::move(handler));
            }};
        return all;
    }

private:
    class end final : public any_submitter {
    public:
        explicit end(processor& owner) : inner_(owner.submitter()) {}
        bool submit(test_event&& event, std::uint64_t key) override {
            return inner_.submit(std::move(event), key);
        }
        submit_status try_submit(test_event&& event, std::uint64_t key) override {
            return inner_.try_submit(std::move(event), key);
        }

    private:
        impls::submitter_end_t<processor> inner_;
    };
    class subject final : public any_subject {
    public:
        subject(const processor_options& options, test_handler handler) : inner_(options, std::move(handler)) {}
        std::unique_ptr<any_submitter> submitter() override { return std::make_unique<end>(inner_); }
        stop_report stop(stop_mode mode) override { return inner_.stop(mode); }

    private:
        processor inner_;
    };
};

/// A processor of which the tests know no more than they are told.
class processor_under_test {
public:
    processor_under_test(const subject_facts& of, const processor_options& options, test_handler handler)
        : inner_(of.make(options, std::move(handler))) {}

    class submitter_handle {
    public:
        explicit submitter_handle(any_subject& owner) : inner_(owner.submitter()) {}
        bool submit(test_event event, std::uint64_t key = 0) { return inner_->submit(std::move(event), key); }
        submit_status try_submit(test_event event, std::uint64_t key = 0) {
            return inner_->try_submit(std::move(event), key);
        }

    private:
        std::unique_ptr<any_submitter> inner_;
    };
    submitter_handle submitter() { return submitter_handle(*inner_); }
    stop_report stop(stop_mode mode) { return inner_->stop(mode); }

private:
    std::unique_ptr<any_subject> inner_;
};

/// What handlers saw, by any number of threads: each event once, and whether the events of a lane, or of a key,
/// came in the order of their producers.
class witness {
public:
    witness(handling_order order, std::size_t lanes, std::size_t producers, std::size_t keys = 8)
        : order_(order), producers_(producers), next_(std::max(lanes, keys) * producers) {}

    void see(const test_event& event, std::size_t lane) {
        count_.fetch_add(1, std::memory_order_relaxed);
        sum_.fetch_add(event.producer << 32 | event.turn, std::memory_order_relaxed);
        if (order_ != handling_order::any) {
            // Not atomic: the processor orders the calls, and ThreadSanitizer looks whether it does.
            const std::size_t row = order_ == handling_order::per_key ? event.key : lane;
            std::uint64_t& next = next_[row * producers_ + event.producer];
            if (event.turn < next) {
                disordered_.fetch_add(1, std::memory_order_relaxed);
            }
            next = event.turn + 1;
        }
    }

    std::uint64_t count() const { return count_.load(); }
    std::uint64_t sum() const { return sum_.load(); }
    std::uint64_t disordered() const { return disordered_.load(); }

private:
    const handling_order order_;
    const std::size_t producers_;
    std::vector<std::uint64_t> next_;
    std::atomic<std::uint64_t> count_{0};
    std::atomic<std::uint64_t> sum_{0};
    std::atomic<std::uint64_t> disordered_{0};
};

/// A handler that enters every event into `seen`.
inline test_handler enters(witness& seen) {
    return {
        [&seen](test_event& event, std::size_t lane, const test_context_submit&) { seen.see(event, lane); }};
}

/// Keeps handlers waiting until it is opened.
class door {
public:
    void open() {
        open_.store(true);
        open_.notify_all();
    }
    /// Says that a handler has come, and returns when the door is open.
    void pass() {
        came_.store(true);
        came_.notify_all();
        open_.wait(false);
    }
    void wait_for_a_handler() { came_.wait(false); }

private:
    std::atomic<bool> open_{false};
    std::atomic<bool> came_{false};
};

namespace conformance {

inline void DeclaresItself(const subject_facts& of) {
    EXPECT_FALSE(of.name.empty());
    EXPECT_TRUE(of.capacities.bounded || of.capacities.unbounded);
    EXPECT_EQ(of.lanes({.workers = 1}) > 0, true);
}

inline void HandlesEveryEventOnceAndInOrder(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        constexpr std::uint64_t events = 300;
        witness seen(of.order, of.lanes(options), 1);
        std::atomic<unsigned> began{0};
        processor_options with_start = options;
        with_start.on_start = [&](unsigned) { ++began; };
        processor_under_test p(of, with_start, enters(seen));
        {
            auto in = p.submitter();
            for (std::uint64_t i = 0; i < events; ++i) {
                ASSERT_TRUE(in.submit({.turn = i, .key = i % 8}, i % 8));
            }
        }
        const stop_report said = p.stop(stop_mode::drain);
        EXPECT_EQ(seen.count(), events);
        EXPECT_EQ(seen.sum(), events * (events - 1) / 2);
        EXPECT_EQ(seen.disordered(), 0U) << "out of order";
        EXPECT_EQ(said.handled, events);
        EXPECT_EQ(said.thrown, 0U);
        EXPECT_EQ(said.given_up, 0U);
        EXPECT_GE(began.load(), options.workers) << "calls of on_start";
        if (!of.changes_threads) {
            EXPECT_EQ(began.load(), options.workers) << "calls of on_start";
        }
    });
}

inline void WhoeverSubmitsFirstIsHandledFirst(const subject_facts& of) {
    if (of.order != handling_order::any) {
        of.with_each_option([&](const processor_options& options) {
            // Two threads' ends take turns: all of it is one order, as if one thread submitted.
            witness seen(of.order, of.lanes(options), 1);
            processor_under_test p(of, options, enters(seen));
            auto one = p.submitter();
            auto other = p.submitter();
            for (std::uint64_t i = 0; i < 200; ++i) {
                ASSERT_TRUE((i % 3 == 0 ? one : other).submit({.turn = i, .key = 5}, 5));
            }
            p.stop(stop_mode::drain);
            EXPECT_EQ(seen.count(), 200U);
            EXPECT_EQ(seen.disordered(), 0U) << "out of order";
        });
    }
}

inline void AnExceptionIsCountedAndStopsNothing(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        std::atomic<std::uint64_t> handled{0};
        processor_under_test p(of, options, {[&](test_event& event, std::size_t, const test_context_submit&) {
                                   ++handled;
                                   if (event.turn % 3 == 0) {
                                       throw event.turn;
                                   }
                               }});
        {
            auto in = p.submitter();
            for (std::uint64_t i = 0; i < 90; ++i) {
                ASSERT_TRUE(in.submit({.turn = i, .key = i}, i));
            }
        }
        const stop_report said = p.stop(stop_mode::drain);
        EXPECT_EQ(handled.load(), 90U) << "events behind one whose handler threw";
        EXPECT_EQ(said.handled, 90U);
        EXPECT_EQ(said.thrown, 30U);
    });
}

inline void AfterAStopSubmissionsAreRefused(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        for (const stop_mode mode : {stop_mode::drain, stop_mode::now}) {
            std::atomic<std::uint64_t> handled{0};
            std::atomic<int> alive{0};
            {
                processor_under_test p(
                    of, options, {[&](test_event&, std::size_t, const test_context_submit&) { ++handled; }});
                auto in = p.submitter();
                ASSERT_TRUE(in.submit({.life = tracked(alive)}));
                const stop_report said = p.stop(mode);
                EXPECT_EQ(said.handled + said.given_up, 1U);
                EXPECT_EQ(said.handled, handled.load());
                for (std::uint64_t key = 0; key < 8; ++key) {
                    EXPECT_FALSE(in.submit({.turn = 7, .key = key}, key)) << "accepted after stop()";
                    EXPECT_EQ(in.try_submit({.turn = 7, .key = key}, key), submit_status::stopped)
                        << "accepted after stop()";
                }
                const stop_report again = p.stop(stop_mode::now);
                EXPECT_EQ(again.handled, said.handled);
                EXPECT_EQ(again.given_up, said.given_up);
                std::this_thread::sleep_for(1ms);
                EXPECT_EQ(handled.load(), said.handled) << "handled after stop() had returned";
            }
            EXPECT_EQ(alive.load(), 0) << "an event outlived its processor";
        }
    });
}

inline void AStopThatDrainsHandlesWhatIsInside(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        door gate;
        witness seen(of.order, of.lanes(options), 1);
        processor_under_test p(of, options,
                               {[&](test_event& event, std::size_t lane, const test_context_submit&) {
                                   if (event.turn == 0) {
                                       gate.pass();
                                   }
                                   seen.see(event, lane);
                               }});
        auto in = p.submitter();
        ASSERT_TRUE(in.submit({}));
        gate.wait_for_a_handler();
        std::uint64_t accepted = 1;
        while (accepted < 50 && in.try_submit({.turn = accepted, .key = 0}) == submit_status::accepted) {
            ++accepted;
        }
        EXPECT_GE(accepted, std::min<std::size_t>(50, options.capacity));
        stop_report said;
        {
            waiter stopper([&] { said = p.stop(stop_mode::drain); });
            EXPECT_TRUE(stopper.waits()) << "stop() has not waited for the handler";
            gate.open();
        }
        EXPECT_EQ(said.handled, accepted) << "lost at stop()";
        EXPECT_EQ(seen.count(), accepted) << "lost at stop()";
        EXPECT_EQ(seen.sum(), accepted * (accepted - 1) / 2) << "lost at stop()";
        EXPECT_EQ(said.given_up, 0U);
        EXPECT_EQ(seen.disordered(), 0U) << "out of order";
    });
}

inline void AStopAtOnceSaysWhatItGaveUp(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        door gate;
        std::atomic<std::uint64_t> handled{0};
        std::atomic<int> alive{0};
        {
            processor_under_test p(of, options,
                                   {[&](test_event& event, std::size_t, const test_context_submit&) {
                                       if (event.turn == 0) {
                                           gate.pass();
                                       }
                                       ++handled;
                                   }});
            auto in = p.submitter();
            ASSERT_TRUE(in.submit({.life = tracked(alive)}));
            gate.wait_for_a_handler();
            std::uint64_t accepted = 1;
            while (accepted < 50 &&
                   in.try_submit({.turn = accepted, .life = tracked(alive)}) == submit_status::accepted) {
                ++accepted;
            }
            stop_report said;
            {
                waiter stopper([&] { said = p.stop(stop_mode::now); });
                EXPECT_TRUE(stopper.waits());
                gate.open();
            }
            EXPECT_EQ(said.handled + said.given_up, accepted) << "events that nobody accounts for";
            EXPECT_EQ(said.handled, handled.load());
            if (options.workers == 1) {
                EXPECT_EQ(said.handled, 1U) << "a handler that was not running when all was to end";
            }
        }
        EXPECT_EQ(alive.load(), 0) << "an event outlived its processor";
    });
}

inline void AFullOneMakesProducersWait(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        if (options.capacity == processor_options::unbounded) {
            return;
        }
        door gate;
        witness seen(of.order, of.lanes(options), 1);
        processor_under_test p(of, options,
                               {[&](test_event& event, std::size_t lane, const test_context_submit& submit) {
                                   if (event.turn == 0) {
                                       gate.pass();
                                       // It never waits: it would wait for itself.
                                       EXPECT_EQ(submit({.turn = 1000}, 0), submit_status::full);
                                   }
                                   seen.see(event, lane);
                               }});
        auto in = p.submitter();
        ASSERT_TRUE(in.submit({}));
        gate.wait_for_a_handler();
        std::uint64_t accepted = 1;
        while (in.try_submit({.turn = accepted}) == submit_status::accepted) {
            ++accepted;
        }
        // The event that is handled has left its place, or has it still.
        EXPECT_GE(accepted, options.capacity);
        EXPECT_LE(accepted, options.capacity + 1);
        {
            // Full or not: it comes to its end when there is room.
            waiter producer([&] { EXPECT_TRUE(in.submit({.turn = accepted})); });
            EXPECT_TRUE(producer.waits());
            gate.open();
        }
        const stop_report said = p.stop(stop_mode::drain);
        EXPECT_EQ(said.handled, accepted + 1);
        EXPECT_EQ(seen.count(), accepted + 1);
        EXPECT_EQ(seen.disordered(), 0U);
    });
}

inline void AStopEndsTheWaitOfAProducer(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        if (options.capacity == processor_options::unbounded) {
            return;
        }
        door gate;
        std::atomic<std::uint64_t> handled{0};
        std::uint64_t accepted = 1;
        bool last = false;
        stop_report said;
        processor_under_test p(of, options, {[&](test_event& event, std::size_t, const test_context_submit&) {
                                   if (event.turn == 0) {
                                       gate.pass();
                                   }
                                   ++handled;
                               }});
        auto in = p.submitter();
        ASSERT_TRUE(in.submit({}));
        gate.wait_for_a_handler();
        while (in.try_submit({.turn = accepted}) == submit_status::accepted) {
            ++accepted;
        }
        {
            waiter producer([&] { last = in.submit({.turn = accepted}); });
            EXPECT_TRUE(producer.waits());
            waiter stopper([&] { said = p.stop(stop_mode::drain); });
            EXPECT_TRUE(stopper.waits());
            gate.open();
        }
        EXPECT_EQ(said.handled, accepted + (last ? 1 : 0)) << "lost at stop()";
        EXPECT_EQ(handled.load(), said.handled) << "lost at stop()";
    });
}

inline void HandlersSubmit(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        std::atomic<std::uint64_t> handled{0};
        std::atomic<bool> over{false};
        // Each event submits the next one: there is always room for one.
        processor_under_test p(of, options,
                               {[&](test_event& event, std::size_t, const test_context_submit& submit) {
                                   ++handled;
                                   if (event.turn == 50) {
                                       over.store(true);
                                       over.notify_all();
                                       return;
                                   }
                                   const std::uint64_t key = event.turn % 8;
                                   const submit_status how = submit({.turn = event.turn + 1, .key = key}, key);
                                   if (options.capacity > 1) {
                                       EXPECT_EQ(how, submit_status::accepted);
                                   } else if (how == submit_status::full) {
                                       over.store(true);
                                       over.notify_all();
                                   }
                               }});
        {
            auto in = p.submitter();
            ASSERT_TRUE(in.submit({}));
            over.wait(false);
        }
        const stop_report said = p.stop(stop_mode::drain);
        EXPECT_EQ(said.handled, handled.load());
        if (options.capacity > 1) {
            EXPECT_EQ(handled.load(), 51U);
        }
    });
}

inline void OfDifferentKeysSomeAreHandledAtTheSameTime(const subject_facts& of) {
    if (of.order == handling_order::per_key) {
        of.with_each_option([&](const processor_options& options) {
            if (options.workers == 1) {
                return;
            }
            door gate;
            std::atomic<std::uint64_t> others{0};
            processor_under_test p(of, options,
                                   {[&](test_event& event, std::size_t, const test_context_submit&) {
                                       if (event.key == 0) {
                                           gate.pass();
                                       } else {
                                           ++others;
                                           others.notify_all();
                                       }
                                   }});
            auto in = p.submitter();
            ASSERT_TRUE(in.submit({}, 0));
            gate.wait_for_a_handler();
            for (std::uint64_t key = 1; key <= 64; ++key) {
                ASSERT_TRUE(in.submit({.key = key}, key));
            }
            others.wait(0);  // while the handler of key 0 stands
            gate.open();
            EXPECT_EQ(p.stop(stop_mode::drain).handled, 65U);
        });
    }
}

inline void AGraphCallsEveryStageWithEveryEvent(const subject_facts& of) {
    if (of.has_graphs) {
        of.with_each_option([&](const processor_options& options) {
            for (const event_graph graph :
                 {event_graph::multicast, event_graph::pipeline, event_graph::diamond}) {
                constexpr std::uint64_t events = 200;
                processor_options with_graph = options;
                with_graph.graph = graph;
                ASSERT_EQ(of.lanes(with_graph), 3U);
                witness seen(handling_order::submission, 3, 1);
                std::atomic<std::uint64_t> done[3] = {};
                std::atomic<std::uint64_t> early{0};
                processor_under_test p(
                    of, with_graph, {[&](test_event& event, std::size_t stage, const test_context_submit&) {
                        const bool behind_0 = graph == event_graph::pipeline
                                                  ? stage > 0
                                                  : graph == event_graph::diamond && stage == 2;
                        const bool behind_1 = graph != event_graph::multicast && stage == 2;
                        early += (behind_0 && done[0] <= event.turn) || (behind_1 && done[1] <= event.turn);
                        seen.see(event, stage);
                        ++done[stage];
                        if (event.turn % 10 == stage) {
                            throw 1;
                        }
                    }});
                {
                    auto in = p.submitter();
                    for (std::uint64_t i = 0; i < events; ++i) {
                        ASSERT_TRUE(in.submit({.turn = i}));
                    }
                }
                const stop_report said = p.stop(stop_mode::drain);
                EXPECT_EQ(said.handled, events);
                EXPECT_EQ(said.thrown, 3 * events / 10);
                EXPECT_EQ(seen.count(), 3 * events);
                EXPECT_EQ(seen.disordered(), 0U);
                EXPECT_EQ(early.load(), 0U) << "a stage saw an event before the stages before it";
            }
        });
    }
}

}  // namespace conformance

template <class Subject>
class ProcessorConformance : public testing::Test {};
TYPED_TEST_SUITE_P(ProcessorConformance);
TYPED_TEST_P(ProcessorConformance, DeclaresItself) {
    conformance::DeclaresItself(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, HandlesEveryEventOnceAndInOrder) {
    conformance::HandlesEveryEventOnceAndInOrder(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, WhoeverSubmitsFirstIsHandledFirst) {
    conformance::WhoeverSubmitsFirstIsHandledFirst(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AnExceptionIsCountedAndStopsNothing) {
    conformance::AnExceptionIsCountedAndStopsNothing(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AfterAStopSubmissionsAreRefused) {
    conformance::AfterAStopSubmissionsAreRefused(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AStopThatDrainsHandlesWhatIsInside) {
    conformance::AStopThatDrainsHandlesWhatIsInside(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AStopAtOnceSaysWhatItGaveUp) {
    conformance::AStopAtOnceSaysWhatItGaveUp(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AFullOneMakesProducersWait) {
    conformance::AFullOneMakesProducersWait(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AStopEndsTheWaitOfAProducer) {
    conformance::AStopEndsTheWaitOfAProducer(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, HandlersSubmit) {
    conformance::HandlersSubmit(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, OfDifferentKeysSomeAreHandledAtTheSameTime) {
    conformance::OfDifferentKeysSomeAreHandledAtTheSameTime(TypeParam::facts());
}
TYPED_TEST_P(ProcessorConformance, AGraphCallsEveryStageWithEveryEvent) {
    conformance::AGraphCallsEveryStageWithEveryEvent(TypeParam::facts());
}
REGISTER_TYPED_TEST_SUITE_P(ProcessorConformance, DeclaresItself, HandlesEveryEventOnceAndInOrder,
                            WhoeverSubmitsFirstIsHandledFirst, AnExceptionIsCountedAndStopsNothing,
                            AfterAStopSubmissionsAreRefused, AStopThatDrainsHandlesWhatIsInside,
                            AStopAtOnceSaysWhatItGaveUp, AFullOneMakesProducersWait,
                            AStopEndsTheWaitOfAProducer, HandlersSubmit,
                            OfDifferentKeysSomeAreHandledAtTheSameTime, AGraphCallsEveryStageWithEveryEvent);

namespace stress {

inline unsigned stop_rounds() {
    const char* const asked = std::getenv("HANDOFF_STOP_ROUNDS");
    return asked != nullptr ? static_cast<unsigned>(std::strtoul(asked, nullptr, 10)) : 12;
}

inline void NothingIsLostOrComesTwice(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        const perturbed disturbed(3);
        constexpr unsigned producers = 3;
        constexpr std::uint64_t events = 400;
        witness seen(of.order, of.lanes(options), producers);
        std::atomic<std::uint64_t> more{0};
        processor_under_test p(
            of, options, {[&](test_event& event, std::size_t lane, const test_context_submit& submit) {
                if (event.producer == producers) {
                    return;  // one that a handler has submitted
                }
                seen.see(event, lane);
                if (event.turn % 7 == 0) {
                    more +=
                        submit({.producer = producers, .key = event.key}, event.key) == submit_status::accepted;
                }
                if (event.turn % 11 == 0) {
                    throw 1;
                }
            }});
        together(producers, [&](unsigned me) {
            auto in = p.submitter();
            for (std::uint64_t i = 0; i < events; ++i) {
                const std::uint64_t key = (i + me) % 8;
                ASSERT_TRUE(in.submit({.producer = me, .turn = i, .key = key}, key));
            }
        });
        const stop_report said = p.stop(stop_mode::drain);
        std::uint64_t sum = 0;
        for (std::uint64_t producer = 0; producer < producers; ++producer) {
            sum += (producer << 32) * events + events * (events - 1) / 2;
        }
        EXPECT_EQ(seen.count(), producers * events) << "lost or twice";
        EXPECT_EQ(seen.sum(), sum) << "not the same events";
        EXPECT_EQ(seen.disordered(), 0U) << "out of order";
        EXPECT_EQ(said.handled, producers * events + more.load());
        EXPECT_EQ(said.thrown, producers * ((events + 10) / 11));
    });
}

inline void AStopInFullFlightAccountsForEverything(const subject_facts& of) {
    of.with_each_option([&](const processor_options& options) {
        const perturbed disturbed(5);
        constexpr unsigned producers = 2;
        for (unsigned round = 0; round < stop_rounds(); ++round) {
            const stop_mode mode = round % 2 == 0 ? stop_mode::drain : stop_mode::now;
            std::atomic<int> alive{0};
            {
                witness seen(of.order, of.lanes(options), producers + 1);
                std::atomic<std::uint64_t> accepted{0};
                processor_under_test p(
                    of, options, {[&](test_event& event, std::size_t lane, const test_context_submit& submit) {
                        seen.see(event, lane);
                        if (event.producer < producers && event.turn % 5 == 0) {
                            // From several lanes at once: no order among these.
                            accepted += of.order == handling_order::submission &&
                                        submit({.producer = producers,
                                                .turn = event.turn << 1 | event.producer,
                                                .life = tracked(alive)},
                                               0) == submit_status::accepted;
                        }
                    }});
                stop_report said;
                together(producers + 1, [&](unsigned me) {
                    if (me == producers) {
                        std::this_thread::sleep_for(std::chrono::microseconds(round % 8 * 20));
                        said = p.stop(mode);
                        return;
                    }
                    auto in = p.submitter();
                    std::uint64_t mine = 0;
                    while (in.submit({.producer = me, .turn = mine, .key = mine % 8, .life = tracked(alive)},
                                     mine % 8)) {
                        ++mine;
                        if (options.capacity == processor_options::unbounded && mine % 64 == 0) {
                            std::this_thread::yield();
                        }
                    }
                    EXPECT_EQ(in.try_submit({}), submit_status::stopped);
                    accepted += mine;
                });
                EXPECT_EQ(said.handled + said.given_up, accepted.load()) << "lost at stop()";
                EXPECT_EQ(said.handled, seen.count());
                if (mode == stop_mode::drain) {
                    EXPECT_EQ(said.given_up, 0U);
                }
            }
            EXPECT_EQ(alive.load(), 0) << "an event outlived its processor";
            if (testing::Test::HasFailure()) {
                FAIL() << "in round " << round;
            }
        }
    });
}

inline void AGraphStopsAllStagesAtTheSameEvent(const subject_facts& of) {
    if (of.has_graphs) {
        of.with_each_option([&](const processor_options& options) {
            const perturbed disturbed(7);
            for (const event_graph graph :
                 {event_graph::multicast, event_graph::pipeline, event_graph::diamond}) {
                for (unsigned round = 0; round < stop_rounds(); ++round) {
                    const stop_mode mode = round % 3 == 0 ? stop_mode::drain : stop_mode::now;
                    processor_options with_graph = options;
                    with_graph.graph = graph;
                    std::atomic<std::uint64_t> seen[3] = {};
                    std::uint64_t accepted = 0;
                    stop_report said;
                    processor_under_test p(
                        of, with_graph,
                        {[&](test_event&, std::size_t stage, const test_context_submit&) { ++seen[stage]; }});
                    together(2, [&](unsigned me) {
                        if (me == 1) {
                            std::this_thread::sleep_for(std::chrono::microseconds(round % 8 * 20));
                            said = p.stop(mode);
                            return;
                        }
                        auto in = p.submitter();
                        while (in.submit({.turn = accepted})) {
                            ++accepted;
                        }
                    });
                    EXPECT_EQ(said.handled + said.given_up, accepted);
                    for (const auto& stage : seen) {
                        EXPECT_EQ(stage.load(), said.handled) << "a stage saw other events than the others";
                    }
                    if (testing::Test::HasFailure()) {
                        FAIL() << "in round " << round;
                    }
                }
            }
        });
    }
}

}  // namespace stress

template <class Subject>
class ProcessorStress : public testing::Test {};
TYPED_TEST_SUITE_P(ProcessorStress);
TYPED_TEST_P(ProcessorStress, NothingIsLostOrComesTwice) {
    stress::NothingIsLostOrComesTwice(TypeParam::facts());
}
TYPED_TEST_P(ProcessorStress, AStopInFullFlightAccountsForEverything) {
    stress::AStopInFullFlightAccountsForEverything(TypeParam::facts());
}
TYPED_TEST_P(ProcessorStress, AGraphStopsAllStagesAtTheSameEvent) {
    stress::AGraphStopsAllStagesAtTheSameEvent(TypeParam::facts());
}
REGISTER_TYPED_TEST_SUITE_P(ProcessorStress, NothingIsLostOrComesTwice, AStopInFullFlightAccountsForEverything,
                            AGraphStopsAllStagesAtTheSameEvent);

}  // namespace handoff::tests
