// What a lock and a barrier promise.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

namespace handoff::impls {

/// Who gets in next.
enum class admission {
    fifo,     ///< who came first
    any,      ///< who is fastest; a thread may be overtaken without bound
    phases,   ///< readers and writers by turns: a reader waits for one writer at most, writers are FIFO
    writers,  ///< before readers; among writers, whoever is fastest
};

/// What a thread does until it gets in.
enum class waiting { spins, sleeps, spins_then_sleeps };

/// Takes and leaves a lock through a per-thread handle that holds its queue node, taken once and outside any
/// measured loop.
template <class L>
concept has_holders = requires(L& l) { l.holder(); };

template <class L>
decltype(auto) holder_end(L& l) {
    if constexpr (has_holders<L>) {
        return l.holder();
    } else {
        return (l);
    }
}
template <class L>
using holder_end_t = decltype(holder_end(std::declval<L&>()));

template <class End>
concept locks = requires(End& end) {
    end.lock();
    end.unlock();
};
template <class End>
concept tries_to_lock = locks<End> && requires(End& end) {
    { end.try_lock() } -> std::same_as<bool>;
};
/// Readers together, or one writer alone.
template <class End>
concept locks_shared = locks<End> && requires(End& end) {
    end.lock_shared();
    end.unlock_shared();
};
/// Readers do not keep writers out; they read, ask whether what they read holds together, and read again if
/// not. All that they read is atomic (relaxed is enough).
template <class End>
concept validates_reads = locks<End> && requires(End& end, std::uint64_t begun) {
    { end.begin_read() } -> std::same_as<std::uint64_t>;
    { end.still_valid(begun) } -> std::same_as<bool>;
};

/// One thread at a time between lock() and unlock(); what one did is visible to the next.
template <class L>
concept lock = std::default_initializable<L> && requires {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::admits } -> std::convertible_to<admission>;
    { L::waits } -> std::convertible_to<waiting>;
} && locks<std::remove_reference_t<holder_end_t<L>>>;

/// Whoever asks gets in, however many others ask again and again. The orders `fifo` and `phases` promise it; a
/// lock of another order declares it by `static constexpr bool starvation_free = true`.
template <lock L>
constexpr bool is_starvation_free() {
    if constexpr (requires { L::starvation_free; }) {
        return L::starvation_free;
    } else {
        return L::admits == admission::fifo || L::admits == admission::phases;
    }
}

// -------------------------------------------------------------------------------------------------- barriers

/// Arrives through a per-thread handle, taken once and outside any measured loop.
template <class B>
concept has_parties = requires(B& b) { b.party(); };

template <class B>
decltype(auto) party_end(B& b) {
    if constexpr (has_parties<B>) {
        return b.party();
    } else {
        return (b);
    }
}
template <class B>
using party_end_t = decltype(party_end(std::declval<B&>()));

/// Nobody returns from an episode's arrive_and_wait() before all parties have called it; what they did before
/// is visible then. Made for a number of parties, used again and again.
template <class B>
concept barrier =
    std::constructible_from<B, std::ptrdiff_t> && requires(std::remove_reference_t<party_end_t<B>>& end) {
        { B::name } -> std::convertible_to<std::string_view>;
        { B::waits } -> std::convertible_to<waiting>;
        end.arrive_and_wait();
    };

}  // namespace handoff::impls
