// The bare loop over Boost.Lockfree.
#include "queues/controls/bare_control.hpp"
#include "queues/third_party/boost_queue.hpp"
#include "queues/third_party/boost_spsc_queue.hpp"

namespace handoff::benchmarks {

namespace {

const harness::enrolment enrolled(1 << 20, {bare_control<impls::boost_queue>("boost_queue"),
                                            bare_control<impls::boost_spsc_queue>("boost_spsc_queue")});

}  // namespace

}  // namespace handoff::benchmarks
