// Any queue x any wait strategy: push and pop that wait, with a close that loses nothing.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <type_traits>
#include <utility>
#include <vector>

#include "atomic.hpp"
#include "concepts/queues.hpp"
#include "concepts/waiting.hpp"
#include "detail/asymmetric_fence.hpp"
#include "detail/cache_line.hpp"
#include "detail/mutex.hpp"
#include "detail/this_thread.hpp"
#include "wait/sleep.hpp"

namespace handoff::impls {

/// How a timed operation ended (the words of WG21's P0260).
enum class queue_op_status { success, timeout, closed };

/// What a close promises, and so what every operation pays for it.
enum class closing {
    /// Every push that returned true is popped. Costs two stores to the handle's own line and a load per push.
    lossless,
    /// Threads notice the end only when they have to wait; what is pushed while close() runs may stay behind.
    /// Costs nothing: an operation is the queue's and the wait strategy's alone, which is what workloads
    /// measure.
    abrupt,
};

/// Who wants to know of waits. Each handle has one, which is told at the end of each wait of a `push` for room
/// or of a `pop` for an item, with the number of looks that the wait took. Operations that need not wait know
/// nothing of it, nor do timed ones, nor those of queues that wait by their own means.
template <class O>
concept wait_observer = std::default_initializable<O> && requires(O& o, std::uint64_t looks) {
    o.waited_for_room(looks);
    o.waited_for_items(looks);
};

/// Nobody.
struct unobserved {
    void waited_for_room(std::uint64_t) noexcept {}
    void waited_for_items(std::uint64_t) noexcept {}
};

/// A queue of type Q whose operations wait as W says: for room (bounded queues) and for items.
///
/// Threads work through handles, taken once: `auto in = channel.producer(); in.push(std::move(x));` and
/// `auto out = channel.consumer(); out.pop(x)`. A queue for one producer takes one producer handle at a time,
/// likewise for consumers. With W = native the queue sleeps and wakes by its own means.
///
/// close(): from then on pushes are refused, those that were under way either complete or are refused, and pops
/// deliver every item whose push returned true before they report the end. (`closing::abrupt` weakens this.)
template <queue Q, class W, closing C = closing::lossless, wait_observer Observer = unobserved>
    requires(wait_strategy<W> && !natively_blocking<Q>) || (std::same_as<W, native> && natively_blocking<Q>)
class blocking {
    static constexpr bool is_bounded = bounded_queue<Q>;
    static constexpr bool is_lossless = C == closing::lossless;
    /// The queue sleeps by its own means. Some libraries cannot be interrupted safely while others begin to
    /// wait, which closing without loss needs: such a queue is then used through its try operations, as any
    /// other.
    static constexpr bool sleeps_natively =
        std::same_as<W, native> && !(is_lossless && requires { Q::interrupt_races_with_waits; });
    using clock = std::chrono::steady_clock;

    /// Whether a handle's thread is inside an operation that close() has to wait for.
    class alignas(detail::cache_line) presence {
    public:
        void enter(bool cheap) noexcept {
            inside_.store(true, std::memory_order_relaxed);  // relaxed: the fence orders it
            detail::light_fence(cheap);                      // [entered]
        }
        void leave() noexcept { inside_.store(false, std::memory_order_release); }        // [left]
        bool inside() const noexcept { return inside_.load(std::memory_order_acquire); }  // [left]

    private:
        atomic<bool> inside_{false};
    };

    /// The condition of a wait that begins right after it was seen false: strategies look first, and a second
    /// look without a pause would only take the line away from the thread that is to change it. Only for
    /// strategies that ask again anyway: one that sleeps until notified may count on its last look.
    template <class Predicate>
    static auto after_a_look(Predicate done) {
        // Not in the model, which takes what a thread has read before a pause for all of its condition.
        if constexpr (polling<W> && !in_model) {
            return [done, looked = true]() mutable { return !std::exchange(looked, false) && done(); };
        } else {
            return done;
        }
    }

    /// What became of an operation that had to wait.
    struct waited {
        bool done;
        std::uint64_t looks;
    };

    /// Copies are plain bytes. A waiting operation then works on one: a value whose address is taken there, in
    /// whatever function, would be in memory on the path that never waits, too.
    static constexpr bool copies_freely = std::is_trivially_copyable_v<typename Q::value_type> &&
                                          std::copyable<typename Q::value_type> &&
                                          std::default_initializable<typename Q::value_type>;

    using producer_end_ref = std::remove_reference_t<producer_end_t<Q>>&;
    using consumer_end_ref = std::remove_reference_t<consumer_end_t<Q>>&;
    using presences = std::conditional_t<is_lossless, std::vector<std::unique_ptr<presence>>,
                                         std::array<std::unique_ptr<presence>, 0>>;

