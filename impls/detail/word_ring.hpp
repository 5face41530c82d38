// Rings of words that one thread writes while others may read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <type_traits>
#include <vector>

#include "../atomic.hpp"
#include "cache_line.hpp"

namespace handoff::impls::detail {

/// Slots found by an index that only grows, modulo a power of two. Every access is atomic and relaxed unless it
/// says otherwise: who reads what an owner writes may be told so only afterwards, by the index that he fails to
/// claim, and throws the value away. Not filled beforehand: pages that no item reaches are never touched.
template <class T>
class word_ring {
    static_assert(std::is_trivially_copyable_v<T> && atomic_ref<T>::is_always_lock_free);

public:
    explicit word_ring(std::size_t capacity)
        : mask_(capacity - 1),
          slots_(static_cast<T*>(::operator new(capacity * sizeof(T), std::align_val_t{cache_line}))) {}
    ~word_ring() { ::operator delete(slots_, std::align_val_t{cache_line}); }
    word_ring(const word_ring&) = delete;
    word_ring& operator=(const word_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    T load(std::uint64_t at, std::memory_order order = std::memory_order_relaxed) const noexcept {
        return atomic_ref<T>(slots_[at & mask_]).load(order);
    }
    void store(std::uint64_t at, T value, std::memory_order order = std::memory_order_relaxed) noexcept {
        atomic_ref<T>(slots_[at & mask_]).store(value, order);
    }

private:
    const std::size_t mask_;
    T* const slots_;
};

/// A ring that its owner replaces by one twice as large. Outgrown rings stay until the end, for thieves that
/// still read them: each is half of the next, so together they are smaller than the one in use.
template <class T>
class growing_ring {
public:
    explicit growing_ring(std::size_t capacity) {
        rings_.push_back(std::make_unique<word_ring<T>>(capacity));
        current_.store(rings_.back().get(), std::memory_order_relaxed);  // relaxed: nobody else is here yet
    }

    /// The owner's view.
    word_ring<T>& mine() const noexcept {
        return *current_.load(std::memory_order_relaxed);  // relaxed: only the owner writes it
    }
    /// A thief's view: the ring of the moment, or a later one.
    const word_ring<T>& seen() const noexcept {
        return *current_.load(
            std::memory_order_acquire);  // [grown]: the ring and the items that were moved there
    }

    /// Moves the items [first, last) to a ring twice as large. Called by the owner. The outgrown ring is not
    /// written again: whoever may take an item that was there when it was outgrown finds it there still.
    word_ring<T>& grow(std::uint64_t first, std::uint64_t last) {
        const word_ring<T>& outgrown = mine();
        rings_.push_back(std::make_unique<word_ring<T>>(2 * outgrown.capacity()));
        word_ring<T>& larger = *rings_.back();
        for (std::uint64_t i = first; i != last; ++i) {
            larger.store(i, outgrown.load(i));
        }
        current_.store(&larger, std::memory_order_release);  // [grown]
        return larger;
    }

private:
    atomic<word_ring<T>*> current_;
    std::vector<std::unique_ptr<word_ring<T>>> rings_;  // the owner's
};

}  // namespace handoff::impls::detail
