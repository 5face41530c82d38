// Where tasks from outside a pool wait for its workers: an unbounded queue of 64-byte slots that tasks are made
// in, run in and destroyed in.
//
// The slot's turn is Vyukov's ("Bounded MPMC queue", 1024cores.net), on segments instead of a ring; that takers
// claim a run of slots at once is guided self-scheduling (Polychronopoulos, Kuck, IEEE Transactions on
// Computers 1987).
//
// Progress: blocking: who stops between its claim and its publication holds up those behind. Never longer than
//           it takes to make a task.
// Order:    FIFO.
// Capacity: unbounded; segments of 63 tasks, used again and never given back while the queue lives.
// Cost:     1 RMW to put a task in, 1 RMW to take a run out, and a lock per segment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <thread>
#include <utility>
#include <vector>

#include "../../atomic.hpp"
#include "../../detail/cache_line.hpp"
#include "../../detail/cpu_relax.hpp"
#include "../../detail/mutex.hpp"
#include "../../detail/task.hpp"

namespace handoff::impls::detail {

class injection_queue {
    static constexpr std::size_t segment_bytes = 4096;
    static constexpr std::uint64_t slots = segment_bytes / sizeof(task) - 1;
    static constexpr std::uint64_t no_number = ~std::uint64_t{0};
    static constexpr std::uint64_t closed_bit = std::uint64_t{1} << 63;

    /// A slot's task is alive always, and empty when the slot is free. `place` of the task of ticket t is t + 1
    /// once it is there, and something less before.
    struct alignas(segment_bytes) segment {
        atomic<std::uint64_t> number{no_number};  // it holds the tickets from number * slots on
        atomic<std::uint64_t> unfinished{0};
        alignas(sizeof(task)) task tasks[slots];
    };
    static_assert(sizeof(segment) == segment_bytes);

    /// Where the segments are that hold tasks: number n at n modulo the size.
    struct directory {
        explicit directory(std::uint64_t size) : mask(size - 1), entries(new atomic<segment*>[size] {}) {}
        atomic<segment*>& operator[](std::uint64_t number) const noexcept { return entries[number & mask]; }

        const std::uint64_t mask;
        const std::unique_ptr<atomic<segment*>[]> entries;
    };

public:
    injection_queue() {
        use(std::make_unique<directory>(64));
        install(0);
    }
    /// Destroys the tasks that are inside.
    ~injection_queue() {
        for (std::size_t i = 0; i < made_; ++i) {
            std::destroy_at(slabs_[i / slab_segments] + i % slab_segments);
        }
        for (segment* slab : slabs_) {
            ::operator delete(slab, std::align_val_t{alignof(segment)});
        }
    }
    injection_queue(const injection_queue&) = delete;
    injection_queue& operator=(const injection_queue&) = delete;

    /// False when closed; `f` is untouched then.
    template <class F>
    bool push(F&& f) {
        if constexpr (!task::cannot_fail<F>) {
            task made(std::forward<F>(f));  // a ticket that is taken has to be used
            return push_made([&](task& slot) { slot = std::move(made); });
        } else {
            return push_made([&](task& slot) { slot.emplace(std::forward<F>(f)); });
        }
    }

