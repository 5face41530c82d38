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
#include "workloads/item.hpp"
#include "workloads/round_trip.hpp"
#include "workloads/transfer.hpp"

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
    };

    template <class Wait>
    static void add_sizes(std::vector<instance>& table) {
        const auto add = [&]<std::size_t Bytes>(std::string_view text) {
            using channel = impls::blocking<Queue<item<Bytes>>, Wait, impls::closing::abrupt>;
            table.push_back({Wait::name, text, &transfer<channel>, &round_trip<channel>});
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
        return {};
    }

    /// The table is searched once per trial, outside everything measured.
    static run_function find(const harness::point& p, run_function instance::*workload) {
        static const std::vector<instance> table = make_table();
        for (const instance& one : table) {
            if (one.wait == p.value("wait") && one.bytes == p.value("bytes")) {
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
        common.words = {{"wait", wait_words()}, {"placement", harness::placement_words()}};
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
        streaming.axes = {{"wait", wait_words()}, {"producers", {"1"}}, {"consumers", {"1"}},
                          {"capacity", capacity}, {"bytes", {"8"}},     {"placement", {"spread"}}};
        streaming.threads = [](const harness::point& p) {
            return p.number("producers") + p.number("consumers");
        };
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
        ping_pong.axes = {
            {"wait", wait_words()}, {"capacity", capacity}, {"bytes", {"8"}}, {"placement", {"spread"}}};
        ping_pong.threads = [](const harness::point&) { return std::size_t{2}; };
        ping_pong.limit = limits::one_way;
        ping_pong.run = [](const harness::trial& t) { return find(t.point, &instance::round_trip)(t); };

        return {std::move(streaming), std::move(ping_pong)};
    }
};

}  // namespace handoff::benchmarks
