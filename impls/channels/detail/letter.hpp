// Items as messages of a library that carries bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstring>
#include <memory>
#include <utility>

#include "../../queues/detail/boxed.hpp"

namespace handoff::impls::detail {

/// A plain item is its own bytes; another one stays at a place of its own, and the address is sent. Their bytes
/// are never none: an empty message is no item.
template <class T>
class letter {
    static constexpr bool is_plain = may_stay<T>;
    struct place {
        explicit place(T&& item) : value(std::move(item)) {}
        std::atomic<bool> sent{false};
        T value;
    };

public:
    static constexpr std::size_t size = is_plain ? sizeof(T) : sizeof(place*);

    /// Of an item that is to be sent: the owner has it back where nobody calls `is_sent`.
    explicit letter(T& owner) : owner_(owner) {
        if constexpr (!is_plain) {
            place_ = std::make_unique<place>(std::move(owner));
            address_ = place_.get();
            // [sent]: for ThreadSanitizer, which does not see inside the library
            place_->sent.store(true, std::memory_order_release);
        }
    }
    ~letter() {
        if constexpr (!is_plain) {
            if (place_ != nullptr) {
                owner_ = std::move(place_->value);
            }
        }
    }
    letter(const letter&) = delete;
    letter& operator=(const letter&) = delete;

    const void* bytes() const noexcept {
        if constexpr (is_plain) {
            return &owner_;
        } else {
            return &address_;
        }
    }
    void is_sent() noexcept { static_cast<void>(place_.release()); }

    /// Reads a message that has arrived.
    static void open(const void* bytes, T& out) {
        if constexpr (is_plain) {
            std::memcpy(&out, bytes, size);
        } else {
            place* arrived = nullptr;
            std::memcpy(&arrived, bytes, size);
            const std::unique_ptr<place> mine(arrived);
            mine->sent.load(std::memory_order_acquire);  // [sent]
            out = std::move(mine->value);
        }
    }

private:
    T& owner_;
    std::unique_ptr<place> place_;
    place* address_ = nullptr;
};

}  // namespace handoff::impls::detail
