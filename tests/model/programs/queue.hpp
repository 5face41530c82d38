// Programs for any queue (impls/concepts/queues.hpp).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "concepts/queues.hpp"
#include "detail/cpu_relax.hpp"
#include "handoff_model/atomic.hpp"
#include "suite.hpp"

namespace handoff::model::queues {

struct stamp {
    int producer = 0;
    int number = 0;
};

/// What is handed over: memory of its own, so that what is lost leaks, and what is taken twice is freed twice.
class item {
public:
    item() = default;
    static item made(int producer, int number) {
        item one;
        one.stamp_ = std::make_unique<stamp>(stamp{producer, number});
        return one;
    }
    item(item&&) = default;
    item& operator=(item&&) = default;
    item(const item& other) : stamp_(other ? std::make_unique<stamp>(*other.stamp_) : nullptr) {}
    item& operator=(const item& other) { return *this = item(other); }
    ~item() = default;

    explicit operator bool() const noexcept { return stamp_ != nullptr; }
    const stamp& what() const noexcept { return *stamp_; }
    bool operator<(const item& other) const noexcept { return what().number < other.what().number; }

private:
    std::unique_ptr<stamp> stamp_;
};

/// The same in a word, for queues that treat words in another way.
class word {
public:
    static word made(int producer, int number) {
        word one;
        one.bits_ = static_cast<std::uint32_t>(producer << 16 | (number + 1));
        return one;
    }
    explicit operator bool() const noexcept { return bits_ != 0; }
    stamp what() const noexcept {
        return {static_cast<int>(bits_ >> 16), static_cast<int>(bits_ & 0xffff) - 1};
    }
    bool operator<(const word& other) const noexcept { return what().number < other.what().number; }

private:
    std::uint32_t bits_ = 0;
};

template <class Q>
std::unique_ptr<Q> make(std::size_t capacity) {
    if constexpr (impls::bounded_queue<Q>) {
        return std::make_unique<Q>(capacity);
    } else {
        return std::make_unique<Q>();
    }
}

/// Waits for room.
template <class End, class T>
void push(End& end, T value) {
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

    template <class Q>
    void add(const typename Q::value_type& value) {
        check(bool(value), "an item without its value was taken");
        const stamp seen = value.what();
        if constexpr (impls::keeps_producers_order<Q>) {
            for (const stamp& one : items) {
                check(one.producer != seen.producer || one.number < seen.number,
                      "items of one producer were taken out of their order");
            }
        }
        items.push_back(seen);
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
    int before = -1;
    for (typename Q::value_type value; end.try_pop(value);) {
        into.add<Q>(value);
        if constexpr (Q::order == impls::ordering::priority && impls::relaxation_of<Q>() == 0) {
            check(before <= value.what().number, "items were taken out of the order of their priorities");
            before = value.what().number;
        }
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
                    push(end, Q::value_type::made(static_cast<int>(p), n));
                }
            });
        }
        for (std::size_t c = 0; c < pops.size(); ++c) {
            bodies.emplace_back([&, c] {
                auto&& end = impls::consumer_end(*queue);
                for (int n = 0; n < pops[c]; ++n) {
                    step("pop until there is one");
                    typename Q::value_type value;
                    while (!end.try_pop(value)) {
                        impls::detail::cpu_relax();
                    }
                    by[c].add<Q>(value);
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
                    auto value = Q::value_type::made(static_cast<int>(p), n);
                    if constexpr (requires { end.push(std::move(value)); }) {
                        end.push(std::move(value));
                        ++pushed[p];
                    } else if (end.try_push(std::move(value))) {
                        ++pushed[p];
                    } else {
                        check(bool(value), "a push that was refused took the item");
                    }
                }
            });
        }
        for (std::size_t c = 0; c < pops.size(); ++c) {
            bodies.emplace_back([&, c] {
                auto&& end = impls::consumer_end(*queue);
                for (int n = 0; n < pops[c]; ++n) {
                    step("try_pop");
                    typename Q::value_type value;
                    if (end.try_pop(value)) {
                        by[c].add<Q>(value);
                    } else {
                        check(!value, "a pop that found nothing wrote to its argument");
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
                    std::array<typename Q::value_type, 2> values{Q::value_type::made(p, n),
                                                                 Q::value_type::made(p, n + 1)};
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
                std::array<typename Q::value_type, 2> values;
                const std::size_t got = end.try_pop_bulk(values.data(), values.size());
                for (std::size_t i = 0; i < got; ++i) {
                    by[static_cast<std::size_t>(c)].add<Q>(values[i]);
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
                 push(end, Q::value_type::made(0, 0));
                 step("tell");
                 pushed.store(1, std::memory_order_release);
                 if constexpr (impls::bounded_queue<Q>) {
                     step("push until it is full");
                     while (true) {
                         auto value = Q::value_type::made(0, count);
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
                 typename Q::value_type value;
                 if (end.try_pop(value)) {
                     by.add<Q>(value);
                     popped.store(1, std::memory_order_release);
                 } else {
                     check(!known, "a pop found nothing, though it was known that an item was there");
                 }
             }});
    drain(*queue, rest);
    check_all({by, rest}, {count});
}

/// Who knows that a push has returned finds an item, also while another push is under way.
template <class Q>
void seen_beside_a_push() {
    const auto queue = make<Q>(2);
    impls::atomic<int> pushed{0};
    taken by;
    taken rest;
    threads({[&] {
                 auto&& end = impls::producer_end(*queue);
                 step("push", 0);
                 push(end, Q::value_type::made(0, 0));
             },
             [&] {
                 auto&& end = impls::producer_end(*queue);
                 step("push", 10);
                 push(end, Q::value_type::made(1, 0));
                 step("tell");
                 pushed.store(1, std::memory_order_release);
             },
             [&] {
                 auto&& end = impls::consumer_end(*queue);
                 step("ask");
                 const bool known = pushed.load(std::memory_order_acquire) != 0;
                 step("try_pop");
                 if (typename Q::value_type value; end.try_pop(value)) {
                     by.add<Q>(value);
                 } else {
                     check(!known, "a pop found nothing, though it was known that an item was there");
                 }
             }});
    drain(*queue, rest);
    check_all({by, rest}, {1, 1});
}

/// Who knows that a push has returned, and pushes then, comes behind it.
template <class Q>
void in_the_order_of_pushes() {
    const auto queue = make<Q>(2);
    impls::atomic<int> pushed{0};
    bool knew = false;
    taken by;
    taken rest;
    threads({[&] {
                 auto&& end = impls::producer_end(*queue);
                 step("push", 0);
                 push(end, Q::value_type::made(0, 0));
                 step("tell");
                 pushed.store(1, std::memory_order_release);
             },
             [&] {
                 auto&& end = impls::producer_end(*queue);
                 step("ask");
                 knew = pushed.load(std::memory_order_acquire) != 0;
                 step("push", 10);
                 push(end, Q::value_type::made(1, 0));
             },
             [&] {
                 auto&& end = impls::consumer_end(*queue);
                 step("try_pop");
                 if (typename Q::value_type value; end.try_pop(value)) {
                     by.add<Q>(value);
                 }
             }});
    drain(*queue, rest);
    check_all({by, rest}, {1, 1});
    const stamp first = by.items.empty() ? rest.items.front() : by.items.front();
    check(!knew || first.producer == 0,
          "the second of two pushes, which began after the first, came out first");
}

/// Ends of the queue that are there before the threads are: taking them is not what these are about. Queues
/// without handles are their own ends.
template <class Q>
class ends {
    using producer_end = std::remove_reference_t<impls::producer_end_t<Q>>;
    using consumer_end = std::remove_reference_t<impls::consumer_end_t<Q>>;
    template <class End>
    using held = std::conditional_t<impls::has_handles<Q>, std::unique_ptr<End>, End*>;

public:
    ends(Q& queue, std::string_view operations) {
        const bool pushes = operations.find('+') != operations.npos;
        const bool pops = operations.find_first_of("-?") != operations.npos;
        if constexpr (impls::has_handles<Q>) {
            in_ = pushes ? held<producer_end>(new producer_end(queue.producer())) : nullptr;
            out_ = pops ? held<consumer_end>(new consumer_end(queue.consumer())) : nullptr;
        } else {
            in_ = &queue;
            out_ = &queue;
        }
    }
    producer_end& in() { return *in_; }
    consumer_end& out() { return *out_; }

private:
    held<producer_end> in_ = nullptr;
    held<consumer_end> out_ = nullptr;
};

/// Does what stands in `first`, then what each thread's text says, in threads: `act(who, text, ends)`.
template <class Q, class Act>
void by_texts(Q& queue, std::string_view first, const std::vector<std::string_view>& texts, const Act& act) {
    {
        ends<Q> mine(queue, first);
        act(texts.size(), first, mine);
    }
    std::vector<std::unique_ptr<ends<Q>>> of_threads;
    std::vector<std::function<void()>> bodies;
    for (std::size_t who = 0; who < texts.size(); ++who) {
        of_threads.push_back(std::make_unique<ends<Q>>(queue, texts[who]));
        bodies.emplace_back([&, who] { act(who, texts[who], *of_threads[who]); });
    }
    threads(std::move(bodies));
}

/// Whether there is an item or room for each operation all the while, so that all are to succeed.
enum class tries_are { free_to_fail, to_succeed };

/// Nobody waits. Each thread does what its text says ('+': it tries to push, '-': to pop), after one has done
/// what stands in `first`.
template <class Q>
void mixed(std::size_t capacity, std::string_view first, std::vector<std::string_view> texts,
           tries_are theirs = tries_are::free_to_fail, int others = 0) {
    const auto queue = make<Q>(capacity);
    for (; others > 0; --others) {
        ends<Q>(*queue, "+");
    }
    std::vector<taken> by(texts.size() + 2);
    std::vector<int> pushed(texts.size() + 1, 0);
    const auto act = [&](std::size_t who, std::string_view operations, ends<Q>& mine) {
        for (int number = 0; const char one : operations) {
            if (one == '+') {
                step("try_push", static_cast<long>(who) * 10 + number);
                auto value = Q::value_type::made(static_cast<int>(who), number++);
                if constexpr (requires { mine.in().push(std::move(value)); }) {
                    mine.in().push(std::move(value));
                    ++pushed[who];
                } else {
                    const bool done = mine.in().try_push(std::move(value));
                    check(done || theirs == tries_are::free_to_fail,
                          "a push was refused, though there was room all the while");
                    pushed[who] += done ? 1 : 0;
                }
            } else {
                step("try_pop");
                if (typename Q::value_type value; mine.out().try_pop(value)) {
                    by[who].template add<Q>(value);
                } else {
                    check(theirs == tries_are::free_to_fail,
                          "a pop found nothing, though there was an item all the while");
                }
            }
        }
    };
    by_texts(*queue, first, texts, act);
    drain(*queue, by.back());
    check_all(by, pushed);
}

/// Each consumer receives every item, in order.
template <class Q>
void all_receive(std::vector<int> looks, int pushes, bool waits) {
    const auto queue = std::make_unique<Q>(std::size_t{2}, looks.size());
    int pushed = 0;
    std::vector<taken> by(looks.size());
    std::vector<std::function<void()>> bodies;
    bodies.emplace_back([&] {
        auto&& end = impls::producer_end(*queue);
        for (int n = 0; n < pushes; ++n) {
            step("push", n);
            auto value = Q::value_type::made(0, n);
            if (waits) {
                push(end, std::move(value));
                ++pushed;
            } else {
                pushed += end.try_push(std::move(value)) ? 1 : 0;
            }
        }
    });
    for (std::size_t c = 0; c < looks.size(); ++c) {
        bodies.emplace_back([&, c] {
            auto&& end = impls::consumer_end(*queue);
            for (int n = 0; n < looks[c]; ++n) {
                step("pop");
                typename Q::value_type value;
                while (!end.try_pop(value) && waits) {
                    impls::detail::cpu_relax();
                }
                if (value) {
                    by[c].template add<Q>(value);
                }
            }
        });
    }
    threads(std::move(bodies));
    for (const taken& one : by) {
        for (std::size_t n = 0; n + 1 < one.items.size(); ++n) {
            check(one.items[n].number + 1 == one.items[n + 1].number, "a consumer has missed an item");
        }
        check(one.items.empty() || one.items.back().number < pushed, "an item was received that nobody pushed");
    }
}

/// Who takes the seat that another consumer has left goes on where that one stopped.
template <class Q>
void next_in_seat() {
    const auto queue = std::make_unique<Q>(std::size_t{2}, std::size_t{2});
    std::array<std::size_t, 2> seat{};
    std::array<int, 2> first{-1, -1};
    const auto consume = [&](std::size_t who) {
        step("take a seat");
        auto&& end = impls::consumer_end(*queue);
        seat[who] = end.seat();
        step("try_pop");
        if (typename Q::value_type value; end.try_pop(value)) {
            first[who] = value.what().number;
        }
        step("leave");
    };
    {
        auto&& end = impls::producer_end(*queue);
        push(end, Q::value_type::made(0, 0));
        push(end, Q::value_type::made(0, 1));
    }
    threads({[&] { consume(0); }, [&] { consume(1); }});
    check(seat[0] == seat[1] ? first[0] + first[1] == 1 : first[0] == 0 && first[1] == 0,
          "a seat was not left as it was found");
}

/// Of queues whose tries succeed where there is an item, or room, all the while. Others may fail while an older
/// push or pop is under way. `others`: so many threads have come before, which gives ours other random numbers.
template <class Q>
std::vector<program> programs_of_emptiness(int others = 0) {
    const std::string name(Q::name);
    const std::string of = others > 0 ? ", choices " + std::to_string(others) : "";
    const auto trying = [others](std::string_view first, std::vector<std::string_view> texts) {
        mixed<Q>(2, first, std::move(texts), tries_are::to_succeed, others);
    };
    std::vector<program> all{
        {name, "2 pop, and there is always an item" + of, "2 + 1", [trying] { trying("+", {"+-", "-"}); }},
        {name, "each pops after it has pushed" + of, "2 x 2", [trying] { trying("", {"+-", "+-"}); }}};
    if constexpr (impls::bounded_queue<Q>) {
        all.push_back(
            {name, "2 push, and there is always room" + of, "2 + 1", [trying] { trying("+", {"-+", "+"}); }});
    }
    return all;
}

template <class Q>
std::vector<program> programs_of_choices() {
    std::vector<program> all;
    // The last: multiqueue's second pop looks at a heap that is empty, before another item comes to it than the
    // one that the first takes elsewhere.
    for (const int others : {0, 1, 2, 3, 4, 5, 49}) {
        for (program& one : programs_of_emptiness<Q>(others)) {
            all.push_back(std::move(one));
        }
    }
    return all;
}

/// The programs of queue `Q`, whose items are `item` or `word`.
template <class Q>
std::vector<program> programs() {
    const std::string name(Q::name);
    const std::string of = std::is_same_v<typename Q::value_type, word> ? ", words" : "";
    constexpr bool many_in = Q::producers == impls::cardinality::many;
    constexpr bool many_out = Q::consumers == impls::cardinality::many;
    constexpr bool bounded = impls::bounded_queue<Q>;
    std::vector<program> all;
    const auto add = [&](std::string shape, std::string operations, std::function<void()> body) {
        all.push_back({name, std::move(shape) + of, std::move(operations), std::move(body)});
    };
    if constexpr (impls::multicast_queue<Q>) {
        add("1 tries to push 3, 1 tries to pop 2", "1x1, 3+2", [] { all_receive<Q>({2}, 3, false); });
        add("1 waits to push 3, 1 waits for 3", "1x1, 3+3", [] { all_receive<Q>({3}, 3, true); });
        add("1 tries to push 3, 2 try to pop 1", "1x2, 3+1+1", [] { all_receive<Q>({1, 1}, 3, false); });
        add("1 waits to push 3, 2 wait for 3", "1x2, 3+3+3", [] { all_receive<Q>({3, 3}, 3, true); });
        add("2 take seats and pop 1", "2 x 1", [] { next_in_seat<Q>(); });
        return all;
    }
    // The smallest first: a weaker order is looked for in this order.
    add("1 tries to push, 1 to pop", "1x1, 1+1", [] { mixed<Q>(2, "", {"+", "-"}); });
    if constexpr (many_in) {
        add("2 try to push, 1 to pop", "2x1, 1+1+1", [] { mixed<Q>(2, "", {"+", "+", "-"}); });
    }
    if constexpr (many_out) {
        add("2 try to pop what is there", "1x2, 1+1", [] { mixed<Q>(2, "++", {"-", "-"}); });
    }
    if constexpr (many_in && many_out) {
        add("2 try to push and to pop", "2 x 2", [] { mixed<Q>(2, "", {"+-", "+-"}); });
        if constexpr (Q::progress != impls::progress_guarantee::blocking && Q::order == impls::ordering::fifo) {
            for (program& one : programs_of_emptiness<Q>()) {
                all.push_back(std::move(one));
            }
        }
        if constexpr (Q::capacity_is == impls::capacity_rule::power_of_two) {  // from 2
            add("2 try to push and to pop in a full one", "3 + 1", [] { mixed<Q>(2, "++", {"+-+", "+"}); });
        } else {
            add("2 try to push and to pop in a full one", "3 + 1", [] { mixed<Q>(1, "+", {"+-+", "+"}); });
        }
    }
    if constexpr (bounded) {
        add("1 tries to push into a full one, 1 to pop 2", "1x1, 1+2",
            [] { mixed<Q>(2, "++++", {"+", "--"}); });
    }
    add("1 waits to push 3, 1 waits for 3", "1x1, 3+3", [] { waits<Q>(2, {3}, {3}); });
    add("1 tries to push 3, 1 tries to pop 2", "1x1, 3+2", [] { tries<Q>(2, {3}, {2}); });
    if constexpr (!bounded) {
        add("1 pushes behind a used block, 1 tries to pop", "1x1, 1+1",
            [] { mixed<Q>(2, "++--", {"+", "-"}); });
        add("1 pushes to the next block, 1 tries to pop 3", "1x1, 1+3",
            [] { mixed<Q>(2, "++", {"+", "---"}); });
        if constexpr (many_in) {
            add("2 push behind a used block, 1 tries to pop", "2x1, 1+1+1",
                [] { mixed<Q>(2, "++--", {"+", "+", "-"}); });
        }
        if constexpr (many_out) {
            add("2 try to pop, behind a used block", "1x2, 1+1", [] { mixed<Q>(2, "+++--", {"-", "-"}); });
        }
        add("1 pushes 5, 1 tries to pop 3", "1x1, 5+3", [] { tries<Q>(2, {5}, {3}); });
    }
    add("what is known to be there is found", "1x1, 4+1", [] { seen<Q>(2); });
    if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
        add("1 pushes twice 2 in bulk, 1 pops 2 in bulk", "1x1, bulk", [] { bulk<Q>(2, 1, 1); });
    }
    if constexpr (many_in) {
        if constexpr (impls::empty_of<Q>() == impls::refusal_rule::exact) {
            add("what is known to be there is found beside a push", "2x1, 1+1+1",
                [] { seen_beside_a_push<Q>(); });
        }
        if constexpr (Q::order == impls::ordering::fifo) {
            add("2 push one after the other", "2x1, 1+1+1", [] { in_the_order_of_pushes<Q>(); });
        }
        add("2 wait to push 1, 1 waits for 2", "2x1, 1+1+2", [] { waits<Q>(2, {1, 1}, {2}); });
        if constexpr (bounded) {
            add("2 try to push 2, 1 tries to pop 1", "2x1, 2+2+1", [] { tries<Q>(2, {2, 2}, {1}); });
        }
        if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
            add("2 push 2 in bulk, 1 pops 2 in bulk", "2x1, bulk", [] { bulk<Q>(2, 2, 1); });
        }
    }
    if constexpr (many_out) {
        add("1 waits to push 2, 2 wait for 1", "1x2, 2+1+1", [] { waits<Q>(2, {2}, {1, 1}); });
        add("1 tries to push 3, 2 try to pop 2", "1x2, 3+2+2", [] { tries<Q>(2, {3}, {2, 2}); });
        if constexpr (impls::pushes_in_bulk<Q> && impls::pops_in_bulk<Q>) {
            add("1 pushes 2 in bulk, 2 pop 2 in bulk", "1x2, bulk", [] { bulk<Q>(2, 1, 2); });
        }
    }
    if constexpr (many_in && many_out) {
        add("2 wait to push 1, 2 wait for 1", "2x2, 1+1+1+1", [] { waits<Q>(2, {1, 1}, {1, 1}); });
    }
    return all;
}

/// Of queues of one consumer that go on behind a push which has stopped. Their blocks are of two places in the
/// model: the last programs empty whole ones while the first one's push has not come to its end.
template <class Q>
std::vector<program> programs_of_stopped_pushes() {
    const std::string name(Q::name);
    return {{name, "3 try to push, 1 to pop 2, behind a used block", "3x1, 1+1+1+2",
             [] { mixed<Q>(2, "++--", {"+", "+", "+", "--"}); }},
            {name, "1 pushes beside 2, 1 tries to pop 3", "2x1, 2+1+3",
             [] { mixed<Q>(2, "++-", {"++", "+", "---"}); }},
            {name, "1 pushes beside 3, 1 tries to pop 3", "2x1, 1+3+3", [] { tries<Q>(2, {1, 3}, {3}); }},
            {name, "1 pushes beside 4, 1 tries to pop 4", "2x1, 1+4+4", [] { tries<Q>(2, {1, 4}, {4}); }},
            {name, "1 pushes beside 5, 1 tries to pop 5", "2x1, 1+5+5", [] { tries<Q>(2, {1, 5}, {5}); }}};
}

/// Threads that wait by a queue's own means ('+': for room, '-': for an item; '?': they try to pop), while one
/// interrupts ('!'), pushes or pops (`last`); who was interrupted gives up. Then nothing is lost, and items
/// come in the order of their pushes.
template <class Q>
void interrupted(std::string_view first, std::vector<std::string_view> texts, std::string_view last,
                 std::size_t capacity) {
    texts.push_back(last);
    const auto queue = make<Q>(capacity);
    std::vector<taken> by(texts.size() + 2);
    std::vector<int> pushed(texts.size() + 1, 0);
    const auto act = [&](std::size_t who, std::string_view operations, ends<Q>& mine) {
        for (int number = 0; const char one : operations) {
            if (one == '!') {
                step("interrupt");
                queue->interrupt();
            } else if (one == '+') {
                step("wait_push", static_cast<long>(who) * 10 + number);
                auto value = Q::value_type::made(static_cast<int>(who), number++);
                if (mine.in().wait_push(std::move(value))) {
                    ++pushed[who];
                } else {
                    check(bool(value), "a push that was interrupted took the item");
                }
            } else {
                step(one == '-' ? "wait_pop" : "try_pop");
                typename Q::value_type value;
                if (one == '-' ? mine.out().wait_pop(value) : mine.out().try_pop(value)) {
                    by[who].template add<Q>(value);
                } else {
                    check(!value, "a pop that was interrupted or refused wrote to its argument");
                }
            }
        }
    };
    by_texts(*queue, first, texts, act);
    drain(*queue, by.back());
    check_all(by, pushed);
    if constexpr (impls::bounded_queue<Q>) {
        // All of its places can be filled again.
        auto&& in = impls::producer_end(*queue);
        for (int n = 0; n < static_cast<int>(queue->capacity()); ++n) {
            check(in.try_push(Q::value_type::made(0, n)), "a place was lost to a wait that was interrupted");
        }
    }
}

/// A push into a full queue that was interrupted takes no place, once all calls have returned.
template <class Q>
void room_behind_an_interrupt() {
    const auto queue = make<Q>(2);
    bool pushed = false;
    taken by;
    taken rest;
    auto&& in = impls::producer_end(*queue);
    push(in, Q::value_type::made(1, 0));
    push(in, Q::value_type::made(1, 1));
    threads({[&] {
                 auto&& end = impls::producer_end(*queue);
                 step("wait_push");
                 pushed = end.wait_push(Q::value_type::made(0, 0));
             },
             [&] {
                 auto&& end = impls::consumer_end(*queue);
                 step("interrupt");
                 queue->interrupt();
                 step("wait_pop");
                 if (typename Q::value_type value; end.wait_pop(value)) {
                     by.add<Q>(value);
                 }
             }});
    const bool done = in.try_push(Q::value_type::made(1, 2));
    check(done != pushed,
          "a push was refused for a place that an interrupted one has left, or two had the same");
    drain(*queue, rest);
    check_all({by, rest}, {pushed ? 1 : 0, done ? 3 : 2});
}

/// Of queues that wait by their own means.
template <class Q>
std::vector<program> programs_of_waits() {
    const std::string name(Q::name);
    const auto add = [&name](std::string shape, std::string operations, std::string_view first,
                             std::vector<std::string_view> texts, std::string_view last,
                             std::size_t capacity = 2) {
        return program{name, std::move(shape) + ", own waits", std::move(operations),
                       [=] { interrupted<Q>(first, texts, last, capacity); }};
    };
    return {
        add("1 waits for room, 1 for an item", "1x1, 1+1", "", {"+"}, "-"),
        add("2 wait for room, 1 for 2 items, in a full one", "2x1, 1+1+2", "++", {"+", "+"}, "--"),
        add("1 waits for room 2 times, 2 for an item", "1x2, 2+1+1", "", {"++", "-"}, "-"),
        add("1 waits for an item, 1 interrupts and pushes", "1x1, 1+2", "", {"-"}, "!+"),
        add("1 waits for room in a full one, 1 interrupts and pops", "1x1, 1+2", "++", {"+"}, "!-"),
        add("1 waits for room, 1 for an item, 1 interrupts", "1x1, 1+1+1", "", {"+", "-"}, "!"),
        add("1 waits for room 2 times, 1 for an item 2 times, 1 interrupts", "1x1, 2+2+1", "", {"++", "--"},
            "!"),
        add("1 waits for room 2 times, 2 for an item, 1 interrupts", "1x2, 2+1+1+1", "", {"++", "-", "-"}, "!"),
        add("2 wait for an item, 1 interrupts and pushes 2", "1x2, 1+1+3", "", {"-", "-"}, "!++"),
        add("2 wait for an item, and 1 tries to pop another, 1 interrupts and pushes 3", "1x2, 1+2+4", "",
            {"-", "-?"}, "!+++", 4),
        add("1 waits for an item and tries to pop another, 1 pushes, 1 interrupts, pushes 2 and tries to pop 2",
            "2x2, 2+1+5", "", {"-?", "+"}, "!++??", 4),
        add("1 waits for room in a full one, 1 for 3 items, 1 interrupts and waits for room", "2x1, 1+3+2",
            "++", {"+", "---"}, "!+"),
        {name, "room behind an interrupt, own waits", "1x1, 1+2", [] { room_behind_an_interrupt<Q>(); }},
        add("2 wait for room in a full one, 1 interrupts and pops 2", "2x1, 1+1+3", "++", {"+", "+"}, "!--"),
        add("2 wait for room, 1 for 2 items, in a full one, 1 interrupts", "2x1, 1+1+2+1", "++",
            {"+", "+", "--"}, "!")};
}

/// Those that free nodes, where the kernel grants no membarrier.
template <class Q>
std::vector<program> programs_without_membarrier() {
    const std::string name(Q::name);
    return {{name, "without membarrier: 2 push behind a used block, 1 tries to pop", "2x1, 1+1+1",
             [] {
                 deny_membarrier();
                 mixed<Q>(2, "++--", {"+", "+", "-"});
             }},
            {name, "without membarrier: 2 try to pop, behind a used block", "1x2, 1+1",
             [] {
                 deny_membarrier();
                 mixed<Q>(2, "+++--", {"-", "-"});
             }},
            {name, "without membarrier: 1 pushes to the next block, 1 tries to pop 3", "1x1, 1+3", [] {
                 deny_membarrier();
                 mixed<Q>(2, "++", {"+", "---"});
             }}};
}

}  // namespace handoff::model::queues
