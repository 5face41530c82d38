// The bare loop over rigtorp's SPSCQueue.
#include "queues/controls/bare_control.hpp"
#include "queues/third_party/rigtorp_spsc_queue.hpp"

namespace handoff::benchmarks {

namespace {

const harness::enrolment enrolled(1 << 20, {bare_control<impls::rigtorp_spsc_queue>("rigtorp_spsc_queue")});

}  // namespace

}  // namespace handoff::benchmarks
