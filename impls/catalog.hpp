// The one list of implementations. A line here and a header beside it are all that an implementation
// needs: the build generates its benchmark and test translation units from this file, and sweeps,
// charts and tests follow.
//
//   HANDOFF_QUEUE(name, "header")   `name` is the type (a template over the value), the file, the name in
//                                   flags and JSON, and stays so for ever.
//
// The file is read line by line by the build (cmake/Catalog.cmake): one entry a line, nothing else.

HANDOFF_WAIT(spin, "wait/spin.hpp")
HANDOFF_WAIT(yield, "wait/yield.hpp")
HANDOFF_WAIT(backoff, "wait/backoff.hpp")
HANDOFF_WAIT(sleep, "wait/sleep.hpp")
HANDOFF_WAIT(park, "wait/park.hpp")
HANDOFF_WAIT(condvar, "wait/condvar.hpp")
HANDOFF_WAIT(hybrid, "wait/hybrid.hpp")

HANDOFF_QUEUE(lamport_ring, "queues/lamport_ring.hpp")
HANDOFF_QUEUE(cached_ring, "queues/cached_ring.hpp")
HANDOFF_QUEUE(vyukov_ring, "queues/vyukov_ring.hpp")
HANDOFF_QUEUE(spinlock_ring, "queues/spinlock_ring.hpp")
HANDOFF_QUEUE(mutex_queue, "queues/mutex_queue.hpp")
HANDOFF_QUEUE(michael_scott_queue, "queues/michael_scott_queue.hpp")
HANDOFF_QUEUE(moodycamel_queue, "queues/third_party/moodycamel_queue.hpp")
HANDOFF_QUEUE(moodycamel_token_queue, "queues/third_party/moodycamel_token_queue.hpp")
HANDOFF_QUEUE(moodycamel_blocking_queue, "queues/third_party/moodycamel_blocking_queue.hpp")
HANDOFF_QUEUE(moodycamel_reader_writer_queue, "queues/third_party/moodycamel_reader_writer_queue.hpp")
HANDOFF_QUEUE(boost_queue, "queues/third_party/boost_queue.hpp")
HANDOFF_QUEUE(boost_spsc_queue, "queues/third_party/boost_spsc_queue.hpp")
HANDOFF_QUEUE(tbb_bounded_queue, "queues/third_party/tbb_bounded_queue.hpp")
HANDOFF_QUEUE(tbb_queue, "queues/third_party/tbb_queue.hpp")
