// A fork-join scheduler over any work-stealing deque.
//
// Sources: Blumofe, Leiserson, "Scheduling Multithreaded Computations by Work Stealing", 1999; joins that run
//          other work and pieces that live on the forker's stack after Frigo, Leiserson, Randall, "The
//          Implementation of the Cilk-5 Multithreaded Language", 1998 (the forked piece, not the rest of the
//          forker, is what is stolen here).
//
// Progress: blocking (a join waits for whoever has the piece).
// Order:    none between pieces.
// Capacity: of the deque; a piece that does not fit is not forked but run. Forking allocates nothing.
// Cost:     of a fork that nobody steals: one push, one pop, a look whether a worker waits. No RMW of its own.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "../atomic.hpp"
#include "../concepts/deques.hpp"
#include "../concepts/fork_join.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/cpu_relax.hpp"
#include "../detail/idlers.hpp"
#include "../detail/threads.hpp"
#include "../wait/hybrid.hpp"

namespace handoff::impls {

/// Whom a worker without work asks first (it asks all others before it waits), and how much it takes.
enum class steal_policy {
    random,       ///< begins anywhere
    round_robin,  ///< begins after the one it asked last
    last_victim,  ///< begins with the one that had something the last time
    steal_half,   ///< begins anywhere, and takes half of what is there
};

struct fork_join_options : worker_options {
    steal_policy steal = steal_policy::random;
};

/// A fork_join_scheduler. One program at a time; `run` is called by any thread that is none of its workers.
template <template <class> class Deque>
class fork_join {
    struct piece;
    using deque_type = Deque<piece*>;
    static_assert(work_stealing_deque<deque_type>);

public:
    static constexpr std::string_view name = deque_type::name;
    /// A worker may see a forked piece only after its forker has forked or joined again.
    static constexpr bool publishes_on_demand = requires { requires deque_type::publishes_on_demand; };

    class context;

    explicit fork_join(unsigned workers, const fork_join_options& options = {})
        : steal_(options.steal), idle_(options.wait != nullptr ? options.wait : &any_wait_of<hybrid>) {
        for (unsigned i = 0; i < std::max(workers, 1U); ++i) {
            workers_.push_back(std::make_unique<context>(*this, i));
        }
        try {
            detail::make_threads(name, this->workers() - 1, threads_,
                                 [this, start = options.on_start](unsigned number) {
                                     if (start) {
                                         start(number);
                                     }
                                     workers_[number + 1]->serve();
                                 });
        } catch (...) {
            end();
            throw;
        }
    }

    fork_join(unsigned workers, const worker_options& options)
        : fork_join(workers, fork_join_options{options}) {}

    ~fork_join() { end(); }

    fork_join(const fork_join&) = delete;
    fork_join& operator=(const fork_join&) = delete;

    unsigned workers() const noexcept { return static_cast<unsigned>(workers_.size()); }

    template <class Root>
    void run(Root&& root) {
        root(*workers_.front());
    }

    stealing_counts counts() const {
        stealing_counts all{0, 0, idle_.parks(), idle_.wakes()};
        for (const auto& worker : workers_) {
            all.steals += worker->steals_.load(std::memory_order_relaxed);  // relaxed, both: statistics
            all.failed_steals += worker->failed_steals_.load(std::memory_order_relaxed);
        }
        return all;
    }

private:
    // A forked piece lives on its forker's stack and knows how it ends:
    //
    //   pending -> done      by the thief, which then never touches it again
    //   pending -> awaited   by the forker, before it waits where only a notification wakes it
    //   awaited -> done      by the thief, which then notifies
    //
    // A piece that its forker pops back is simply called; its state stays pending and nobody looks.
    struct piece {
        enum : std::uint32_t { pending, awaited, done };

        void (*call)(piece*, context&);
        std::uint32_t state;  // through state_of() once the piece has been pushed

        atomic_ref<std::uint32_t> state_of() { return atomic_ref<std::uint32_t>(state); }
        bool is_done() { return state_of().load(std::memory_order_acquire) == done; }  // [done]
    };

    void end() noexcept {
        stopped_.store(true, std::memory_order_relaxed);  // relaxed: joining the threads orders the rest
        idle_.notify_all();
        for (std::thread& thread : threads_) {
            thread.join();
        }
    }

