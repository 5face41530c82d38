// Multi-producer multi-consumer ring in which no thread can hold up another: `scq` whose operations ask all
// others for help when they have failed too often by themselves.
//
// Source: Nikolaev and Ravindran, "wCQ: A Fast Wait-Free Queue with Bounded Memory Usage", SPAA 2022, with
//         what its authors mended in their code in 2023: a thread that draws a ticket for a request compares
//         the request's place with the one that it has seen there.
//
// Progress: wait-free, for as many threads as have handles. A push or a pop that has stopped keeps its
//           place: until it goes on, one value less fits. (Where processors have no compare-and-swap of 16
//           bytes: blocking.)
// Order:    FIFO.
// Capacity: exact, a power of two; allocated once, and per handle two lines. Tickets do not wrap: they do
//           for 2^61 operations, centuries.
// Cost:     4 RMW per operation without contention: a fetch-add and a CAS (or OR) in each of the two rings;
//           every 16 operations a look whether another thread asks for help. A request costs several CAS of
//           16 bytes and up to one look at each handle.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "../atomic.hpp"
#include "../concepts/queues.hpp"
#include "../detail/cache_line.hpp"
#include "../detail/first_index.hpp"
#include "../detail/slots.hpp"
#include "../detail/wide_word.hpp"

namespace handoff::impls {

namespace detail {

/// How often threads of `wcq` try by themselves before they ask for help, and after how many operations they
/// look whether another one does: the paper's numbers, but in the model.
struct wcq_patience {
    unsigned puts = in_model ? 1 : 16;  ///< 0: each draws a ticket, and gives it up untried
    unsigned takes = in_model ? 1 : 64;
    unsigned between_looks = in_model ? 1 : 16;
};

/// That of queues of T. A seam for tests: what threads do for each other happens once in millions of
/// operations, and tests give a value type of theirs less patience.
template <class T>
inline constexpr wcq_patience wcq_patience_for{};

/// A FIFO queue of at most n indices below n, as `scq` has it (index_ring, whose comments are not repeated
/// here): an entry holds the lap that it was last used in, whether a put may still use it ("safe"), and an
/// index, or none.
///
/// Whoever has drawn too many tickets in vain writes a request into its record: which index to put, or that it
/// wants to take one. From then on any number of threads do the same operation for it, ticket by ticket, and
/// all of them must agree on which ticket is next and on what has become of it:
///
/// - The request's *place* is a word with the ticket that it is at. A new ticket is drawn in two steps
///   (`draw`). First the place announces which number is to be drawn; then the ring's count is advanced, and
///   points to the place meanwhile; then the place says that it has the ticket. Whoever draws behind that
///   finds the pointer, and does the last step for a thread that has stopped before it: a place that
///   announces a number below the count has been given that ticket. Numbers only grow, so no word returns to
///   an earlier value.
/// - What has become of a ticket stays so: a put that skips an entry leaves a *note* there that no put of
///   this lap may come, so a thread that is late cannot do what others have given up. For that, entries are
///   two words.
/// - Whoever fulfils a request marks its place as ended. An index is put as *unready* at first, and whoever
///   takes it like this ends the request before it lets go of the entry. A thread that is late then finds
///   either the entry of the ticket's lap, or the end.
///
/// Where the paper points from the count to a record of the thread that helps (with the number, the place and
/// two sequence numbers), it points to the request's place here: that record may already be about another
/// ticket when somebody reads it.
///
/// All operations on shared words are seq_cst, but where they say otherwise: the paper argues over one order of
/// them.
class helped_index_ring {
    // In a place: ticket | announced | ended.
    static constexpr std::uint64_t ended = 1;
    static constexpr std::uint64_t announced = 2;
    static std::uint64_t place_with(std::uint64_t ticket) noexcept { return ticket << 2; }
    static std::uint64_t ticket_in(std::uint64_t place) noexcept { return place >> 2; }

