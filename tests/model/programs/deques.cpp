// Programs for work-stealing deques (impls/concepts/deques.hpp).
#include "concepts/deques.hpp"

#include <memory>

#include "atomic.hpp"
#include "deques/abp_deque.hpp"
#include "deques/bwos_deque.hpp"
#include "deques/chase_lev_bounded_deque.hpp"
#include "deques/chase_lev_deque.hpp"
#include "deques/chase_lev_seq_cst_deque.hpp"
#include "deques/mutex_deque.hpp"
#include "deques/split_deque.hpp"
#include "deques/the_deque.hpp"
#include "suite.hpp"

namespace handoff::model {
namespace {

/// Memory of its own: what is lost leaks, what is taken twice is freed twice.
struct job {
    int number;
};

template <class D>
std::unique_ptr<D> make(std::size_t capacity) {
    if constexpr (std::constructible_from<D, std::size_t>) {
        return std::make_unique<D>(capacity);
    } else {
        return std::make_unique<D>();
    }
}

template <class D>
bool push(D& deque, job* one) {
    if constexpr (requires { deque.push(one); }) {
        deque.push(one);
        return true;
    } else {
        return deque.try_push(one);
    }
}

/// The owner does what `what` says ('+' a push, '-' a pop, 's' a theft from itself), thieves try so often; all
/// items are accounted for.
template <class D>
void owner_and_thieves(const char* what, std::vector<int> thieves, std::size_t capacity = 2) {
    const auto deque = make<D>(capacity);
    int pushed = 0;
    std::vector<int> taken(thieves.size() + 2, 0);
    const auto take = [&taken](std::size_t who, job* one) {
        check(one != nullptr && one->number > 0, "an item without its content was taken");
        one->number = 0;
        delete one;
        ++taken[who];
    };
    const auto steal = [&](std::size_t who) {
        step("try_steal");
        job* one = nullptr;
        if (deque->try_steal(one) == impls::steal_result::stolen) {
            take(who, one);
        } else {
            check(one == nullptr, "a theft that failed wrote to its argument");
        }
    };
    {
        std::vector<std::function<void()>> bodies;
        bodies.emplace_back([&] {
            for (const char* c = what; *c != 0; ++c) {
                if (*c == '+') {
                    step("push", pushed + 1);
                    job* one = new job{pushed + 1};
                    if (push(*deque, one)) {
                        ++pushed;
                    } else {
                        delete one;
                    }
                } else if (*c == 's') {
                    steal(0);
                } else {
                    step("try_pop");
                    job* one = nullptr;
                    if (deque->try_pop(one)) {
                        take(0, one);
                    }
                }
            }
        });
        for (std::size_t t = 0; t < thieves.size(); ++t) {
            bodies.emplace_back([&, t] {
                for (int n = 0; n < thieves[t]; ++n) {
                    steal(t + 1);
                }
            });
        }
        threads(std::move(bodies));
    }
    step("drain");
    for (job* one = nullptr; deque->try_pop(one);) {
        take(thieves.size() + 1, one);
    }
    int all = 0;
    for (const int n : taken) {
        all += n;
    }
    check(all == pushed, "an item was lost, or taken twice");
}

template <class D>
std::vector<program> programs() {
    const std::string name(D::name);
    return {
        {name, "owner ++--, 1 thief tries twice", "4 + 2", [] { owner_and_thieves<D>("++--", {2}); }},
        {name, "owner +-+-, 1 thief tries twice", "4 + 2", [] { owner_and_thieves<D>("+-+-", {2}); }},
        {name, "owner +-, 2 thieves try once", "2 + 1 + 1", [] { owner_and_thieves<D>("+-", {1, 1}); }},
        {name, "owner ++-, 2 thieves try once", "3 + 1 + 1", [] { owner_and_thieves<D>("++-", {1, 1}); }},
        {name, "owner +++--, 1 thief tries twice", "5 + 2", [] { owner_and_thieves<D>("+++--", {2}); }},
        {name, "owner +++++++, 1 thief tries 5 times", "7 + 5", [] { owner_and_thieves<D>("+++++++", {5}); }},
        {name, "owner ++++++-, 2 thieves try twice", "7 + 2 + 2",
         [] { owner_and_thieves<D>("++++++-", {2, 2}); }},
        {name, "owner ++-++-, 1 thief tries 3 times", "6 + 3", [] { owner_and_thieves<D>("++-++-", {3}); }},
    };
}

/// What thieves know of the order of blocks: where one that is late passes by a block with items, the owner
/// takes the emptied ones behind it for the end of the deque.
std::vector<program> programs_of_blocks() {
    using deque = impls::bwos_deque<job*>;
    const std::string name(deque::name);
    return {
        {name, "owner +++sss++++, 1 thief tries twice, 4 blocks", "10 + 2",
         [] { owner_and_thieves<deque>("+++sss++++", {2}, 6); }},
        {name, "owner +++ss++++++sss, 1 thief tries once, 4 blocks", "14 + 1",
         [] { owner_and_thieves<deque>("+++ss++++++sss", {1}, 6); }},
    };
}

const registered all[] = {
    registered(programs<impls::chase_lev_deque<job*>>()),
    registered(programs<impls::chase_lev_bounded_deque<job*>>()),
    registered(programs<impls::chase_lev_seq_cst_deque<job*>>()),
    registered(programs<impls::abp_deque<job*>>()),
    registered(programs<impls::the_deque<job*>>()),
    registered(programs<impls::bwos_deque<job*>>()),
    registered(programs_of_blocks()),
    registered(programs<impls::split_deque<job*>>()),
    registered(programs<impls::mutex_deque<job*>>()),
};

}  // namespace
}  // namespace handoff::model
