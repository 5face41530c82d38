// The items that workloads hand over, and the ledger that checks every one of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace handoff::benchmarks {

/// `Bytes` of payload, a multiple of 8. The head says who made it and which in turn it is; every further word
/// follows from the head, so that an item of two halves is recognised.
template <std::size_t Bytes>
class item {
public:
    item() = default;
    item(std::uint64_t producer, std::uint64_t sequence) noexcept
        : words_{producer << sequence_bits | sequence} {
        for (std::size_t i = 1; i < words_.size(); ++i) {
            words_[i] = expected(i);
        }
    }

    static constexpr unsigned sequence_bits = 48;

    std::uint64_t head() const noexcept { return words_[0]; }
    std::uint64_t producer() const noexcept { return head() >> sequence_bits; }
    std::uint64_t sequence() const noexcept { return head() & ((std::uint64_t{1} << sequence_bits) - 1); }
    /// All words belong to the head.
    bool whole() const noexcept {
        std::uint64_t wrong = 0;
        for (std::size_t i = 1; i < words_.size(); ++i) {
            wrong |= words_[i] ^ expected(i);
        }
        return wrong == 0;
    }

private:
    std::uint64_t expected(std::size_t i) const noexcept {
        return words_[0] ^ (0x9e3779b97f4a7c15 * static_cast<std::uint64_t>(i));
    }

    static_assert(Bytes >= 8 && Bytes % 8 == 0);
    std::array<std::uint64_t, Bytes / 8> words_;
};

static_assert(sizeof(item<8>) == 8 && sizeof(item<64>) == 64 && sizeof(item<256>) == 256);
static_assert(std::is_trivially_copyable_v<item<64>>);

/// A well-mixed 64-bit image of a head: sums of images agree only if the sets of items do (Steele, Lea, Flood,
/// "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014: the finaliser).
inline std::uint64_t image(std::uint64_t head) noexcept {
    head = (head ^ (head >> 30)) * 0xbf58476d1ce4e5b9;
    head = (head ^ (head >> 27)) * 0x94d049bb133111eb;
    return head ^ (head >> 31);
}

/// One consumer's record of what it received. Its memory is touched by that consumer only.
class alignas(128) ledger {
public:
    /// `ordered`: the queue promises each producer's items in its order.
    ledger(std::size_t producers, bool ordered) : next_(producers, 0), ordered_(ordered) {}

    template <std::size_t Bytes>
    void enter(const item<Bytes>& received) noexcept {
        const std::uint64_t producer = received.producer();
        const std::uint64_t sequence = received.sequence();
        if (producer >= next_.size()) [[unlikely]] {
            strange_ = true;
            return;
        }
        torn_ |= !received.whole();
        // Each consumer receives each producer's items in ascending order, whichever others it misses.
        disordered_ |= ordered_ && sequence < next_[producer];
        next_[producer] = sequence + 1;
        ++count_;
        sum_ += image(received.head());
    }

    std::uint64_t count() const noexcept { return count_; }

private:
    friend std::string audit(const std::vector<ledger>&, const std::vector<std::uint64_t>&, std::uint64_t);

    std::vector<std::uint64_t> next_;  // per producer: the least sequence number that may come
    bool ordered_;
    bool torn_ = false;
    bool disordered_ = false;
    bool strange_ = false;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
};

/// Compares what was received with what was pushed: `pushed[p]` items by producer p; `left` items were found in
/// the queue afterwards. Returns what is wrong; empty when everything arrived exactly once and as promised.
inline std::string audit(const std::vector<ledger>& received, const std::vector<std::uint64_t>& pushed,
                         std::uint64_t left) {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    bool torn = false;
    bool disordered = false;
    bool strange = false;
    for (const ledger& one : received) {
        count += one.count_;
        sum += one.sum_;
        torn |= one.torn_;
        disordered |= one.disordered_;
        strange |= one.strange_;
    }
    std::uint64_t expected_count = 0;
    std::uint64_t expected_sum = 0;
    for (std::size_t p = 0; p < pushed.size(); ++p) {
        expected_count += pushed[p];
        for (std::uint64_t i = 0; i < pushed[p]; ++i) {
            expected_sum += image(item<8>(p, i).head());
        }
    }
    if (strange) {
        return "corrupt: an item names a producer that does not exist";
    }
    if (torn) {
        return "torn: the words of an item do not belong together";
    }
    if (count + left > expected_count) {
        return "duplicated: " + std::to_string(expected_count) + " items in, " + std::to_string(count + left) +
               " out";
    }
    if (count + left < expected_count) {
        return "lost: " + std::to_string(expected_count) + " items in, " + std::to_string(count + left) + " out";
    }
    if (disordered) {
        return "order: a producer's items overtook each other or came twice";
    }
    if (sum != expected_sum || left != 0) {
        return "checksum: as many items out as in, but not the same";
    }
    return "";
}

}  // namespace handoff::benchmarks
