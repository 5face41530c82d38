#include "queues/traits.hpp"

#include <algorithm>
#include <bit>

#include "queues/words.hpp"

namespace handoff::benchmarks {

using kind = harness::verdict::kind;

std::string queue_traits::order_words() const {
    return words::of(order, relaxation);
}

std::vector<std::string> queue_traits::wait_words() const {
    std::vector<std::string> words;
    for (const wait_traits& wait : waits) {
        words.emplace_back(wait.name);
    }
    return words;
}

std::vector<std::string> queue_traits::usual_capacity() const {
    return {is_bounded() ? "1024" : "unbounded"};
}

const wait_traits* queue_traits::find_wait(std::string_view word) const noexcept {
    const auto found = std::ranges::find(waits, word, &wait_traits::name);
    return found == waits.end() ? nullptr : &*found;
}

bool queue_traits::keeps_cpu(const harness::point& p) const {
    const wait_traits* const wait = find_wait(p.value("wait"));
    return wait != nullptr && wait->keeps_cpu;
}

harness::verdict queue_traits::judge_capacity(std::string_view text) const {
    const std::string own(name);
    const bool wants_none = text == "unbounded";
    if (!is_bounded()) {
        return wants_none ? harness::verdict{} : harness::verdict{kind::not_offered, own + " is unbounded"};
    }
    if (wants_none) {
        return {kind::not_offered, own + " is bounded"};
    }
    const unsigned long capacity = std::stoul(std::string(text));
    if (capacity_is == impls::capacity_rule::power_of_two && (capacity < 2 || !std::has_single_bit(capacity))) {
        return {kind::senseless, own + " needs a power of two from 2 (" +
                                     std::to_string(std::max(2UL, std::bit_ceil(capacity))) + "?)"};
    }
    if (capacity == 0) {
        return {kind::senseless, own + " holds at least 1"};
    }
    if (largest_capacity != 0 && capacity > largest_capacity) {
        return {kind::senseless, own + " holds at most " + std::to_string(largest_capacity)};
    }
    return {};
}

std::string queue_traits::budgeted_waits() const {
    std::string all;
    for (const wait_traits& wait : waits) {
        if (wait.has_spin_budget) {
            all += (all.empty() ? "" : ", ") + std::string(wait.name);
        }
    }
    return all;
}

std::vector<std::string> queue_traits::budget_words() const {
    if (budgeted_waits().empty()) {
        return {"own"};
    }
    return {"own", "0", "10", "25", "50", "100", "200", "400"};
}

harness::verdict queue_traits::judge_threads(const harness::point& p) const {
    const std::string own(name);
    const bool takes_many = producers == impls::cardinality::many && consumers == impls::cardinality::many &&
                            order != impls::ordering::multicast;
    if (p.number("threads") > 1 && !takes_many) {
        return {kind::not_offered, own + " takes one " +
                                       (producers == impls::cardinality::one ? "producer" : "consumer") +
                                       ", and each of these threads pushes and pops"};
    }
    if (is_bounded() && p.number("prefill") + p.number("threads") > p.number("capacity")) {
        return {kind::not_offered, "capacity " + std::string(p.value("capacity")) +
                                       " has no room for a prefill of " + std::string(p.value("prefill")) +
                                       " and an item of each thread"};
    }
    return {};
}

std::string queue_traits::stalls_crowded(const harness::point& p) const {
    const auto several = [&p](std::string_view role) {
        const std::string_view axis = p.value(role).empty() ? "threads" : role;
        return !p.value(axis).empty() && p.number(axis) > 1;
    };
    const bool pushes = pushes_spin_for_pushes && several("producers");
    if (!pushes && !(pops_spin_for_pops && several("consumers"))) {
        return {};
    }
    return (pushes ? "a push of " : "a pop of ") + std::string(name) +
           " spins for an earlier one whose thread has lost its CPU";
}

harness::verdict queue_traits::judge_budget(const harness::point& p) const {
    const std::string budget(p.value("spin_budget"));
    const wait_traits* const wait = find_wait(p.value("wait"));
    if (budget == "own" || (wait != nullptr && wait->has_spin_budget)) {
        return {};
    }
    return {kind::not_offered, "spin_budget " + budget + " goes with wait " + budgeted_waits() + " only"};
}

}  // namespace handoff::benchmarks