    /// Takes tasks from the front, at most `most` of them and about one of `share` that are there, calling
    /// `each(task*)` for those of a run in their order. They stay where they are until they are `finished`. 0:
    /// nothing was there at some moment, or its submitter had not published it yet.
    template <class Each>
    std::uint64_t take(std::uint64_t most, std::uint64_t share, Each&& each) {
        std::uint64_t head = head_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        for (;;) {
            segment* const here = find(head / slots);
            const std::uint64_t first = head % slots;
            if (here == nullptr || !published(*here, first, head)) {
                // Not there; or taken by another and its slot in use again.
                const std::uint64_t now = head_.load(std::memory_order_relaxed);  // relaxed: as above
                if (now == head) {
                    return 0;
                }
                head = now;
                continue;
            }
            // relaxed: a hint
            const std::uint64_t there = (tail_.load(std::memory_order_relaxed) & ~closed_bit) - head;
            std::uint64_t wanted = there / share;
            wanted = wanted < 1 ? 1 : wanted > most ? most : wanted;
            wanted = wanted > slots - first ? slots - first : wanted;
            std::uint64_t count = 1;
            while (count < wanted && published(*here, first + count, head + count)) {
                ++count;
            }
            // relaxed: [published] has shown the tasks; that head_ has not moved since says that they are ours,
            // and that the segment was theirs all the time.
            if (head_.compare_exchange_weak(head, head + count, std::memory_order_relaxed)) {
                for (std::uint64_t i = 0; i < count; ++i) {
                    each(&here->tasks[first + i]);
                }
                return count;
            }
        }
    }

    /// Tasks of one segment that a taker has run (or destroyed) and not said so yet.
    class finished {
    public:
        explicit finished(injection_queue& queue) : queue_(queue) {}
        void add(task* done) {
            segment* const its =
                reinterpret_cast<segment*>(reinterpret_cast<std::uintptr_t>(done) & ~(segment_bytes - 1));
            if (its != segment_) {
                flush();
                segment_ = its;
            }
            ++count_;
        }
        /// Before the taker waits, or ends.
        void flush() {
            // release [emptied]: our tasks are gone; acquire [emptied]: and everybody else's.
            if (count_ != 0 && segment_->unfinished.fetch_sub(count_, std::memory_order_acq_rel) == count_) {
                queue_.retire(*segment_);
            }
            segment_ = nullptr;
            count_ = 0;
        }

    private:
        injection_queue& queue_;
        segment* segment_ = nullptr;
        std::uint64_t count_ = 0;
    };

    /// From now on every push is refused.
    void close() noexcept {
        // relaxed, both: numbers that carry no data
        const std::uint64_t before = tail_.fetch_or(closed_bit, std::memory_order_relaxed);
        if ((before & closed_bit) == 0) {
            closed_at_.store(before, std::memory_order_relaxed);
        }
    }

    /// How many pushes there were that were not refused; those whose task somebody has taken are in it.
    std::uint64_t pushed() const noexcept {
        // relaxed: who has seen a task (or heard of its end) has [published] between itself and the push that
        // took the ticket.
        std::uint64_t tail = tail_.load(std::memory_order_relaxed);
        while ((tail & closed_bit) != 0) {
            tail =
                closed_at_.load(std::memory_order_relaxed);  // relaxed: as above; close() is about to write it
        }
        return tail;
    }

private:
    static bool published(const segment& where, std::uint64_t slot, std::uint64_t ticket) noexcept {
        return where.tasks[slot].place.load(std::memory_order_acquire) == ticket + 1;  // [published]
    }

    template <class Make>
    bool push_made(Make&& make) {
        // relaxed: [published] shows everything; see pushed()
        const std::uint64_t ticket = tail_.fetch_add(1, std::memory_order_relaxed);
        if ((ticket & closed_bit) != 0) {
            return false;
        }
        const std::uint64_t number = ticket / slots;
        const std::uint64_t slot = ticket % slots;
        segment* here = find(number);
        if (here == nullptr) [[unlikely]] {
            here = &install(number);
        }
        if (slot == 0) [[unlikely]] {
            install(number + 1);  // in time, and by one thread
        }
        // Slots come back from the workers' caches; asked for early, they are there when the next RMW waits for
        // all writes to be done.
        __builtin_prefetch(&here->tasks[slot + ahead < slots ? slot + ahead : slot], 1);
        task& mine = here->tasks[slot];
        make(mine);
        mine.place.store(ticket + 1, std::memory_order_release);  // [published]
        return true;
    }

