// What stands behind the atomics of a program that runs in the model: every call is an event of the execution
// that is being explored (docs/proofs.md).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::model {

using where = std::source_location;

enum class change : std::uint8_t { exchange, add, subtract, bit_and, bit_or, bit_xor };

/// A new atomic object of `size` bytes at `at`.
void construct(const volatile void* at, unsigned size, std::uint64_t value);
/// It ends: whoever uses it later, or unordered with this, fails.
void destroy(const volatile void* at, unsigned size);

std::uint64_t load(const volatile void* at, unsigned size, std::memory_order order, const where& place);
void store(const volatile void* at, unsigned size, std::uint64_t value, std::memory_order order,
           const where& place);
std::uint64_t modify(const volatile void* at, unsigned size, change how, std::uint64_t operand,
                     std::memory_order order, const where& place);
/// Fails only where the value differs: spurious failures are not tried.
bool compare_exchange(const volatile void* at, unsigned size, std::uint64_t& expected, std::uint64_t desired,
                      std::memory_order success, std::memory_order failure, const where& place);
void fence(std::memory_order order, const where& place);

/// The sides of a membarrier: each pair of a light and a heavy fence is ordered one way or the other, and what
/// comes before the first happens before what comes after the second. Two light ones order nothing.
void light_fence(const where& place);
void heavy_fence(const where& place);
bool membarrier_is_granted() noexcept;
/// For the rest of this execution: a program says so before it does anything else.
void deny_membarrier() noexcept;

/// futex(2). Sleepers are woken first come, first served; never without a wake-up.
void futex_wait(const void* word, std::uint32_t expected, bool timed, const where& place);
void futex_wake(const void* word, int count, const where& place);

/// The loop around it waits for others: the thread goes on only in executions in which its last look read
/// something that lets it out.
void relax(const where& place);

/// As std::mutex and std::condition_variable.
void lock(const void* mutex, const where& place);
bool try_lock(const void* mutex, const where& place);
void unlock(const void* mutex, const where& place);
void wait(const void* condition, const void* mutex, bool timed, const where& place);
void notify(const void* condition, int count, const where& place);

/// One of 0 .. n - 1: all are tried.
unsigned choose(unsigned n);

// What programs are made of.

/// Ends this execution as failed.
[[noreturn]] void fail(std::string_view why);
inline void check(bool holds, std::string_view what) {
    if (!holds) {
        fail(what);
    }
}
/// A new operation begins: its name stands in the trace. Looks of the one before are no longer taken for rounds
/// of the same loop.
void step(const char* operation, long argument = 0);
/// A word about the execution, for tests that compare what can happen.
void outcome(std::string_view text);

/// Runs these at the same time and waits for them; once per program.
void threads(std::vector<std::function<void()>> bodies);

}  // namespace handoff::model