    using place_word = atomic<std::uint64_t>;

public:
    /// What a thread asks for; it stays where it is as long as the ring lives, and serves one handle after
    /// another.
    struct alignas(cache_line) record {
        place_word put_place{0};   ///< of the request, where it is a put
        place_word take_place{0};  ///< where it is a take
        atomic<std::uint64_t> from{0};
        atomic<std::uint64_t> index{0};     ///< to put; `any`: to take one
        atomic<std::uint64_t> asked{0};     ///< number of the last request
        atomic<std::uint64_t> answered{1};  ///< equal to `asked` while that one is pending, one more afterwards

        atomic<bool> owned{true};
        record* next = nullptr;  // written before the record is listed, never after
        // Only its owner uses these.
        record* helped = nullptr;
        unsigned until_look = 1;
    };

    /// It begins with the indices below `inside`. `first`: its first ticket.
    helped_index_ring(std::size_t n, std::size_t inside, std::uint64_t first, wcq_patience patience)
        : n_(n),
          order_(order_of(2 * n)),
          patience_(patience),
          tail_(first + 2 * n, 0),
          head_(first + 2 * n, 0),
          entries_(2 * computable(n)) {
        for (std::size_t i = 0; i < 2 * n; ++i) {
            entries_.construct(i, lap_of(first), entry_of(lap_of(first), true, true, never()));
        }
        for (std::size_t i = 0; i < inside; ++i) {
            put_at(tail_.fetch_add_first(1), i);
            refill_threshold();
        }
    }
    ~helped_index_ring() {
        // relaxed: no threads are left
        for (record* r = records_.load(std::memory_order_relaxed); r != nullptr;) {
            delete std::exchange(r, r->next);
        }
    }
    helped_index_ring(const helped_index_ring&) = delete;
    helped_index_ring& operator=(const helped_index_ring&) = delete;

    record* acquire() {
        // [listed]: the records' `next` are set.
        for (record* r = records_.load(std::memory_order_acquire); r != nullptr; r = r->next) {
            bool expected = false;
            // [inherited]: what the last owner has written for itself. relaxed on failure: it stays its
            // owner's.
            if (r->owned.compare_exchange_strong(expected, true, std::memory_order_acquire,
                                                 std::memory_order_relaxed)) {
                return r;
            }
        }
        auto* mine = new record;
        mine->until_look = patience_.between_looks;
        mine->next = records_.load(std::memory_order_relaxed);  // relaxed: the CAS checks it
        // [listed]; seq_cst, so that who takes an index finds the record of the request that it was put for.
        while (!records_.compare_exchange_weak(mine->next, mine, std::memory_order_seq_cst,
                                               std::memory_order_relaxed)) {
        }
        return mine;
    }
    static void give_back(record* mine) noexcept {
        mine->owned.store(false, std::memory_order_release);  // [inherited]
    }

    /// There are no more than n indices, so there is room.
    void put(record& mine, std::uint64_t index) noexcept {
        look_for_requests(mine);
        std::uint64_t ticket = 0;
        for (unsigned tries = 1;; ++tries) {
            ticket = tail_.fetch_add_first(1);
            if (tries <= patience_.puts && put_at(ticket, index)) {
                refill_threshold();
                return;
            }
            if (tries >= patience_.puts) {
                break;
            }
        }
        const std::uint64_t number = ask(mine, mine.put_place, ticket, index);
        put_for(mine, number, place_with(ticket), index);
        mine.answered.store(number + 1);
        refill_threshold();  // whoever has put it may not have come to this
    }

