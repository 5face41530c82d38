// What the families promise. Each implementation states, in constants that the harness can read, who
// may call it, in which order items leave, how many it holds and who may be delayed by whom; rankings
// compare equals by these words.
#pragma once

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>

namespace handoff::impls {

// ---------------------------------------------------------------------------------------- guarantees

/// How many threads may be in a role at once.
enum class cardinality { one, many };

/// The order in which items leave.
enum class ordering {
    fifo,               ///< one order for all, linearizable
    per_producer_fifo,  ///< each producer's items in its order; nothing between producers
    none,
};

/// Who can be delayed by a thread that stops in the middle of an operation.
enum class progress_guarantee {
    wait_free,  ///< nobody; every operation ends in a bounded number of own steps
    lock_free,  ///< some thread always advances
    blocking,   ///< others may have to wait for the stopped thread
};

/// What a requested capacity becomes.
enum class capacity_rule {
    exact,         ///< any capacity from 1, held exactly
    power_of_two,  ///< powers of two from 2, held exactly
    at_least,      ///< any capacity from 1; holds at least that many, `capacity()` says how many
    unbounded,     ///< takes no capacity
};

// -------------------------------------------------------------------------------------------- queues

/// The declarations that every queue makes, whatever its operations.
template <class Q>
concept declares_queue = requires {
    typename Q::value_type;
    { Q::name } -> std::convertible_to<std::string_view>;
    { Q::producers } -> std::convertible_to<cardinality>;
    { Q::consumers } -> std::convertible_to<cardinality>;
    { Q::order } -> std::convertible_to<ordering>;
    { Q::progress } -> std::convertible_to<progress_guarantee>;
    { Q::capacity_is } -> std::convertible_to<capacity_rule>;
};

/// Operations need a per-thread handle, taken once and outside any measured loop.
template <class Q>
concept has_handles = requires(Q& q) {
    q.producer();
    q.consumer();
};

/// Takes from the front. On false nothing was there and `out` is unchanged.
template <class Endpoint, class T>
concept takes = requires(Endpoint& end, T& out) {
    { end.try_pop(out) } -> std::same_as<bool>;
};

/// Offers at the back. On false there was no room and the argument is untouched.
template <class Endpoint, class T>
concept offers = requires(Endpoint& end, T&& value) {
    { end.try_push(std::move(value)) } -> std::same_as<bool>;
};

/// Appends at the back; never refuses.
template <class Endpoint, class T>
concept appends = requires(Endpoint& end, T&& value) { end.push(std::move(value)); };

/// The two ends of a queue: its handles, or the queue itself where it has none.
template <declares_queue Q>
decltype(auto) producer_end(Q& q) {
    if constexpr (has_handles<Q>) {
        return q.producer();
    } else {
        return (q);
    }
}
template <declares_queue Q>
decltype(auto) consumer_end(Q& q) {
    if constexpr (has_handles<Q>) {
        return q.consumer();
    } else {
        return (q);
    }
}
template <class Q>
using producer_end_t = decltype(producer_end(std::declval<Q&>()));
template <class Q>
using consumer_end_t = decltype(consumer_end(std::declval<Q&>()));

template <class Q>
concept queue = declares_queue<Q> && takes<std::remove_reference_t<consumer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept bounded_queue = queue<Q> && Q::capacity_is != capacity_rule::unbounded &&
                        std::constructible_from<Q, std::size_t> && requires(const Q& q) {
                            { q.capacity() } -> std::same_as<std::size_t>;
                        } && offers<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

template <class Q>
concept unbounded_queue =
    queue<Q> && Q::capacity_is == capacity_rule::unbounded && std::default_initializable<Q> &&
    appends<std::remove_reference_t<producer_end_t<Q>>, typename Q::value_type>;

/// Sleeps and wakes by its own means. `wait_pop` (and `wait_push`, where bounded) return true when the
/// operation was done and false when it was not: after `interrupt()`, which wakes whoever waits at that
/// moment, or spuriously. The caller, `blocking<Q, native>`, decides what a false means.
template <class Q>
concept natively_blocking =
    queue<Q> && requires(Q& q, std::remove_reference_t<consumer_end_t<Q>>& end, typename Q::value_type& out) {
        { end.wait_pop(out) } -> std::same_as<bool>;
        q.interrupt();
    };

// ----------------------------------------------------------------------------------- wait strategies

/// How a thread waits for a condition that another thread will make true. `wait_until` evaluates the predicate
/// at once, returns as soon as it has seen it true, and with a deadline returns whether it did. `notify` comes
/// after every change that may make a predicate true and wakes one waiter if any sleeps; `notify_all` wakes
/// all. Both are empty for strategies that never sleep on a notification; these may declare `static constexpr
/// bool polls = true`, and are then not asked to look where the caller just has. Those that never sleep at all
/// may declare `static constexpr bool keeps_cpu = true`.
///
/// A strategy that may make a blocking call has `std::uint64_t sleeps() const`, the waits in which it did,
/// exact when all waiters have joined; one without never makes one.
template <class W>
concept wait_strategy = std::default_initializable<W> &&
                        requires(W& w, bool (*predicate)(), std::chrono::steady_clock::time_point deadline) {
                            { W::name } -> std::convertible_to<std::string_view>;
                            w.wait_until(predicate);
                            { w.wait_until(predicate, deadline) } -> std::same_as<bool>;
                            w.notify();
                            w.notify_all();
                        };

/// Asks again by itself, whether notified or not.
template <class W>
concept polling = wait_strategy<W> && requires { requires W::polls; };

/// Spins for a while before it sleeps, and takes that while as a setting: `set_budget` before anybody waits.
template <class W>
concept has_spin_budget = wait_strategy<W> && requires(W& w, std::chrono::nanoseconds budget) {
    w.set_budget(budget);
    { w.budget() } -> std::same_as<std::chrono::nanoseconds>;
};

/// The wait strategy of queues that block by their own means.
struct native {
    static constexpr std::string_view name = "native";
};

/// A wait strategy chosen at run time: for those who wait rarely and long, such as workers without work, and
/// are measured by other things than the price of one more call.
class any_wait {
public:
    /// A condition by reference; valid while the call that it is given to lasts.
    class condition {
    public:
        template <class Predicate>
        condition(Predicate& done)
            : what_(&done),
              ask_([](void* what) { return static_cast<bool>((*static_cast<Predicate*>(what))()); }) {}
        bool operator()() const { return ask_(what_); }