    /// A handle's entry in one of the channel's lists while the handle lives; nothing where closing is abrupt.
    /// The presence is not part of the handle: the list would then know the handle's address, and the compiler
    /// would have to fetch the handle's members from memory again for every item.
    class listing {
    public:
        listing(blocking& owner, presences& list) : owner_(owner), list_(list) {
            if constexpr (is_lossless) {
                const std::lock_guard lock(owner.handles_);
                who_ = list.emplace_back(std::make_unique<presence>()).get();
            }
        }
        ~listing() {
            if constexpr (is_lossless) {
                const std::lock_guard lock(owner_.handles_);
                std::erase_if(list_, [this](const auto& entry) { return entry.get() == who_; });
            }
        }
        listing(const listing&) = delete;
        listing& operator=(const listing&) = delete;

        void enter() noexcept {
            if constexpr (is_lossless) {
                who_->enter(owner_.cheap_);
            }
        }
        void leave() noexcept {
            if constexpr (is_lossless) {
                who_->leave();
            }
        }

    private:
        blocking& owner_;
        presences& list_;
        presence* who_ = nullptr;
    };

    struct visit {
        explicit visit(listing& who) noexcept : who(who) { who.enter(); }
        ~visit() { who.leave(); }
        visit(const visit&) = delete;
        visit& operator=(const visit&) = delete;
        listing& who;
    };

public:
    using value_type = typename Q::value_type;
    using queue_type = Q;
    using wait_type = W;

    blocking()
        requires(!is_bounded)
        : cheap_(detail::asymmetric_fences_available()) {}
    explicit blocking(std::size_t capacity)
        requires(is_bounded)
        : cheap_(detail::asymmetric_fences_available()), queue_(capacity) {}
    /// For so many consumers, each of which receives every item.
    blocking(std::size_t capacity, std::size_t consumers)
        requires(multicast_queue<Q>)
        : cheap_(detail::asymmetric_fences_available()), queue_(capacity, consumers) {}
    blocking(const blocking&) = delete;
    blocking& operator=(const blocking&) = delete;

    /// Items that fit at once: what the queue holds, not what was asked for.
    std::size_t capacity() const noexcept
        requires(is_bounded)
    {
        return queue_.capacity();
    }

    /// A producing thread's end. Outlived by the channel; used by one thread at a time.
    class producer_handle {
    public:
        explicit producer_handle(blocking& owner)
            : owner_(owner), end_(producer_end(owner.queue_)), here_(owner, owner.producers_) {}

        /// Waits for room. False: the channel is closed and `value` untouched.
        [[nodiscard]] bool push(value_type&& value) {
            const visit guard(here_);
            if (is_lossless && owner_.closed()) {
                return false;
            }
            if constexpr (!is_bounded) {
                end_.push(std::move(value));
            } else if constexpr (sleeps_natively) {
                while (!end_.wait_push(std::move(value))) {
                    if (owner_.closed()) {
                        return false;
                    }
                }
            } else if (!end_.try_push(std::move(value))) [[unlikely]] {
                const waited how = push_after_refusal(owner_, end_, value);
                observer_.waited_for_room(how.looks);
                if (!how.done) {
                    return false;
                }
            }
            owner_.announce();
            return true;
        }

        /// Pushes `count` values in their order, several with one operation where the queue can
        /// (`pushes_in_bulk`), and waits for room. How many went in: all, unless the channel is closed; the
        /// others are untouched.
        [[nodiscard]] std::size_t push_bulk(value_type* first, std::size_t count) {
            std::size_t pushed = 0;
            if constexpr (pushes_in_bulk<Q> && !sleeps_natively) {
                const visit guard(here_);
                if (is_lossless && owner_.closed()) {
                    return 0;
                }
                while (pushed < count) {
                    std::size_t now = count - pushed;
                    if constexpr (!is_bounded) {
                        end_.push_bulk(first + pushed, now);
                    } else if (now = end_.try_push_bulk(first + pushed, now); now == 0) [[unlikely]] {
                        const waited how = push_after_refusal(owner_, end_, first[pushed]);
                        observer_.waited_for_room(how.looks);
                        if (!how.done) {
                            break;
                        }
                        now = 1;
                    }
                    owner_.announce();  // [chain]: whoever is woken wakes one more
                    pushed += now;
                }
            } else {
                while (pushed < count && push(std::move(first[pushed]))) {
                    ++pushed;
                }
            }
            return pushed;
        }

