// The items that workloads hand over, and the ledgers that check them: lightly, or every one by itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace handoff::benchmarks {

/// The priority of an item with that head, and back. It grows with the producer's sequence and is up to 1023
/// turns later at random, as in the hold model of event queues: were it random altogether, what stays inside
/// would soon be large, and each new item the first to leave. No two items share one. For sequences below 2^39,
/// producers below 2^14.
constexpr std::uint64_t priority_of_head(std::uint64_t head) noexcept {
    const std::uint64_t mixed = head * 0x9e3779b97f4a7c15;
    const std::uint64_t later = (mixed ^ mixed >> 32) * 0xd1342543de82ef95 >> 54;
    return ((head & 0xffff'ffff'ffff) + later) << 24 | later << 14 | head >> 48;
}
constexpr std::uint64_t head_of_priority(std::uint64_t priority) noexcept {
    return (priority & 0x3fff) << 48 | ((priority >> 24) - (priority >> 14 & 0x3ff));
}
static_assert(head_of_priority(priority_of_head(0x0123'0045'6789'abcd)) == 0x0123'0045'6789'abcd);

/// `Bytes` of payload, a multiple of 8. The head says who made it and which in turn it is; every further word
/// follows from the head, so that an item of two halves is recognised. Where items are `Prioritized` the first
/// word is their priority instead, from which the head follows.
template <std::size_t Bytes, bool Prioritized = false>
class item {
public:
    item() = default;
    item(std::uint64_t producer, std::uint64_t sequence) noexcept
        : item(producer << sequence_bits | sequence) {}
    /// Of a head: the next one of the same producer has the next higher head.
    explicit item(std::uint64_t head) noexcept : words_{Prioritized ? priority_of_head(head) : head} {
        for (std::size_t i = 1; i < words_.size(); ++i) {
            words_[i] = expected(head, i);
        }
    }

    static constexpr unsigned sequence_bits = 48;

    std::uint64_t head() const noexcept { return Prioritized ? head_of_priority(words_[0]) : words_[0]; }
    /// Which of two is to leave a priority queue first: the one where it is less.
    std::uint64_t priority() const noexcept { return words_[0]; }
    friend bool operator<(const item& a, const item& b) noexcept { return a.words_[0] < b.words_[0]; }
    std::uint64_t producer() const noexcept { return head() >> sequence_bits; }
    std::uint64_t sequence() const noexcept { return head() & ((std::uint64_t{1} << sequence_bits) - 1); }
    /// All words belong to the head.
    bool whole() const noexcept {
        const std::uint64_t first = head();
        std::uint64_t wrong = 0;
        for (std::size_t i = 1; i < words_.size(); ++i) {
            wrong |= words_[i] ^ expected(first, i);
        }
        return wrong == 0;
    }
    /// Of the head and all further words, modulo 2^64.
    std::uint64_t sum() const noexcept {
        std::uint64_t all = head();
        for (std::size_t i = 1; i < words_.size(); ++i) {
            all += words_[i];
        }
        return all;
    }
    /// What `sum` comes to over `count` items whose heads come to `heads`.
    static constexpr std::uint64_t sum_of(std::uint64_t heads, std::uint64_t count) noexcept {
        constexpr std::uint64_t words = Bytes / 8;
        return words * heads + step * (words * (words - 1) / 2) * count;
    }

private:
    static constexpr std::uint64_t step = 0x9e3779b97f4a7c15;

    static std::uint64_t expected(std::uint64_t head, std::size_t i) noexcept {
        return head + step * static_cast<std::uint64_t>(i);
    }

    static_assert(Bytes >= 8 && Bytes % 8 == 0);
    std::array<std::uint64_t, Bytes / 8> words_;
};

static_assert(sizeof(item<8>) == 8 && sizeof(item<64>) == 64 && sizeof(item<256>) == 256);
static_assert(std::is_trivially_copyable_v<item<64>>);

/// A number that tells one set of heads from another when it is summed over them, modulo 2^64: equal sums of
/// different sets are as likely as a guess (multiplication spreads the head's bits upwards, the shift brings
/// them down, the square mixes both). Two multiplications: anything much heavier would make consumers the
/// slower side.
inline std::uint64_t image(std::uint64_t head) noexcept {
    std::uint64_t mixed = head * 0x9e3779b97f4a7c15;
    mixed ^= mixed >> 32;
    return mixed * mixed;
}

/// One consumer's record of what it received. Its memory is touched by that consumer only.
class alignas(128) ledger {
public:
    explicit ledger(std::size_t producers) : lines_(1 + producers / line::size) {
        lines_.front().words[0] = producers;
    }

    /// The part of a ledger that the measured loop writes. A local of that loop whose address nobody else has,
    /// so that it stays in registers, and few of them: a check that needs more than are left makes the compiler
    /// keep part of the loop in memory, which some loops show and others do not. The consumer would be the
    /// slower side and tip the queues into running full.
    class page {
    public:
        /// `Ordered`: the queue promises each producer's items in its order.
        template <bool Ordered = true, std::size_t Bytes, bool Prioritized>
        void enter(const item<Bytes, Prioritized>& received) noexcept {
            const std::uint64_t producer = received.producer();
            if (producer >= words_[0]) [[unlikely]] {
                faults_ |= strange;
                return;
            }
            if constexpr (Bytes > 8) {
                if (!received.whole()) [[unlikely]] {
                    faults_ |= torn;
                }
            }
            if constexpr (Ordered) {
                // Each consumer receives each producer's items in ascending order, whichever others it misses.
                std::uint64_t& least = words_[1 + producer];
                if (received.head() < least) [[unlikely]] {
                    faults_ |= disordered;
                }
                least = received.head() + 1;
            }
            sum_ += image(received.head());
        }

    private:
        friend class ledger;
        explicit page(ledger& of) noexcept : words_(of.lines_.front().words.data()) {}

        std::uint64_t* words_;
        std::uint64_t sum_ = 0;
        unsigned faults_ = 0;
    };

    page open() noexcept { return page(*this); }
    /// `count`: how many items were entered. The loop knows it anyway.
    void close(const page& filled, std::uint64_t count) noexcept {
        count_ += count;
        sum_ += filled.sum_;
        faults_ |= filled.faults_;
    }

private:
    friend std::string audit(const std::vector<ledger>&, const std::vector<std::uint64_t>&, std::uint64_t);

    static constexpr unsigned torn = 1;
    static constexpr unsigned disordered = 2;
    static constexpr unsigned strange = 4;

    /// Whole lines, so that no two consumers write to the same one.
    struct alignas(128) line {
        static constexpr std::size_t size = 16;
        std::array<std::uint64_t, size> words{};
    };

    // First how many producers there are (a number that need not be in a register), then of each the least head
    // that may come.
    std::vector<line> lines_;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    unsigned faults_ = 0;
};

/// One consumer's record where the check must not decide the number: how many items, the sum of all their
/// words, and their order as far as one number tells it, which is all of it where there is one producer. A
/// consumer that kept a ledger would often be the slower side by that alone, and its queue run full.
///
/// From one producer to one consumer it proves as much as the ledger does of the heads: n ascending numbers
/// from 0 on whose sum is that of the first n are these.
class alignas(128) light_ledger {
public:
    explicit light_ledger(std::size_t producers) noexcept : mask_(producers == 1 ? ~std::uint64_t{0} : 0) {}

    /// The part that the measured loop writes: a local of that loop, whose numbers stay in registers.
    class page {
    public:
        /// `Ordered`: the queue promises each producer's items in its order.
        template <bool Ordered = true, std::size_t Bytes, bool Prioritized>
        void enter(const item<Bytes, Prioritized>& received) noexcept {
            if constexpr (Ordered) {
                disordered_ |= static_cast<std::uint64_t>(received.head() < least_);
                least_ = (received.head() + 1) & mask_;
            }
            sum_ += received.sum();
        }

    private:
        friend class light_ledger;
        explicit page(std::uint64_t mask) noexcept : mask_(mask) {}

        const std::uint64_t mask_;  // of several producers no head says anything about the next
        std::uint64_t least_ = 0;
        std::uint64_t disordered_ = 0;
        std::uint64_t sum_ = 0;
    };

    page open() noexcept { return page(mask_); }
    void close(const page& filled, std::uint64_t count) noexcept {
        count_ += count;
        sum_ += filled.sum_;
        disordered_ |= filled.disordered_;
    }

private:
    friend std::string audit(const std::vector<light_ledger>&, const std::vector<std::uint64_t>&, std::uint64_t,
                             std::size_t);

    std::uint64_t mask_;
    std::uint64_t count_ = 0;
    std::uint64_t sum_ = 0;
    std::uint64_t disordered_ = 0;
};

/// What is wrong with the number of items that came out; empty: nothing.
inline std::string audit_count(std::uint64_t expected, std::uint64_t out) {
    return out == expected ? ""
                           : (out > expected ? "duplicated: " : "lost: ") + std::to_string(expected) +
                                 " items in, " + std::to_string(out) + " out";
}

inline constexpr const char* out_of_order = "order: a producer's items overtook each other or came twice";
inline constexpr const char* not_the_same = "checksum: as many items out as in, but not the same";

/// Compares what was received with what was pushed: `pushed[p]` items by producer p; `left` items were found in
/// the queue afterwards. Returns what is wrong; empty when everything arrived exactly once and as promised.
inline std::string audit(const std::vector<ledger>& received, const std::vector<std::uint64_t>& pushed,
                         std::uint64_t left) {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    unsigned faults = 0;
    for (const ledger& one : received) {
        count += one.count_;
        sum += one.sum_;
        faults |= one.faults_;
    }
    std::uint64_t expected_count = 0;
    std::uint64_t expected_sum = 0;
    for (std::size_t p = 0; p < pushed.size(); ++p) {
        expected_count += pushed[p];
        for (std::uint64_t i = 0; i < pushed[p]; ++i) {
            expected_sum += image(item<8>(p, i).head());
        }
    }
    if ((faults & ledger::strange) != 0) {
        return "corrupt: an item names a producer that does not exist";
    }
    if ((faults & ledger::torn) != 0) {
        return "torn: the words of an item do not belong together";
    }
    if (std::string wrong = audit_count(expected_count, count + left); !wrong.empty()) {
        return wrong;
    }
    if ((faults & ledger::disordered) != 0) {
        return out_of_order;
    }
    return sum != expected_sum || left != 0 ? not_the_same : "";
}

/// The same of light records, of items of `bytes` bytes.
inline std::string audit(const std::vector<light_ledger>& received, const std::vector<std::uint64_t>& pushed,
                         std::uint64_t left, std::size_t bytes) {
    std::uint64_t count = 0;
    std::uint64_t sum = 0;
    std::uint64_t disordered = 0;
    for (const light_ledger& one : received) {
        count += one.count_;
        sum += one.sum_;
        disordered |= one.disordered_;
    }
    std::uint64_t expected_count = 0;
    std::uint64_t heads = 0;
    for (std::size_t p = 0; p < pushed.size(); ++p) {
        const std::uint64_t n = pushed[p];
        expected_count += n;
        heads += n * item<8>(p, 0).head() + (n % 2 == 0 ? n / 2 * (n - 1) : n * ((n - 1) / 2));
    }
    const std::uint64_t expected_sum = bytes == 8    ? item<8>::sum_of(heads, expected_count)
                                       : bytes == 64 ? item<64>::sum_of(heads, expected_count)
                                                     : item<256>::sum_of(heads, expected_count);
    if (std::string wrong = audit_count(expected_count, count + left); !wrong.empty()) {
        return wrong;
    }
    if (disordered != 0) {
        return out_of_order;
    }
    return sum != expected_sum || left != 0 ? not_the_same : "";
}

}  // namespace handoff::benchmarks
