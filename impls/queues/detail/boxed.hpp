// Values in nodes that a library allocates, and may free later than their items are popped.
#pragma once

#include <concepts>
#include <memory>
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
    bool has_value() const noexcept { return value_.has_value(); }

private:
    std::optional<T> value_;
};

/// What nodes hold.
template <class T>
using boxed = std::conditional_t<may_stay<T>, T, box<T>>;

/// Gives an item with `push(boxed<T>&&)`. Where that throws before it has moved the box, as where it finds no
/// memory, the owner has the value back.
template <class T, class Push>
void push_boxed(T& value, Push&& push) {
    if constexpr (may_stay<T>) {
        push(std::move(value));
    } else {
        struct lent {
            T& owner;
            box<T> item;
            ~lent() {
                if (item.has_value()) {
                    owner = std::move(*item);
                }
            }
        } item{value, box<T>(std::move(value))};
        push(std::move(item.item));
    }
}

/// An item at a place of its own, for queues of pointers. The owner has the value back where nobody has taken
/// the place.
template <class T>
class placed {
public:
    explicit placed(T& owner) : owner_(owner), place_(new T(std::move(owner))) {}
    ~placed() {
        if (place_ != nullptr) {
            owner_ = std::move(*place_);
        }
    }
    placed(const placed&) = delete;
    placed& operator=(const placed&) = delete;

    T* get() const noexcept { return place_.get(); }
    void is_taken() noexcept { static_cast<void>(place_.release()); }

private:
    T& owner_;
    std::unique_ptr<T> place_;
};

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
