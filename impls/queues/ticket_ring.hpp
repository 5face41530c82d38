// Ring in which a push and a pop each draw a number by fetch-add, which never fails, and wait for its turn at
// the slot of that number: who comes first is served first.
//
// Source: the ring of turns is that of Rigtorp's MPMCQueue and of folly's. How a thread gives its number back
// that has been told to wait no longer, which both lack, is ours.
//
// Progress: blocking: who has drawn a number holds up the operation of the other side that has the same one,
//           and the next one at its slot.
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once.
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
/// Who is interrupted while it waits must not keep its number, for nobody else has it. A pop returns it, and
/// from then on whoever pops looks among the returned numbers first, for the oldest whose item is there. A push
/// leaves a hole: when the turn has come to it, it goes on to the push of the next lap, and the pop of the same
/// number, whose turn has then passed, draws another one. Both are rare and stand behind a lock.
template <nothrow_movable T>
class ticket_ring {
    /// So often does a wait look before it sleeps.
    static constexpr int looks_before_sleep = in_model ? 0 : 128;

    /// A number that was given back, or is at hand to be.
    struct number {
        std::uint64_t is = 0;
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
    }
    ticket_ring(const ticket_ring&) = delete;
    ticket_ring& operator=(const ticket_ring&) = delete;

    std::size_t capacity() const noexcept { return mask_ + 1; }

    class producer_handle {
    public:
        explicit producer_handle(ticket_ring& queue) : queue_(&queue), spare_(std::make_unique<number>()) {}

        bool try_push(T&& value) { return queue_->try_push(value); }
        /// False when interrupted.
        bool wait_push(T&& value) {
            if (spare_ == nullptr) {
                spare_ = std::make_unique<number>();
            }
            return queue_->wait_push(value, spare_);
        }

    private:
        ticket_ring* queue_;
        std::unique_ptr<number> spare_;
    };

    class consumer_handle {
    public:
        explicit consumer_handle(ticket_ring& queue) : queue_(&queue), spare_(std::make_unique<number>()) {}

        bool try_pop(T& out) { return queue_->try_pop(out); }
        /// False when interrupted.
        bool wait_pop(T& out) {
            if (spare_ == nullptr) {
                spare_ = std::make_unique<number>();
            }
            return queue_->wait_pop(out, spare_);
        }

    private:
        ticket_ring* queue_;
        std::unique_ptr<number> spare_;
    };

    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

