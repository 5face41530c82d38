// The judge of histories against brute force over all orders of small ones, and against queues that are wrong
// in one way each.
#include "shared/linearizability.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "queues/history.hpp"
#include "queues/tested_faults.hpp"

namespace handoff::tests {
namespace {

using kind = operation::kind;
using history = std::vector<operation>;
constexpr std::size_t unbounded = std::numeric_limits<std::size_t>::max();

queue_promises of_capacity(std::size_t holds) {
    queue_promises promises;
    promises.holds = holds;
    promises.holds_no_more = true;
    return promises;
}

// ---------------------------------------------------------------------------------------------- brute force

/// A queue as its definition says: what it holds, and which operations may come next.
struct rules {
    std::size_t capacity = unbounded;  ///< a push needs fewer inside
    std::size_t full_at = unbounded;   ///< a refusal to push needs so many
    bool in_order = true;              ///< a pop takes the first; else any
    std::size_t at_most = unbounded;   ///< what a "full" finds inside: here, a look
};

bool step(std::deque<std::uint64_t>& inside, const operation& next, const rules& by) {
    switch (next.what) {
        case kind::push:
            if (inside.size() >= by.capacity) {
                return false;
            }
            inside.push_back(next.value);
            return true;
        case kind::pop: {
            const auto at = std::ranges::find(inside, next.value);
            if (at == inside.end() || (by.in_order && at != inside.begin())) {
                return false;
            }
            inside.erase(at);
            return true;
        }
        case kind::empty:
            return inside.empty();
        case kind::full:
            return inside.size() >= by.full_at && inside.size() <= by.at_most;
    }
    return false;
}

/// Tries every order of the operations that agrees with their times.
class all_orders {
public:
    all_orders(const history& of, const rules& by) : of_(of), by_(by) {}
    bool one_is_right() { return from(0, {}); }

private:
    bool from(unsigned done, const std::deque<std::uint64_t>& inside) {
        if (done == (1U << of_.size()) - 1) {
            return true;
        }
        if (!seen_.emplace(done, inside).second) {
            return false;
        }
        for (std::size_t i = 0; i < of_.size(); ++i) {
            if ((done >> i & 1) != 0) {
                continue;
            }
            bool may_be_next = true;
            for (std::size_t k = 0; k < of_.size(); ++k) {
                may_be_next = may_be_next && ((done >> k & 1) != 0 || of_[k].ended >= of_[i].begun);
            }
            if (may_be_next) {
                std::deque<std::uint64_t> then = inside;
                if (step(then, of_[i], by_) && from(done | 1U << i, then)) {
                    return true;
                }
            }
        }
        return false;
    }

    const history& of_;
    const rules by_;
    std::set<std::pair<unsigned, std::deque<std::uint64_t>>> seen_;
};

bool linearizable(const history& of, const rules& by) {
    return all_orders(of, by).one_is_right();
}

template <class Keep>
history only(const history& of, Keep keep) {
    history kept;
    std::ranges::copy_if(of, std::back_inserter(kept), keep);
    return kept;
}

// ---------------------------------------------------------------------------------------------- random
// histories

/// Operations of 2 to 4 threads, at moments that often fall together, with the answers of a queue that does
/// them at a random moment each; in three of four histories, then, something is changed.
class random_histories {
public:
    explicit random_histories(unsigned seed) : random_(seed) {}

