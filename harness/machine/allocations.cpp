#include "allocations.hpp"

#include <pthread.h>

#include <algorithm>
#include <array>
#include <bit>

namespace handoff::harness {

namespace detail {

constinit thread_local allocation_tally* own_allocations = nullptr;

}  // namespace detail

namespace {

using detail::allocation_tally;
using detail::own_allocations;

/// A thread's place: what counts, and what is set aside. Whoever has it next goes on adding to it, so that
/// nothing is lost when a thread ends.
struct alignas(128) seat {
    allocation_tally counted;
    allocation_tally aside;
};

constexpr std::size_t seats = 1024;
constexpr std::size_t seats_per_word = 64;

// Constant-initialised, all: allocations begin before any constructor runs.
constinit std::array<seat, seats> table{};
/// For those who find no seat: written by read-modify-write.
constinit seat standing{};
/// A bit for each seat that is taken. Claimed and given back by one operation each, so that a fork at any
/// moment leaves nothing half done in the child.
alignas(128) constinit std::array<std::atomic<std::uint64_t>, seats / seats_per_word> taken{};
/// One more than the highest seat that anybody has had: what a sum has to look at.
constinit std::atomic<std::size_t> reached{0};

/// Kept for threads without a seat, too.
constinit thread_local bool is_aside = false;

pthread_key_t at_thread_end;
constinit pthread_once_t key_is_made = PTHREAD_ONCE_INIT;

/// A thread that allocates after this (another destructor may run later) takes a seat again and is called
/// again.
void give_seat_back(void* given) {
    const auto number = static_cast<std::size_t>(static_cast<seat*>(given) - table.data());
    own_allocations = nullptr;
    // [seat]: the next owner goes on from this thread's last sums.
    taken[number / seats_per_word].fetch_and(~(std::uint64_t{1} << number % seats_per_word),
                                             std::memory_order_release);
}

seat* take_seat() noexcept {
    for (std::size_t word = 0; word < taken.size(); ++word) {
        std::uint64_t seen = taken[word].load(std::memory_order_relaxed);  // relaxed: what it says is tried
        while (~seen != 0) {
            const auto bit = static_cast<std::size_t>(std::countr_one(seen));
            // [seat]: the previous owner's last sums are visible.
            seen = taken[word].fetch_or(std::uint64_t{1} << bit, std::memory_order_acquire);
            if ((seen >> bit & 1) == 0) {
                const std::size_t number = word * seats_per_word + bit;
                std::size_t high = reached.load(std::memory_order_relaxed);  // relaxed, all: only ever grows
                while (high <= number &&
                       !reached.compare_exchange_weak(high, number + 1, std::memory_order_relaxed)) {
                }
                return &table[number];
            }
        }
    }
    return nullptr;
}

/// True where the thread has a seat now.
bool sit_down() noexcept {
    seat* const own = take_seat();
    if (own == nullptr) {
        return false;
    }
    // First, for whatever allocates below.
    own_allocations = is_aside ? &own->aside : &own->counted;
    pthread_once(&key_is_made, [] { pthread_key_create(&at_thread_end, give_seat_back); });
    pthread_setspecific(at_thread_end, own);
    return true;
}

void add(allocation_count& sum, const allocation_tally& tally) noexcept {
    sum.calls += tally.calls.load(std::memory_order_relaxed);  // relaxed, both: see allocation_tally
    sum.bytes += tally.bytes.load(std::memory_order_relaxed);
}

}  // namespace

void detail::enter_first_allocation(std::size_t size) noexcept {
    if (sit_down()) {
        own_allocations->enter(size);
        return;
    }
    allocation_tally& shared = is_aside ? standing.aside : standing.counted;
    shared.calls.fetch_add(1, std::memory_order_relaxed);  // relaxed, both: carries no data
    shared.bytes.fetch_add(size, std::memory_order_relaxed);
}

void set_allocations_aside(bool aside) noexcept {
    is_aside = aside;
    if (own_allocations != nullptr || sit_down()) {
        auto* const own = static_cast<seat*>(pthread_getspecific(at_thread_end));
        own_allocations = aside ? &own->aside : &own->counted;
    }
}

allocation_count all_allocations() noexcept {
    allocation_count sum;
    // relaxed: who took a seat before this call, and said so to this thread, is seen
    const std::size_t high = reached.load(std::memory_order_relaxed);
    for (std::size_t number = 0; number < high; ++number) {
        add(sum, table[number].counted);
    }
    add(sum, standing.counted);
    return sum;
}

std::size_t allocating_threads() noexcept {
    std::size_t sum = 0;
    for (const auto& word : taken) {
        sum += static_cast<std::size_t>(std::popcount(word.load(std::memory_order_relaxed)));
    }
    return sum;
}

}  // namespace handoff::harness
