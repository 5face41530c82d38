// The bare loop over atomic_queue.
#include "queues/controls/bare_control.hpp"
#include "queues/third_party/atomic_queue_b2.hpp"
#include "queues/third_party/atomic_queue_b2_spsc.hpp"

namespace handoff::benchmarks {

namespace {

const harness::enrolment enrolled(1 << 20, {bare_control<impls::atomic_queue_b2>("atomic_queue_b2"),
                                            bare_control<impls::atomic_queue_b2_spsc>("atomic_queue_b2_spsc")});

}  // namespace

}  // namespace handoff::benchmarks