    /// Wakes all who wait now.
    void interrupt() {
        interrupts_.fetch_add(1, std::memory_order_release);  // [interrupt]
        for (std::size_t i = 0; i < capacity(); ++i) {
            // [interrupt]: who marks the turn behind us sees the count; who had marked it before is woken
            if ((slots_[i].turn.fetch_and(~asleep, std::memory_order_acq_rel) & asleep) != 0) {
                detail::futex_wake(word_of(slots_[i]), INT_MAX);
            }
        }
    }

private:
    // A turn: the lap, whether it is its pop's, and whether somebody sleeps until it moves.
    using turn = std::uint32_t;
    static constexpr turn asleep = 1;
    static constexpr turn pops = 2;
    turn turn_to_push(std::uint64_t of) const noexcept { return static_cast<turn>(of >> lap_bits_) * 4; }
    turn turn_to_pop(std::uint64_t of) const noexcept { return turn_to_push(of) | pops; }
    turn turn_behind(std::uint64_t popped) const noexcept { return turn_to_push(popped + capacity()); }
    /// By difference: laps wrap.
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
        // [turn]: what was done with the slot until now. seq_cst: [hole]
        if ((at.turn.exchange(to, std::memory_order_seq_cst) & asleep) != 0) {
            detail::futex_wake(word_of(at), INT_MAX);
        }
    }

    enum class end { came, passed, interrupted };

    /// Waits for a turn, until interrupts are no longer as many as `seen`.
    end await(slot& at, turn mine, std::uint32_t seen) noexcept {
        for (int looks = 0;; ++looks) {
            turn now = at.turn.load(std::memory_order_acquire);  // [turn]
            if ((now & ~asleep) == mine) {
                return end::came;
            }
            if (has_passed(mine, now & ~asleep)) {
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

    void fill(std::uint64_t mine, T& value) {
        slot& at = slot_of(mine);
        std::construct_at(&at.value, std::move(value));
        pass(at, turn_to_pop(mine));
    }

    void empty(std::uint64_t mine, T& out) {
        slot& at = slot_of(mine);
        out = std::move(at.value);
        std::destroy_at(&at.value);
        pass(at, turn_behind(mine));
        // [hole]: of the move of the turn and the count of holes one is first, so that either we see the hole,
        // or whoever leaves it sees that its turn has come.
        if (holes_.load(std::memory_order_seq_cst) != 0) {
            close_holes_now();
        }
    }

    [[gnu::noinline]] void close_holes_now() noexcept {
        const std::lock_guard guard(lost_);
        close_holes();
    }

    bool try_push(T& value) {
        for (;;) {
            std::uint64_t next = tail_.load(std::memory_order_relaxed);  // relaxed: the exchange confirms it
            const turn now = slot_of(next).turn.load(std::memory_order_acquire) & ~asleep;  // [turn]
            if (now == turn_to_push(next)) {
                // relaxed, both: a number; the turns order what is in the slots
                if (tail_.compare_exchange_strong(next, next + 1, std::memory_order_relaxed,
                                                  std::memory_order_relaxed)) {
                    fill(next, value);
                    return true;
                }
            } else if (tail_.load(std::memory_order_relaxed) == next) {  // relaxed: compared only
                return false;
            }
        }
    }

    bool wait_push(T& value, std::unique_ptr<number>& spare) {
        const std::uint32_t seen = interrupts_.load(std::memory_order_relaxed);    // relaxed: compared only
        const std::uint64_t mine = tail_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
        // A push's turn passes only where it has left a hole.
        if (await(slot_of(mine), turn_to_push(mine), seen) == end::came) {
            fill(mine, value);
            return true;
        }
        const std::lock_guard guard(lost_);
        insert(left_out_, mine, spare);
        holes_.fetch_add(1, std::memory_order_seq_cst);  // [hole]
        close_holes();
        return false;
    }

    bool try_pop(T& out) {
        if (std::uint64_t mine = 0; take_back(mine, nullptr)) {
            empty(mine, out);
            return true;
        }
        for (;;) {
            std::uint64_t next = head_.load(std::memory_order_relaxed);  // relaxed: the exchange confirms it
            const turn now = slot_of(next).turn.load(std::memory_order_acquire) & ~asleep;  // [turn]
            const bool is_there = now == turn_to_pop(next);
            if (is_there || has_passed(turn_to_pop(next), now)) {
                // Where it has passed, others have popped it or it is a hole. relaxed, both: a number
                if (head_.compare_exchange_strong(next, next + 1, std::memory_order_relaxed,
                                                  std::memory_order_relaxed) &&
                    is_there) {
                    empty(or_an_older_one(next), out);
                    return true;
                }
            } else if (head_.load(std::memory_order_relaxed) == next) {  // relaxed: compared only
                return false;
            }
        }
    }

    bool wait_pop(T& out, std::unique_ptr<number>& spare) {
        const std::uint32_t seen = interrupts_.load(std::memory_order_relaxed);  // relaxed: compared only
        for (;;) {
            std::uint64_t mine = 0;
            if (!take_back(mine, &spare)) {
                mine = head_.fetch_add(1, std::memory_order_relaxed);  // relaxed: a number
            }
            end how = await(slot_of(mine), turn_to_pop(mine), seen);
            if (how == end::interrupted) {
                how = give_back(mine, spare);
            }
            if (how == end::came) {
                empty(or_an_older_one(mine), out);
                return true;
            }
            if (how == end::interrupted) {
                return false;
            }
        }
    }

    // Numbers that were given back, the oldest first. Who calls these has the lock, or they say otherwise.
    using numbers = std::unique_ptr<number>;

    static bool is_before(std::uint64_t one, std::uint64_t other) noexcept {
        return static_cast<std::int64_t>(one - other) < 0;
    }
    static void insert(numbers& into, std::uint64_t is, numbers& node) noexcept {
        numbers* link = &into;
        while (*link != nullptr && is_before((*link)->is, is)) {
            link = &(*link)->next;
        }
        node->is = is;
        node->next = std::exchange(*link, nullptr);
        *link = std::move(node);
    }
    static numbers remove(numbers& link) noexcept {
        numbers node = std::move(link);
        link = std::move(node->next);
        return node;
    }

    /// Goes on from the holes whose turn has come.
    void close_holes() noexcept {
        for (numbers* link = &left_out_; *link != nullptr;) {
            const std::uint64_t hole = (*link)->is;
            // [hole]
            if ((slot_of(hole).turn.load(std::memory_order_seq_cst) & ~asleep) == turn_to_push(hole)) {
                remove(*link);
                // relaxed: a hole too many is looked for in vain
                holes_.fetch_sub(1, std::memory_order_relaxed);
                pass(slot_of(hole), turn_behind(hole));
            } else {
                link = &(*link)->next;
            }
        }
    }

    /// A pop's number, when it was interrupted. `came`: its item is there, and the number is the caller's
    /// again. Takes the lock.
    end give_back(std::uint64_t mine, numbers& spare) noexcept {
        const std::lock_guard guard(lost_);
        insert(back_, mine, spare);
        returned_.fetch_add(1, std::memory_order_relaxed);  // relaxed: [back]
        // [back]: a push that fills the slot later sees the count, and so do pops of what is pushed behind it.
        const turn now = slot_of(mine).turn.fetch_add(0, std::memory_order_acq_rel) & ~asleep;
        const end how = now == turn_to_pop(mine)             ? end::came
                        : has_passed(turn_to_pop(mine), now) ? end::passed
                                                             : end::interrupted;
        if (how != end::interrupted) {
            numbers* link = &back_;
            while ((*link)->is != mine) {
                link = &(*link)->next;
            }
            spare = remove(*link);
            returned_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: the lock orders it
        }
        return how;
    }

    /// The oldest number that was given back: for those who wait (`spare`) of all, for others of those whose
    /// item is there. Takes the lock, if there is any.
    bool take_back(std::uint64_t& mine, numbers* spare) noexcept {
        if (returned_.load(std::memory_order_relaxed) == 0) {  // relaxed: see `or_an_older_one`
            return false;
        }
        const std::lock_guard guard(lost_);
        for (numbers* link = &back_; *link != nullptr;) {
            mine = (*link)->is;
            const turn now = slot_of(mine).turn.load(std::memory_order_acquire) & ~asleep;  // [turn]
            if (has_passed(turn_to_pop(mine), now)) {
                drop(*link);  // a hole
            } else if (spare != nullptr || now == turn_to_pop(mine)) {
                numbers node = drop(*link);
                if (spare != nullptr) {
                    *spare = std::move(node);
                }
                return true;
            } else {
                link = &(*link)->next;
            }
        }
        return false;
    }

    /// Which one to take, when the caller has a number whose item is there: an older one that was given back
    /// and whose item is there, too, comes first. Takes the lock, if there is any.
    std::uint64_t or_an_older_one(std::uint64_t mine) noexcept {
        // relaxed: if an older number's push had ended when ours began, we see the count that it saw ([back])
        if (returned_.load(std::memory_order_relaxed) == 0) {
            return mine;
        }
        const std::lock_guard guard(lost_);
        for (numbers* link = &back_; *link != nullptr && is_before((*link)->is, mine); link = &(*link)->next) {
            const std::uint64_t older = (*link)->is;
            const turn now = slot_of(older).turn.load(std::memory_order_acquire) & ~asleep;  // [turn]
            if (now == turn_to_pop(older)) {
                numbers node = remove(*link);
                insert(back_, mine, node);
                return older;
            }
        }
        return mine;
    }

    numbers drop(numbers& link) noexcept {
        returned_.fetch_sub(1, std::memory_order_relaxed);  // relaxed: the lock orders it
        return remove(link);
    }

    alignas(detail::cache_line) atomic<std::uint64_t> tail_{detail::first_index<T>};
    alignas(detail::cache_line) atomic<std::uint64_t> head_{detail::first_index<T>};
    alignas(detail::cache_line) const std::size_t mask_;
    const unsigned lap_bits_;
    detail::slots<slot> slots_;
    atomic<std::uint32_t> interrupts_{0};
    atomic<std::uint32_t> returned_{0};  ///< numbers in `back_`
    atomic<std::uint32_t> holes_{0};     ///< and in `left_out_`
    mutex lost_;
    numbers back_;
    numbers left_out_;
};

}  // namespace handoff::impls
