// Where queues meet workloads: what the harness may ask of a queue, and the table of its instantiations.
#pragma once

#include <bit>
#include <string>
#include <utility>
#include <vector>

#include "blocking.hpp"
#include "concepts.hpp"
#include "limits_of.hpp"
#include "registry.hpp"
#include "topology.hpp"
#include "words.hpp"
#include "workloads/footprint.hpp"
#include "workloads/idle.hpp"
#include "workloads/item.hpp"
#include "workloads/paced.hpp"
#include "workloads/round_trip.hpp"
#include "workloads/transfer.hpp"
#include "workloads/waiting.hpp"

namespace handoff::benchmarks {

/// What a queue of this declaration says of capacities.
template <class Q>
harness::verdict judge_capacity(std::string_view text) {
    using kind = harness::verdict::kind;
    const std::string name(Q::name);
    const bool wants_none = text == "unbounded";
    if constexpr (Q::capacity_is == impls::capacity_rule::unbounded) {
        return wants_none ? harness::verdict{} : harness::verdict{kind::not_offered, name + " is unbounded"};
    } else {
        if (wants_none) {
            return {kind::not_offered, name + " is bounded"};
        }
        const unsigned long capacity = std::stoul(std::string(text));
        if constexpr (Q::capacity_is == impls::capacity_rule::power_of_two) {
            if (capacity < 2 || !std::has_single_bit(capacity)) {
                return {kind::senseless, name + " needs a power of two from 2 (" +
                                             std::to_string(std::max(2UL, std::bit_ceil(capacity))) + "?)"};
            }
        }
        if constexpr (requires { Q::largest_capacity; }) {
            if (capacity > Q::largest_capacity) {
                return {kind::senseless, name + " holds at most " + std::to_string(Q::largest_capacity)};
            }
        }
        return {};
    }
}

/// The candidates of one queue: every workload x every wait strategy that suits it x every item size.
template <template <class> class Queue, class... Waits>
class queue_family {
    using declared = Queue<item<8>>;
    static constexpr bool is_native = impls::natively_blocking<declared>;
    using run_function = harness::measurement (*)(const harness::trial&);

    struct instance {
        std::string_view wait;
        std::string_view bytes;
        run_function transfer;
        run_function round_trip;
        run_function paced = nullptr;              ///< items of 8 bytes only, here and below
        run_function round_trip_asleep = nullptr;  ///< and only of waits that sleep until they are notified
        run_function idle = nullptr;
    };

    /// Whether a thread that waits so long enough is asleep until somebody notifies it.
    template <class Wait>
    static constexpr bool sleeps = !impls::polling<Wait>;

    template <class Wait>
    static void add_sizes(std::vector<instance>& table) {
        const auto add = [&]<std::size_t Bytes>(std::string_view text) {
            using channel = impls::blocking<Queue<item<Bytes>>, Wait, impls::closing::abrupt, wait_tally>;
            table.push_back({Wait::name, text, &transfer<channel>, &round_trip<channel>});
            if constexpr (Bytes == 8) {
                table.back().paced = &paced<channel>;
                if constexpr (sleeps<Wait>) {
                    table.back().round_trip_asleep = &round_trip<channel, true>;
                }
                table.back().idle = &idle<channel>;
            }
        };
        add.template operator()<8>("8");
        add.template operator()<64>("64");
        add.template operator()<256>("256");
    }

    static std::vector<instance> make_table() {
        std::vector<instance> table;
        if constexpr (is_native) {
            add_sizes<impls::native>(table);
        } else {
            (add_sizes<Waits>(table), ...);
        }
        return table;
    }

    static std::vector<std::string> wait_words() {
        if constexpr (is_native) {
            return {std::string(impls::native::name)};
        } else {
            return {std::string(Waits::name)...};
        }
    }

    /// The wait strategies that take a spin budget, as one word for what is refused; empty: none here does.
    static std::string budgeted_waits() {
        std::string all;
        if constexpr (!is_native) {
            const auto add = [&]<class Wait>() {
                if constexpr (impls::has_spin_budget<Wait>) {
                    all += (all.empty() ? "" : ", ") + std::string(Wait::name);
                }
            };
            (add.template operator()<Waits>(), ...);
        }
        return all;
    }

    static std::vector<std::string> budget_words() {
        if (budgeted_waits().empty()) {
            return {"own"};
        }
        return {"own", "0", "10", "25", "50", "100", "200", "400"};
    }