    /// False: empty.
    bool take(record& mine, std::uint64_t& index) noexcept {
        if (threshold_.load() < 0) {
            return false;
        }
        look_for_requests(mine);
        std::uint64_t ticket = 0;
        for (unsigned tries = 1;; ++tries) {
            ticket = head_.fetch_add_first(1);
            if (take_at(ticket, index)) {
                return true;
            }
            const std::uint64_t tail = tail_.load_first();
            if (tail <= ticket + 1) {
                catch_up(tail, ticket + 1);
                threshold_.fetch_sub(1);
                return false;
            }
            if (threshold_.fetch_sub(1) <= 0) {
                return false;
            }
            if (tries >= patience_.takes) {
                break;
            }
        }
        const std::uint64_t number = ask(mine, mine.take_place, ticket, any);
        take_for(mine, number, place_with(ticket));
        mine.answered.store(number + 1);
        ticket = ticket_in(mine.take_place.load());
        entry& found = entries_[place_of(ticket)];
        const std::uint64_t seen = found.load_second();
        if (lap_in(seen) != lap_of(ticket) || index_in(seen) == never()) {
            return false;
        }
        index = consume(found, seen, ticket);
        return true;
    }

    /// When no threads are left. False: empty.
    bool take_alone(std::uint64_t& index) noexcept {
        while (head_.load_first() < tail_.load_first()) {
            if (take_at(head_.fetch_add_first(1), index)) {
                return true;
            }
        }
        return false;
    }

private:
    using entry = wide_word<>;  // the note (a lap), and lap | ready | safe | index
    using count = wide_word<>;  // of tickets, and whose place is to say that it has the last one

    static constexpr std::uint64_t any = ~std::uint64_t{0};

    static unsigned order_of(std::size_t power_of_two) {  // 0 where it has overflown
        unsigned order = 0;
        while ((std::size_t{1} << order) < power_of_two) {
            ++order;
        }
        return order;
    }

    // The index has as many bits as count the entries. The two greatest are none: one that was taken, and the
    // one of an entry that a take came to before its put.
    std::uint64_t taken() const noexcept { return 2 * n_ - 1; }
    std::uint64_t never() const noexcept { return 2 * n_ - 2; }
    bool is_none(std::uint64_t index) const noexcept { return index >= never(); }
    std::uint64_t safe() const noexcept { return std::uint64_t{1} << order_; }
    std::uint64_t ready() const noexcept { return std::uint64_t{2} << order_; }
    std::uint64_t entry_of(std::uint64_t lap, bool is_ready, bool is_safe, std::uint64_t index) const noexcept {
        return lap << (order_ + 2) | (is_ready ? ready() : 0) | (is_safe ? safe() : 0) | index;
    }
    std::uint64_t lap_in(std::uint64_t seen) const noexcept { return seen >> (order_ + 2); }
    std::uint64_t index_in(std::uint64_t seen) const noexcept { return seen & taken(); }

    std::uint64_t lap_of(std::uint64_t ticket) const noexcept { return ticket >> order_; }
    /// Neighbouring tickets lie a line apart, so that threads that follow each other do not meet in one.
    std::size_t place_of(std::uint64_t ticket) const noexcept {
        constexpr unsigned in_a_line = 3;  // log2 of the entries in a line
        static_assert(in_model || (std::size_t{16} << in_a_line) == cache_line);
        const std::size_t at = ticket & taken();
        return order_ <= in_a_line ? at : ((at << in_a_line) | (at >> (order_ - in_a_line))) & taken();
    }

    std::int64_t most_vain() const noexcept { return static_cast<std::int64_t>(3 * n_) - 1; }
    void refill_threshold() noexcept {
        if (threshold_.load() != most_vain()) {
            threshold_.store(most_vain());
        }
    }

    // ------------------------------------------------------------------------------------------ by oneself

    /// Nobody else has the ticket. False: the entry is not for it.
    bool put_at(std::uint64_t ticket, std::uint64_t index) noexcept {
        entry& at = entries_[place_of(ticket)];
        std::uint64_t seen = at.load_second();
        while (lap_in(seen) < lap_of(ticket) && is_none(index_in(seen)) &&
               ((seen & safe()) != 0 || head_.load_first() <= ticket)) {
            if (at.compare_exchange_second(seen, entry_of(lap_of(ticket), true, true, index))) {  // [put]
                return true;
            }
        }
        return false;
    }

