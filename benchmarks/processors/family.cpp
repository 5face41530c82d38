#include "processors/family.hpp"

#include <string>
#include <utility>

#include "processors/words.hpp"
#include "queues/words.hpp"
#include "shared/run_loops.hpp"
#include "topology.hpp"

namespace handoff::benchmarks {

namespace {

using kind = harness::verdict::kind;

harness::verdict judge(const processor_traits& processor, std::string_view axis, std::string_view value) {
    const std::string name(processor.name);
    if (axis == "wait") {
        return processor.judge_wait(value);
    }
    if (axis == "producers" && processor.producers == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " takes one producer"};
    }
    if (axis == "workers" && processor.workers == impls::cardinality::one && value != "1") {
        return {kind::not_offered, name + " has one thread"};
    }
    if (axis == "skew" && !processor.is_keyed() && value != "0") {
        return {kind::not_offered, name + " knows no keys"};
    }
    if (axis == "capacity") {
        return processor.judge_capacity(value);
    }
    return {};
}

/// The processors that a user could exchange a processor for.
std::string rivals(const processor_traits& processor, const harness::point& p) {
    const std::string_view held = p.value("capacity");
    return (held == "unbounded" ? "unbounded" : "bounded, capacity " + std::string(held)) + ", handles " +
           words::promise_of(processor.order);
}

}  // namespace

void enrol_processor(int rank, const processor_traits& processor, std::size_t workload, const void* loops) {
    harness::candidate c;
    c.family = "processors";
    c.impl = processor.name;
    c.guarantees = {{"order", words::of(processor.order)},
                    {"progress", words::of(processor.progress)},
                    {"producers", words::of(processor.producers)},
                    {"workers", words::of(processor.workers)},
                    {"capacity", processor.capacity_words()},
                    {"handlers_submit", words::of(processor.handlers_submit)},
                    {"graphs", processor.has_graphs ? "yes" : "no"}};
    c.words = {{"wait", processor.wait_words()}, {"placement", harness::placement_words()}};
    c.judge = [&processor](std::string_view axis, std::string_view value) {
        return judge(processor, axis, value);
    };
    c.rivals = [&processor](const harness::point& p) { return rivals(processor, p); };
    complete(processor_workloads(), workload, processor, c);
    c.run = [workload, loops](const harness::trial& t) {
        return run_loops(processor_workloads(), workload, t, loops);
    };
    enrol(rank, workload, std::move(c));
}

}  // namespace handoff::benchmarks