        /// What it was told of this handle's waits.
        const Observer& observer() const noexcept { return observer_; }

        /// Waits for room at most `patience`. The value is untouched unless the status is `success`.
        template <class Rep, class Period>
        [[nodiscard]] queue_op_status try_push_for(value_type&& value,
                                                   std::chrono::duration<Rep, Period> patience) {
            if constexpr (!is_bounded) {
                return push(std::move(value)) ? queue_op_status::success : queue_op_status::closed;
            } else {
                const auto deadline = clock::now() + patience;
                const visit guard(here_);
                bool pushed = false;
                const auto settled = [&] {
                    return owner_.closed() || (pushed = end_.try_push(std::move(value)));
                };
                if constexpr (sleeps_natively && requires { end_.wait_push(std::move(value), deadline); }) {
                    wait_natively_until(settled, deadline, [&] {
                        pushed = end_.wait_push(std::move(value), deadline);
                        return pushed;
                    });
                } else if (!settled()) {
                    owner_.not_full_.wait_until(settled, deadline);
                    if (pushed) {
                        owner_.not_full_.notify();  // [chain]
                    }
                }
                if (pushed) {
                    owner_.announce();
                    return queue_op_status::success;
                }
                return owner_.closed() ? queue_op_status::closed : queue_op_status::timeout;
            }
        }

    private:
        // Here and in the consumer. A wait that polls is no more than the loop that one would write by hand,
        // and stands where that would stand: a spinning producer of a full ring waits every few items, and a
        // call there and back cost 5% of the throughput. Waits that sleep until they are notified are out of
        // line, since they are long to read and rare to run. All are given the handle's parts: with the
        // handle's address they would take it out of registers.
        [[gnu::always_inline]] static waited push_after_refusal(blocking& owner, producer_end_ref end,
                                                                value_type& value) {
            if constexpr (copies_freely) {
                value_type copy = value;  // refused, it is the same; accepted, it is gone
                return wait_in_place(owner, end, copy);
            } else {
                return wait_in_place(owner, end, value);
            }
        }

        [[gnu::always_inline]] static waited wait_in_place(blocking& owner, producer_end_ref end,
                                                           value_type& value) {
            if constexpr (polling<W>) {
                return wait_for_room(owner, end, value);
            } else {
                return wait_for_room_out_of_line(owner, end, value);
            }
        }

        [[gnu::noinline]] static waited wait_for_room_out_of_line(blocking& owner, producer_end_ref end,
                                                                  value_type& value) {
            return wait_for_room(owner, end, value);
        }

        [[gnu::always_inline]] static waited wait_for_room(blocking& owner, producer_end_ref end,
                                                           value_type& value) {
            waited how{false, 0};
            owner.not_full_.wait_until(after_a_look([&] {
                ++how.looks;
                // In this order, here and in the consumer: behind the look, the question made spinning in a
                // full ring some 4% dearer (on an Intel Sapphire Rapids).
                return owner.closed() || (how.done = end.try_push(std::move(value)));
            }));
            if (how.done) {
                owner.not_full_.notify();  // [chain]
            }
            return how;
        }

        blocking& owner_;
        producer_end_t<Q> end_;
        listing here_;
        [[no_unique_address]] Observer observer_{};
    };

    /// A consuming thread's end. Outlived by the channel; used by one thread at a time.
    class consumer_handle {
    public:
        explicit consumer_handle(blocking& owner)
            : owner_(owner), end_(consumer_end(owner.queue_)), here_(owner, owner.consumers_) {}

        /// Waits for an item. False: the channel is closed, all its items are taken and `out` is unchanged.
        [[nodiscard]] bool pop(value_type& out) {
            if constexpr (sleeps_natively) {
                bool popped = false;
                do {
                    const visit guard(here_);
                    if (owner_.sealed()) {
                        if (!take_leftover(owner_, end_, out)) {
                            return false;
                        }
                        break;
                    }
                    popped = end_.wait_pop(out);
                } while (!popped);
            } else if (!end_.try_pop(out)) [[unlikely]] {
                const waited how = pop_after_refusal(owner_, end_, out);
                observer_.waited_for_items(how.looks);
                if (!how.done) {
                    return false;
                }
            }
            owner_.taken(1);
            return true;
        }

