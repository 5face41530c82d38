// Programs for channels: a queue, a wait strategy, and an end that loses nothing (impls/blocking.hpp).
#include <memory>
#include <string>

#include "blocking.hpp"
#include "queue.hpp"
#include "queues/lamport_ring.hpp"
#include "queues/mpsc_list.hpp"
#include "suite.hpp"
#include "wait/park.hpp"
#include "wait/spin.hpp"

namespace handoff::model {
namespace {

using queues::item;
using queues::taken;

template <class C>
std::unique_ptr<C> make() {
    if constexpr (std::constructible_from<C, std::size_t>) {
        return std::make_unique<C>(std::size_t{2});
    } else {
        return std::make_unique<C>();
    }
}

/// Producers push until they are refused, or so many items; one consumer pops until the end, which one who is
/// neither declares. All that was pushed is popped.
template <class Q, class W>
void closes(std::vector<int> pushes) {
    using channel_type = impls::blocking<Q, W>;
    const auto channel = make<channel_type>();
    std::vector<std::unique_ptr<typename channel_type::producer_handle>> in;
    typename channel_type::consumer_handle out(*channel);
    std::vector<int> pushed(pushes.size(), 0);
    std::vector<taken> by(1);
    std::vector<std::function<void()>> bodies;
    for (std::size_t p = 0; p < pushes.size(); ++p) {
        in.push_back(std::make_unique<typename channel_type::producer_handle>(*channel));
        bodies.emplace_back([&, p] {
            for (int n = 0; n < pushes[p]; ++n) {
                step("push", n);
                item value = item::made(static_cast<int>(p), n);
                if (!in[p]->push(std::move(value))) {
                    check(bool(value), "a push that was refused took the item");
                    break;
                }
                ++pushed[p];
            }
        });
    }
    bodies.emplace_back([&] {
        step("pop until the end");
        for (item value; out.pop(value);) {
            by[0].add<Q>(value);
            step("pop until the end");
        }
    });
    bodies.emplace_back([&] {
        step("close");
        channel->close();
    });
    threads(std::move(bodies));
    queues::check_all(by, pushed);
}

/// The producer closes behind its pushes.
template <class Q, class W>
void closes_behind(int pushes) {
    using channel_type = impls::blocking<Q, W>;
    const auto channel = make<channel_type>();
    typename channel_type::producer_handle in(*channel);
    typename channel_type::consumer_handle out(*channel);
    std::vector<taken> by(1);
    int pushed = 0;
    threads({[&] {
                 for (int n = 0; n < pushes; ++n) {
                     step("push", n);
                     pushed += in.push(item::made(0, n)) ? 1 : 0;
                 }
                 step("close");
                 channel->close();
             },
             [&] {
                 step("pop until the end");
                 for (item value; out.pop(value);) {
                     by[0].add<Q>(value);
                     step("pop until the end");
                 }
             }});
    check(pushed == pushes, "a push was refused before the end");
    queues::check_all(by, {pushed});
}

template <class Q, class W>
std::vector<program> programs() {
    const std::string name = "blocking";
    const std::string of = std::string(Q::name) + ", " + std::string(W::name) + ": ";
    std::vector<program> all{
        {name, of + "1 pushes 2 and closes, 1 pops all", "3 + 3", [] { closes_behind<Q, W>(2); }},
        {name, of + "1 pushes, 1 pops all, 1 closes", "1 + 2 + 1", [] { closes<Q, W>({1}); }},
        {name, of + "1 pushes, 1 pops all, 1 closes, without membarrier", "1 + 2 + 1", [] {
             deny_membarrier();
             closes<Q, W>({1});
         }}};
    if constexpr (Q::producers == impls::cardinality::many) {
        all.push_back(
            {name, of + "2 push, 1 pops all, 1 closes", "1 + 1 + 3 + 1", [] { closes<Q, W>({1, 1}); }});
    }
    return all;
}

const registered all[] = {
    registered(programs<impls::lamport_ring<item>, impls::spin>()),
    registered(programs<impls::lamport_ring<item>, impls::park>()),
    registered(programs<impls::mpsc_list<item>, impls::spin>()),
};

}  // namespace
}  // namespace handoff::model
