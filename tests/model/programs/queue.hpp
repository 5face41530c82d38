// Programs for any queue (impls/concepts/queues.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "concepts/queues.hpp"
#include "detail/cpu_relax.hpp"
#include "handoff_model/atomic.hpp"
#include "suite.hpp"

namespace handoff::model::queues {

/// What is handed over: memory of its own, so that what is lost leaks, and what is taken twice is freed twice.
struct stamp {
    int producer = 0;
    int number = 0;
};
using item = std::unique_ptr<stamp>;

inline item made(int producer, int number) {
    return std::make_unique<stamp>(stamp{producer, number});
}

template <class Q>
std::unique_ptr<Q> make(std::size_t capacity) {
    if constexpr (impls::bounded_queue<Q>) {
        return std::make_unique<Q>(capacity);
    } else {
        return std::make_unique<Q>();
    }
}

/// Waits for room.
template <class End>
void push(End& end, item value) {
    if constexpr (requires { end.push(std::move(value)); }) {
        end.push(std::move(value));
    } else {
        while (!end.try_push(std::move(value))) {
            impls::detail::cpu_relax();
        }
    }
}

/// What has been taken, by whom. Each thread writes its own.
struct taken {
    std::vector<stamp> items;

    void add(item value) {
        check(value != nullptr, "an item without its value was taken");
        if (!items.empty()) {
            for (const stamp& one : items) {
                check(one.producer != value->producer || one.number < value->number,
                      "items of one producer were taken out of their order");
            }
        }
        items.push_back(*value);
    }
};

inline void check_all(const std::vector<taken>& by, const std::vector<int>& pushed) {
    std::vector<int> count(pushed.size(), 0);
    for (const taken& one : by) {
        for (const stamp& each : one.items) {
            ++count[static_cast<std::size_t>(each.producer)];
        }
    }
    for (std::size_t p = 0; p < pushed.size(); ++p) {
        check(count[p] == pushed[p], "an item was lost, or taken twice");
    }
}

/// Takes what is left.
template <class Q>
void drain(Q& queue, taken& into) {
    auto&& end = impls::consumer_end(queue);
    step("drain");
    for (item value; end.try_pop(value);) {
        into.add(std::move(value));
    }
}

/// Producers push `pushes` items each, consumers wait for `pops` items each.
template <class Q>
void waits(std::size_t capacity, std::vector<int> pushes, std::vector<int> pops) {
    const auto queue = make<Q>(capacity);
    std::vector<taken> by(pops.size() + 1);
    {
        std::vector<std::function<void()>> bodies;
        for (std::size_t p = 0; p < pushes.size(); ++p) {
            bodies.emplace_back([&, p] {
                auto&& end = impls::producer_end(*queue);
                for (int n = 0; n < pushes[p]; ++n) {
                    step("push", static_cast<long>(p) * 10 + n);
                    push(end, made(static_cast<int>(p), n));
                }
            });
        }
        for (std::size_t c = 0; c < pops.size(); ++c) {
            bodies.emplace_back([&, c] {
                auto&& end = impls::consumer_end(*queue);
                for (int n = 0; n < pops[c]; ++n) {
                    step("pop until there is one");
                    item value;
                    while (!end.try_pop(value)) {
                        impls::detail::cpu_relax();
                    }
                    by[c].add(std::move(value));
                }
            });
        }
        threads(std::move(bodies));
    }
    drain(*queue, by.back());
    check_all(by, pushes);
}

/// Nobody waits: what does not fit is kept, what is not there is not taken.
template <class Q>
void tries(std::size_t capacity, std::vector<int> pushes, std::vector<int> pops) {
    const auto queue = make<Q>(capacity);
    std::vector<taken> by(pops.size() + 1);
    std::vector<int> pushed(pushes.size(), 0);
    {
        std::vector<std::function<void()>> bodies;
        for (std::size_t p = 0; p < pushes.size(); ++p) {
            bodies.emplace_back([&, p] {
                auto&& end = impls::producer_end(*queue);
                for (int n = 0; n < pushes[p]; ++n) {
                    step("try_push", static_cast<long>(p) * 10 + n);
                    item value = made(static_cast<int>(p), n);
                    if constexpr (requires { end.push(std::move(value)); }) {
                        end.push(std::move(value));
                        ++pushed[p];
                    } else if (end.try_push(std::move(value))) {
                        ++pushed[p];
                    } else {
                        check(value != nullptr, "a push that was refused took the item");
                    }
                }
            });
        }
        for (std::size_t c = 0; c < pops.size(); ++c) {
            bodies.emplace_back([&, c] {
                auto&& end = impls::consumer_end(*queue);
                for (int n = 0; n < pops[c]; ++n) {
                    step("try_pop");
                    item value;
                    if (end.try_pop(value)) {
                        by[c].add(std::move(value));
                    } else {
                        check(value == nullptr, "a pop that found nothing wrote to its argument");
                    }
                }
            });
        }
        threads(std::move(bodies));
    }
    drain(*queue, by.back());
    check_all(by, pushed);
}

/// Items in bulk, two at a time, and as many looks.
template <class Q>
void bulk(std::size_t capacity, int producers, int consumers) {
    const auto queue = make<Q>(capacity);
    std::vector<taken> by(static_cast<std::size_t>(consumers) + 1);
    std::vector<int> pushed(static_cast<std::size_t>(producers), 0);
    {
        std::vector<std::function<void()>> bodies;
        for (int p = 0; p < producers; ++p) {
            bodies.emplace_back([&, p] {
                auto&& end = impls::producer_end(*queue);
                // Twice where one pushes: the second time into places that have been emptied.
                for (int n = 0; n < (producers + consumers == 2 ? 4 : 2); n += 2) {
                    step("push in bulk", p * 10 + n);
                    std::array<item, 2> values{made(p, n), made(p, n + 1)};
                    if constexpr (requires { end.push_bulk(values.data(), values.size()); }) {
                        end.push_bulk(values.data(), values.size());
                        pushed[static_cast<std::size_t>(p)] += 2;
                    } else {
                        pushed[static_cast<std::size_t>(p)] +=
                            static_cast<int>(end.try_push_bulk(values.data(), values.size()));
                    }
                }
            });
        }
        for (int c = 0; c < consumers; ++c) {
            bodies.emplace_back([&, c] {
                auto&& end = impls::consumer_end(*queue);
                step("pop in bulk");
                std::array<item, 2> values;
                const std::size_t got = end.try_pop_bulk(values.data(), values.size());
                for (std::size_t i = 0; i < got; ++i) {
                    by[static_cast<std::size_t>(c)].add(std::move(values[i]));
                }
            });
        }
        threads(std::move(bodies));
    }
    drain(*queue, by.back());
    check_all(by, pushed);
}

/// Who knows that a push has returned finds its item; who knows that a pop has returned finds its room.
template <class Q>
void seen(std::size_t capacity) {
    const auto queue = make<Q>(capacity);
    impls::atomic<int> pushed{0};
    impls::atomic<int> popped{0};
    taken by;
    taken rest;
    int count = 1;
    threads({[&] {
                 auto&& end = impls::producer_end(*queue);
                 step("push");
                 push(end, made(0, 0));
                 step("tell");
                 pushed.store(1, std::memory_order_release);
                 if constexpr (impls::bounded_queue<Q>) {
                     step("push until it is full");
                     std::vector<item> kept;
                     while (true) {
                         item value = made(0, count);
                         const bool known = popped.load(std::memory_order_acquire) != 0;
                         if (end.try_push(std::move(value))) {
                             ++count;
                             step("push until it is full", count);
                             continue;
                         }
                         if constexpr (Q::capacity_is != impls::capacity_rule::at_least) {
                             check(count - (known ? 1 : 0) >= static_cast<int>(queue->capacity()),
                                   "a push was refused, though it was known that there was room");
                         }
                         break;
                     }
                 }
             },
             [&] {
                 auto&& end = impls::consumer_end(*queue);
                 step("ask");
                 const bool known = pushed.load(std::memory_order_acquire) != 0;
                 step("try_pop");
                 item value;
                 if (end.try_pop(value)) {
                     by.add(std::move(value));
                     popped.store(1, std::memory_order_release);
                 } else {
                     check(!known, "a pop found nothing, though it was known that an item was there");
                 }
             }});
    drain(*queue, rest);
    check_all({by, rest}, {count});
}

/// The programs of queue `Q`, whose item is `item`.
template <class Q>
std::vector<program> programs() {
    const std::string name(Q::name);
    constexpr bool many_in = Q::producers == impls::cardinality::many;
    constexpr bool many_out = Q::consumers == impls::cardinality::many;
    constexpr bool bounded = impls::bounded_queue<Q>;
    std::vector<program> all;
    all.push_back({name, "1 waits to push 3, 1 waits for 3", "1x1, 3+3", [] { waits<Q>(2, {3}, {3}); }});
    all.push_back({name, "1 tries to push 3, 1 tries to pop 2", "1x1, 3+2", [] { tries<Q>(2, {3}, {2}); }});
    all.push_back({name, "what is known to be there is found", "1x1, 4+1", [] { seen<Q>(2); }});
    if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
        all.push_back(
            {name, "1 pushes twice 2 in bulk, 1 pops 2 in bulk", "1x1, bulk", [] { bulk<Q>(2, 1, 1); }});
    }
    if constexpr (many_in) {
        all.push_back(
            {name, "2 wait to push 1, 1 waits for 2", "2x1, 1+1+2", [] { waits<Q>(2, {1, 1}, {2}); }});
        if constexpr (bounded) {
            all.push_back(
                {name, "2 try to push 2, 1 tries to pop 1", "2x1, 2+2+1", [] { tries<Q>(2, {2, 2}, {1}); }});
        }
        if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
            all.push_back({name, "2 push 2 in bulk, 1 pops 2 in bulk", "2x1, bulk", [] { bulk<Q>(2, 2, 1); }});
        }
    }
    if constexpr (many_out) {
        all.push_back(
            {name, "1 waits to push 2, 2 wait for 1", "1x2, 2+1+1", [] { waits<Q>(2, {2}, {1, 1}); }});
        all.push_back(
            {name, "1 tries to push 3, 2 try to pop 2", "1x2, 3+2+2", [] { tries<Q>(2, {3}, {2, 2}); }});
        if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
            all.push_back({name, "1 pushes 2 in bulk, 2 pop 2 in bulk", "1x2, bulk", [] { bulk<Q>(2, 1, 2); }});
        }
    }
    if constexpr (many_in && many_out) {
        all.push_back(
            {name, "2 wait to push 1, 2 wait for 1", "2x2, 1+1+1+1", [] { waits<Q>(2, {1, 1}, {1, 1}); }});
    }
    return all;
}

}  // namespace handoff::model::queues