    /// Of values that are legal by themselves.
    static harness::verdict judge_budget(const harness::point& p) {
        const std::string budget(p.value("spin_budget"));
        if (budget == "own" ||
            (", " + budgeted_waits() + ",").find(", " + std::string(p.value("wait")) + ",") !=
                std::string::npos) {
            return {};
        }
        return {harness::verdict::kind::not_offered,
                "spin_budget " + budget + " goes with wait " + budgeted_waits() + " only"};
    }

    static harness::verdict judge(std::string_view axis, std::string_view value) {
        using kind = harness::verdict::kind;
        const std::string name(declared::name);
        if (axis == "wait") {
            for (const std::string& word : wait_words()) {
                if (word == value) {
                    return {};
                }
            }
            return {kind::not_offered, is_native ? name + " waits by its own means (native)"
                                                 : name + " has no waiting of its own"};
        }
        if (axis == "producers" && declared::producers == impls::cardinality::one && value != "1") {
            return {kind::not_offered, name + " takes one producer"};
        }
        if (axis == "consumers" && declared::consumers == impls::cardinality::one && value != "1") {
            return {kind::not_offered, name + " takes one consumer"};
        }
        if (axis == "bytes" && value != "8" && value != "64" && value != "256") {
            return {kind::senseless, "legal: 8, 64, 256"};
        }
        if (axis == "capacity") {
            return judge_capacity<declared>(value);
        }
        if (axis == "spin_budget" && value != "own" && budgeted_waits().empty()) {
            return {kind::not_offered, name + " waits by its own means (native)"};
        }
        return {};
    }

    template <class Wait>
    static constexpr bool never_sleeps = requires { requires Wait::keeps_cpu; };
    /// Threads that wait by a strategy that never sleeps are always running.
    static bool keeps_cpu(const harness::point& p) {
        return ((p.value("wait") == Waits::name && never_sleeps<Waits>) || ...);
    }

    static bool sleeps_by_name(std::string_view wait) {
        if constexpr (is_native) {
            return true;
        } else {
            return ((Waits::name == wait && sleeps<Waits>) || ...);
        }
    }

    /// Of values that are legal by themselves.
    static harness::verdict judge_peer(const harness::point& p) {
        using kind = harness::verdict::kind;
        const std::string wait(p.value("wait"));
        if (p.value("peer") != "asleep") {
            return {};
        }
        if (!sleeps_by_name(wait)) {
            return {kind::not_offered,
                    "who waits by " + wait + " looks again and again: there is no peer asleep"};
        }
        return p.value("bytes") == "8" ? harness::verdict{}
                                       : harness::verdict{kind::not_offered, "a peer asleep is sent 8 bytes"};
    }

    static harness::verdict judge_paced(std::string_view axis, std::string_view value) {
        const harness::verdict v = judge(axis, value);
        return axis == "bytes" && value != "8" && v.is == harness::verdict::kind::legal
                   ? harness::verdict{harness::verdict::kind::not_offered, "paced sends 8 bytes"}
                   : v;
    }

    /// What `transfer` reaches with the same axes.
    static harness::pacing pace(const harness::point& p) {
        harness::pacing by{p, static_cast<double>(p.number("load")) / 100};
        by.reference.workload = "transfer";
        auto& values = by.reference.values;
        std::erase_if(values, [](const auto& v) { return v.first == "arrivals" || v.first == "load"; });
        values.insert(std::ranges::find(values, "placement", &std::pair<std::string, std::string>::first),
                      {"spin_budget", "own"});
        return by;
    }