    /// Nobody else has the ticket. False: nothing has been put there, and nothing will be.
    bool take_at(std::uint64_t ticket, std::uint64_t& index) noexcept {
        entry& at = entries_[place_of(ticket)];
        std::uint64_t seen = at.load_second();
        for (;;) {
            if (lap_in(seen) == lap_of(ticket)) {
                index = consume(at, seen, ticket);
                return true;
            }
            if (lap_in(seen) > lap_of(ticket)) {
                return false;
            }
            const std::uint64_t bar = barred(seen, ticket);
            if (bar == seen || at.compare_exchange_second(seen, bar)) {
                return false;
            }
        }
    }

    /// The entry, of an older lap, when the ticket's put must not use it any more. What is inside stays for its
    /// take.
    std::uint64_t barred(std::uint64_t seen, std::uint64_t ticket) const noexcept {
        return is_none(index_in(seen)) ? entry_of(lap_of(ticket), true, (seen & safe()) != 0, never())
                                       : seen & ~safe();
    }

    std::uint64_t consume(entry& at, std::uint64_t seen, std::uint64_t ticket) noexcept {
        if ((seen & ready()) == 0) {
            // Before the entry can be used again: who is late must find one or the other.
            // [listed]
            for (record* r = records_.load(); r != nullptr; r = r->next) {
                if (ticket_in(r->put_place.load()) == ticket) {
                    end(r->put_place, ticket);
                    break;
                }
            }
        }
        return index_in(at.fetch_or_second(ready() | taken()));  // [put]: ours alone
    }

    /// Takes have drawn more tickets than puts: the puts begin behind them, or they would try each in vain.
    /// They do without it, too, so it is tried a few times.
    void catch_up(std::uint64_t tail, std::uint64_t head) noexcept {
        for (int tries = 0; tries < 16 && !tail_.compare_exchange_first(tail, head); ++tries) {
            head = head_.load_first();
            if (tail >= head) {
                return;
            }
        }
    }

    // ------------------------------------------------------------------------------------------- requests

    /// Publishes a request; its number.
    static std::uint64_t ask(record& mine, place_word& place, std::uint64_t ticket,
                             std::uint64_t index) noexcept {
        const std::uint64_t number = mine.answered.load(std::memory_order_relaxed);  // relaxed: we wrote it
        place.store(place_with(ticket));
        mine.from.store(place_with(ticket));
        mine.index.store(index);
        mine.asked.store(number);  // [asked]: it is complete
        return number;
    }

    void look_for_requests(record& mine) noexcept {
        if (--mine.until_look != 0) {
            return;
        }
        mine.until_look = patience_.between_looks;
        // [listed]
        record* const other = mine.helped != nullptr ? mine.helped : records_.load(std::memory_order_acquire);
        mine.helped = other->next;
        if (other == &mine) {
            return;
        }
        const std::uint64_t number = other->asked.load();  // [asked]
        const std::uint64_t index = other->index.load();
        const std::uint64_t from = other->from.load();
        if (other->answered.load() != number) {
            return;  // or what we have read may be of two requests
        }
        if (index == any) {
            take_for(*other, number, from);
        } else {
            put_for(*other, number, from, index);
        }
    }

    /// False: the request had been fulfilled before.
    bool end(place_word& place, std::uint64_t ticket) noexcept {
        std::uint64_t seen = place_with(ticket);
        return place.compare_exchange_strong(seen, seen | ended);
    }

