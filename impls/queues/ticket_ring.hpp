// Ring in which a push and a pop each draw a number by fetch-add, which never fails, and wait for its turn at
// the slot of that number.
//
// Source: the ring of turns is that of Rigtorp's MPMCQueue and of folly's. How a thread that is to wait no
// longer gives its number up, which both lack, is ours.
//
// Progress: blocking: who has drawn a number holds up the operation of the other side that has the same one,
//           and the next one at its slot.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once. A push that was interrupted may cost a place for a lap.
// Cost:     2 RMW per push and per pop (fetch-add of the number, exchange of the slot's turn); a futex call
//           where the other side sleeps.
#pragma once

#include <bit>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/first_index.hpp"
#include "../detail/futex.hpp"
#include "../detail/mutex.hpp"
#include "../detail/slots.hpp"

namespace handoff::impls {

/// A slot's turn goes from the push of one number to the pop of the same, and on to the push one lap later.
///
/// Who is interrupted while it waits gives its number up, and nobody else will have it. So the push of a number
/// whose pop has gone takes its value out again and draws another number. A push that has gone leaves a hole:
/// when the turn comes to it, it goes on to the push of the next lap, and the pop of the same number, whose
/// turn has then passed, draws another one. Both are rare and stand behind a lock; whoever moves a turn on
/// looks whether there is any.
template <nothrow_movable T>
class ticket_ring {
    /// So often does a wait look before it sleeps.
    static constexpr int looks_before_sleep = in_model ? 0 : 128;

    /// A number that was given up, or is at hand to be.
    struct number {
        std::uint64_t is = 0;
        bool is_passed_over = false;  ///< a hole that pops have passed over before its turn came
        std::unique_ptr<number> next;
    };

public:
    using value_type = T;
    static constexpr std::string_view name = "ticket_ring";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto empty_is = refusal_rule::held_up;
    static constexpr auto full_is = refusal_rule::held_up;