    private:
        void* what_;
        bool (*ask_)(void*);
    };

    virtual ~any_wait() = default;
    virtual void wait_until(condition done) = 0;
    virtual bool wait_until(condition done, std::chrono::steady_clock::time_point deadline) = 0;
    virtual void notify() = 0;
    virtual void notify_all() = 0;
    /// Notifications do nothing: who waits asks again by itself.
    virtual bool polls() const = 0;
};

using make_any_wait = std::unique_ptr<any_wait> (*)();

template <wait_strategy W>
std::unique_ptr<any_wait> any_wait_of() {
    class chosen final : public any_wait {
        void wait_until(condition done) override { strategy_.wait_until(done); }
        bool wait_until(condition done, std::chrono::steady_clock::time_point deadline) override {
            return strategy_.wait_until(done, deadline);
        }
        void notify() override { strategy_.notify(); }
        void notify_all() override { strategy_.notify_all(); }
        bool polls() const override { return polling<W>; }
        W strategy_;
    };
    return std::make_unique<chosen>();
}

// ---------------------------------------------------------------------------------------------- counters

/// What read() returns while others add. Once they have joined it is exact for all but `racy`.
enum class read_promise {
    linearizable,  ///< the value of one moment between the call and the return
    interval,      ///< a value between that of the call and that of the return; a thread never sees it fall
    lagging,       ///< as `interval`, but behind by at most `slack` for every adder
    racy,          ///< anything, then and later: updates may be lost
};

/// Adds to a counter through a per-thread handle, taken once and outside any measured loop.
template <class C>
concept has_adders = requires(C& c) { c.adder(); };

template <class C>
decltype(auto) adder_end(C& c) {
    if constexpr (has_adders<C>) {
        return c.adder();
    } else {
        return (c);
    }
}
template <class C>
using adder_end_t = decltype(adder_end(std::declval<C&>()));

/// `try_add`, where it stands instead of `add`, gives up after some attempts: false, and nothing was added.
template <class End>
concept adds = requires(End& end, std::uint64_t n) { end.add(n); } || requires(End& end, std::uint64_t n) {
    { end.try_add(n) } -> std::same_as<bool>;
};

/// A number that many threads add to, from 0. What a handle added is in `read()` at the latest when the handle
/// is gone.
template <class C>
concept counter = std::default_initializable<C> && requires(const C& c) {
    { C::name } -> std::convertible_to<std::string_view>;
    { C::reading } -> std::convertible_to<read_promise>;
    { C::progress } -> std::convertible_to<progress_guarantee>;
    { c.read() } noexcept -> std::same_as<std::uint64_t>;
} && adds<std::remove_reference_t<adder_end_t<C>>>;

// ------------------------------------------------------------------------------------------------- locks

/// Who gets in next.
enum class admission {
    fifo,     ///< who came first
    any,      ///< who is fastest; a thread may be overtaken without bound
    phases,   ///< readers and writers by turns: a reader waits for one writer at most, writers are FIFO
    writers,  ///< before readers; among writers, whoever is fastest
};

/// What a thread does until it gets in.
enum class waiting { spins, sleeps, spins_then_sleeps };

/// Takes and leaves a lock through a per-thread handle that holds its queue node, taken once and outside any
/// measured loop.
template <class L>
concept has_holders = requires(L& l) { l.holder(); };

template <class L>
decltype(auto) holder_end(L& l) {
    if constexpr (has_holders<L>) {
        return l.holder();
    } else {
        return (l);
    }
}
template <class L>
using holder_end_t = decltype(holder_end(std::declval<L&>()));

template <class End>
concept locks = requires(End& end) {
    end.lock();
    end.unlock();
};
template <class End>
concept tries_to_lock = locks<End> && requires(End& end) {
    { end.try_lock() } -> std::same_as<bool>;
};
/// Readers together, or one writer alone.
template <class End>
concept locks_shared = locks<End> && requires(End& end) {
    end.lock_shared();
    end.unlock_shared();
};
/// Readers do not keep writers out; they read, ask whether what they read holds together, and read again if
/// not. All that they read is atomic (relaxed is enough).
template <class End>
concept validates_reads = locks<End> && requires(End& end, std::uint64_t begun) {
    { end.begin_read() } -> std::same_as<std::uint64_t>;
    { end.still_valid(begun) } -> std::same_as<bool>;
};

/// One thread at a time between lock() and unlock(); what one did is visible to the next.
template <class L>
concept lock = std::default_initializable<L> && requires {
    { L::name } -> std::convertible_to<std::string_view>;
    { L::admits } -> std::convertible_to<admission>;
    { L::waits } -> std::convertible_to<waiting>;
} && locks<std::remove_reference_t<holder_end_t<L>>>;

// ---------------------------------------------------------------------------------------------- barriers

/// Arrives through a per-thread handle, taken once and outside any measured loop.
template <class B>
concept has_parties = requires(B& b) { b.party(); };

template <class B>
decltype(auto) party_end(B& b) {
    if constexpr (has_parties<B>) {
        return b.party();
    } else {
        return (b);
    }
}
template <class B>
using party_end_t = decltype(party_end(std::declval<B&>()));

/// Nobody returns from an episode's arrive_and_wait() before all parties have called it; what they did before
/// is visible then. Made for a number of parties, used again and again.
template <class B>
concept barrier =
    std::constructible_from<B, std::ptrdiff_t> && requires(std::remove_reference_t<party_end_t<B>>& end) {
        { B::name } -> std::convertible_to<std::string_view>;
        { B::waits } -> std::convertible_to<waiting>;
        end.arrive_and_wait();
    };

// ---------------------------------------------------------------------------------- work-stealing deques

/// How a theft ended.
enum class steal_result {
    stolen,  ///< the thief has the item
    empty,   ///< nothing was there to take at some moment of the call
    lost,    ///< something was there, and somebody else was faster; trying again may succeed
};

/// Items at one end of their owner, in its order, last in, first out; thieves take from the other end, the
/// oldest first. `push` and `try_pop` are called by one thread at a time, the owner; `try_steal` by any other.
/// A bounded deque offers `try_push` instead, which returns false and takes nothing when it is full. `try_pop`
/// on false and `try_steal` on other than `stolen` leave `out` unchanged. What happened before an item was
/// pushed is visible to who takes it. Items are plain bytes of at most a word: pointers to what is to be done.
///
/// A deque may offer `stealable()`, a guess at how many items thieves could take just now; who steals half
/// needs it. It may declare `static constexpr bool publishes_on_demand = true`: thieves see an item only after
/// the owner's next call after they asked for one.
template <class D>
concept work_stealing_deque =
    std::is_trivially_copyable_v<typename D::value_type> && sizeof(typename D::value_type) <= sizeof(void*) &&
    std::default_initializable<D> && requires(D& d, typename D::value_type value, typename D::value_type& out) {
        { D::name } -> std::convertible_to<std::string_view>;
        { D::progress } -> std::convertible_to<progress_guarantee>;  // of thieves; owners may have a better one
        { D::capacity_is } -> std::convertible_to<capacity_rule>;    // exact, at_least or unbounded
        { d.try_pop(out) } -> std::same_as<bool>;
        { d.try_steal(out) } -> std::same_as<steal_result>;
    } && (requires(D& d, typename D::value_type value) { d.push(value); } ||
          requires(D& d, typename D::value_type value) {
              { d.try_push(value) } -> std::same_as<bool>;
              { d.capacity() } -> std::same_as<std::size_t>;
          });

// -------------------------------------------------------------------------------- fork-join and thread pools

/// What the threads of a pool or a scheduler are made with.
struct worker_options {
    /// How workers without work wait; those with a way of their own (`native`) take no notice.
    make_any_wait wait = nullptr;  // null: the implementation's own choice
    /// Called by each worker thread that the implementation makes, with its number from 0, before its first
    /// task.
    std::function<void(unsigned)> on_start;
};

/// Runs programs that fork and join. `run(root)` makes the calling thread one of the `workers()` and calls
/// `root(context)`, returning when that has; a context is the handle of the worker that a piece of work runs on
/// and is used by that piece only. `context.fork2(a, b)` calls `a(context)` and `b(context)`, perhaps at once
/// on two workers, and returns when both have; `context.fork_all(n, body)` likewise `body(context, i)` for all
/// i below n. Who waits in a fork runs other work meanwhile. What a forked piece did is visible to the forker
/// when the fork returns, and the reverse. Work throws nothing.
template <class S>
concept fork_join_scheduler = std::constructible_from<S, unsigned, const worker_options&> &&
                              requires(S& s, typename S::context& context) {
                                  { S::name } -> std::convertible_to<std::string_view>;
                                  { s.workers() } -> std::same_as<unsigned>;
                                  s.run([](typename S::context&) {});
                                  context.fork2([](typename S::context&) {}, [](typename S::context&) {});
                                  context.fork_all(std::size_t{1}, [](typename S::context&, std::size_t) {});
                              };

/// What becomes of a piece of work that is forked.
enum class forking {
    calls,     ///< it is called there and then
    stealing,  ///< it waits with its forker, from whom idle workers steal
    sharing,   ///< it waits in one place for all workers
};

/// What a scheduler's workers did since it was made.
struct stealing_counts {
    std::uint64_t steals = 0;         ///< pieces of work taken from another worker
    std::uint64_t failed_steals = 0;  ///< attempts that found nothing or lost a race
    std::uint64_t parks = 0;          ///< times a worker began to wait as its wait strategy says
    std::uint64_t wakes = 0;          ///< notifications given while somebody waited
};
/// Exact when no program runs.
template <class S>
concept counts_steals = requires(const S& s) {
    { s.counts() } -> std::same_as<stealing_counts>;
};

/// What became of a task that was submitted.
enum class submission {
    accepted,   ///< it runs on a worker, unless the pool is stopped before or lets another have its place
    ran,        ///< it has run on the caller
    rejected,   ///< refused: the pool is full or shut down
    discarded,  ///< dropped, as the pool's policy says
};

/// What a bounded pool that is full does with the next task.
enum class rejection {
    block,           ///< lets the caller wait for room
    abort,           ///< refuses it (the submission is `rejected`)
    discard,         ///< drops it
    discard_oldest,  ///< drops the oldest that has not started, and takes the new one
    caller_runs,     ///< runs it on the caller
};

/// The order in which a pool starts tasks.
enum class start_order {
    fifo,         ///< in the order of their submission
    by_key,       ///< tasks of one key in the order of their submission
    by_priority,  ///< the most urgent first, and among equals in the order of their submission
    any,          ///< no promise
};

/// What a thread that waits for a pool does meanwhile.
enum class waiter_part {
    waits,  ///< nothing: N workers are N threads beside the waiter
    helps,  ///< runs tasks: N workers are N - 1 threads and the waiter
};

struct pool_options : worker_options {
    /// Of bounded pools: tasks that have been accepted and have not started.
    std::size_t capacity = 1024;
    rejection when_full = rejection::block;
    /// Of elastic pools: the most threads; 0: as many as workers.
    unsigned max_workers = 0;
    /// Of elastic pools: how long a thread above the core waits for work before it ends.
    std::chrono::milliseconds keep_alive{100};
    /// Called on the thread that ran a task which threw. Null: a task that throws is counted, and that is all.
    std::function<void(std::exception_ptr)> on_exception;
};

/// All tasks that were submitted are in one of these once the pool is shut down, or idle.
struct pool_counts {
    std::uint64_t executed = 0;  ///< on a worker or on the caller, also those that threw
    std::uint64_t failed = 0;    ///< of these: threw
    std::uint64_t rejected = 0;
    std::uint64_t discarded = 0;  ///< the new ones and the displaced
    std::uint64_t never_ran = 0;  ///< accepted, and found in the queues by shutdown(stop_now)
};

enum class shutdown_mode {
    drain,     ///< runs what was accepted, then ends
    stop_now,  ///< runs what has started, then ends
};

/// Runs tasks on threads of its own. `P(workers, options)`; `submit(f)` from any thread, also from a task: `f`
/// is called once, on some worker, unless the submission says otherwise; `wait_idle()`, from one thread at a
/// time that is no worker: returns when every task submitted before has run. `workers` are the threads that run
/// tasks; where the waiter helps, it is one of them. Destruction drains.
///
/// A pool that is different where nobody would expect it says so, in constants that others leave out: `bool
/// ignores_workers` (any number of tasks runs at once), `rejection hidden_rejection` (what it does with a
/// submission when it is full although it is not `bounded`), `bool idle_workers_help = false` (tasks wait for
/// their worker while others are idle), `bool grows` (it obeys max_workers and keep_alive).
template <class P>
concept thread_pool = std::constructible_from<P, unsigned, const pool_options&> && requires(P& p, void (*f)()) {
    { P::name } -> std::convertible_to<std::string_view>;
    { P::starts } -> std::convertible_to<start_order>;
    { P::waiter } -> std::convertible_to<waiter_part>;
    { P::bounded } -> std::convertible_to<bool>;           // obeys capacity and when_full
    { P::nested_waits } -> std::convertible_to<bool>;      // a task may call run_all without end of the world
    { P::keeps_exceptions } -> std::convertible_to<bool>;  // a task that throws ends neither thread nor program
    { P::has_wait } -> std::convertible_to<bool>;          // obeys options.wait; else waits by its own means
    { p.submit(f) } -> std::same_as<submission>;
    p.wait_idle();
    { p.size() } -> std::same_as<unsigned>;
};

/// Tasks of one key run one after the other, in the order of their submission.
template <class P>
concept takes_keys = thread_pool<P> && requires(P& p, void (*f)()) {
    { p.submit(std::uint64_t{}, f) } -> std::same_as<submission>;
};
/// The greater `urgency`, the sooner.
template <class P>
concept takes_priorities = thread_pool<P> && requires(P& p, void (*f)()) {
    { p.submit_urgent(int{}, f) } -> std::same_as<submission>;
};
/// Has its own way to run `body(i)` for all i below n and wait for all of them.
template <class P>
concept runs_all =
    thread_pool<P> && requires(P& p, void (*body)(std::size_t)) { p.run_all(std::size_t{1}, body); };
/// Can be shut down before it is destroyed, and says what became of everything that was submitted.
template <class P>
concept accounts = thread_pool<P> && requires(P& p, const P& seen) {
    { p.shutdown(shutdown_mode::drain) } -> std::same_as<pool_counts>;
    { seen.counts() } -> std::same_as<pool_counts>;
};

}  // namespace handoff::impls