    /// The next ticket of the request whose place is given, which all that help it draw together. `seen`: what
    /// they saw there last. False: the request has ended. True: it is at the ticket in `seen`, or it is another
    /// request by now.
    bool draw(count& of, place_word& place, std::uint64_t& seen, bool vain) noexcept {
        for (;;) {
            const std::uint64_t next = settled(of);
            if (place.compare_exchange_strong(seen, place_with(next) | announced)) {
                seen = place_with(next) | announced;
            } else if ((seen & ended) != 0) {
                return false;
            } else if ((seen & announced) == 0) {
                return true;
            } else if (ticket_in(seen) != next) {
                continue;
            }
            const count::pair had{next, 0};
            const count::pair has{next + 1, reinterpret_cast<std::uint64_t>(&place)};
            if (!of.compare_exchange(had, has)) {
                continue;
            }
            if (vain) {
                threshold_.fetch_sub(1);
            }
            std::uint64_t mine = seen;
            place.compare_exchange_strong(mine, place_with(next));
            of.compare_exchange(has, {next + 1, 0});
            seen = place_with(next);
            return true;
        }
    }

    /// A count such that no place that was given a ticket below it waits to be told so. For callers who have
    /// looked at their place before.
    std::uint64_t settled(count& of) noexcept {
        for (;;) {
            const count::pair seen = of.load();
            if (seen.second == 0) {
                // The count must stand between two looks that find no pointer. It must not be from before the
                // first: whoever tells a place (below) relies on that. And say that it was advanced to n + 1
                // for a place that had announced n. Before our second look: the place has been told by then,
                // and whoever announces what we return finds another word there than before. After our count:
                // that was at most n, so whoever has seen n announced there announces n again, which changes
                // nothing.
                const count::pair again = of.load();
                if (again.second == 0) {
                    return again.first;
                }
                continue;
            }
            auto& place = *reinterpret_cast<place_word*>(seen.second);
            // The count was read before the pointer: a number that is announced later is not less.
            std::uint64_t there = place.load();
            if ((there & announced) != 0 && ticket_in(there) < seen.first) {
                place.compare_exchange_strong(there, there & ~announced);
            }
            if (of.compare_exchange(seen, {seen.first, 0})) {
                return seen.first;
            }
        }
    }

    void put_for(record& of, std::uint64_t number, std::uint64_t seen, std::uint64_t index) noexcept {
        while (draw(tail_, of.put_place, seen, false) && of.answered.load() == number) {
            put_together(ticket_in(seen), index, of.put_place);
        }
    }

    /// Others may be doing the same.
    void put_together(std::uint64_t ticket, std::uint64_t index, place_word& place) noexcept {
        entry& at = entries_[place_of(ticket)];
        const std::uint64_t lap = lap_of(ticket);
        for (;;) {
            // The note first: with the lap of a later moment it tells that the entry was given up, not used.
            const entry::pair seen = at.load();
            if (lap_in(seen.second) >= lap) {
                if (lap_in(seen.second) == lap && index_in(seen.second) != never()) {
                    end(place, ticket);  // it has been put
                }
                return;
            }
            if (seen.first >= lap) {
                return;
            }
            if (is_none(index_in(seen.second)) &&
                ((seen.second & safe()) != 0 || head_.load_first() <= ticket)) {
                std::uint64_t unready = entry_of(lap, false, true, index);
                if (at.compare_exchange(seen, {seen.first, unready})) {  // [put]
                    if (end(place, ticket)) {
                        at.compare_exchange_second(unready, unready | ready());
                    }
                    return;
                }
            } else if (at.compare_exchange(seen, {lap, seen.second})) {
                return;
            }
        }
    }

    void take_for(record& of, std::uint64_t number, std::uint64_t seen) noexcept {
        while (draw(head_, of.take_place, seen, true) && of.answered.load() == number) {
            take_together(ticket_in(seen), of.take_place);
        }
    }

    /// Others may be doing the same. Who has asked takes the index out itself.
    void take_together(std::uint64_t ticket, place_word& place) noexcept {
        entry& at = entries_[place_of(ticket)];
        const std::uint64_t lap = lap_of(ticket);
        for (;;) {
            const entry::pair seen = at.load();
            if (lap_in(seen.second) == lap && index_in(seen.second) != never()) {
                end(place, ticket);
                return;
            }
            if (lap_in(seen.second) >= lap) {
                break;
            }
            entry::pair bar{seen.first, barred(seen.second, ticket)};
            if (!is_none(index_in(seen.second))) {
                bar.first = std::max(seen.first, lap);
            }
            if (bar == seen || at.compare_exchange(seen, bar)) {
                break;
            }
        }
        const std::uint64_t tail = tail_.load_first();
        if (tail <= ticket + 1) {
            catch_up(tail, ticket + 1);
        }
        if (threshold_.load() < 0) {
            end(place, ticket);
        }
    }

