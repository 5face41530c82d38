#include "async/style_tests.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "async/steps.hpp"
#include "shared/hang.hpp"

namespace handoff::tests {

namespace {

using namespace std::chrono_literals;
using benchmarks::loop_executor;
using benchmarks::programs;
using benchmarks::steps;
using benchmarks::style_traits;
using benchmarks::threads_executor;

/// Calls `see(executor, its)` with each executor that the style takes, and the style's programs on it.
void with_each_executor(const style_traits& style, const std::function<void(void*, const programs&)>& see) {
    const auto on = [&](const char* name, auto& executor, const programs& its) {
        const testing::ScopedTrace trace(__FILE__, __LINE__, name);
        at_step(name);
        see(&executor, its);
    };
    impls::async::inline_executor here;
    on("on the calling thread", here, style.on_caller);
    if (style.runs == impls::steps_run::on_executor) {
        threads_executor one(1, {});
        on("on another thread", one, style.on_threads);
        threads_executor two(2, {});
        on("on two threads in turn", two, style.on_threads);
        loop_executor loop({});
        on("in the thread of an event loop", loop, style.in_loop);
    }
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

/// A chain of many steps that the stack of a thread has room for: a sanitizer's frames are several times as
/// large.
std::uint64_t many_steps(const style_traits& style) {
    return sanitized && style.stack_grows ? 200 : 1000;
}

/// The number of the step that a program failed with; 0: it did not.
template <class Program>
std::uint64_t failed_step(Program&& program) {
    try {
        program();
    } catch (const benchmarks::step_failed& failure) {
        return failure.number;
    }
    return 0;
}

/// AddressSanitizer clears its marks of the stack that a thread has by default when an exception is thrown. On
/// stacks that a library has made, without telling it, it finds errors that there are not.
bool may_fail(const style_traits& style) {
#ifdef __SANITIZE_ADDRESS__
    return !style.own_stacks || style.runs == impls::steps_run::on_threads;
#else
    static_cast<void>(style);
    return true;
#endif
}

bool has_threads_for_each(const style_traits& style) {
    return style.runs == impls::steps_run::on_threads;
}

/// Runs a program of dependent steps of several lengths, where the style has it.
void expect_known_answers(const style_traits& style, programs::chained programs::* program,
                          const std::vector<std::uint64_t>& lengths) {
    with_each_executor(style, [&](void* executor, const programs& its) {
        if (its.*program == nullptr) {
            return;
        }
        for (const std::uint64_t n : lengths) {
            steps of = steps::in_chain(7, n);
            for (int again = 0; again < 3; ++again) {
                of.begin();
                ASSERT_EQ("", of.fault_in_chain((its.*program)(executor, of))) << n << " steps";
            }
        }
    });
}

TEST_P(StyleConformance, AChainGivesTheKnownAnswer) {
    ASSERT_NE(GetParam()->on_caller.chain, nullptr);
    expect_known_answers(*GetParam(), &programs::chain,
                         has_threads_for_each(*GetParam())
                             ? std::vector<std::uint64_t>{0, 1, 2, 3, 30}
                             : std::vector<std::uint64_t>{0, 1, 2, 3, 100, many_steps(*GetParam())});
}

TEST_P(StyleConformance, ALoopGivesTheKnownAnswer) {
    expect_known_answers(*GetParam(), &programs::loop,
                         {has_threads_for_each(*GetParam()) ? std::uint64_t{30} : many_steps(*GetParam())});
}

TEST_P(StyleConformance, FunctionsInFunctionsGiveTheKnownAnswer) {
    expect_known_answers(*GetParam(), &programs::nested, {0, 1, 2, 20});
}

TEST_P(StyleConformance, ASequenceGivesEachValueOnceBeforeTheNextStep) {
    const std::vector<std::uint64_t> lengths =
        has_threads_for_each(*GetParam()) ? std::vector<std::uint64_t>{0, 1, 2, 30}
                                          : std::vector<std::uint64_t>{0, 1, 2, 100, many_steps(*GetParam())};
    with_each_executor(*GetParam(), [&](void* executor, const programs& its) {
        for (const std::uint64_t n : lengths) {
            steps of = steps::in_chain(7, n);
            for (int again = 0; again < 3 && its.sequence != nullptr; ++again) {
                of.begin();
                ASSERT_EQ("", of.fault_in_sequence(its.sequence(executor, of))) << n << " values";
            }
        }
    });
}

TEST_P(StyleConformance, ASequenceThatFailsHasGivenTheValuesBeforeIt) {
    if (!may_fail(*GetParam())) {
        GTEST_SKIP() << "AddressSanitizer knows no exceptions on such stacks";
    }
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        for (const std::uint64_t k : {1U, 5U, 9U}) {
            steps of = steps::in_chain(7, 9);
            of.fail_at(k);
            of.begin();
            if (its.sequence == nullptr) {
                return;
            }
            const std::uint64_t number = failed_step([&] { its.sequence(executor, of); });
            ASSERT_EQ("", of.fault_in_failed_sequence(number)) << "fails at step " << k;
        }
    });
}

TEST_P(StyleConformance, IndependentStepsRunOnceEach) {
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        for (const std::uint64_t n : {0U, 1U, 2U, 50U}) {
            steps of = steps::apart(n);
            for (int again = 0; again < 20 && its.fan_all != nullptr; ++again) {
                of.begin();
                ASSERT_EQ("", of.fault_in_sum(its.fan_all(executor, of))) << n << " steps";
            }
        }
    });
}