    const steal_policy steal_;
    std::vector<std::unique_ptr<context>> workers_;
    atomic<bool> stopped_{false};
    detail::idlers idle_;
    std::vector<std::thread> threads_;
};

/// A worker.
template <template <class> class Deque>
class alignas(detail::cache_line) fork_join<Deque>::context {
public:
    context(fork_join& owner, unsigned number)
        : owner_(owner), number_(number), random_(0x9e3779b97f4a7c15U * (number + 1)) {}

    /// Calls both, `first` on this worker. Two references to pieces of work that take a context.
    template <class First, class Second>
    void fork2(First&& first, Second&& second) noexcept {
        using second_type = std::remove_reference_t<Second>;
        struct forked : piece {
            second_type* work;
        };
        forked other;
        other.call = [](piece* self, context& worker) { (*static_cast<forked*>(self)->work)(worker); };
        other.state = piece::pending;
        other.work = &second;
        if (!push(&other)) [[unlikely]] {
            first(*this);
            second(*this);
            return;
        }
        first(*this);
        piece* popped;
        if (pop(popped)) [[likely]] {
            if (popped == &other) [[likely]] {
                second(*this);
                return;
            }
            perform(popped);
        }
        join(other);
    }

    /// Calls `body(context, i)` for all i below n, the first on this worker.
    template <class Body>
    void fork_all(std::size_t n, Body&& body) noexcept {
        fork_range(std::size_t{0}, n, body);
    }

private:
    friend class fork_join;

    /// More are divided first: the pieces of one call live on the stack.
    static constexpr std::size_t most_at_once = 16;
    /// A worker without work asks so many others, in whole rounds, before it waits as its wait strategy says.
    static constexpr std::size_t asked_before_waiting = 128;

    template <class Body>
    void fork_range(std::size_t first, std::size_t last, Body& body) noexcept {
        if (last - first > most_at_once) {
            const std::size_t middle = first + (last - first) / 2;
            fork2([&, first, middle](context& worker) { worker.fork_range(first, middle, body); },
                  [&, middle, last](context& worker) { worker.fork_range(middle, last, body); });
            return;
        }
        struct forked : piece {
            Body* work;
            std::size_t index;
        };
        forked others[most_at_once];
        // The last is pushed first, so that the owner gets them back in ascending order.
        std::size_t pushed = last;
        for (; pushed > first + 1; --pushed) {
            forked& other = others[pushed - 1 - first];
            other.call = [](piece* self, context& worker) {
                auto& mine = *static_cast<forked*>(self);
                (*mine.work)(worker, mine.index);
            };
            other.state = piece::pending;
            other.work = &body;
            other.index = pushed - 1;
            if (!push(&other)) [[unlikely]] {
                break;
            }
        }
        for (std::size_t i = first; i < pushed; ++i) {  // the first, and those for which there was no room
            body(*this, i);
        }
        for (std::size_t i = pushed; i < last; ++i) {
            forked& other = others[i - first];
            piece* popped;
            if (pop(popped)) [[likely]] {
                if (popped == &other) [[likely]] {
                    body(*this, i);
                    continue;
                }
                perform(popped);
            }
            join(other);
        }
    }

    bool push(piece* work) noexcept {
        if (!place(work)) [[unlikely]] {
            return false;
        }
        owner_.idle_.notify();
        return true;
    }

    /// Takes back what was pushed last. Where that answers thieves, they are told: they may have gone to sleep
    /// over it.
    bool pop(piece*& work) noexcept {
        const bool popped = deque_.try_pop(work);
        if constexpr (publishes_on_demand) {
            owner_.idle_.notify();
        }
        return popped;
    }

    /// Pushes and tells nobody.
    bool place(piece* work) noexcept {
        if constexpr (requires { deque_.try_push(work); }) {
            return deque_.try_push(work);
        } else {
            deque_.push(work);
            return true;
        }
    }

    /// Runs a piece that another worker forked, or that was taken from another worker before.
    void perform(piece* work) noexcept {
        work->call(work, *this);
        // [done]: what the piece did is visible to its forker. From here on the piece may be gone.
        if (work->state_of().exchange(piece::done, std::memory_order_acq_rel) == piece::awaited) {
            owner_.idle_.notify_all();
        }
    }

    /// Returns when `other` is done; runs other work until then.
    [[gnu::noinline]] void join(piece& other) noexcept {
        work_until([&] { return other.is_done(); },
                   [&] {
                       std::uint32_t before = piece::pending;
                       // relaxed: carries no data; the thief's exchange comes before it, and it fails, or after
                       // it
                       other.state_of().compare_exchange_strong(
                           before, piece::awaited, std::memory_order_relaxed, std::memory_order_relaxed);
                   });
    }

