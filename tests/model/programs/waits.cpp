// Programs for wait strategies, for workers that wait, and for reclamation.
#include <memory>

#include "atomic.hpp"
#include "detail/idlers.hpp"
#include "reclaim/hazard_pointers.hpp"
#include "suite.hpp"
#include "wait/backoff.hpp"
#include "wait/condvar.hpp"
#include "wait/hybrid.hpp"
#include "wait/park.hpp"
#include "wait/sleep.hpp"
#include "wait/spin.hpp"
#include "wait/yield.hpp"

namespace handoff::model {
namespace {

template <class W>
std::unique_ptr<W> make() {
    auto wait = std::make_unique<W>();
    if constexpr (impls::has_spin_budget<W>) {
        wait->set_budget(std::chrono::nanoseconds(0));
    }
    return wait;
}

bool takes_one(impls::atomic<int>& items) {
    int seen = items.load(std::memory_order_relaxed);
    while (seen > 0 && !items.compare_exchange_strong(seen, seen - 1, std::memory_order_relaxed)) {
    }
    return seen > 0;
}

/// One makes a condition true and notifies; nobody may sleep for ever. Relaxed: the strategy alone has to see
/// to it.
template <class W>
void one_waits() {
    const auto wait = make<W>();
    impls::atomic<int> ready{0};
    threads({[&] {
                 step("wait_until");
                 wait->wait_until([&] { return ready.load(std::memory_order_relaxed) != 0; });
             },
             [&] {
                 step("make it true");
                 ready.store(1, std::memory_order_relaxed);
                 step("notify");
                 wait->notify();
             }});
}

/// Two wait for one item each, which two bring.
template <class W>
void two_wait_for_two(bool two_bring) {
    const auto wait = make<W>();
    impls::atomic<int> items{0};
    const auto bring = [&] {
        step("bring");
        items.fetch_add(1, std::memory_order_relaxed);
        step("notify");
        wait->notify();
    };
    const auto take = [&] {
        step("wait_until");
        wait->wait_until([&] { return takes_one(items); });
    };
    if (two_bring) {
        threads({take, take, bring, bring});
    } else {
        threads({take, take, [&] {
                     bring();
                     bring();
                 }});
    }
}

template <class W>
void all_wait() {
    const auto wait = make<W>();
    impls::atomic<int> ready{0};
    const auto waits = [&] {
        step("wait_until");
        wait->wait_until([&] { return ready.load(std::memory_order_relaxed) != 0; });
    };
    threads({waits, waits, [&] {
                 step("make it true");
                 ready.store(1, std::memory_order_relaxed);
                 step("notify_all");
                 wait->notify_all();
             }});
}

/// The waiter waits twice: what a wait leaves behind must not hurt the next.
template <class W>
void waits_twice() {
    const auto wait = make<W>();
    impls::atomic<int> ready{0};
    threads({[&] {
                 for (int n = 1; n <= 2; ++n) {
                     step("wait_until", n);
                     wait->wait_until([&] { return ready.load(std::memory_order_relaxed) >= n; });
                 }
             },
             [&] {
                 for (int n = 1; n <= 2; ++n) {
                     step("make it true", n);
                     ready.store(n, std::memory_order_relaxed);
                     step("notify", n);
                     wait->notify();
                 }
             }});
}

template <class W>
std::vector<program> programs() {
    const std::string name(W::name);
    return {{name, "1 waits, 1 notifies", "1 + 1", [] { one_waits<W>(); }},
            {name, "1 waits twice, 1 notifies twice", "2 + 2", [] { waits_twice<W>(); }},
            {name, "2 wait, 1 notifies all", "1 + 1 + 1", [] { all_wait<W>(); }},
            {name, "2 wait for an item, 1 brings 2", "1 + 1 + 2", [] { two_wait_for_two<W>(false); }}};
}

/// Workers without work, as in the pools.
void idlers(int workers, bool brings_two) {
    const auto idle = std::make_unique<impls::detail::idlers>(&impls::any_wait_of<impls::park>);
    impls::atomic<int> items{0};
    std::vector<std::function<void()>> bodies;
    for (int w = 0; w < workers; ++w) {
        bodies.emplace_back([&] {
            step("wait_until");
            idle->wait_until([&] { return takes_one(items); });
            step("notify once more");
            idle->notify();
        });
    }
    bodies.emplace_back([&, brings_two] {
        for (int n = 0; n < (brings_two ? 2 : 1); ++n) {
            step("bring");
            items.fetch_add(1, std::memory_order_relaxed);
            step("notify");
            idle->notify();
        }
    });
    threads(std::move(bodies));
}

void idlers_all() {
    const auto idle = std::make_unique<impls::detail::idlers>(&impls::any_wait_of<impls::park>);
    impls::atomic<int> ready{0};
    threads({[&] {
                 step("wait_until");
                 idle->wait_until([&] { return ready.load(std::memory_order_relaxed) != 0; });
             },
             [&] {
                 step("make it true");
                 ready.store(1, std::memory_order_relaxed);
                 step("notify_all");
                 idle->notify_all();
             }});
}

struct node {
    int value = 1;
};

/// One replaces a node and retires it, others read what they protect.
template <impls::fences Fences>
void protects(int readers, int replacements) {
    using domain = impls::hazard_domain<node, 1, Fences>;
    const auto nodes = std::make_unique<domain>();
    const auto source = std::make_unique<impls::atomic<node*>>(new node);
    std::vector<std::function<void()>> bodies;
    for (int r = 0; r < readers; ++r) {
        bodies.emplace_back([&] {
            typename domain::guard guard(*nodes);
            for (int n = 0; n < (readers == 1 ? 2 : 1); ++n) {
                step("protect", n);
                node* const seen = guard.protect(0, *source);
                check(seen->value == 1, "a node was read after its end");
            }
            step("release");
            guard.release();
        });
    }
    bodies.emplace_back([&] {
        typename domain::guard guard(*nodes);
        for (int n = 0; n < replacements; ++n) {
            step("replace", n);
            node* const old = source->exchange(new node, std::memory_order_seq_cst);
            step("retire", n);
            guard.retire(old);
        }
    });
    threads(std::move(bodies));
    delete source->load(std::memory_order_relaxed);
}

/// A later guard inherits what an ended one has not freed.
template <impls::fences Fences>
void inherits() {
    using domain = impls::hazard_domain<node, 1, Fences>;
    const auto nodes = std::make_unique<domain>();
    const auto source = std::make_unique<impls::atomic<node*>>(new node);
    const auto replace = [&] {
        typename domain::guard guard(*nodes);
        step("protect");
        guard.protect(0, *source);
        step("replace");
        node* const old = source->exchange(new node, std::memory_order_seq_cst);
        step("retire");
        guard.retire(old);
    };
    threads({replace, replace});
    delete source->load(std::memory_order_relaxed);
}

template <impls::fences Fences>
std::vector<program> programs_of_hazards(std::string name) {
    return {{name, "1 reads twice, 1 replaces", "2 + 1", [] { protects<Fences>(1, 1); }},
            {name, "1 reads twice, 1 replaces twice", "2 + 2", [] { protects<Fences>(1, 2); }},
            {name, "2 read, 1 replaces", "1 + 1 + 1", [] { protects<Fences>(2, 1); }},
            {name, "2 replace what they protect", "1 + 1", [] { inherits<Fences>(); }},
            {name, "without membarrier: 1 reads twice, 1 replaces", "2 + 1", [] {
                 deny_membarrier();
                 protects<Fences>(1, 1);
             }}};
}

const registered all[] = {
    registered(programs<impls::spin>()),
    registered(programs<impls::yield>()),
    registered(programs<impls::backoff>()),
    registered(programs<impls::sleep>()),
    registered(programs<impls::park>()),
    registered(programs<impls::hybrid>()),
    registered(programs<impls::condvar>()),
    registered({{"idlers", "1 waits for an item, 1 brings it", "1 + 1", [] { idlers(1, false); }},
                {"idlers", "1 waits, 1 notifies all", "1 + 1", [] { idlers_all(); }},
                {"idlers", "2 wait for an item, 1 brings 2", "1 + 1 + 2", [] { idlers(2, true); }}}),
    registered(programs_of_hazards<impls::fences::on_protecting>("hazards_on_protecting")),
    registered(programs_of_hazards<impls::fences::on_freeing>("hazards_on_freeing")),
};

}  // namespace
}  // namespace handoff::model