    const std::size_t n_;
    const unsigned order_;
    const wcq_patience patience_;
    atomic<record*> records_{nullptr};
    // From the second lap on: all entries are of the first.
    alignas(cache_line) count tail_;
    alignas(cache_line) count head_;
    alignas(cache_line) atomic<std::int64_t> threshold_{-1};
    alignas(cache_line) slots<entry> entries_;
};

}  // namespace detail

template <nothrow_movable T>
class wcq {
public:
    using value_type = T;
    static constexpr std::string_view name = "wcq";
    static constexpr auto producers = cardinality::many;
    static constexpr auto consumers = cardinality::many;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress =
        detail::wide_word<>::is_lock_free ? progress_guarantee::wait_free : progress_guarantee::blocking;
    static constexpr auto capacity_is = capacity_rule::power_of_two;
    static constexpr auto full_is = refusal_rule::held_up;
    static constexpr std::uint64_t largest_index =
        UINT64_MAX >> 2;  ///< of a ticket, which has two bits less than a place

    explicit wcq(std::size_t capacity)
        : capacity_(capacity),
          free_(indices(capacity), capacity, detail::first_index<T>, detail::wcq_patience_for<T>),
          filled_(indices(capacity), 0, detail::first_index<T>, detail::wcq_patience_for<T>),
          values_(capacity) {}
    ~wcq() {
        for (std::uint64_t place = 0; filled_.take_alone(place);) {
            values_.destroy(place);
        }
    }
    wcq(const wcq&) = delete;
    wcq& operator=(const wcq&) = delete;

    std::size_t capacity() const noexcept { return capacity_; }

    /// A thread's end of the queue: its records, by which others help it.
    class handle {
    public:
        explicit handle(wcq& queue) : queue_(&queue), free_(queue.free_), filled_(queue.filled_) {}

        bool try_push(T&& value) {
            std::uint64_t place = 0;
            if (!queue_->free_.take(free_.mine(), place)) {
                return false;
            }
            queue_->values_.construct(place, std::move(value));
            queue_->filled_.put(filled_.mine(), place);  // [put]: the value is inside
            return true;
        }

        bool try_pop(T& out) {
            std::uint64_t place = 0;
            if (!queue_->filled_.take(filled_.mine(), place)) {
                return false;
            }
            queue_->values_.take(place, out);
            queue_->free_.put(free_.mine(), place);  // [put]: the value has been moved out
            return true;
        }

    private:
        class membership {
        public:
            explicit membership(detail::helped_index_ring& in) : mine_(in.acquire()) {}
            membership(membership&& other) noexcept : mine_(std::exchange(other.mine_, nullptr)) {}
            membership& operator=(membership&&) = delete;
            ~membership() {
                if (mine_ != nullptr) {
                    detail::helped_index_ring::give_back(mine_);
                }
            }
            detail::helped_index_ring::record& mine() noexcept { return *mine_; }

        private:
            detail::helped_index_ring::record* mine_;
        };

        wcq* queue_;
        membership free_;
        membership filled_;
    };

    handle producer() { return handle(*this); }
    handle consumer() { return handle(*this); }

private:
    /// The bound on tickets in vain holds for no more threads than indices, so few places have more indices
    /// than they need.
    static std::size_t indices(std::size_t capacity) noexcept {
        return in_model ? capacity : std::max<std::size_t>(capacity, 64);
    }

    const std::size_t capacity_;
    detail::helped_index_ring free_;
    detail::helped_index_ring filled_;
    detail::slots<T> values_;
};

}  // namespace handoff::impls
