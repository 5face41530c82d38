// Two 64-bit words side by side, each of them an atomic of its own, which one compare-and-swap can change
// together.
//
// x86-64 has the instruction (CMPXCHG16B), ARMv8 a pair of them (LDAXP, STLXP). They are written as assembly:
// compilers call a library for a compare-and-swap of 16 bytes, whose locks would know nothing of what is done
// to one half. On other processors a lock in each word guards all that is done to it
// (`wide_word::is_lock_free`).
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/wide_word.hpp>
#else

#include <cstdint>

#include "../atomic.hpp"
#include "cpu_relax.hpp"

#if defined(__SANITIZE_THREAD__)
#define HANDOFF_TSAN_SEES_WIDE_WORDS
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HANDOFF_TSAN_SEES_WIDE_WORDS
#endif
#endif
#ifdef HANDOFF_TSAN_SEES_WIDE_WORDS
extern "C" void __tsan_acquire(void* of);
extern "C" void __tsan_release(void* of);
#endif

namespace handoff::impls::detail {

/// All operations are seq_cst. `Upper`: bits that each second half has set, whatever else it holds; they cost
/// nothing, and let the model keep both halves in 64 bits (tests/model/include/handoff_model/wide_word.hpp).
template <std::uint64_t Upper = 0>
class alignas(16) wide_word {
public:
    struct pair {
        std::uint64_t first;
        std::uint64_t second;
        friend bool operator==(const pair&, const pair&) = default;
    };

#if (defined(__x86_64__) || defined(__aarch64__)) && !defined(HANDOFF_LOCKED_WIDE_WORDS)
    static constexpr bool is_lock_free = true;
#else
    static constexpr bool is_lock_free = false;
#endif

    wide_word(std::uint64_t first, std::uint64_t second) noexcept : words_{first, second} {}

    std::uint64_t load_first() const noexcept {
        const guard here(*this);
        return words_[0].load();
    }
    std::uint64_t load_second() const noexcept {
        const guard here(*this);
        return words_[1].load();
    }
    /// First one, then the other: whether they stood there together, a compare-exchange tells.
    pair load() const noexcept {
        const std::uint64_t first = load_first();
        return {first, load_second()};
    }

    std::uint64_t fetch_add_first(std::uint64_t n) noexcept {
        const guard here(*this);
        return words_[0].fetch_add(n);
    }
    bool compare_exchange_first(std::uint64_t& expected, std::uint64_t desired) noexcept {
        const guard here(*this);
        return words_[0].compare_exchange_strong(expected, desired);
    }
    bool compare_exchange_second(std::uint64_t& expected, std::uint64_t desired) noexcept {
        const guard here(*this);
        return words_[1].compare_exchange_strong(expected, desired);
    }
    std::uint64_t fetch_or_second(std::uint64_t bits) noexcept {
        const guard here(*this);
        return words_[1].fetch_or(bits);
    }

    bool compare_exchange(pair expected, pair desired) noexcept {
        sanitizer_release();
        const bool done = exchange_both(expected, desired);
        sanitizer_acquire();
        return done;
    }

private:
#if defined(__x86_64__) && !defined(HANDOFF_LOCKED_WIDE_WORDS)
    struct guard {
        explicit guard(const wide_word&) noexcept {}
    };
    bool exchange_both(pair expected, pair desired) noexcept {
        bool done;
        asm volatile("lock cmpxchg16b %1"
                     : "=@ccz"(done), "+m"(words_), "+a"(expected.first), "+d"(expected.second)
                     : "b"(desired.first), "c"(desired.second)
                     : "memory");
        return done;
    }
    atomic<std::uint64_t> words_[2];
#elif defined(__aarch64__) && !defined(HANDOFF_LOCKED_WIDE_WORDS)
    struct guard {
        explicit guard(const wide_word&) noexcept {}
    };
    bool exchange_both(pair expected, pair desired) noexcept {
        std::uint64_t first;
        std::uint64_t second;
        std::uint32_t done;
        asm volatile(
            "1: ldaxp %[first], %[second], %[at]\n"
            "   cmp %[first], %[old_first]\n"
            "   ccmp %[second], %[old_second], #0, eq\n"
            "   b.ne 2f\n"
            "   stlxp %w[done], %[new_first], %[new_second], %[at]\n"
            "   cbnz %w[done], 1b\n"
            "2: cset %w[done], eq"
            : [first] "=&r"(first), [second] "=&r"(second), [done] "=&r"(done), [at] "+Q"(words_)
            : [old_first] "r"(expected.first), [old_second] "r"(expected.second),
              [new_first] "r"(desired.first), [new_second] "r"(desired.second)
            : "cc", "memory");
        return done != 0;
    }
    atomic<std::uint64_t> words_[2];
#else
    class guard {
    public:
        explicit guard(const wide_word& of) noexcept : of_(of) {
            while (of_.locked_.exchange(true, std::memory_order_acquire)) {  // [unlocked]
                cpu_relax();
            }
        }
        ~guard() { of_.locked_.store(false, std::memory_order_release); }  // [unlocked]
        guard(const guard&) = delete;
        guard& operator=(const guard&) = delete;

    private:
        const wide_word& of_;
    };
    bool exchange_both(pair expected, pair desired) noexcept {
        const guard here(*this);
        if (words_[0].load() != expected.first || words_[1].load() != expected.second) {
            return false;
        }
        words_[0].store(desired.first);
        words_[1].store(desired.second);
        return true;
    }
    atomic<std::uint64_t> words_[2];
    mutable atomic<bool> locked_{false};
#endif

    // ThreadSanitizer does not see what assembly orders. A failed exchange tells it of more order than there
    // is.
#ifdef HANDOFF_TSAN_SEES_WIDE_WORDS
    void sanitizer_release() noexcept {
        __tsan_release(&words_[0]);
        __tsan_release(&words_[1]);
    }
    void sanitizer_acquire() noexcept {
        __tsan_acquire(&words_[0]);
        __tsan_acquire(&words_[1]);
    }
#else
    void sanitizer_release() noexcept {}
    void sanitizer_acquire() noexcept {}
#endif
};

}  // namespace handoff::impls::detail

#undef HANDOFF_TSAN_SEES_WIDE_WORDS
#endif