    explicit ticket_ring(std::size_t capacity)
        : mask_(capacity - 1), lap_bits_(static_cast<unsigned>(std::countr_zero(capacity))), slots_(capacity) {
        for (std::size_t i = 0; i < capacity; ++i) {
            slots_.construct(i, turn_to_push(detail::first_index<T> + i));
        }
    }
    ~ticket_ring() {
        for (std::size_t i = 0; i < capacity(); ++i) {
            // relaxed: no threads are left
            if ((slots_[i].turn.load(std::memory_order_relaxed) & pops) != 0) {
                std::destroy_at(&slots_[i].value);
            }
        }
        for (numbers* all : {&gone_, &holes_}) {
            while (*all != nullptr) {
                remove(*all);  // one by one: they could be more than a stack has room for
            }
        }
    }
    ticket_ring(const ticket_ring&) = delete;
    ticket_ring& operator=(const ticket_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    /// A thread's end of the queue.
    class handle {
    public:
        explicit handle(ticket_ring& queue) : queue_(&queue) {}

        bool try_push(T&& value) { return queue_->try_push(value); }
        bool try_pop(T& out) { return queue_->try_pop(out); }
        /// False when interrupted.
        bool wait_push(T&& value) { return queue_->wait_push(value, spare()); }
        /// False when interrupted.
        bool wait_pop(T& out) { return queue_->wait_pop(out, spare()); }

    private:
        std::unique_ptr<number>& spare() {
            if (spare_ == nullptr) {
                spare_ = std::make_unique<number>();
            }
            return spare_;
        }

        ticket_ring* queue_;
        std::unique_ptr<number> spare_ = std::make_unique<number>();
    };

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

    /// Wakes all who wait now.
    void interrupt() {
        interrupts_.fetch_add(1, std::memory_order_release);  // [interrupt]
        for (std::size_t i = 0; i < capacity(); ++i) {
            turn before = slots_[i].turn.load(std::memory_order_relaxed);  // relaxed: the exchange confirms it
            // [interrupt]: who marks the turn behind us sees the count; who had marked it before is woken, or
            // finds another word than the one that it was to sleep on. relaxed on failure: it is read again
            while (!slots_[i].turn.compare_exchange_weak(
                before, (before & turns) | ((before + one_interrupt) & interrupts), std::memory_order_acq_rel,
                std::memory_order_relaxed)) {
            }
            if ((before & asleep) != 0) {
                detail::futex_wake(word_of(slots_[i]), INT_MAX);
            }
        }
    }

private:
    // A slot's word: whether somebody sleeps until it changes, interrupts since the turn came (they wrap), and
    // the turn: whether it is the pop's, and the lap, which wraps.
    using turn = std::uint32_t;
    static constexpr turn asleep = 1;
    static constexpr turn one_interrupt = 2;
    static constexpr turn interrupts = 0x1fe;
    static constexpr turn pops = 0x200;
    static constexpr turn one_lap = 0x400;
    static constexpr turn turns = ~(interrupts | asleep);
    turn turn_to_push(std::uint64_t of) const noexcept { return static_cast<turn>(of >> lap_bits_) * one_lap; }
    turn turn_to_pop(std::uint64_t of) const noexcept { return turn_to_push(of) | pops; }
    turn turn_behind(std::uint64_t popped) const noexcept { return turn_to_push(popped + capacity()); }
    /// By difference. Who waits for a turn keeps its slot from going on, and who only tries confirms what it
    /// saw by the number: no turn is compared with one that is millions of laps away.
    static bool has_passed(turn one, turn now) noexcept { return static_cast<std::int32_t>(now - one) > 0; }

    struct slot {
        explicit slot(typename ticket_ring::turn first) : turn(first) {}
        ~slot() {}  // values begin their lives in pushes and end them in pops or in the ring's destructor
        atomic<typename ticket_ring::turn> turn;
        union {
            T value;
        };
    };
    slot& slot_of(std::uint64_t of) noexcept { return slots_[of & mask_]; }
    static const std::uint32_t* word_of(const slot& of) noexcept {
        return reinterpret_cast<const std::uint32_t*>(&of.turn);
    }

    /// Moves the turn on and wakes who sleeps there.
    static void pass(slot& at, turn to) noexcept {
        // [turn]: what was done with the slot until now. seq_cst: [given up]
        if ((at.turn.exchange(to, std::memory_order_seq_cst) & asleep) != 0) {
            detail::futex_wake(word_of(at), INT_MAX);
        }
    }

    enum class end { came, passed, interrupted };

    /// Waits for a turn, until interrupts are no longer as many as `seen`.
    end await(slot& at, turn mine, std::uint32_t seen) noexcept {
        for (int looks = 0;; ++looks) {
            turn now = at.turn.load(std::memory_order_acquire);  // [turn]
            if ((now & turns) == mine) {
                return end::came;
            }
            if (has_passed(mine, now & turns)) {
                return end::passed;
            }
            if (interrupts_.load(std::memory_order_relaxed) != seen) {  // relaxed: a hint; it is read again
                return end::interrupted;
            }
            if (looks < looks_before_sleep) {
                detail::cpu_relax();
                continue;
            }
            // [interrupt], on success. relaxed on failure: it is read again
            if (!at.turn.compare_exchange_weak(now, now | asleep, std::memory_order_acq_rel,
                                               std::memory_order_relaxed)) {
                continue;
            }
            if (interrupts_.load(std::memory_order_relaxed) != seen) {  // relaxed: [interrupt] is the turn's
                return end::interrupted;
            }
            detail::futex_wait(word_of(at), now | asleep, detail::no_deadline);
        }
    }

    /// False: the pop of this number has gone, and the value is the caller's again.
    bool fill(std::uint64_t mine, T& value) {
        slot& at = slot_of(mine);
        std::construct_at(&at.value, std::move(value));
        pass(at, turn_to_pop(mine));
        // [given up]: of the move of the turn and the count one is first, so that either we see the count, or
        // whoever gives a number up sees how far its turn has come. The lock then says who of both sees to it.
        return given_up_.load(std::memory_order_seq_cst) == 0 || !take_out_again(mine, value);
    }

    void empty(std::uint64_t mine, T& out) {
        slot& at = slot_of(mine);
        out = std::move(at.value);
        std::destroy_at(&at.value);
        pass(at, turn_behind(mine));
        if (given_up_.load(std::memory_order_seq_cst) != 0) {  // [given up]
            const std::lock_guard guard(lost_);
            close_holes();
        }
    }

    bool try_push(T& value) {
        for (;;) {
            std::uint64_t next = tail_.load(std::memory_order_relaxed);  // relaxed: the exchange confirms it
            const turn now = slot_of(next).turn.load(std::memory_order_acquire) & turns;  // [turn]
            if (now == turn_to_push(next)) {
                // relaxed, both: a number; the turns order what is in the slots
                if (tail_.compare_exchange_strong(next, next + 1, std::memory_order_relaxed,
                                                  std::memory_order_relaxed) &&
                    fill(next, value)) {
                    return true;
                }
            } else if (tail_.load(std::memory_order_relaxed) == next) {  // relaxed: compared only
                return false;
            }
        }
    }

    bool wait_push(T& value, std::unique_ptr<number>& spare) {
        const std::uint32_t seen = interrupts_.load(std::memory_order_relaxed);  // relaxed: compared only
        for (;;) {
            const std::uint64_t mine = tail_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
            // A push's turn passes only where it has left a hole.
            if (await(slot_of(mine), turn_to_push(mine), seen) == end::interrupted &&
                give_up_push(mine, spare) == end::interrupted) {
                return false;
            }
            if (fill(mine, value)) {
                return true;
            }
        }
    }

    bool try_pop(T& out) {
        for (;;) {
            std::uint64_t next = head_.load(std::memory_order_relaxed);  // relaxed: the exchange confirms it
            const turn now = slot_of(next).turn.load(std::memory_order_acquire) & turns;  // [turn]
            const bool is_there = now == turn_to_pop(next);
            if (is_there || has_passed(turn_to_pop(next), now)) {
                // Where it has passed, others have popped it or it was a hole. relaxed, both: a number
                if (head_.compare_exchange_strong(next, next + 1, std::memory_order_relaxed,
                                                  std::memory_order_relaxed) &&
                    is_there) {
                    empty(next, out);
                    return true;
                }
            } else if (head_.load(std::memory_order_relaxed) == next &&  // relaxed: compared only
                       !passes_over_hole(next)) {
                return false;
            }
        }
    }

    bool wait_pop(T& out, std::unique_ptr<number>& spare) {
        const std::uint32_t seen = interrupts_.load(std::memory_order_relaxed);  // relaxed: compared only
        for (;;) {
            const std::uint64_t mine = head_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
            end how = await(slot_of(mine), turn_to_pop(mine), seen);
            if (how == end::interrupted) {
                how = give_up_pop(mine, spare);
            }
            if (how == end::came) {
                empty(mine, out);
                return true;
            }
            if (how == end::interrupted) {
                return false;
            }
        }
    }

    // Numbers that were given up, the oldest first.
    using numbers = std::unique_ptr<number>;

    static bool is_before(std::uint64_t one, std::uint64_t other) noexcept {
        return static_cast<std::int64_t>(one - other) < 0;
    }
    /// Where a number stands, or would.
    static numbers* find(numbers& all, std::uint64_t is) noexcept {
        numbers* link = &all;
        while (*link != nullptr && is_before((*link)->is, is)) {
            link = &(*link)->next;
        }
        return link;
    }
    static bool has(const numbers& link, std::uint64_t is) noexcept {
        return link != nullptr && link->is == is;
    }
    static numbers remove(numbers& link) noexcept {
        numbers node = std::move(link);
        link = std::move(node->next);
        return node;
    }

    // Under the lock, all of these:
    void add(numbers& to, std::uint64_t is, numbers& node) noexcept {
        numbers* const link = find(to, is);
        node->is = is;
        node->is_passed_over = false;
        node->next = std::move(*link);
        *link = std::move(node);
        given_up_.fetch_add(1, std::memory_order_seq_cst);  // [given up]
    }
    numbers drop(numbers& link) noexcept {
        given_up_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: one too many is looked for in vain
        return remove(link);
    }
    /// Goes on from the holes whose turn has come.
    void close_holes() noexcept {
        for (numbers* link = &holes_; *link != nullptr;) {
            const std::uint64_t hole = (*link)->is;
            slot& at = slot_of(hole);
            if ((at.turn.load(std::memory_order_seq_cst) & turns) != turn_to_push(hole)) {  // [given up]
                link = &(*link)->next;
                continue;
            }
            drop(*link);
            if (numbers* const pop = find(gone_, hole); has(*pop, hole)) {
                drop(*pop);
            }
            pass(at, turn_behind(hole));
        }
    }

    /// The number of a push that was interrupted. `came`: its turn has come after all.
    end give_up_push(std::uint64_t mine, numbers& spare) noexcept {
        const std::lock_guard guard(lost_);
        add(holes_, mine, spare);
        const turn now = slot_of(mine).turn.load(std::memory_order_seq_cst) & turns;  // [turn], [given up]
        if (now == turn_to_push(mine)) {
            spare = drop(*find(holes_, mine));
            return end::came;
        }
        // Each hole costs a place until its turn has come. The last numbers that were drawn can be drawn again,
        // for their pops, if there are any, wait for that. relaxed: numbers
        for (std::uint64_t last = tail_.load(std::memory_order_relaxed) - 1;; --last) {
            numbers* const link = find(holes_, last);
            std::uint64_t end = last + 1;
            if (!has(*link, last) || (*link)->is_passed_over ||
                !tail_.compare_exchange_strong(end, last, std::memory_order_relaxed,
                                               std::memory_order_relaxed)) {
                return end::interrupted;
            }
            drop(*link);
        }
    }

    /// The number of a pop that was interrupted. `came`: its item is there after all, and the caller's.
    end give_up_pop(std::uint64_t mine, numbers& spare) noexcept {
        const std::lock_guard guard(lost_);
        add(gone_, mine, spare);
        const turn now = slot_of(mine).turn.load(std::memory_order_seq_cst) & turns;  // [turn], [given up]
        if (now != turn_to_pop(mine) && !has_passed(turn_to_pop(mine), now)) {
            return end::interrupted;
        }
        spare = drop(*find(gone_, mine));
        return now == turn_to_pop(mine) ? end::came : end::passed;
    }

    // Without the lock, these:

    /// Whether the pop of a number that was filled has gone. Then the value is out again, and the turn passed.
    [[gnu::noinline]] bool take_out_again(std::uint64_t mine, T& value) noexcept {
        const std::lock_guard guard(lost_);
        numbers* const link = find(gone_, mine);
        if (!has(*link, mine)) {
            return false;
        }
        drop(*link);
        slot& at = slot_of(mine);
        value = std::move(at.value);
        std::destroy_at(&at.value);
        pass(at, turn_behind(mine));
        close_holes();
        return true;
    }

    /// Whether the next number to pop is a hole. Then pops go on behind it, though its turn has not come.
    [[gnu::noinline]] bool passes_over_hole(std::uint64_t next) noexcept {
        // relaxed: a hole that is not seen hides pushes which nobody knows to have returned
        if (given_up_.load(std::memory_order_relaxed) == 0) {
            return false;
        }
        const std::lock_guard guard(lost_);
        numbers* const hole = find(holes_, next);
        if (!has(*hole, next)) {
            return false;
        }
        // relaxed, both: a number
        if (head_.compare_exchange_strong(next, next + 1, std::memory_order_relaxed,
                                          std::memory_order_relaxed)) {
            (*hole)->is_passed_over = true;
        }
        return true;
    }

    alignas(detail::cache_line) atomic<std::uint64_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) atomic<std::uint64_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    const unsigned lap_bits_;
    detail::slots<slot> slots_;
    atomic<std::uint32_t> interrupts_{0};
    atomic<std::uint32_t> given_up_{0};  ///< numbers in the two lists
    mutex lost_;
    numbers gone_;   ///< of pops
    numbers holes_;  ///< of pushes
};

}  // namespace handoff::impls
