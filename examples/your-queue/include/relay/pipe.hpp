// A bounded queue for any number of threads, with the interface of folly::MPMCQueue: `write` and `read` try
// once and may fail because another thread was faster; `writeIfNotFull` and `readIfNotEmpty` fail only for the
// reason in their names. The ring is Vyukov's: a slot's turn says who may use it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace relay {

template <class T>
class Pipe {
public:
    /// `size` is a power of two.
    explicit Pipe(std::size_t size) : size_(size), slots_(std::make_unique<Slot[]>(size)) {
        for (std::size_t i = 0; i < size; ++i) {
            slots_[i].turn.store(i, std::memory_order_relaxed);  // no other thread is here yet
        }
    }

    bool write(T&& value) { return add(std::move(value)) == Outcome::done; }
    bool writeIfNotFull(T&& value) {
        Outcome outcome;
        while ((outcome = add(std::move(value))) == Outcome::lost) {
        }
        return outcome == Outcome::done;
    }

    bool read(T& value) { return take(value) == Outcome::done; }
    bool readIfNotEmpty(T& value) {
        Outcome outcome;
        while ((outcome = take(value)) == Outcome::lost) {
        }
        return outcome == Outcome::done;
    }

    std::size_t capacity() const { return size_; }

private:
    enum class Outcome { done, refused, lost };
    struct Slot {
        std::atomic<std::size_t> turn;
        T value{};
    };

    /// `value` is moved from only where this is done.
    Outcome add(T&& value) {
        std::size_t at = tail_.load(std::memory_order_relaxed);  // a guess, which the slot's turn confirms
        Slot& slot = slots_[at % size_];
        const auto ahead = static_cast<std::intptr_t>(slot.turn.load(std::memory_order_acquire) - at);
        if (ahead != 0) {
            return ahead < 0 ? Outcome::refused : Outcome::lost;
        }
        if (!tail_.compare_exchange_strong(at, at + 1, std::memory_order_relaxed)) {
            return Outcome::lost;
        }
        slot.value = std::move(value);
        slot.turn.store(at + 1, std::memory_order_release);
        return Outcome::done;
    }

    Outcome take(T& value) {
        std::size_t at = head_.load(std::memory_order_relaxed);  // a guess, which the slot's turn confirms
        Slot& slot = slots_[at % size_];
        const auto ahead = static_cast<std::intptr_t>(slot.turn.load(std::memory_order_acquire) - (at + 1));
        if (ahead != 0) {
            return ahead < 0 ? Outcome::refused : Outcome::lost;
        }
        if (!head_.compare_exchange_strong(at, at + 1, std::memory_order_relaxed)) {
            return Outcome::lost;
        }
        value = std::exchange(slot.value, T{});
        slot.turn.store(at + size_, std::memory_order_release);
        return Outcome::done;
    }

    const std::size_t size_;
    std::unique_ptr<Slot[]> slots_;
    alignas(128) std::atomic<std::size_t> tail_{0};
    alignas(128) std::atomic<std::size_t> head_{0};
};

}  // namespace relay