    history next(std::size_t capacity) {
        const unsigned threads = 2 + draw(3);
        const unsigned operations = 5 + draw(5);
        // Twice the moment, so that some lie between two; what decides where they are the same; which
        // operation.
        std::vector<std::tuple<std::int64_t, std::uint64_t, std::size_t>> moments;
        history made(operations);
        std::array<std::int64_t, 4> free{};
        for (unsigned i = 0; i < operations; ++i) {
            operation& one = made[i];
            one.thread = draw(threads);
            one.what = draw(2) == 0 ? kind::push : kind::pop;
            one.begun = free[one.thread] + draw(5);
            one.ended = one.begun + draw(5);
            free[one.thread] = one.ended + draw(2);
            const auto span = static_cast<unsigned>(2 * (one.ended - one.begun)) + 1;
            moments.emplace_back(2 * one.begun + draw(span), random_(), i);
        }
        std::ranges::sort(moments);
        std::deque<std::uint64_t> inside;
        for (const auto& [when, tie, i] : moments) {
            operation& one = made[i];
            if (one.what == kind::push) {
                one.value = 10 + i;
                if (inside.size() < capacity) {
                    inside.push_back(one.value);
                } else {
                    one.what = kind::full;
                }
            } else if (inside.empty()) {
                one.what = kind::empty;
            } else {
                one.value = inside.front();
                inside.pop_front();
            }
        }
        if (draw(4) != 0) {
            for (unsigned changes = 1 + draw(3); changes > 0; --changes) {
                change(made);
            }
        }
        return made;
    }

private:
    unsigned draw(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }

    void change(history& made) {
        operation& one = made[draw(static_cast<unsigned>(made.size()))];
        operation& other = made[draw(static_cast<unsigned>(made.size()))];
        switch (draw(8)) {
            case 0:
                if (one.what == kind::pop && other.what == kind::pop) {
                    std::swap(one.value, other.value);
                }
                break;
            case 1:
                if (one.what == kind::pop) {
                    one.what = kind::empty;
                }
                break;
            case 2:
                if (one.what == kind::pop && draw(2) == 0) {
                    one.value = other.value == 0 ? 99 : other.value;
                }
                break;
            case 3:
                if (one.what == kind::push) {
                    one.what = kind::full;
                }
                break;
            case 4:
                if (one.what == kind::full) {
                    one.what = kind::push;
                }
                break;
            default:
                one.begun += static_cast<int>(draw(13)) - 6;
                one.ended = std::max(one.begun, one.ended + static_cast<int>(draw(13)) - 6);
                break;
        }
    }

