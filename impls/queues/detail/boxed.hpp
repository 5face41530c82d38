// Values in nodes that a library frees later than their items are popped.
#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

namespace handoff::impls::detail {

/// Plain bytes may lie in a node until it is freed. Other values end when they are moved out, not with the
/// node.
template <class T>
inline constexpr bool may_stay = std::is_trivially_copyable_v<T> && std::default_initializable<T>;

template <class T>
class box {
    static constexpr bool moves_quietly = std::is_nothrow_move_constructible_v<T>;

public:
    box() = default;
    explicit box(T&& item) : value_(std::move(item)) {}
    box(box&& other) noexcept(moves_quietly) : value_(std::move(other.value_)) { other.value_.reset(); }
    box& operator=(box&& other) noexcept(moves_quietly) {
        value_.reset();
        if (other.value_.has_value()) {
            value_.emplace(std::move(*other.value_));
            other.value_.reset();
        }
        return *this;
    }
    ~box() = default;

    T& operator*() noexcept { return *value_; }

private:
    std::optional<T> value_;
};

/// What nodes hold.
template <class T>
using boxed = std::conditional_t<may_stay<T>, T, box<T>>;

/// Takes an item with `pop(boxed<T>&)`, which returns false when there is none.
template <class T, class Pop>
bool pop_boxed(T& out, Pop&& pop) {
    if constexpr (may_stay<T>) {
        return pop(out);
    } else {
        box<T> first;
        if (!pop(first)) {
            return false;
        }
        out = std::move(*first);
        return true;
    }
}

}  // namespace handoff::impls::detail