        /// Waits for an item, then takes what is there, up to `count`, with one operation where the queue can
        /// (`pops_in_bulk`). How many; 0: the channel is closed and all its items are taken.
        [[nodiscard]] std::size_t pop_bulk(value_type* out, std::size_t count) {
            if constexpr (pops_in_bulk<Q> && !sleeps_natively) {
                if (const std::size_t popped = end_.try_pop_bulk(out, count); popped > 0) [[likely]] {
                    owner_.taken(1);  // [chain]: whoever is woken wakes one more
                    return popped;
                }
                return pop(*out) ? 1 : 0;
            } else {
                std::size_t popped = pop(*out) ? 1 : 0;
                while (popped > 0 && popped < count && try_pop(out[popped])) {
                    ++popped;
                }
                return popped;
            }
        }

        /// What it was told of this handle's waits.
        const Observer& observer() const noexcept { return observer_; }

        /// Takes an item if one is there. `out` is unchanged otherwise.
        [[nodiscard]] bool try_pop(value_type& out) {
            if (!end_.try_pop(out)) {
                return false;
            }
            owner_.taken(1);
            return true;
        }

        /// Waits for an item at most `patience`. `out` is unchanged unless the status is `success`.
        template <class Rep, class Period>
        [[nodiscard]] queue_op_status try_pop_for(value_type& out,
                                                  std::chrono::duration<Rep, Period> patience) {
            if (wait_for_first(out, clock::now() + patience)) {
                owner_.taken(1);
                return queue_op_status::success;
            }
            if (!owner_.sealed()) {
                return queue_op_status::timeout;
            }
            if (!take_leftover(owner_, end_, out)) {
                return queue_op_status::closed;
            }
            owner_.taken(1);
            return queue_op_status::success;
        }

        /// What a batch brought. `status` is `success` when `count` > 0; otherwise it says why nothing came.
        struct batch {
            std::size_t count;
            queue_op_status status;
        };

        /// Waits for a first item at most `patience`, then takes what is there, up to `max` items in all, into
        /// the value_types that begin at `out`. `max` is at least 1.
        template <class OutputIterator, class Rep, class Period>
        [[nodiscard]] batch pop_batch(OutputIterator out, std::size_t max,
                                      std::chrono::duration<Rep, Period> patience) {
            if (const auto first = try_pop_for(*out, patience); first != queue_op_status::success) {
                return {0, first};
            }
            std::size_t count = 1;
            while (count < max && end_.try_pop(*++out)) {
                ++count;
            }
            owner_.taken(count - 1);
            return {count, queue_op_status::success};
        }

    private:
        [[gnu::always_inline]] static waited pop_after_refusal(blocking& owner, consumer_end_ref end,
                                                               value_type& out) {
            if constexpr (copies_freely) {
                value_type taken{};
                const waited how = wait_in_place(owner, end, taken);
                if (how.done) {
                    out = taken;
                }
                return how;
            } else {
                return wait_in_place(owner, end, out);
            }
        }

        [[gnu::always_inline]] static waited wait_in_place(blocking& owner, consumer_end_ref end,
                                                           value_type& out) {
            if constexpr (polling<W>) {
                return wait_for_item(owner, end, out);
            } else {
                return wait_for_item_out_of_line(owner, end, out);
            }
        }

        [[gnu::noinline]] static waited wait_for_item_out_of_line(blocking& owner, consumer_end_ref end,
                                                                  value_type& out) {
            return wait_for_item(owner, end, out);
        }

        [[gnu::always_inline]] static waited wait_for_item(blocking& owner, consumer_end_ref end,
                                                           value_type& out) {
            waited how{false, 0};
            owner.not_empty_.wait_until(after_a_look([&] {
                ++how.looks;
                return owner.sealed() || (how.done = end.try_pop(out));
            }));
            if (how.done) {
                owner.not_empty_.notify();  // [chain]
            } else {
                how.done = take_leftover(owner, end, out);
            }
            return how;
        }

        bool wait_for_first(value_type& out, clock::time_point deadline) {
            bool popped = false;
            const auto settled = [&] { return owner_.sealed() || (popped = end_.try_pop(out)); };
            if constexpr (sleeps_natively && requires { end_.wait_pop(out, deadline); }) {
                const visit guard(here_);
                wait_natively_until(settled, deadline, [&] {
                    popped = end_.wait_pop(out, deadline);
                    return popped;
                });
            } else if (!(popped = end_.try_pop(out))) {
                owner_.not_empty_.wait_until(settled, deadline);
                if (popped) {
                    owner_.not_empty_.notify();  // [chain]
                }
            }
            return popped;
        }

        /// After `sealed` was seen: all items are visible, and one last look decides. Where a pop may find
        /// nothing because another one is on its way (queues with a `size_approx`), looks go on while items are
        /// left. Out of line: it runs at the end of a channel only.
        [[gnu::noinline]] static bool take_leftover(blocking& owner, consumer_end_ref end, value_type& out) {
            while (!end.try_pop(out)) {
                if constexpr (requires { owner.queue_.size_approx(); }) {
                    if (owner.queue_.size_approx() > 0) {
                        this_thread::yield();
                        continue;
                    }
                }
                return false;
            }
            return true;
        }