    std::mt19937 random_;
};

// The sanitizers look at the checker's own accesses, for which fewer do.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr unsigned histories = 10'000;
#else
constexpr unsigned histories = 100'000;
#endif

bool has(const history& of, kind what) {
    return std::ranges::any_of(of, [&](const operation& one) { return one.what == what; });
}

/// What the sources decide: a queue without a capacity.
TEST(Linearizability, AgreesWithAllOrdersOfAnUnboundedQueue) {
    random_histories random(1);
    unsigned right = 0;
    unsigned wrong = 0;
    unsigned right_with_empties = 0;
    std::map<pattern, unsigned> found;
    for (unsigned i = 0; i < histories; ++i) {
        history one = random.next(unbounded);
        one = only(one, [](const operation& o) { return o.what != kind::full; });
        const bool expected = linearizable(one, {});
        const verdict judged = judge(one, {});
        ASSERT_EQ(judged.what == pattern::none, expected) << "history " << i << "\n" << told(judged, one);
        (expected ? right : wrong) += 1;
        right_with_empties += expected && has(one, kind::empty);
        ++found[judged.what];
    }
    std::cout << right << " linearizable (" << right_with_empties << " with empties), " << wrong << " not:";
    for (const auto& [what, times] : found) {
        std::cout << " " << name_of(what) << " " << times;
    }
    std::cout << "\n";
    EXPECT_GT(right, histories / 3);
    EXPECT_GT(right_with_empties, histories / 10);
    EXPECT_GT(wrong, histories / 10);
    for (const pattern what :
         {pattern::invented, pattern::repeated, pattern::out_of_order, pattern::false_empty}) {
        EXPECT_GT(found[what], histories / 200) << name_of(what);
    }
}

/// A queue with a capacity: it never blames a history that has a right order. Each "full" by itself it decides.
TEST(Linearizability, BlamesNoRightHistoryOfABoundedQueue) {
    random_histories random(2);
    unsigned right = 0;
    unsigned blamed = 0;
    unsigned missed = 0;
    unsigned right_with_fulls = 0;
    std::map<pattern, unsigned> found;
    for (unsigned i = 0; i < histories; ++i) {
        const std::size_t capacity = 1 + i % 3;
        const history one = random.next(capacity);
        const bool expected = linearizable(one, {.capacity = capacity, .full_at = capacity});
        const verdict judged = judge(one, of_capacity(capacity));
        ++found[judged.what];
        right += expected;
        right_with_fulls += expected && has(one, kind::full);
        if (expected) {
            ASSERT_EQ(judged.what, pattern::none) << "history " << i << "\n" << told(judged, one);
        } else {
            (judged.what == pattern::none ? missed : blamed) += 1;
        }
    }
    std::cout << right << " linearizable (" << right_with_fulls << " with fulls), " << blamed
              << " not and blamed, " << missed << " not and missed:";
    for (const auto& [what, times] : found) {
        std::cout << " " << name_of(what) << " " << times;
    }
    std::cout << "\n";
    EXPECT_GT(right_with_fulls, histories / 10);
    EXPECT_GT(blamed, histories / 10);
    EXPECT_LT(missed, histories / 100);
    EXPECT_GT(found[pattern::false_full], histories / 100);
    EXPECT_GT(found[pattern::too_many], histories / 100);
}

TEST(Linearizability, DecidesEachFullByItself) {
    random_histories random(3);
    unsigned right = 0;
    unsigned wrong = 0;
    for (unsigned i = 0; i < histories; ++i) {
        const std::size_t capacity = 1 + i % 3;
        const history all = random.next(capacity);
        const history moves =
            only(all, [](const operation& o) { return o.what == kind::push || o.what == kind::pop; });
        const bool in_order = i % 2 == 0;
        queue_promises promises;
        promises.holds = capacity;
        promises.one_order = in_order;
        if (!linearizable(moves, {.in_order = in_order})) {
            continue;
        }
        for (const operation& call : all) {
            if (call.what != kind::full) {
                continue;
            }
            history one = moves;
            one.push_back(call);
            // Where values of different producers have no order, let each producer push one.
            if (!in_order) {
                for (operation& o : one) {
                    o.thread = static_cast<unsigned>(o.value);
                }
            }
            const bool expected = linearizable(one, {.full_at = capacity, .in_order = in_order});
            const verdict judged = judge(one, promises);
            ASSERT_EQ(judged.what, expected ? pattern::none : pattern::false_full) << "history " << i << "\n"
                                                                                   << told(judged, one);
            (expected ? right : wrong) += 1;
        }
    }
    std::cout << right << " fulls right, " << wrong << " false\n";
    EXPECT_GT(right, histories / 20);
    EXPECT_GT(wrong, histories / 50);
}

/// Too many are inside at a moment if no order of what was pushed and popped has fewer there.
TEST(Linearizability, DecidesEachMomentByItself) {
    random_histories random(6);
    unsigned right = 0;
    unsigned wrong = 0;
    for (unsigned i = 0; i < histories / 20; ++i) {
        const std::size_t capacity = 1 + i % 2;
        // Moments between those of the operations are moments, too.
        history moves;
        std::int64_t last = 0;
        for (operation one : random.next(unbounded)) {
            if (one.what == kind::push || one.what == kind::pop) {
                one.begun *= 2;
                one.ended *= 2;
                last = std::max(last, one.ended);
                moves.push_back(one);
            }
        }
        if (!linearizable(moves, {})) {
            continue;
        }
        bool expected = true;
        for (std::int64_t moment = 0; moment <= last + 1 && expected; ++moment) {
            history looked = moves;
            looked.push_back({kind::full, 9, 0, moment, moment});
            expected = linearizable(looked, {.full_at = 0, .at_most = capacity});
        }
        const verdict judged = judge(moves, of_capacity(capacity));
        ASSERT_EQ(judged.what, expected ? pattern::none : pattern::too_many) << "history " << i << "\n"
                                                                             << told(judged, moves);
        (expected ? right : wrong) += 1;
    }
    std::cout << right << " never too many, " << wrong << " too many\n";
    EXPECT_GT(right, histories / 200);
    EXPECT_GT(wrong, histories / 200);
}

/// Where only each producer's values have an order, each producer's are a queue of their own.
TEST(Linearizability, AgreesWithAllOrdersOfEachProducer) {
    random_histories random(4);
    unsigned right = 0;
    unsigned wrong = 0;
    unsigned only_across = 0;
    queue_promises promises;
    promises.one_order = false;
    for (unsigned i = 0; i < histories / 4; ++i) {
        const history one =
            only(random.next(unbounded), [](const operation& o) { return o.what != kind::full; });
        std::map<std::uint64_t, unsigned> pushed_by;
        for (const operation& o : one) {
            if (o.what == kind::push) {
                pushed_by.emplace(o.value, o.thread);
            }
        }
        bool expected = true;
        for (unsigned producer = 0; producer < 4; ++producer) {
            expected = expected && linearizable(only(one,
                                                     [&](const operation& o) {
                                                         const auto by = pushed_by.find(o.value);
                                                         return o.what == kind::empty ||
                                                                by == pushed_by.end() || by->second == producer;
                                                     }),
                                                {});
        }
        const verdict judged = judge(one, promises);
        ASSERT_EQ(judged.what == pattern::none, expected) << "history " << i << "\n" << told(judged, one);
        (expected ? right : wrong) += 1;
        only_across += expected && judge(one, {}).what != pattern::none;
    }
    std::cout << right << " right, " << only_across << " of them in no order of all; " << wrong << " not\n";
    EXPECT_GT(right, histories / 10);
    EXPECT_GT(wrong, histories / 100);
    EXPECT_GT(only_across, 100U);
}

/// A refusal during which an operation of the other kind was under way is not judged where the queue says so.
TEST(Linearizability, AgreesWithAllOrdersWithoutWhatWasHeldUp) {
    random_histories random(5);
    unsigned right = 0;
    unsigned wrong = 0;
    unsigned only_held_up = 0;
    queue_promises promises;
    promises.empty_is = impls::refusal_rule::held_up;
    for (unsigned i = 0; i < histories / 4; ++i) {
        const history one =
            only(random.next(unbounded), [](const operation& o) { return o.what != kind::full; });
        const bool expected = linearizable(
            only(one,
                 [&](const operation& call) {
                     return call.what != kind::empty || std::ranges::none_of(one, [&](const operation& o) {
                                return o.what == kind::push && o.begun <= call.ended && call.begun <= o.ended;
                            });
                 }),
            {});
        const verdict judged = judge(one, promises);
        ASSERT_EQ(judged.what == pattern::none, expected) << "history " << i << "\n" << told(judged, one);
        (expected ? right : wrong) += 1;
        only_held_up += expected && judge(one, {}).what != pattern::none;
    }
    std::cout << right << " right, " << only_held_up << " of them because something was under way; " << wrong
              << " not\n";
    EXPECT_GT(right, histories / 10);
    EXPECT_GT(wrong, histories / 100);
    EXPECT_GT(only_held_up, 100U);
}

// ---------------------------------------------------------------------------------------------- by hand

operation at(unsigned thread, kind what, std::uint64_t value, std::int64_t begun, std::int64_t ended) {
    return {what, thread, value, begun, ended};
}

/// No single value was inside during the whole call; one after the other they were.
TEST(Linearizability, SeesAFalseEmptyThatSeveralValuesMakeTogether) {
    history one{at(0, kind::push, 1, 0, 1),  at(1, kind::empty, 0, 5, 30), at(0, kind::push, 2, 8, 9),
                at(2, kind::pop, 1, 10, 11), at(0, kind::push, 3, 18, 19), at(2, kind::pop, 2, 20, 21),
                at(2, kind::pop, 3, 31, 32)};
    const verdict judged = judge(one, {});
    EXPECT_EQ(judged.what, pattern::false_empty);
    EXPECT_EQ(judged.who.size(), 8U) << "the call, the longest push during it, and three values";
    one[4].begun = 11;  // may be pushed before the second is popped
    one[4].ended = 20;  // or behind that
    EXPECT_EQ(judge(one, {}).what, pattern::none) << "it may be empty at 20";
}

/// Each of them has a right order, and both have none: what the judge does not see.
TEST(Linearizability, DoesNotSeeRefusalsThatExcludeEachOther) {
    const history one{at(0, kind::push, 1, 2, 9), at(1, kind::full, 2, 1, 3), at(2, kind::empty, 0, 4, 5),
                      at(2, kind::pop, 1, 10, 11)};
    EXPECT_FALSE(linearizable(one, {.capacity = 1, .full_at = 1}));
    EXPECT_EQ(judge(one, of_capacity(1)).what, pattern::none);
}

TEST(Linearizability, TellsOperationsWithTheirThreadsAndMoments) {
    const history one{at(0, kind::push, 1000000, 100, 140), at(1, kind::push, 2000000, 160, 220),
                      at(3, kind::pop, 2000000, 230, 290), at(2, kind::pop, 1000000, 300, 350)};
    EXPECT_EQ(
        told(judge(one, {}), one),
        "out of order: the push of 1000000 had ended before that of 2000000 began, and 2000000 was popped "
        "before the pop of 1000000 began\n"
        "  thread 0  push 1000000                       0 ..           40 ns\n"
        "  thread 2  pop: 1000000                     200 ..          250 ns\n"
        "  thread 1  push 2000000                      60 ..          120 ns\n"
        "  thread 3  pop: 2000000                     130 ..          190 ns\n");
    EXPECT_THROW(judge(history{one[0], one[0]}, {}), std::invalid_argument);
}

// ---------------------------------------------------------------------------------------------- planted faults

/// What is found within some runs: where others have the machine, threads seldom meet in one.
template <class Queue>
std::string first_fault() {
    std::string found;
    for (int runs = 0; runs < 20 && found.empty(); ++runs) {
        found = judge_histories<Queue>(rounds_of_history);
    }
    return found;
}

template <impls::mistake What>
std::string first_mistake() {
    return first_fault<impls::seldom_wrong<std::uint64_t, What>>();
}

TEST(PlantedHistories, EachFaultIsNamed) {
    using impls::mistake;
    const std::map<std::string, std::string> words{
        {"invented: ", first_mistake<mistake::invents>()},
        {"repeated: ", first_mistake<mistake::repeats>()},
        {"out of order: ", first_mistake<mistake::swaps>()},
        {" never was\n", first_mistake<mistake::forgets>()},
        {"false empty: ", first_mistake<mistake::says_empty>()},
        {"false full: ", first_mistake<mistake::says_full>()},
        {"too many: ", first_mistake<mistake::holds_one_more>()},
        {"declares empty_is = refusal_rule::held_up", first_fault<impls::hides_behind_a_push<hesitant>>()}};
    for (const auto& [expected, said] : words) {
        EXPECT_NE(said.find(expected), std::string::npos) << expected << "\n" << said;
    }
    EXPECT_NE(first_fault<impls::two_lanes<std::uint64_t>>().find("out of order: "), std::string::npos);
}

TEST(PlantedHistories, WhatIsRightPasses) {
    EXPECT_EQ(judge_histories<impls::locked_slots<std::uint64_t>>(rounds_of_history), "");
    EXPECT_EQ(judge_histories<impls::locked_slots<hesitant>>(rounds_of_history), "");
    EXPECT_EQ(judge_histories<impls::says_that_pushes_hide<hesitant>>(rounds_of_history), "");
}

}  // namespace
}  // namespace handoff::tests
