// What a counter promises.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "guarantees.hpp"

namespace handoff::impls {

/// What read() returns while others add. Once they have joined it is exact for all but `racy`.
enum class read_promise {
    linearizable,  ///< the value of one moment between the call and the return
    interval,      ///< a value between that of the call and that of the return; a thread never sees it fall
    lagging,       ///< as `interval`, but behind by at most `slack` for every adder
    racy,          ///< anything, then and later: updates may be lost
};

/// Adds to a counter through a per-thread handle, taken once and outside any measured loop.
template <class C>
concept has_adders = requires(C& c) { c.adder(); };

template <class C>
decltype(auto) adder_end(C& c) {
    if constexpr (has_adders<C>) {
        return c.adder();
    } else {
        return (c);
    }
}
template <class C>
using adder_end_t = decltype(adder_end(std::declval<C&>()));

/// `try_add`, where it stands instead of `add`, gives up after some attempts: false, and nothing was added.
template <class End>
concept adds = requires(End& end, std::uint64_t n) { end.add(n); } || requires(End& end, std::uint64_t n) {
    { end.try_add(n) } -> std::same_as<bool>;
};

/// A number that many threads add to, from 0. What a handle added is in `read()` at the latest when the handle
/// is gone.
template <class C>
concept counter = std::default_initializable<C> && requires(const C& c) {
    { C::name } -> std::convertible_to<std::string_view>;
    { C::reading } -> std::convertible_to<read_promise>;
    { C::progress } -> std::convertible_to<progress_guarantee>;
    { c.read() } noexcept -> std::same_as<std::uint64_t>;
} && adds<std::remove_reference_t<adder_end_t<C>>>;

}  // namespace handoff::impls
