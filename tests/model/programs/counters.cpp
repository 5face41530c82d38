// Programs for counters (impls/concepts/counters.hpp).
#include "concepts/counters.hpp"

#include <memory>

#include "atomic.hpp"
#include "counters/adjacent_line_counter.hpp"
#include "counters/batched_counter.hpp"
#include "counters/cas_backoff_counter.hpp"
#include "counters/cas_limited_counter.hpp"
#include "counters/cas_loop_counter.hpp"
#include "counters/false_sharing_counter.hpp"
#include "counters/fetch_add_counter.hpp"
#include "counters/fetch_add_seq_cst_counter.hpp"
#include "counters/flat_combining_counter.hpp"
#include "counters/local_counter.hpp"
#include "counters/mutex_counter.hpp"
#include "counters/own_line_counter.hpp"
#include "counters/spinlock_counter.hpp"
#include "counters/striped_counter.hpp"
#include "suite.hpp"

namespace handoff::model {
namespace {

/// How much of 1 was added.
template <class End>
std::uint64_t add_one(End& end) {
    if constexpr (requires { end.add(1); }) {
        end.add(1);
        return 1;
    } else {
        return end.try_add(1) ? 1 : 0;
    }
}

template <class C>
constexpr std::uint64_t kept_back() {
    if constexpr (requires { C::slack; }) {
        return C::slack;
    } else {
        return 0;
    }
}

/// What the threads have added is there at the end, and what one has added itself when it looks behind it.
template <class C>
void adds(std::vector<int> times) {
    const auto counter = std::make_unique<C>();
    std::vector<std::uint64_t> added(times.size(), 0);
    std::vector<std::function<void()>> bodies;
    for (std::size_t t = 0; t < times.size(); ++t) {
        bodies.emplace_back([&, t] {
            auto&& end = impls::adder_end(*counter);
            for (int n = 0; n < times[t]; ++n) {
                step("add");
                added[t] += add_one(end);
            }
            step("read");
            check(counter->read() + kept_back<C>() >= added[t], "an adder does not find what it has added");
        });
    }
    threads(std::move(bodies));
    std::uint64_t all = 0;
    for (const std::uint64_t one : added) {
        all += one;
    }
    check(counter->read() == all, "an addition was lost, or counted twice");
}

/// Who reads twice never sees it fall, and finds what it knows of.
template <class C>
void reads(int adders) {
    const auto counter = std::make_unique<C>();
    impls::atomic<int> told{0};
    std::vector<std::function<void()>> bodies;
    for (int t = 0; t < adders; ++t) {
        bodies.emplace_back([&] {
            {
                auto&& end = impls::adder_end(*counter);
                step("add");
                while (add_one(end) == 0) {
                }
                step("leave");
            }
            step("tell");
            told.fetch_add(1, std::memory_order_release);
        });
    }
    bodies.emplace_back([&] {
        step("ask");
        const int known = told.load(std::memory_order_acquire);
        step("read");
        const std::uint64_t first = counter->read();
        check(first >= static_cast<std::uint64_t>(known), "a reader does not find what it knows of");
        step("read again");
        const std::uint64_t second = counter->read();
        check(first <= second, "a reader saw the counter fall");
        check(second <= static_cast<std::uint64_t>(adders), "a reader saw more than was added");
    });
    threads(std::move(bodies));
}

template <class C>
std::vector<program> programs() {
    const std::string name(C::name);
    return {{name, "2 add twice", "2 x 2", [] { adds<C>({2, 2}); }},
            {name, "1 adds, 1 adds three times", "1 + 3", [] { adds<C>({1, 3}); }},
            {name, "1 adds, 1 reads twice", "1 + 2", [] { reads<C>(1); }},
            {name, "2 add, 1 reads twice", "1 + 1 + 2", [] { reads<C>(2); }}};
}

const registered all[] = {
    registered(programs<impls::fetch_add_counter>()),
    registered(programs<impls::fetch_add_seq_cst_counter>()),
    registered(programs<impls::cas_loop_counter>()),
    registered(programs<impls::cas_backoff_counter>()),
    registered(programs<impls::cas_limited_counter>()),
    registered(programs<impls::spinlock_counter>()),
    registered(programs<impls::mutex_counter>()),
    registered(programs<impls::flat_combining_counter>()),
    registered(programs<impls::striped_counter>()),
    registered(programs<impls::batched_counter>()),
    registered(programs<impls::local_counter>()),
    registered(programs<impls::own_line_counter>()),
    registered(programs<impls::adjacent_line_counter>()),
    registered(programs<impls::false_sharing_counter>()),
};

}  // namespace
}  // namespace handoff::model
