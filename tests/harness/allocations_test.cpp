// This program is linked with the counting malloc, as benchmark binaries are.
#include "allocation_counter.hpp"

#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <thread>
#include <vector>

namespace handoff::harness {
namespace {

/// Keeps the compiler from leaving an allocation out.
void* keep(void* memory) {
    asm volatile("" : : "g"(memory) : "memory");
    return memory;
}

/// What `work` allocates, threads that it makes among it.
template <class Work>
allocation_count allocated_by(Work&& work) {
    const allocation_count before = counted_allocations().value();
    work();
    return counted_allocations().value() - before;
}

/// Runs `work` in `count` threads at once; what making them allocates is set aside.
template <class Work>
void in_threads(int count, Work work) {
    set_allocations_aside(true);
    {
        std::vector<std::thread> threads;
        for (int i = 0; i < count; ++i) {
            threads.emplace_back(work);
        }
        for (std::thread& t : threads) {
            t.join();
        }
    }
    set_allocations_aside(false);
}

void allocate(int times, std::size_t bytes) {
    for (int i = 0; i < times; ++i) {
        std::free(keep(std::malloc(bytes)));
    }
}

TEST(Allocations, EachOfTheFamilyIsOneCallOfItsBytes) {
    void* memory = nullptr;
    const auto is_counted = [&](std::size_t bytes, auto allocate_once) {
        const allocation_count seen = allocated_by([&] { memory = keep(allocate_once()); });
        EXPECT_EQ(seen.calls, 1U);
        EXPECT_EQ(seen.bytes, bytes);
        std::free(memory);
    };
    is_counted(100, [] { return std::malloc(100); });
    is_counted(7 * 30, [] { return std::calloc(7, 30); });
    is_counted(200, [] { return std::realloc(nullptr, 200); });
    is_counted(6 * 50, [] { return reallocarray(nullptr, 6, 50); });
    is_counted(256, [] { return std::aligned_alloc(256, 256); });
    is_counted(300, [] { return memalign(64, 300); });
    is_counted(400, [] { return valloc(400); });
    is_counted(500, [] { return pvalloc(500); });
    is_counted(600, [] {
        void* aligned = nullptr;
        EXPECT_EQ(posix_memalign(&aligned, 128, 600), 0);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned) % 128, 0U);
        return aligned;
    });
}

TEST(Allocations, OperatorNewIsCountedAndDeleteIsNot) {
    struct alignas(128) wide {
        char bytes[256];
    };
    const allocation_count seen = allocated_by([] {
        delete static_cast<int*>(keep(new int(1)));
        delete static_cast<wide*>(keep(new wide));
    });
    EXPECT_EQ(seen.calls, 2U);
    EXPECT_EQ(seen.bytes, sizeof(int) + sizeof(wide));
}

TEST(Allocations, WhatAReallocatedBlockHeldIsKept) {
    auto* text = static_cast<char*>(std::malloc(4));
    std::copy_n("abc", 4, text);
    const allocation_count seen =
        allocated_by([&] { text = static_cast<char*>(keep(std::realloc(text, 100'000))); });
    EXPECT_STREQ(text, "abc");
    EXPECT_EQ(seen.calls, 1U);
    EXPECT_EQ(seen.bytes, 100'000U);
    std::free(text);
}

TEST(Allocations, AnAlignmentThatIsNoneIsRefused) {
    void* memory = &memory;
    EXPECT_EQ(posix_memalign(&memory, 3, 10), EINVAL);
    EXPECT_EQ(posix_memalign(&memory, 4, 10), EINVAL) << "smaller than a pointer";
    EXPECT_EQ(posix_memalign(&memory, 0, 10), EINVAL);
    EXPECT_EQ(memory, &memory);
}

TEST(Allocations, OfThreadsThatHaveEndedToo) {
    for (int round = 0; round < 3; ++round) {
        const allocation_count seen = allocated_by([] { in_threads(8, [] { allocate(1000, 24); }); });
        EXPECT_EQ(seen.calls, 8000U);
        EXPECT_EQ(seen.bytes, 8000U * 24);
    }
}

TEST(Allocations, WhatIsSetAsideIsNot) {
    const allocation_count seen = allocated_by([] {
        allocate(10, 8);
        set_allocations_aside(true);
        allocate(1000, 8);
        set_allocations_aside(false);
        allocate(20, 8);
    });
    EXPECT_EQ(seen.calls, 30U);
    // of one thread, and not of others
    const allocation_count of_two = allocated_by([] {
        in_threads(2, [] {
            static std::atomic<int> number{0};
            const bool aside = number++ % 2 == 0;
            set_allocations_aside(aside);
            allocate(100, 8);
        });
    });
    EXPECT_EQ(of_two.calls, 100U);
}

TEST(Allocations, AThreadThatIsGoneLeavesItsPlaceToAnother) {
    in_threads(1, [] { allocate(1, 8); });  // whatever the first thread of a program makes for itself
    const std::size_t before = allocating_threads();
    const allocation_count seen = allocated_by([] {
        for (int i = 0; i < 300; ++i) {
            in_threads(10, [] { allocate(2, 8); });
        }
    });
    EXPECT_EQ(seen.calls, 6000U);
    EXPECT_EQ(allocating_threads(), before) << "3000 threads have come and gone";
}

TEST(Allocations, MoreThreadsAtOnceThanPlacesAreAllCounted) {
    constexpr int threads = 1100;  // there are 1024 places
    std::barrier all_here(threads);
    const std::size_t before = allocating_threads();
    const allocation_count seen = allocated_by([&] {
        in_threads(threads, [&] {
            allocate(1, 16);
            all_here.arrive_and_wait();
            allocate(2, 16);
        });
    });
    EXPECT_EQ(seen.calls, 3U * threads);
    EXPECT_EQ(seen.bytes, 3U * 16 * threads);
    EXPECT_EQ(allocating_threads(), before);
}

TEST(Allocations, AChildCountsForItself) {
    const allocation_count seen = allocated_by([] {
        std::atomic<bool> enough{false};
        // A thread that allocates all the time, so that the fork finds it anywhere.
        set_allocations_aside(true);
        std::thread other([&] {
            set_allocations_aside(true);
            while (!enough) {
                allocate(1, 8);
            }
        });
        set_allocations_aside(false);
        const pid_t child = fork();
        if (child == 0) {
            const allocation_count own = allocated_by([] {
                allocate(5, 8);
                in_threads(2, [] { allocate(5, 8); });
            });
            _exit(own.calls == 15 ? 0 : 1);
        }
        int status = -1;
        waitpid(child, &status, 0);
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
        enough = true;
        other.join();
    });
    EXPECT_EQ(seen.calls, 0U) << "a child's allocations are not its parent's";
}

}  // namespace
}  // namespace handoff::harness
