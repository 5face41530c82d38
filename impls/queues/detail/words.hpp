// Values in words that tell themselves from what a queue puts in their places: for the cells of `lprq`, `lcrq`
// and of libraries that keep atomic words.
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <type_traits>
#include <utility>

#include "../../atomic.hpp"

namespace handoff::impls::detail {

/// A word is a value of T, a pointer to one, a mark, or nothing. Words whose upper 16 bits are all set are not
/// values: their lowest bits say what they are. A value that looks like one of them is allocated, as is one
/// that is larger than a word or not trivially copyable. (Linux gives addresses of more than 48 bits only to
/// those who ask for them.)
///
/// `Told`: whoever takes an allocated value also reads a flag of its that was written before, for
/// ThreadSanitizer, where it does not see how the word was passed on.
template <class T, bool Told = false>
class words {
public:
    using word = std::uint64_t;
    static constexpr word reserved = word{0xffff} << 48;
    static constexpr word nothing = reserved | 1;

    /// One of 2^45 words that are not values and tell who has put them there.
    static constexpr word mark_of(word number) noexcept { return reserved | number << 3 | 2; }
    /// Nothing, or a mark.
    static bool is_free(word w) noexcept { return is_reserved(w) && (w & kinds) != 0; }

    static word wrap(T&& value) {
        if constexpr (fits) {
            word w = 0;
            std::memcpy(&w, static_cast<const void*>(&value), sizeof(T));
            if (!is_reserved(w)) {
                return w;
            }
        }
        auto* const box = new boxed(std::move(value));
        if constexpr (Told) {
            box->passed.store(true, std::memory_order_release);  // [passed]
        }
        return reserved | reinterpret_cast<word>(box);
    }
    static void unwrap(word w, T& out) {
        if constexpr (fits) {
            if (!is_reserved(w)) {
                std::memcpy(static_cast<void*>(&out), &w, sizeof(T));
                return;
            }
        }
        const std::unique_ptr<boxed> box(box_in(w));
        if constexpr (Told) {
            box->passed.load(std::memory_order_acquire);  // [passed]
        }
        out = std::move(box->value);
    }
    static void discard(word w) noexcept {
        if (is_reserved(w) && !is_free(w)) {
            delete box_in(w);
        }
    }

    /// A word that nobody else knows yet: where the operation then throws, or finds no room, its owner has the
    /// value back.
    class unshared {
    public:
        explicit unshared(T& value) : owner_(value), word_(wrap(std::move(value))) {}
        ~unshared() {
            if (word_ != nothing) {
                unwrap(word_, owner_);
            }
        }
        unshared(const unshared&) = delete;
        unshared& operator=(const unshared&) = delete;
        word get() const noexcept { return word_; }
        void is_shared() noexcept { word_ = nothing; }

    private:
        T& owner_;
        word word_;
    };

private:
    static constexpr word kinds = 7;
    static constexpr bool fits =
        std::is_trivially_copyable_v<T> && std::is_default_constructible_v<T> && sizeof(T) <= sizeof(word);

    struct flag {
        atomic<bool> passed{false};
    };
    struct no_flag {};
    struct alignas(kinds + 1) boxed : std::conditional_t<Told, flag, no_flag> {
        explicit boxed(T&& item) : value(std::move(item)) {}
        T value;
    };
    static bool is_reserved(word w) noexcept { return (w & reserved) == reserved; }
    static boxed* box_in(word w) noexcept { return reinterpret_cast<boxed*>(w & ~reserved); }
};

}  // namespace handoff::impls::detail
