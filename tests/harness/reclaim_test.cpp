// Nodes of the linked queue are really freed, and while it runs, not at its end.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <thread>
#include <vector>

#include "queues/michael_scott_queue.hpp"

namespace {

std::atomic<long> live_allocations{0};

void* counted(std::size_t size, std::size_t alignment) {
    const std::size_t whole = (size + alignment - 1) / alignment * alignment;
    void* memory = std::aligned_alloc(alignment, whole);
    if (memory == nullptr) {
        throw std::bad_alloc();
    }
    ++live_allocations;
    return memory;
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size, 16);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    return counted(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept {
    live_allocations -= memory != nullptr;
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
    operator delete(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
    operator delete(memory);
}

namespace handoff::impls {
namespace {

TEST(MichaelScottQueue, FreesNodesWhileItRuns) {
    const long before = live_allocations;
    long most = 0;
    {
        michael_scott_queue<int> queue;
        auto end = queue.producer();
        int got = 0;
        for (int i = 0; i < 100000; ++i) {
            end.push(int{i});
            ASSERT_TRUE(end.try_pop(got));
            most = std::max(most, live_allocations - before);
        }
    }
    EXPECT_LT(most, 200) << "retired nodes pile up";
    EXPECT_EQ(live_allocations, before) << "something was never freed";
}

TEST(MichaelScottQueue, FreesNodesWithThreadsAndHandlesThatComeAndGo) {
    const long before = live_allocations;
    {
        michael_scott_queue<int> queue;
        std::atomic<long> most{0};
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&] {
                for (int round = 0; round < 20; ++round) {
                    auto end = queue.producer();
                    int got = 0;
                    for (int i = 0; i < 500; ++i) {
                        end.push(int{i});
                        while (!end.try_pop(got)) {
                        }
                        most = std::max(most.load(), live_allocations - before);
                    }
                }
            });
        }
        for (auto& thread : threads) {
            thread.join();
        }
        EXPECT_LT(most.load(), 4000) << "40000 nodes were made";
    }
    EXPECT_EQ(live_allocations, before);
}

}  // namespace
}  // namespace handoff::impls
