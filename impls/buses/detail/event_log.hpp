// One log of events for any number of readers, each of which has a place of its own in it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "../../atomic.hpp"
#include "../../detail/cache_line.hpp"

namespace handoff::impls::detail {

/// Whoever appends, or makes a reader, has the owner's lock. Readers read without it, each in one thread at a
/// time. What all readers have read is freed, a full block at a time; the slowest one decides how much is kept.
template <class Event>
class event_log {
    static constexpr std::size_t block_size = in_model ? 2 : 256;

    /// A part of the log. It goes when nobody owns it any more: neither a reader, nor the end of the log, nor
    /// the block before it.
    struct block {
        alignas(cache_line) atomic<std::size_t> written{0};  // events that may be read
        std::array<Event, block_size> events{};
        block* next = nullptr;  // set before the last event may be read
        atomic<std::size_t> owners{1};
    };

public:
    /// Keeps a block, and all that come after it.
    class owned_block {
    public:
        /// Of none.
        owned_block() noexcept = default;
        /// Of a block that counts this owner already.
        explicit owned_block(block* mine) noexcept : mine_(mine) {}
        owned_block(const owned_block& other) noexcept : mine_(shared(other.mine_)) {}
        owned_block(owned_block&& other) noexcept : mine_(std::exchange(other.mine_, nullptr)) {}
        owned_block& operator=(owned_block other) noexcept {
            std::swap(mine_, other.mine_);
            return *this;
        }
        /// One block after the other: a long chain would not go by recursion.
        ~owned_block() {
            // acq_rel [owned]: what the others read of it is read before it goes
            while (mine_ != nullptr && mine_->owners.fetch_sub(1, std::memory_order_acq_rel) == 1) {
                block* const next = mine_->next;
                delete mine_;
                mine_ = next;
            }
        }

        block& operator*() const noexcept { return *mine_; }
        block* operator->() const noexcept { return mine_; }
        /// To the next block, which there is.
        void advance() noexcept { *this = owned_block(shared(mine_->next)); }

    private:
        static block* shared(block* one) noexcept {
            if (one != nullptr) {
                one->owners.fetch_add(1, std::memory_order_relaxed);  // relaxed: the caller has an owner of it
            }
            return one;
        }

        block* mine_ = nullptr;
    };

    class reader {
    public:
        /// Events that may be read now, or some of them.
        std::size_t unread() const noexcept {
            return at_->written.load(std::memory_order_acquire) - read_;  // [written]
        }
        /// Of those that are unread; 0: the next one.
        const Event& operator[](std::size_t i) const noexcept { return at_->events[read_ + i]; }
        /// Has read so many of them.
        void pass(std::size_t count) noexcept {
            read_ += count;
            if (read_ == block_size) {
                at_.advance();
                read_ = 0;
            }
        }

    private:
        friend event_log;
        reader(const owned_block& at, std::size_t read) noexcept : at_(at), read_(read) {}

        owned_block at_;
        std::size_t read_;  // of that block
    };

    /// `passed`: gets the block that the log's end leaves, if it leaves one. The caller drops it without the
    /// lock: where no reader has it, its events go with it, and their destructors are the user's.
    void append(const Event& event, owned_block& passed) {
        block& last = *tail_;
        // relaxed: the owner's lock protects it
        const std::size_t place = last.written.load(std::memory_order_relaxed);
        last.events[place] = event;
        if (place + 1 == block_size) {
            last.next = new block;
        }
        ++size_;
        last.written.store(place + 1, std::memory_order_release);  // [written]: the event, and the next block
        if (place + 1 == block_size) {
            passed = tail_;
            tail_.advance();
        }
    }

    /// Reads what is appended from now on.
    reader end() const noexcept {
        // relaxed: the owner's lock protects it
        return {tail_, tail_->written.load(std::memory_order_relaxed)};
    }

    /// Events that were ever appended.
    std::uint64_t size() const noexcept { return size_; }

private:
    owned_block tail_{new block};
    std::uint64_t size_ = 0;
};

}  // namespace handoff::impls::detail
