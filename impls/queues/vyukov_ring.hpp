// Multi-producer multi-consumer ring with a sequence number in every slot.
//
// Source: Vyukov, "Bounded MPMC queue", 1024cores.net, 2010.
//
// Progress: blocking: a thread that stops between claiming a slot and publishing it holds up the thread
//           that needs this very slot, and in the end all. Others are not delayed before that; but try_pop
//           finds nothing while the next push is held up, and try_push no room where a pop is.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
// Cost:     1 RMW (CAS) per operation, also of one in bulk, on an index shared by the operation's side only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class vyukov_ring {
public:
    using value_type = T;
    static constexpr std::string_view name = "vyukov_ring";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;

    explicit vyukov_ring(std::size_t capacity) : mask_(capacity - 1), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i, detail::first_index<T> + i);
        }
    }
    ~vyukov_ring() {
        for (std::size_t i = head_.load(std::memory_order_relaxed);  // relaxed: no threads are left
             slots_[i & mask_].turn.load(std::memory_order_relaxed) == i + 1; ++i) {
            std::destroy_at(&slots_[i & mask_].value);
        }
    }
    vyukov_ring(const vyukov_ring&) = delete;
    vyukov_ring& operator=(const vyukov_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    bool try_push(T&& value) {
        slot* mine;
        // relaxed: a guess that the slot's turn confirms or refutes
        std::size_t at = tail_.load(std::memory_order_relaxed);
        for (;;) {
            mine = &slots_[at & mask_];
            // [freed]: the consumer of the lap before has moved its value out.
            const std::size_t turn = mine->turn.load(std::memory_order_acquire);
            const auto ahead = static_cast<std::intptr_t>(turn - at);
            if (ahead == 0) {
                // relaxed: the claim carries no data; the slot's turn does. On failure `at` is the new guess.
                if (tail_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
                    break;
                }
            } else if (ahead < 0) {
                return false;  // the value of the lap before is still inside: full
            } else {
                at = tail_.load(std::memory_order_relaxed);  // relaxed: as above; others were faster
            }
        }
        std::construct_at(&mine->value, std::move(value));
        mine->turn.store(at + 1, std::memory_order_release);  // [published]
        return true;
    }

    bool try_pop(T& out) {
        slot* mine;
        // relaxed: a guess that the slot's turn confirms or refutes
        std::size_t at = head_.load(std::memory_order_relaxed);
        for (;;) {
            mine = &slots_[at & mask_];
            // [published]: the slot holds the value of this lap.
            const std::size_t turn = mine->turn.load(std::memory_order_acquire);
            const auto ahead = static_cast<std::intptr_t>(turn - (at + 1));
            if (ahead == 0) {
                // relaxed: the claim carries no data; the slot's turn does. On failure `at` is the new guess.
                if (head_.compare_exchange_weak(at, at + 1, std::memory_order_relaxed)) {
                    break;
                }
            } else if (ahead < 0) {
                return false;  // nothing published here yet: empty
            } else {
                at = head_.load(std::memory_order_relaxed);  // relaxed: as above; others were faster
            }
        }
        out = std::move(mine->value);
        std::destroy_at(&mine->value);
        mine->turn.store(at + capacity(), std::memory_order_release);  // [freed]
        return true;
    }

    std::size_t try_push_bulk(T* first, std::size_t count) {
        const auto [at, claimed] = claim(tail_, 0, count);  // [freed]
        for (std::size_t i = 0; i < claimed; ++i) {
            slot& mine = slots_[(at + i) & mask_];
            std::construct_at(&mine.value, std::move(first[i]));
            mine.turn.store(at + i + 1, std::memory_order_release);  // [published]
        }
        return claimed;
    }

    std::size_t try_pop_bulk(T* out, std::size_t count) {
        const auto [at, claimed] = claim(head_, 1, count);  // [published]
        for (std::size_t i = 0; i < claimed; ++i) {
            slot& mine = slots_[(at + i) & mask_];
            out[i] = std::move(mine.value);
            std::destroy_at(&mine.value);
            mine.turn.store(at + i + capacity(), std::memory_order_release);  // [freed]
        }
        return claimed;
    }

private:
    /// Claims as many slots in a row as are ready, up to `count`: those whose turn is `ahead` of their place.
    /// The first place, and how many; none: the first one is not ready.
    std::pair<std::size_t, std::size_t> claim(atomic<std::size_t>& index, std::size_t ahead,
                                              std::size_t count) noexcept {
        // relaxed: a guess that the slots' turns confirm or refute
        std::size_t at = index.load(std::memory_order_relaxed);
        for (;;) {
            std::intptr_t early = 0;
            std::size_t ready = 0;
            for (; ready < count; ++ready) {
                // [published] or [freed], as in try_pop and try_push
                const std::size_t turn = slots_[(at + ready) & mask_].turn.load(std::memory_order_acquire);
                early = static_cast<std::intptr_t>(turn - (at + ready + ahead));
                if (early != 0) {
                    break;
                }
            }
            if (ready > 0) {
                // relaxed: the claim carries no data. A slot that was ready is so until it is claimed.
                if (index.compare_exchange_weak(at, at + ready, std::memory_order_relaxed)) {
                    return {at, ready};
                }
            } else if (early <= 0) {
                return {at, 0};
            } else {
                at = index.load(std::memory_order_relaxed);  // relaxed: as above; others were faster
            }
        }
    }

    // Whose turn a slot is: `i` when the producer of item i may fill it, `i + 1` when the consumer of item i
    // may empty it. Slots are packed: neighbours share a line, and a ring that runs far from full or empty
    // moves several items with each line. They begin at a line's beginning: an array from new[] begins 8 bytes
    // behind one (its length stands there), and then every fourth slot of 16 bytes lies in two lines.
    struct slot {
        atomic<std::size_t> turn;
        union {
            T value;
        };
        explicit slot(std::size_t i) : turn(i) {}
        ~slot() {}  // values begin their lives in try_push and end them in try_pop or in the ring's destructor
    };

    alignas(detail::cache_line) atomic<std::size_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) atomic<std::size_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    detail::slots<slot> slots_;
};

}  // namespace handoff::impls