    /// The segment of that number, or null when it is not (or no longer) there. It cannot go while one of its
    /// tickets is unfinished: who has a ticket may use what it finds, everybody else has to ask head_ whether
    /// it was right.
    segment* find(std::uint64_t number) const noexcept {
        const directory& here = *directory_.load(std::memory_order_acquire);  // [directory]
        segment* const found = here[number].load(std::memory_order_acquire);  // [installed]
        // [numbered]: its slots are free for these tickets, also when the entry was read before it was used
        // again.
        return found != nullptr && found->number.load(std::memory_order_acquire) == number ? found : nullptr;
    }

    /// Somebody holds a ticket for it, and there is no way back from a ticket: no memory is the end of the
    /// program.
    [[gnu::noinline]] segment& install(std::uint64_t number) noexcept {
        const std::lock_guard lock(segments_);
        if (segment* const there = find(number)) {
            return *there;
        }
        directory* in = directories_.back().get();
        while ((*in)[number].load(std::memory_order_relaxed) != nullptr) {  // relaxed: written under the lock
            auto larger = std::make_unique<directory>(2 * (in->mask + 1));
            for (std::uint64_t i = 0; i <= in->mask; ++i) {
                if (segment* const old = (*in)[i].load(std::memory_order_relaxed)) {  // relaxed: as above
                    // relaxed, both: as above, and [directory] shows it
                    (*larger)[old->number.load(std::memory_order_relaxed)].store(old,
                                                                                 std::memory_order_relaxed);
                }
            }
            in = larger.get();
            use(std::move(larger));
        }
        segment* fresh;
        if (free_.empty()) {
            fresh = &one_more();
        } else {
            fresh = free_.back();
            free_.pop_back();
        }
        fresh->unfinished.store(slots, std::memory_order_relaxed);  // relaxed: [numbered] shows it
        fresh->number.store(number, std::memory_order_release);     // [numbered]
        (*in)[number].store(fresh, std::memory_order_release);      // [installed]
        return *fresh;
    }

    /// A segment that was never used.
    segment& one_more() {
        if (made_ == slabs_.size() * slab_segments) {
            slabs_.reserve(slabs_.size() + 1);
            free_.reserve((slabs_.size() + 1) * slab_segments);  // so that retire() needs no memory
            slabs_.push_back(static_cast<segment*>(
                ::operator new(slab_segments * sizeof(segment), std::align_val_t{alignof(segment)})));
        }
        segment* const place = slabs_.back() + made_ % slab_segments;
        std::construct_at(place);
        ++made_;
        return *place;
    }

    /// All its tickets are finished.
    [[gnu::noinline]] void retire(segment& done) noexcept {
        const std::lock_guard lock(segments_);
        // relaxed, both: written under the lock; nobody has a ticket for it
        (*directories_.back())[done.number.load(std::memory_order_relaxed)].store(nullptr,
                                                                                  std::memory_order_relaxed);
        done.number.store(no_number, std::memory_order_relaxed);  // relaxed: as above
        free_.push_back(&done);
    }

    void use(std::unique_ptr<directory> next) {
        directories_.push_back(std::move(next));
        directory_.store(directories_.back().get(), std::memory_order_release);  // [directory]
    }

    static constexpr std::uint64_t ahead = 6;
    /// Segments that are allocated together: one by one, their alignment would cost as much memory again.
    static constexpr std::size_t slab_segments = 64;

    alignas(cache_line) atomic<std::uint64_t> tail_{0};          // next ticket to be given; the submitters'
    alignas(cache_line) atomic<std::uint64_t> head_{0};          // next ticket to be taken; the workers'
    alignas(cache_line) atomic<directory*> directory_{nullptr};  // read by all, seldom written
    atomic<std::uint64_t> closed_at_{closed_bit};
    alignas(cache_line) mutex segments_;  // protects what follows, and who is where in the directory
    std::vector<std::unique_ptr<directory>> directories_;  // the last is in use; the others may still be read
    std::vector<segment*> slabs_;
    std::size_t made_ = 0;  // segments in the slabs
    std::vector<segment*> free_;
};

}  // namespace handoff::impls::detail