    /// The table is searched once per trial, outside everything measured.
    static run_function find(const harness::point& p, run_function instance::* workload) {
        static const std::vector<instance> table = make_table();
        for (const instance& one : table) {
            const std::string_view bytes = p.value("bytes").empty() ? "8" : p.value("bytes");
            if (one.wait == p.value("wait") && one.bytes == bytes) {
                return one.*workload;
            }
        }
        throw std::logic_error(p.name() + " was judged legal but has no instance");
    }

public:
    static std::vector<harness::candidate> candidates() {
        harness::candidate common;
        common.family = "queues";
        common.impl = declared::name;
        common.guarantees = {{"order", words::of(declared::order)},
                             {"progress", words::of(declared::progress)},
                             {"producers", words::of(declared::producers)},
                             {"consumers", words::of(declared::consumers)},
                             {"capacity", words::of(declared::capacity_is)}};
        common.words = {
            {"wait", wait_words()}, {"spin_budget", budget_words()}, {"placement", harness::placement_words()}};
        common.judge = judge;
        common.rivals = [](const harness::point& p) {
            const std::string_view held = p.value("capacity");
            const bool any = declared::producers != impls::cardinality::one ||
                             declared::consumers != impls::cardinality::one;
            return (held == "unbounded" ? "unbounded, " : "bounded, capacity " + std::string(held) + ", ") +
                   words::of(declared::order) +
                   (any ? ", any number of threads" : ", one producer and one consumer only");
        };

        const bool bounded = declared::capacity_is != impls::capacity_rule::unbounded;
        const std::vector<std::string> capacity{bounded ? "1024" : "unbounded"};

        harness::candidate streaming = common;
        streaming.workload = "transfer";
        streaming.axes = {{"wait", wait_words()},   {"producers", {"1"}}, {"consumers", {"1"}},
                          {"capacity", capacity},   {"bytes", {"8"}},     {"spin_budget", {"own"}},
                          {"placement", {"spread"}}};
        streaming.judge_together = judge_budget;
        streaming.threads = [](const harness::point& p) {
            return p.number("producers") + p.number("consumers");
        };
        streaming.keeps_cpu = keeps_cpu;
        streaming.limit = [](const harness::point& p) {
            constexpr bool exact = declared::capacity_is == impls::capacity_rule::exact ||
                                   declared::capacity_is == impls::capacity_rule::power_of_two;
            return limits::stream(p, p.number("producers"), p.number("consumers"), p.number("bytes"),
                                  declared::order == impls::ordering::fifo, exact ? p.number("capacity") : 0);
        };
        streaming.streams = true;
        streaming.run = [](const harness::trial& t) { return find(t.point, &instance::transfer)(t); };

        harness::candidate ping_pong = common;
        ping_pong.workload = "round_trip";
        ping_pong.measure = "latency";
        ping_pong.axes = {{"wait", wait_words()}, {"capacity", capacity},   {"bytes", {"8"}},
                          {"peer", {"spinning"}}, {"spin_budget", {"own"}}, {"placement", {"spread"}}};
        ping_pong.words.emplace_back("peer", std::vector<std::string>{"spinning", "asleep"});
        ping_pong.judge_together = [](const harness::point& p) {
            const harness::verdict budget = judge_budget(p);
            return budget.is == harness::verdict::kind::legal ? judge_peer(p) : budget;
        };
        ping_pong.threads = [](const harness::point&) { return std::size_t{2}; };
        ping_pong.keeps_cpu = keeps_cpu;
        ping_pong.limit = [](const harness::point& p) {
            return p.value("peer") == "asleep" ? limits::woken(p, 2) : limits::one_way(p);
        };
        ping_pong.run = [](const harness::trial& t) {
            const bool asleep = t.point.value("peer") == "asleep";
            return find(t.point, asleep ? &instance::round_trip_asleep : &instance::round_trip)(t);
        };

        harness::candidate on_schedule = streaming;
        on_schedule.workload = "paced";
        on_schedule.measure = "latency";
        on_schedule.limit = [](const harness::point& p) {
            return limits::apart(p, p.number("producers") + p.number("consumers")) ? limits::one_way(p)
                                                                                   : limits::terms{};
        };
        on_schedule.streams = false;
        on_schedule.axes = {{"wait", wait_words()},       {"producers", {"1"}},     {"consumers", {"1"}},
                            {"capacity", capacity},       {"bytes", {"8"}},         {"arrivals", {"poisson"}},
                            {"load", {"10", "50", "90"}}, {"placement", {"spread"}}};
        on_schedule.words.emplace_back("arrivals", std::vector<std::string>{"fixed", "poisson"});
        on_schedule.judge = judge_paced;
        on_schedule.judge_together = nullptr;
        on_schedule.run = [](const harness::trial& t) { return find(t.point, &instance::paced)(t); };
        on_schedule.stops_on_time = true;
        on_schedule.paced_by = pace;

        harness::candidate waiting = common;
        waiting.workload = "idle";
        waiting.measure = "idle_cpu";
        waiting.axes = {{"wait", wait_words()}, {"capacity", capacity}, {"placement", {"spread"}}};
        waiting.threads = [](const harness::point&) { return std::size_t{2}; };
        waiting.run = [](const harness::trial& t) { return find(t.point, &instance::idle)(t); };
        waiting.stops_on_time = true;

        harness::candidate filling = common;
        filling.workload = "footprint";
        filling.measure = "bytes_per_item";
        filling.axes = {{"capacity", capacity}};
        filling.threads = [](const harness::point&) { return std::size_t{1}; };
        filling.run = &footprint<declared>;
        filling.stops_on_time = true;
        if constexpr (requires { declared::allocator; }) {
            filling.unavailable =
                "its memory is " + std::string(declared::allocator) + ", which is not counted";
        }

        return {std::move(streaming), std::move(ping_pong), std::move(on_schedule), std::move(waiting),
                std::move(filling)};
    }
};

}  // namespace handoff::benchmarks