TEST_P(StyleConformance, TheFirstOfIndependentStepsHasRun) {
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        for (const std::uint64_t n : {1U, 2U, 50U}) {
            steps of = steps::apart(n);
            for (int again = 0; again < 20 && its.fan_first != nullptr; ++again) {
                of.begin();
                ASSERT_EQ("", of.fault_in_first(its.fan_first(executor, of))) << n << " steps";
            }
        }
    });
}

TEST_P(StyleConformance, AFailureReachesTheEndAndNoStepRunsAfterIt) {
    if (!may_fail(*GetParam())) {
        GTEST_SKIP() << "AddressSanitizer knows no exceptions on such stacks";
    }
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        for (const std::uint64_t k : {1U, 5U, 9U}) {
            steps of = steps::in_chain(7, 9);
            of.fail_at(k);
            for (int again = 0; again < 5; ++again) {
                of.begin();
                const std::uint64_t number = failed_step([&] { its.chain(executor, of); });
                ASSERT_EQ("", of.fault_in_failure(number)) << "fails at step " << k;
            }
        }
    });
}

/// Calls fail at once; of all others the rest has run.
TEST_P(StyleConformance, AFailureOfIndependentStepsIsThrownWhenAllHaveRun) {
    if (!may_fail(*GetParam())) {
        GTEST_SKIP() << "AddressSanitizer knows no exceptions on such stacks";
    }
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        if (its.fan_all == nullptr) {
            return;
        }
        steps of = steps::apart(10);
        of.fail_at(4);
        of.begin();
        const std::uint64_t number = failed_step([&] { its.fan_all(executor, of); });
        EXPECT_EQ(number, 4U);
        EXPECT_EQ("", of.fault_in_slots(GetParam()->form != impls::step_form::call));
    });
}

TEST_P(StyleConformance, AChainThatIsToldToStopRunsNoFurtherStep) {
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        if (its.cancelled == nullptr) {
            return;
        }
        for (const std::uint64_t k : {1U, 5U, 8U}) {
            std::stop_source stop;
            steps of = steps::in_chain(7, 9);
            of.stop_at(k);
            of.begin(&stop);
            ASSERT_EQ("", of.fault_in_cancellation(its.cancelled(executor, of, stop).has_value()))
                << "stopped in step " << k;
            of.begin();  // told before: nothing runs
            ASSERT_FALSE(its.cancelled(executor, of, stop).has_value());
            ASSERT_EQ(of.calls(), 0U);
        }
        steps of = steps::in_chain(7, 9);
        of.begin();
        const auto result = its.cancelled(executor, of, std::stop_source());
        ASSERT_TRUE(result.has_value());
        ASSERT_EQ("", of.fault_in_chain(*result));
    });
}

TEST_P(StyleConformance, AWaitIsGivenUpAndNotEarly) {
    with_each_executor(*GetParam(), [](void* executor, const programs& its) {
        for (const auto patience : {0us, 1us, 500us, 3000us}) {
            const auto begun = std::chrono::steady_clock::now();
            if (its.times_out != nullptr) {
                ASSERT_TRUE(its.times_out(executor, patience));
                ASSERT_GE(std::chrono::steady_clock::now() - begun, patience)
                    << "early: the wait was given up before its time";
            }
        }
    });
}

/// Where the compiler makes jumps of the ends of coroutines: not under sanitizers.
TEST_P(StyleConformance, TheStackGrowsOnlyWhereTheStyleSaysSo) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    GTEST_SKIP() << "a sanitizer's calls are no jumps";
#else
    if (GetParam()->stack_grows || GetParam()->own_stacks) {
        return;
    }
    impls::async::inline_executor here;
    const auto depth_of = [&](std::uint64_t n) {
        steps of = steps::in_chain(7, n);
        of.begin();
        GetParam()->on_caller.chain(&here, of);
        return of.stack_bytes();
    };
    const std::uint64_t few = depth_of(10);
    EXPECT_LE(depth_of(5000), few + 1024) << "the stack grows with the steps";
#endif
}

TEST_P(StyleConformance, ProgramsOfManyThreadsDoNotDisturbEachOther) {
    std::vector<std::jthread> threads;
    threads.reserve(4);
    for (std::uint64_t i = 0; i < 4; ++i) {
        threads.emplace_back([i] {
            with_each_executor(*GetParam(), [i](void* executor, const programs& its) {
                steps of = steps::in_chain(i, 30);
                for (int again = 0; again < 10; ++again) {
                    of.begin();
                    ASSERT_EQ("", of.fault_in_chain(its.chain(executor, of)));
                }
            });
        });
    }
}

}  // namespace

}  // namespace handoff::tests