    /// A thread's life.
    void serve() noexcept {
        // relaxed: see end()
        work_until([this] { return owner_.stopped_.load(std::memory_order_relaxed); }, [] {});
    }

    /// Runs whatever there is until `ended()`. `before_waiting()` is called before the first wait that only a
    /// notification may end.
    template <class Ended, class BeforeWaiting>
    void work_until(Ended ended, BeforeWaiting before_waiting) noexcept {
        bool said = false;
        while (!ended()) {
            piece* work = nullptr;
            bool found = find(work);
            for (std::size_t asked = 0; !found && asked < asked_before_waiting;
                 asked += owner_.workers_.size()) {
                detail::cpu_relax();
                if (ended()) {
                    return;
                }
                found = find(work);
            }
            if (!found) {
                if (!std::exchange(said, true)) {
                    before_waiting();
                }
                owner_.idle_.wait_until([&] { return ended() || (found = find(work)); });
            }
            // What a thief took more than it needs is for others; and the notification that ended a wait may
            // have been for work that is still there.
            owner_.idle_.notify();
            if (found) {
                perform(work);
            }
        }
    }

    /// Takes a piece from the own deque, or from another's; asks everybody before it says that there is none.
    /// Called while waiting, perhaps under the wait strategy's own lock: it notifies nobody.
    bool find(piece*& work) noexcept {
        if (spare_ != nullptr) [[unlikely]] {
            work = std::exchange(spare_, nullptr);
            return true;
        }
        if (deque_.try_pop(work)) {
            return true;
        }
        const std::size_t all = owner_.workers_.size();
        if (all == 1) {
            return false;
        }
        std::size_t victim = first_victim(all);
        for (std::size_t asked = 0; asked < all; ++asked, victim = victim + 1 == all ? 0 : victim + 1) {
            if (victim != number_ && steal_from(*owner_.workers_[victim], work)) {
                last_victim_ = victim;
                count(steals_);
                return true;
            }
        }
        return false;
    }

    std::size_t first_victim(std::size_t all) noexcept {
        switch (owner_.steal_) {
            case steal_policy::round_robin:
                return last_asked_ = last_asked_ + 1 >= all ? 0 : last_asked_ + 1;
            case steal_policy::last_victim:
                return last_victim_ < all ? last_victim_ : 0;
            case steal_policy::random:
            case steal_policy::steal_half:
                break;
        }
        random_ ^= random_ << 13;  // Marsaglia, "Xorshift RNGs", 2003
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return static_cast<std::size_t>(((random_ >> 32) * all) >> 32);
    }

    bool steal_from(context& victim, piece*& work) noexcept {
        for (;;) {
            switch (victim.deque_.try_steal(work)) {
                case steal_result::stolen:
                    if (owner_.steal_ == steal_policy::steal_half) {
                        take_more(victim);
                    }
                    return true;
                case steal_result::empty:
                    count(failed_steals_);
                    return false;
                case steal_result::lost:  // whoever was faster has got on; what is left may be ours
                    count(failed_steals_);
                    detail::cpu_relax();
            }
        }
    }

    /// Moves half of what is left there here, for us or for the next thief.
    void take_more(context& victim) noexcept {
        if constexpr (requires { victim.deque_.stealable(); }) {
            piece* more;
            for (std::size_t left = victim.deque_.stealable() / 2; left > 0; --left) {
                if (victim.deque_.try_steal(more) != steal_result::stolen) {
                    return;
                }
                count(steals_);
                if (!place(more)) {
                    spare_ = more;
                    return;
                }
            }
        }
    }

    static void count(atomic<std::uint64_t>& what) noexcept {
        // relaxed: only this worker writes it, and nothing is read through it
        what.store(what.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }

    fork_join& owner_;
    const unsigned number_;
    deque_type deque_;
    alignas(detail::cache_line) std::uint64_t random_;  // this and below: while looking for work only
    std::size_t last_asked_ = 0;
    std::size_t last_victim_ = 0;
    piece* spare_ = nullptr;  // taken with others, and there was no room for it
    atomic<std::uint64_t> steals_{0};
    atomic<std::uint64_t> failed_steals_{0};
};

}  // namespace handoff::impls
