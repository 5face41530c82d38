// The callable that pools keep: what it runs, when it destroys, what it allocates.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "detail/task.hpp"

namespace {
thread_local std::size_t allocations = 0;

void* counted_allocation(std::size_t bytes, std::size_t alignment) {
    ++allocations;
    void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    return memory;
}
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t bytes) {
    return counted_allocation(bytes, alignof(std::max_align_t));
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
    return counted_allocation(bytes, static_cast<std::size_t>(alignment));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::align_val_t) noexcept {
    std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    std::free(memory);
}

namespace handoff::tests {
namespace {

using impls::detail::task;

/// Counts its lives; `Bytes` more, aligned.
template <std::size_t Bytes, std::size_t Alignment = 8, bool MovesSilently = true>
struct alignas(Alignment) probe {
    struct tally {
        int made = 0;
        int destroyed = 0;
        int called = 0;
        bool misaligned = false;
    };
    explicit probe(tally& t) : tallies(&t) { ++tallies->made; }
    probe(probe&& other) noexcept(MovesSilently) : tallies(other.tallies) { ++tallies->made; }
    ~probe() { ++tallies->destroyed; }
    void operator()() {
        ++tallies->called;
        tallies->misaligned |= reinterpret_cast<std::uintptr_t>(this) % Alignment != 0;
    }
    tally* tallies;
    std::array<std::byte, Bytes> more{};
};

template <class Probe>
class TaskOf : public testing::Test {};
using probes = testing::Types<probe<1>, probe<40>, probe<32, 16>, probe<41>, probe<1, 32>, probe<8, 64>,
                              probe<1000>, probe<1, 8, false>>;
TYPED_TEST_SUITE(TaskOf, probes);

TYPED_TEST(TaskOf, RunsOnceAndDestroysEachCopyOnce) {
    typename TypeParam::tally t;
    {
        std::vector<task> several;
        several.emplace_back(TypeParam(t));
        task second;
        EXPECT_FALSE(second);
        second = std::move(several.front());
        EXPECT_TRUE(second);
        EXPECT_FALSE(several.front());
        task third(std::move(second));
        third();
        EXPECT_FALSE(third);
        EXPECT_EQ(t.made, t.destroyed) << "the callable outlived its call";
    }
    EXPECT_EQ(t.called, 1);
    EXPECT_EQ(t.made, t.destroyed);
    EXPECT_FALSE(t.misaligned);
}

TYPED_TEST(TaskOf, DestroysWithoutCalling) {
    typename TypeParam::tally t;
    {
        task one{TypeParam(t)};
        task other{TypeParam(t)};
        one = std::move(other);
        one.reset();
        EXPECT_EQ(t.made, t.destroyed);
        one.reset();
        one.emplace(TypeParam(t));
    }
    EXPECT_EQ(t.called, 0);
    EXPECT_EQ(t.made, t.destroyed);
}

TYPED_TEST(TaskOf, AllocatesForLargeOnesOnly) {
    constexpr bool small =
        sizeof(TypeParam) <= 48 && alignof(TypeParam) <= 16 && std::is_nothrow_move_constructible_v<TypeParam>;
    static_assert(task::fits<TypeParam> == small);
    typename TypeParam::tally t;
    const std::size_t before = allocations;
    task made{TypeParam(t)};
    task moved(std::move(made));
    moved();
    EXPECT_EQ(allocations - before, small ? 0U : 1U);
}

TEST(Task, TakesWhatCannotBeCopiedAndWhatIsABareFunction) {
    int result = 0;
    task owner([owned = std::make_unique<int>(3), &result] { result = *owned; });
    owner();
    EXPECT_EQ(result, 3);
    static int calls;
    calls = 0;
    task bare(+[] { return ++calls; });
    bare();
    EXPECT_EQ(calls, 1);
}

TEST(Task, DestroysWhatThrows) {
    for (const bool large : {false, true}) {
        const auto alive = std::make_shared<int>(0);
        task t;
        if (large) {
            t.emplace([alive, room = std::array<char, 100>{}] { throw room.size(); });
        } else {
            t.emplace([alive] { throw std::size_t{100}; });
        }
        EXPECT_EQ(alive.use_count(), 2);
        EXPECT_THROW(t(), std::size_t);
        EXPECT_FALSE(t);
        EXPECT_EQ(alive.use_count(), 1);
    }
}

TEST(Task, StaysEmptyWhenMakingTheCallableThrows) {
    struct unwilling {
        unwilling() = default;
        unwilling(const unwilling&) { throw 1; }
        void operator()() const {}
    };
    const unwilling f;
    task t;
    EXPECT_THROW(t.emplace(f), int);
    EXPECT_FALSE(t);
}

TEST(Task, LeavesWhatBelongsToThePlaceWhereItIs) {
    task a([] {});
    task b;
    a.place = 1;
    b.place = 2;
    b = std::move(a);
    EXPECT_EQ(a.place, 1U);
    EXPECT_EQ(b.place, 2U);
    EXPECT_EQ(sizeof(task), 64U);
}

}  // namespace
}  // namespace handoff::tests