        blocking& owner_;
        consumer_end_t<Q> end_;
        listing here_;
        [[no_unique_address]] Observer observer_{};
    };

    producer_handle producer() { return producer_handle(*this); }
    consumer_handle consumer() { return consumer_handle(*this); }

    /// Ends the channel for producers at once and for consumers when it is empty. Any thread may call it,
    /// outside its own operations. A second call does nothing, but for abrupt closing: there it wakes those who
    /// fell asleep in a native queue after the first had looked for sleepers.
    void close() {
        const std::lock_guard lock(handles_);
        if constexpr (is_lossless) {
            close_without_loss();
        } else {
            closed_.store(true, std::memory_order_relaxed);  // relaxed: carries no data
            sealed_.store(true, std::memory_order_release);  // [sealed]
            not_full_.notify_all();
            not_empty_.notify_all();
            if constexpr (sleeps_natively) {
                queue_.interrupt();
            }
        }
    }

    bool is_closed() const noexcept { return closed(); }

    /// How many items lie before the consumer in a seat.
    std::size_t lag(std::size_t seat) const noexcept
        requires(multicast_queue<Q>)
    {
        return queue_.lag(seat);
    }

    /// Calls `see` with the strategy by which consumers wait for items, then with that by which producers wait
    /// for room: to set them up before anybody waits, or to ask what they did when all have joined.
    template <class See>
    void for_each_wait(See&& see) {
        see(not_empty_);
        see(not_full_);
    }
    template <class See>
    void for_each_wait(See&& see) const {
        see(not_empty_);
        see(not_full_);
    }

private:
    // relaxed: read between [entered] and [left]; it carries no data
    bool closed() const noexcept { return closed_.load(std::memory_order_relaxed); }
    bool sealed() const noexcept { return sealed_.load(std::memory_order_acquire); }  // [sealed]

    void close_without_loss() {
        if (closed()) {
            return;
        }
        closed_.store(true, std::memory_order_relaxed);  // relaxed: the fence orders it
        // [entered]: a producer that does not see `closed_` is seen inside.
        detail::heavy_fence();
        not_full_.notify_all();
        wait_until_outside(producers_);
        // [sealed]: all pushes that will ever succeed have, and what they stored is visible ([left]).
        sealed_.store(true, std::memory_order_release);
        not_empty_.notify_all();
        if constexpr (sleeps_natively) {
            // [entered]: a consumer that does not see `sealed_` is seen inside, and woken until it leaves.
            detail::heavy_fence();
            wait_until_outside(consumers_);
        }
    }

    /// Tells consumers of what was pushed: one of them, or all where each receives it.
    void announce() {
        if constexpr (multicast_queue<Q>) {
            not_empty_.notify_all();
        } else {
            not_empty_.notify();
        }
    }

    /// Tells producers about the room that `count` items have left.
    void taken(std::size_t count) {
        if constexpr (is_bounded) {
            for (; count > 0; --count) {
                not_full_.notify();
            }
        }
    }

    void wait_until_outside(const presences& handles) {
        for (const auto& handle : handles) {
            while (handle->inside()) {
                if constexpr (sleeps_natively) {
                    queue_.interrupt();
                }
                this_thread::yield();
            }
        }
    }

    /// `wait` is a queue's own timed operation; true: done.
    template <class Settled, class WaitOnce>
    static void wait_natively_until(Settled&& settled, clock::time_point deadline, WaitOnce&& wait) {
        while (!settled() && clock::now() < deadline && !wait()) {
        }
    }

    // Read by every operation and written once: a line of their own.
    alignas(detail::cache_line) atomic<bool> closed_{false};
    atomic<bool> sealed_{false};
    const bool cheap_;

    alignas(detail::cache_line) Q queue_;
    // [chain] A queue may look empty though a later item is in it: the push of an earlier one is not finished
    // (vyukov_ring). Who is woken for the later item then sleeps again, and the earlier item's push wakes only
    // one. So whoever finds an item after waiting wakes one more; the chain ends at the first who finds
    // nothing. Likewise for room. What a native queue cannot do by its own means it does by naps, which need no
    // notification.
    using wait = std::conditional_t<std::same_as<W, native>, sleep, W>;
    [[no_unique_address]] wait not_empty_;
    [[no_unique_address]] wait not_full_;

    mutex handles_;
    presences producers_;
    presences consumers_;
};

}  // namespace handoff::impls
