// The bare loop over xenium.
#include "queues/controls/bare_control.hpp"
#include "queues/third_party/xenium_vyukov_queue.hpp"

namespace handoff::benchmarks {

namespace {

const harness::enrolment enrolled(1 << 20, {bare_control<impls::xenium_vyukov_queue>("xenium_vyukov_queue")});

}  // namespace

}  // namespace handoff::benchmarks
