// What a work-stealing deque promises.
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>

#include "guarantees.hpp"

namespace handoff::impls {

/// How a theft ended.
enum class steal_result {
    stolen,  ///< the thief has the item
    empty,   ///< nothing was there to take at some moment of the call
    lost,    ///< something was there, and somebody else was faster; trying again may succeed
};

/// Items at one end of their owner, in its order, last in, first out; thieves take from the other end, the
/// oldest first. `push` and `try_pop` are called by one thread at a time, the owner; `try_steal` by any other.
/// A bounded deque offers `try_push` instead, which returns false and takes nothing when it is full. `try_pop`
/// on false and `try_steal` on other than `stolen` leave `out` unchanged. What happened before an item was
/// pushed is visible to who takes it. Items are plain bytes of at most a word: pointers to what is to be done.
///
/// A deque may offer `stealable()`, a guess at how many items thieves could take just now; who steals half
/// needs it. It may declare `static constexpr bool publishes_on_demand = true`: thieves see an item only after
/// the owner's next call after they asked for one.
template <class D>
concept work_stealing_deque =
    std::is_trivially_copyable_v<typename D::value_type> && sizeof(typename D::value_type) <= sizeof(void*) &&
    std::default_initializable<D> && requires(D& d, typename D::value_type value, typename D::value_type& out) {
        { D::name } -> std::convertible_to<std::string_view>;
        { D::progress } -> std::convertible_to<progress_guarantee>;  // of thieves; owners may have a better one
        { D::capacity_is } -> std::convertible_to<capacity_rule>;    // exact, at_least or unbounded
        { d.try_pop(out) } -> std::same_as<bool>;
        { d.try_steal(out) } -> std::same_as<steal_result>;
    } && (requires(D& d, typename D::value_type value) { d.push(value); } ||
          requires(D& d, typename D::value_type value) {
              { d.try_push(value) } -> std::same_as<bool>;
              { d.capacity() } -> std::same_as<std::size_t>;
          });

}  // namespace handoff::impls
