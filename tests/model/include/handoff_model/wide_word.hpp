// The model's wide words (impls/detail/wide_word.hpp). It knows no values of 16 bytes, so both halves stand in
// one of 8: 16 bits of the first, 48 of the second, whose other bits are always the same. Programs are small:
// they count to less, and their addresses have 47 bits.
#pragma once

#include <cstdint>

#include "atomic.hpp"

namespace handoff::impls::detail {

template <std::uint64_t Upper = 0>
class wide_word {
    static constexpr unsigned width = 16;
    static_assert((Upper & ((std::uint64_t{1} << 48) - 1)) == 0);

public:
    struct pair {
        std::uint64_t first;
        std::uint64_t second;
        friend bool operator==(const pair&, const pair&) = default;
    };
    static constexpr bool is_lock_free = true;

    wide_word(std::uint64_t first, std::uint64_t second) : both_(packed({first, second})) {}

    std::uint64_t load_first(model::where place = model::where::current()) const {
        return unpacked(both_.load(seq_cst, place)).first;
    }
    std::uint64_t load_second(model::where place = model::where::current()) const {
        return unpacked(both_.load(seq_cst, place)).second;
    }
    /// In two steps, as the real one.
    pair load(model::where place = model::where::current()) const {
        const std::uint64_t first = load_first(place);
        return {first, load_second(place)};
    }
    std::uint64_t fetch_add_first(std::uint64_t n, model::where place = model::where::current()) {
        return unpacked(both_.fetch_add(n, seq_cst, place)).first;
    }
    bool compare_exchange_first(std::uint64_t& expected, std::uint64_t desired,
                                model::where place = model::where::current()) {
        return change_half(&pair::first, expected, desired, place);
    }
    bool compare_exchange_second(std::uint64_t& expected, std::uint64_t desired,
                                 model::where place = model::where::current()) {
        return change_half(&pair::second, expected, desired, place);
    }
    std::uint64_t fetch_or_second(std::uint64_t bits, model::where place = model::where::current()) {
        return unpacked(both_.fetch_or(bits << width, seq_cst, place)).second;
    }
    bool compare_exchange(pair expected, pair desired, model::where place = model::where::current()) {
        std::uint64_t seen = packed(expected);
        return both_.compare_exchange_strong(seen, packed(desired), seq_cst, seq_cst, place);
    }

private:
    static constexpr std::memory_order seq_cst = std::memory_order_seq_cst;

    static std::uint64_t packed(pair halves) noexcept {
        return halves.second << width | (halves.first & ((std::uint64_t{1} << width) - 1));
    }
    static pair unpacked(std::uint64_t both) noexcept {
        return {both & ((std::uint64_t{1} << width) - 1), both >> width | Upper};
    }

    /// Fails for the half that is compared only, whatever becomes of the other.
    bool change_half(std::uint64_t pair::* half, std::uint64_t& expected, std::uint64_t desired,
                     model::where place) {
        std::uint64_t seen = both_.load(seq_cst, place);
        for (;;) {
            pair halves = unpacked(seen);
            if (halves.*half != expected) {
                expected = halves.*half;
                return false;
            }
            halves.*half = desired;
            if (both_.compare_exchange_strong(seen, packed(halves), seq_cst, seq_cst, place)) {
                return true;
            }
        }
    }

    atomic<std::uint64_t> both_;
};

}  // namespace handoff::impls::detail
