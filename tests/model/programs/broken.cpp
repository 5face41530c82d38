// Algorithms that are known to be broken: the model must find each.
#include <array>
#include <cstdint>
#include <memory>

#include "atomic.hpp"
#include "detail/cpu_relax.hpp"
#include "detail/futex.hpp"
#include "suite.hpp"

namespace handoff::model {
namespace {

using impls::atomic;
using impls::thread_fence;
constexpr auto relaxed = std::memory_order_relaxed;
constexpr auto acquire = std::memory_order_acquire;
constexpr auto release = std::memory_order_release;
constexpr auto acq_rel = std::memory_order_acq_rel;
constexpr auto seq_cst = std::memory_order_seq_cst;

/// Peterson, "Myths About the Mutual Exclusion Problem", 1981, with release and acquire only: both may enter,
/// for either store may still be under way when the other thread looks.
void peterson(std::memory_order stores, std::memory_order loads) {
    std::array<atomic<int>, 2> wants;
    atomic<int> turn{0};
    int inside = 0;
    const auto enter = [&](std::size_t me) {
        step("lock");
        wants[me].store(1, stores);
        turn.store(static_cast<int>(1 - me), stores);
        while (wants[1 - me].load(loads) != 0 && turn.load(loads) == static_cast<int>(1 - me)) {
            impls::detail::cpu_relax();
        }
        ++inside;
        step("unlock");
        wants[me].store(0, release);
    };
    threads({[&] { enter(0); }, [&] { enter(1); }});
    check(inside == 2, "an increment was lost");
}

/// Boehm, "Can Seqlocks Get Along with Programming Language Memory Models?", MSPC 2012: without the fence
/// between the odd count and the data, a reader may see new data and the old count.
void seqlock(bool writers_fence, bool readers_fence) {
    atomic<unsigned> sequence{0};
    atomic<int> left{0};
    atomic<int> right{0};
    threads({[&] {
                 step("write");
                 sequence.store(1, relaxed);
                 if (writers_fence) {
                     thread_fence(release);
                 }
                 left.store(1, relaxed);
                 right.store(1, relaxed);
                 sequence.store(2, release);
             },
             [&] {
                 step("read");
                 const unsigned begun = sequence.load(acquire);
                 const int one = left.load(relaxed);
                 const int other = right.load(relaxed);
                 if (readers_fence) {
                     thread_fence(acquire);
                 }
                 const unsigned ended = sequence.load(relaxed);
                 check(begun != ended || begun % 2 != 0 || one == other,
                       "a torn read was taken for a valid one");
             }});
}

/// An event count: who waits announces itself and looks once more; who notifies looks whether anybody is
/// announced. Without a fence on either side, each may miss the other.
void event_count(bool waiters_fence, bool notifiers_fence) {
    atomic<int> ready{0};
    atomic<std::uint32_t> waiters{0};
    atomic<std::uint32_t> epoch{0};
    threads({[&] {
                 step("wait");
                 while (ready.load(relaxed) == 0) {
                     const std::uint32_t seen = epoch.load(relaxed);
                     waiters.fetch_add(1, relaxed);
                     if (waiters_fence) {
                         thread_fence(seq_cst);
                     }
                     if (ready.load(relaxed) == 0) {
                         impls::detail::futex_wait(reinterpret_cast<const std::uint32_t*>(&epoch), seen,
                                                   impls::detail::no_deadline);
                     }
                     waiters.fetch_sub(1, relaxed);
                 }
             },
             [&] {
                 step("notify");
                 ready.store(1, relaxed);
                 if (notifiers_fence) {
                     thread_fence(seq_cst);
                 }
                 if (waiters.load(relaxed) != 0) {
                     epoch.fetch_add(1, relaxed);
                     impls::detail::futex_wake(reinterpret_cast<const std::uint32_t*>(&epoch), 1);
                 }
             }});
}

/// Chase and Lev, "Dynamic Circular Work-Stealing Deque", SPAA 2005, as it is ported without thought: the
/// owner's store to bottom and its look at top need a fence in between (Lê, Pop, Cohen, Zappa Nardelli,
/// "Correct and Efficient Work-Stealing for Weak Memory Models", PPoPP 2013), and so do the thief's two looks.
void chase_lev(bool owners_fence, bool thiefs_fence) {
    std::array<atomic<int>, 4> items;
    atomic<int> top{0};
    atomic<int> bottom{0};
    std::array<int, 3> taken{};
    const auto push = [&](int item) {
        step("push", item);
        const int b = bottom.load(relaxed);
        items[static_cast<std::size_t>(b)].store(item, relaxed);
        thread_fence(release);
        bottom.store(b + 1, relaxed);
    };
    const auto pop = [&] {
        step("pop");
        const int b = bottom.load(relaxed) - 1;
        bottom.store(b, relaxed);
        if (owners_fence) {
            thread_fence(seq_cst);
        }
        int t = top.load(relaxed);
        int item = 0;
        if (t <= b) {
            item = items[static_cast<std::size_t>(b)].load(relaxed);
            if (t == b) {
                if (!top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) {
                    item = 0;
                }
                bottom.store(b + 1, relaxed);
            }
        } else {
            bottom.store(b + 1, relaxed);
        }
        if (item != 0) {
            ++taken[static_cast<std::size_t>(item)];
        }
    };
    std::array<int, 2> stolen{};
    threads({[&] {
                 push(1);
                 push(2);
                 pop();
                 pop();
             },
             [&] {
                 for (int& one : stolen) {
                     step("steal");
                     int t = top.load(acquire);
                     if (thiefs_fence) {
                         thread_fence(seq_cst);
                     }
                     const int b = bottom.load(acquire);
                     if (t < b) {
                         const int item = items[static_cast<std::size_t>(t)].load(relaxed);
                         if (top.compare_exchange_strong(t, t + 1, seq_cst, relaxed)) {
                             one = item;
                         }
                     }
                 }
             }});
    for (const int one : stolen) {
        if (one != 0) {
            ++taken[static_cast<std::size_t>(one)];
        }
    }
    check(taken[1] <= 1 && taken[2] <= 1, "an item was taken twice");
}

/// Michael and Scott's queue with hazard pointers whose reader does not look again after it has set its hazard
/// (Michael, "Hazard Pointers", 2004): the node may have been freed in between.
void michael_scott(bool looks_again) {
    struct node {
        atomic<node*> next{nullptr};
        int value = 0;
    };
    auto* dummy = new node;
    auto* first = new node;
    first->value = 1;
    dummy->next.store(first, relaxed);
    atomic<node*> head{dummy};
    std::array<atomic<node*>, 2> hazard;
    std::array<node*, 2> retired{};
    int popped = 0;
    atomic<int> count{0};
    const auto pop = [&](std::size_t me) {
        step("pop");
        for (;;) {
            node* h = head.load(acquire);
            hazard[me].store(h, seq_cst);
            if (looks_again && head.load(seq_cst) != h) {
                continue;
            }
            node* next = h->next.load(acquire);
            if (next == nullptr) {
                break;
            }
            if (head.compare_exchange_strong(h, next, seq_cst, relaxed)) {
                count.fetch_add(next->value, relaxed);
                step("retire");
                hazard[me].store(nullptr, release);
                if (hazard[1 - me].load(seq_cst) == h) {
                    retired[me] = h;
                } else {
                    delete h;
                }
                break;
            }
        }
        hazard[me].store(nullptr, release);
    };
    threads({[&] { pop(0); }, [&] { pop(1); }});
    popped = count.load(relaxed);
    delete retired[0];
    delete retired[1];
    delete head.load(relaxed);
    check(popped == 1, "an item was lost, or taken twice");
}

/// "Double-checked locking is broken" (Bacon and others): the pointer is published with a relaxed store.
void double_checked(std::memory_order publish, std::memory_order look) {
    struct thing {
        int value = 0;
    };
    atomic<thing*> instance{nullptr};
    atomic<bool> locked{false};
    const auto use = [&] {
        step("get");
        thing* it = instance.load(look);
        if (it == nullptr) {
            while (locked.exchange(true, acquire)) {
                impls::detail::cpu_relax();
            }
            it = instance.load(relaxed);
            if (it == nullptr) {
                it = new thing;
                it->value = 1;
                instance.store(it, publish);
            }
            locked.store(false, release);
        }
        check(it->value == 1, "it was seen before it was made");
    };
    threads({use, use});
    delete instance.load(relaxed);
}

/// Two locks in two orders.
void lock_order(bool same) {
    std::array<atomic<bool>, 2> locks;
    const auto lock = [&](std::size_t which) {
        step("lock", static_cast<long>(which));
        while (locks[which].exchange(true, acquire)) {
            impls::detail::cpu_relax();
        }
    };
    const auto both = [&](std::size_t first) {
        lock(first);
        lock(1 - first);
        step("unlock both");
        locks[1 - first].store(false, release);
        locks[first].store(false, release);
    };
    threads({[&] { both(0); }, [&] { both(same ? 0 : 1); }});
}

/// A list-based stack whose pop frees its node at once: another pop may be reading it (and meet the address
/// again).
void treiber() {
    struct node {
        node* next = nullptr;
    };
    atomic<node*> top{nullptr};
    for (int i = 0; i < 2; ++i) {
        auto* fresh = new node;
        fresh->next = top.load(relaxed);
        top.store(fresh, relaxed);
    }
    const auto pop = [&] {
        step("pop");
        node* seen = top.load(acquire);
        while (seen != nullptr && !top.compare_exchange_strong(seen, seen->next, acq_rel, acquire)) {
        }
        delete seen;
    };
    threads({pop, pop});
}

std::vector<program> pair(std::string name, std::function<void()> broken, std::function<void()> repaired) {
    std::vector<program> both{{"broken_" + name, "as it is known to be broken", "", std::move(broken), true}};
    if (repaired) {
        both.push_back({"broken_" + name, "repaired", "", std::move(repaired), false});
    }
    return both;
}

const registered all[] = {
    registered(pair(
        "peterson", [] { peterson(release, acquire); }, [] { peterson(seq_cst, seq_cst); })),
    registered(pair(
        "seqlock_writer", [] { seqlock(false, true); }, [] { seqlock(true, true); })),
    registered(pair(
        "seqlock_reader", [] { seqlock(true, false); }, nullptr)),
    registered(pair(
        "event_count_waiter", [] { event_count(false, true); }, [] { event_count(true, true); })),
    registered(pair(
        "event_count_notifier", [] { event_count(true, false); }, nullptr)),
    registered(pair(
        "chase_lev_owner", [] { chase_lev(false, true); }, [] { chase_lev(true, true); })),
    registered(pair(
        "chase_lev_thief", [] { chase_lev(true, false); }, nullptr)),
    registered(pair(
        "michael_scott", [] { michael_scott(false); }, [] { michael_scott(true); })),
    registered(pair(
        "double_checked", [] { double_checked(relaxed, acquire); }, [] { double_checked(release, acquire); })),
    registered(pair(
        "double_checked_look", [] { double_checked(release, relaxed); }, nullptr)),
    registered(pair(
        "lock_order", [] { lock_order(false); }, [] { lock_order(true); })),
    registered(pair(
        "treiber", [] { treiber(); }, nullptr)),
};

}  // namespace
}  // namespace handoff::model
