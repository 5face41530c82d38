// What every work-stealing deque of the catalog must do, and under stress; once per deque, from the catalog.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <numeric>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "concepts/deques.hpp"
#include "shared/threads.hpp"

namespace handoff::tests {

/// What the words in a deque point to: plain, written before the push, and counted by who takes it. Two that
/// take one item, or one that takes it before it is written, are a data race that ThreadSanitizer sees.
struct item {
    std::uint64_t number = 0;
    std::uint64_t meaning = 0;
    mutable unsigned taken = 0;

    static std::uint64_t meaning_of(std::uint64_t number) { return number * 0x9e3779b97f4a7c15 + 1; }
    void write(std::uint64_t n) {
        number = n;
        meaning = meaning_of(n);
    }
    bool whole() const { return meaning == meaning_of(number); }
};

template <class Deque>
concept bounded = requires(const Deque& deque) { deque.capacity(); };
template <class Deque>
consteval bool on_demand() {
    if constexpr (requires { Deque::publishes_on_demand; }) {
        return Deque::publishes_on_demand;
    } else {
        return false;
    }
}

/// Chance with a seed.
class dice {
public:
    explicit dice(std::uint32_t seed) : random_(seed) {}
    unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

private:
    std::mt19937 random_;
};

/// Whether there was room.
template <class Deque>
bool put(Deque& deque, const item* value) {
    if constexpr (bounded<Deque>) {
        return deque.try_push(value);
    } else {
        deque.push(value);
        return true;
    }
}

/// Steals in the owner's own thread, where nobody else can be faster: what is there is stolen. A deque that
/// publishes on demand is asked, and gets its owner's next calls; nothing in it changes by them.
template <class Deque>
const item* stolen_from(Deque& deque) {
    const item* found = nullptr;
    impls::steal_result how = deque.try_steal(found);
    if (on_demand<Deque>() && how == impls::steal_result::empty) {
        EXPECT_EQ(found, nullptr);
        const item* newest = nullptr;
        if (!deque.try_pop(newest)) {
            return nullptr;
        }
        EXPECT_TRUE(put(deque, newest));
        how = deque.try_steal(found);
        EXPECT_EQ(how, impls::steal_result::stolen) << "asked, and the owner has called since";
    }
    EXPECT_NE(how, impls::steal_result::lost);
    EXPECT_EQ(found != nullptr, how == impls::steal_result::stolen);
    return found;
}

inline std::vector<item> items_to_push(std::size_t count) {
    std::vector<item> items(count);
    for (std::size_t i = 0; i < count; ++i) {
        items[i].write(i);
    }
    return items;
}

template <class Deque>
class DequeConformance : public testing::Test {};
TYPED_TEST_SUITE_P(DequeConformance);

TYPED_TEST_P(DequeConformance, DeclaresItself) {
    static_assert(impls::work_stealing_deque<TypeParam>);
    static_assert(!std::is_copy_constructible_v<TypeParam> && !std::is_copy_assignable_v<TypeParam>);
    static_assert(bounded<TypeParam> == (TypeParam::capacity_is != impls::capacity_rule::unbounded));
    static_assert(TypeParam::capacity_is != impls::capacity_rule::power_of_two);
}

TYPED_TEST_P(DequeConformance, TheOwnerTakesTheNewestFirst) {
    TypeParam deque;
    const auto items = items_to_push(1000);
    for (int round = 0; round < 3; ++round) {
        for (const item& one : items) {
            ASSERT_TRUE(put(deque, &one));
        }
        const item* found = nullptr;
        for (std::size_t i = items.size(); i-- > 0;) {
            ASSERT_TRUE(deque.try_pop(found));
            ASSERT_EQ(found, &items[i]);
        }
        EXPECT_FALSE(deque.try_pop(found));
    }
}

TYPED_TEST_P(DequeConformance, ThievesTakeTheOldestFirst) {
    TypeParam deque;
    const auto items = items_to_push(1000);
    for (int round = 0; round < 3; ++round) {
        for (const item& one : items) {
            ASSERT_TRUE(put(deque, &one));
        }
        for (const item& one : items) {
            ASSERT_EQ(stolen_from(deque), &one);
        }
        EXPECT_EQ(stolen_from(deque), nullptr);
        const item* found = nullptr;
        EXPECT_FALSE(deque.try_pop(found));
    }
}

TYPED_TEST_P(DequeConformance, LeavesTheArgumentWhenItHasNothing) {
    TypeParam deque;
    const auto items = items_to_push(2);
    for (int round = 0; round < 3; ++round) {
        const item* found = &items[1];
        EXPECT_FALSE(deque.try_pop(found));
        EXPECT_EQ(found, &items[1]);
        EXPECT_EQ(deque.try_steal(found), impls::steal_result::empty);
        EXPECT_EQ(found, &items[1]);
        ASSERT_TRUE(put(deque, &items[0]));
        if (round % 2 == 0) {
            EXPECT_TRUE(deque.try_pop(found));
        } else {
            EXPECT_EQ(deque.try_steal(found), impls::steal_result::stolen) << "asked in this round already";
        }
        EXPECT_EQ(found, &items[0]);
    }
}

TYPED_TEST_P(DequeConformance, AThiefThatAskedSeesTheNextItem) {
    TypeParam deque;
    const auto items = items_to_push(100);
    for (const item& one : items) {
        const item* found = nullptr;
        EXPECT_EQ(deque.try_steal(found), impls::steal_result::empty);
        ASSERT_TRUE(put(deque, &one));
        ASSERT_EQ(deque.try_steal(found), impls::steal_result::stolen);
        ASSERT_EQ(found, &one);
    }
}

TYPED_TEST_P(DequeConformance, TheOwnersPopAnswersToo) {
    TypeParam deque;
    const auto items = items_to_push(3);
    for (const item& one : items) {
        ASSERT_TRUE(put(deque, &one));
    }
    const item* found = nullptr;
    const bool at_once = deque.try_steal(found) == impls::steal_result::stolen;
    EXPECT_NE(at_once, on_demand<TypeParam>());
    ASSERT_TRUE(deque.try_pop(found));
    EXPECT_EQ(found, &items[2]);
    ASSERT_EQ(deque.try_steal(found), impls::steal_result::stolen);
    EXPECT_EQ(found, &items[at_once ? 1 : 0]);
}

/// Any mixture of calls, against std::deque; long enough for rings to go round and to grow.
TYPED_TEST_P(DequeConformance, DoesWhatAPlainDequeDoes) {
    const auto items = items_to_push(4096);
    for (std::uint32_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        dice random(seed);
        std::optional<TypeParam> deque;
        if constexpr (bounded<TypeParam>) {
            deque.emplace(std::size_t{1} << seed);
        } else {
            deque.emplace();
        }
        std::deque<const item*> model;
        std::size_t stolen_since_empty = 0;
        std::size_t next = 0;
        for (int phase = 0; phase < 60; ++phase) {
            // Phases of more pushes, of more pops and of more thefts.
            const unsigned pushes = random.below(90) + 5;
            const unsigned pops = random.below(100 - pushes);
            for (int step = 0; step < 300; ++step) {
                const unsigned die = random.below(100);
                if (die < pushes) {
                    const item* const pushed = &items[next++ % items.size()];
                    if (put(*deque, pushed)) {
                        model.push_back(pushed);
                    } else if constexpr (bounded<TypeParam>) {
                        // The places of stolen items may be free again only once the owner has found it empty.
                        ASSERT_GE(model.size() + stolen_since_empty, deque->capacity()) << "full too early";
                    }
                } else if (die < pushes + pops) {
                    const item* found = nullptr;
                    ASSERT_EQ(deque->try_pop(found), !model.empty());
                    if (model.empty()) {
                        stolen_since_empty = 0;
                    } else {
                        ASSERT_EQ(found, model.back());
                        model.pop_back();
                    }
                } else {
                    const item* const found = stolen_from(*deque);
                    ASSERT_EQ(found, model.empty() ? nullptr : model.front());
                    if (found != nullptr) {
                        model.pop_front();
                        ++stolen_since_empty;
                    }
                }
            }
        }
        for (const item* found = nullptr; deque->try_pop(found); model.pop_back()) {
            ASSERT_FALSE(model.empty());
            ASSERT_EQ(found, model.back());
        }
        EXPECT_TRUE(model.empty());
    }
}

TYPED_TEST_P(DequeConformance, HoldsWhatItsCapacitySays) {
    if constexpr (bounded<TypeParam>) {
        for (const std::size_t asked : {1U, 2U, 3U, 100U, 1000U, 5000U}) {
            TypeParam deque(asked);
            const std::size_t capacity = deque.capacity();
            if (TypeParam::capacity_is == impls::capacity_rule::exact) {
                ASSERT_EQ(capacity, asked);
            }
            ASSERT_GE(capacity, asked);
            const auto items = items_to_push(2 * capacity + 1000);
            for (int round = 0; round < 4; ++round) {
                std::size_t held = 0;
                while (held < items.size() && put(deque, &items[held])) {
                    ++held;
                }
                ASSERT_GE(held, capacity) << "round " << round;
                ASSERT_LT(held, items.size()) << "never full";
                if (TypeParam::capacity_is == impls::capacity_rule::exact) {
                    ASSERT_EQ(held, capacity);
                }
                EXPECT_FALSE(put(deque, &items[held])) << "having refused changed something";
                // Emptied by thieves in every other round. A deque that publishes on demand keeps a last part
                // to itself, which it is not asked for here.
                const item* found = nullptr;
                std::size_t oldest = 0;
                while (round % 2 == 0 && deque.try_steal(found) == impls::steal_result::stolen) {
                    ASSERT_EQ(found, &items[oldest++]);
                }
                for (std::size_t i = held; i-- > oldest;) {
                    ASSERT_TRUE(deque.try_pop(found));
                    ASSERT_EQ(found, &items[i]);
                }
                EXPECT_FALSE(deque.try_pop(found));
            }
        }
    } else {
        TypeParam deque;
        const auto items = items_to_push(100'000);
        for (const item& one : items) {
            deque.push(&one);
        }
        const item* found = nullptr;
        for (std::size_t i = 0; i < items.size() / 2; ++i) {
            ASSERT_EQ(stolen_from(deque), &items[i]);
            ASSERT_TRUE(deque.try_pop(found));
            ASSERT_EQ(found, &items[items.size() - 1 - i]);
        }
        EXPECT_FALSE(deque.try_pop(found));
    }
}

REGISTER_TYPED_TEST_SUITE_P(DequeConformance, DeclaresItself, TheOwnerTakesTheNewestFirst,
                            ThievesTakeTheOldestFirst, LeavesTheArgumentWhenItHasNothing,
                            AThiefThatAskedSeesTheNextItem, TheOwnersPopAnswersToo, DoesWhatAPlainDequeDoes,
                            HoldsWhatItsCapacitySays);

/// An owner and thieves at one deque until `count` items have been pushed and taken. Its bursts have up to
/// `longest_burst` items; the shorter, the more often all are after the last item.
template <class Deque>
void rob(Deque& deque, unsigned thieves, std::size_t count, unsigned longest_burst, std::uint32_t seed) {
    std::vector<item> items(count);
    std::atomic<bool> done{false};  // relaxed throughout: it says when to stop, and orders nothing
    std::atomic<unsigned> torn{0};
    std::atomic<unsigned> out_of_order{0};
    const auto take = [&](const item* one) {
        torn += !one->whole();
        ++one->taken;
    };
    together(thieves + 1, [&](unsigned who) {
        if (who != 0) {
            std::uint64_t expected = 0;  // at least: what is left is younger than what was taken
            for (unsigned vain = 0; !done.load(std::memory_order_relaxed);) {
                const item* found = nullptr;
                if (deque.try_steal(found) == impls::steal_result::stolen) {
                    take(found);
                    out_of_order += found->number < expected;
                    expected = found->number + 1;
                    vain = 0;
                } else if (found != nullptr) {
                    ++torn;
                } else if (++vain % 64 == 0) {
                    std::this_thread::yield();
                }
            }
            return;
        }
        dice random(seed);
        std::vector<std::uint64_t> mine;  // pushed, and not popped; a lower part of it is stolen
        const auto pop = [&] {
            const item* found = nullptr;
            if (!deque.try_pop(found)) {
                mine.clear();
                return false;
            }
            take(found);
            if (mine.empty() || found->number != mine.back()) {
                ++out_of_order;
            } else {
                mine.pop_back();
            }
            return true;
        };
        std::uint64_t next = 0;
        while (next < count) {
            for (auto burst = std::min<std::uint64_t>(random.below(longest_burst) + 1, count - next); burst > 0;
                 --burst) {
                items[next].write(next);
                while (!put(deque, &items[next])) {
                    pop();
                }
                mine.push_back(next++);
                if (random.below(256) == 0) {
                    std::this_thread::yield();
                }
            }
            // Most of the time until nothing is left.
            auto most = random.below(4) == 0 ? random.below(longest_burst) : ~0U;
            for (; most > 0 && pop(); --most) {
                if (random.below(256) == 0) {
                    std::this_thread::yield();
                }
            }
        }
        while (pop()) {
        }
        done.store(true, std::memory_order_relaxed);
    });
    EXPECT_EQ(torn, 0U) << "items were taken before they were written, or `out` was changed without a theft";
    EXPECT_EQ(out_of_order, 0U);
    EXPECT_TRUE(std::ranges::all_of(items, [](const item& one) { return one.taken == 1; }));
    const item* found = nullptr;
    EXPECT_FALSE(deque.try_pop(found));
    EXPECT_EQ(deque.try_steal(found), impls::steal_result::empty);
}

template <class Deque>
class DequeStress : public testing::Test {
protected:
    /// Thieves: one, as many as there are other processors on most machines, and more than there are.
    static void robbed_by(unsigned thieves, std::chrono::milliseconds time) {
        const deadline over(time);
        std::uint32_t seed = 0;
        do {
            for (const unsigned longest_burst : {1U, 3U, 64U, 5000U}) {
                SCOPED_TRACE(std::to_string(longest_burst) + " in a burst, seed " + std::to_string(seed));
                const std::size_t count = longest_burst == 5000 ? 20'000 : 5000;
                if constexpr (bounded<Deque>) {
                    Deque small(std::size_t{1}
                                << seed % 11);  // the thieves' end a lap behind the owner's all the time
                    rob(small, thieves, count, longest_burst, seed);
                } else {
                    Deque fresh;  // grows
                    rob(fresh, thieves, count, longest_burst, seed);
                }
                ++seed;
            }
        } while (!over() && !testing::Test::HasFailure());
    }
};
TYPED_TEST_SUITE_P(DequeStress);

/// The shortest way round the owner's fence: nothing in its loop but the deque, whose store of the one index
/// may wait in the processor while it reads the other. Two or three items, since the last alone is claimed by
/// all alike.
TYPED_TEST_P(DequeStress, TheOwnersAnnouncementIsNotOvertaken) {
    constexpr std::size_t count = 60'000;
    const auto items = items_to_push(count);
    const deadline over(400ms);
    do {
        TypeParam deque;
        std::atomic<bool> done{false};
        std::array<std::vector<unsigned char>, 3> taken;  // by each thread: how often each item
        together(taken.size(), [&](unsigned who) {
            std::vector<unsigned char> mine(count);
            const item* found = nullptr;
            if (who == 0) {
                for (std::size_t next = 0; next < count;) {
                    for (std::size_t burst = 2 + next % 2; burst > 0 && next < count; --burst) {
                        put(deque, &items[next++]);
                    }
                    while (deque.try_pop(found)) {
                        ++mine[found - items.data()];
                    }
                }
                done.store(true, std::memory_order_relaxed);
            } else {
                while (!done.load(std::memory_order_relaxed)) {
                    if (deque.try_steal(found) == impls::steal_result::stolen) {
                        ++mine[found - items.data()];
                    }
                }
            }
            taken[who] = std::move(mine);
        });
        for (std::size_t i = 0; i < count; ++i) {
            ASSERT_EQ(taken[0][i] + taken[1][i] + taken[2][i], 1) << "item " << i;
        }
    } while (!over());
}

TYPED_TEST_P(DequeStress, EachItemOnceWithOneThief) {
    this->robbed_by(1, 300ms);
}
TYPED_TEST_P(DequeStress, EachItemOnceWithThreeThieves) {
    this->robbed_by(3, 300ms);
}
TYPED_TEST_P(DequeStress, EachItemOnceOversubscribed) {
    this->robbed_by(std::max(2 * std::thread::hardware_concurrency(), 7U), 200ms);
}

REGISTER_TYPED_TEST_SUITE_P(DequeStress, TheOwnersAnnouncementIsNotOvertaken, EachItemOnceWithOneThief,
                            EachItemOnceWithThreeThieves, EachItemOnceOversubscribed);

}  // namespace handoff::tests
