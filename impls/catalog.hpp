// The one list of implementations. A line here and a header beside it are all that an implementation
// needs: the build generates its benchmark and test translation units from this file, and sweeps,
// charts and tests follow.
//
//   HANDOFF_QUEUE(name, "header")   `name` is the type (a template over the value), the file, the name in
//                                   flags and JSON, and stays so for ever.
//   HANDOFF_DEQUE                   likewise; also a fork-join scheduler, ours over this deque
//   HANDOFF_WAIT, HANDOFF_COUNTER, HANDOFF_LOCK, HANDOFF_BARRIER, HANDOFF_SCHEDULER, HANDOFF_POOL
//                                   the same for types that are not templates
//   HANDOFF_QUEUE(name, "header", need)
//                                   an implementation that needs a library of cmake/Needs.cmake; without the
//                                   library the line is left out, and listings and refusals state the reason
//   HANDOFF_QUEUE(name, "header", space::type)
//                                   an implementation whose type is not handoff::impls::name; behind the need,
//                                   where there is one. Catalogs of other projects have such lines
//                                   (cmake/Suite.cmake)
//
// The file is read line by line by the build (cmake/Catalog.cmake): one entry a line, nothing else.

// clang-format off: one entry a line, however long
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
HANDOFF_QUEUE(moodycamel_queue, "queues/third_party/moodycamel_queue.hpp", concurrentqueue)
HANDOFF_QUEUE(moodycamel_token_queue, "queues/third_party/moodycamel_token_queue.hpp", concurrentqueue)
HANDOFF_QUEUE(moodycamel_blocking_queue, "queues/third_party/moodycamel_blocking_queue.hpp", concurrentqueue)
HANDOFF_QUEUE(moodycamel_reader_writer_queue, "queues/third_party/moodycamel_reader_writer_queue.hpp", readerwriterqueue)
HANDOFF_QUEUE(boost_queue, "queues/third_party/boost_queue.hpp", Boost)
HANDOFF_QUEUE(boost_spsc_queue, "queues/third_party/boost_spsc_queue.hpp", Boost)
HANDOFF_QUEUE(tbb_bounded_queue, "queues/third_party/tbb_bounded_queue.hpp", oneTBB)
HANDOFF_QUEUE(tbb_queue, "queues/third_party/tbb_queue.hpp", oneTBB)

HANDOFF_COUNTER(plain_counter, "counters/plain_counter.hpp")
HANDOFF_COUNTER(mutex_counter, "counters/mutex_counter.hpp")
HANDOFF_COUNTER(spinlock_counter, "counters/spinlock_counter.hpp")
HANDOFF_COUNTER(fetch_add_counter, "counters/fetch_add_counter.hpp")
HANDOFF_COUNTER(fetch_add_seq_cst_counter, "counters/fetch_add_seq_cst_counter.hpp")
HANDOFF_COUNTER(cas_loop_counter, "counters/cas_loop_counter.hpp")
HANDOFF_COUNTER(cas_backoff_counter, "counters/cas_backoff_counter.hpp")
HANDOFF_COUNTER(cas_limited_counter, "counters/cas_limited_counter.hpp")
HANDOFF_COUNTER(flat_combining_counter, "counters/flat_combining_counter.hpp")
HANDOFF_COUNTER(striped_counter, "counters/striped_counter.hpp")
HANDOFF_COUNTER(cpu_striped_counter, "counters/cpu_striped_counter.hpp")
HANDOFF_COUNTER(rseq_striped_counter, "counters/rseq_striped_counter.hpp")
HANDOFF_COUNTER(per_cpu_counter, "counters/per_cpu_counter.hpp")
HANDOFF_COUNTER(local_counter, "counters/local_counter.hpp")
HANDOFF_COUNTER(batched_counter, "counters/batched_counter.hpp")
HANDOFF_COUNTER(own_line_counter, "counters/own_line_counter.hpp")
HANDOFF_COUNTER(adjacent_line_counter, "counters/adjacent_line_counter.hpp")
HANDOFF_COUNTER(false_sharing_counter, "counters/false_sharing_counter.hpp")

HANDOFF_LOCK(std_mutex, "locks/std_mutex.hpp")
HANDOFF_LOCK(std_shared_mutex, "locks/std_shared_mutex.hpp")
HANDOFF_LOCK(futex_mutex, "locks/futex_mutex.hpp")
HANDOFF_LOCK(tas_lock, "locks/tas_lock.hpp")
HANDOFF_LOCK(ttas_lock, "locks/ttas_lock.hpp")
HANDOFF_LOCK(ttas_backoff_lock, "locks/ttas_backoff_lock.hpp")
HANDOFF_LOCK(ticket_lock, "locks/ticket_lock.hpp")
HANDOFF_LOCK(ticket_backoff_lock, "locks/ticket_backoff_lock.hpp")
HANDOFF_LOCK(mcs_lock, "locks/mcs_lock.hpp")
HANDOFF_LOCK(clh_lock, "locks/clh_lock.hpp")
HANDOFF_LOCK(phase_fair_lock, "locks/phase_fair_lock.hpp")
HANDOFF_LOCK(writer_preference_lock, "locks/writer_preference_lock.hpp")
HANDOFF_LOCK(seqlock, "locks/seqlock.hpp")
HANDOFF_LOCK(std_semaphore, "locks/std_semaphore.hpp")
HANDOFF_LOCK(futex_semaphore, "locks/futex_semaphore.hpp")
HANDOFF_LOCK(tbb_spin_mutex, "locks/third_party/tbb_spin_mutex.hpp", oneTBB)
HANDOFF_LOCK(tbb_mutex, "locks/third_party/tbb_mutex.hpp", oneTBB)
HANDOFF_LOCK(tbb_queuing_mutex, "locks/third_party/tbb_queuing_mutex.hpp", oneTBB)
HANDOFF_LOCK(tbb_spin_rw_mutex, "locks/third_party/tbb_spin_rw_mutex.hpp", oneTBB)
HANDOFF_LOCK(tbb_rw_mutex, "locks/third_party/tbb_rw_mutex.hpp", oneTBB)
HANDOFF_LOCK(tbb_queuing_rw_mutex, "locks/third_party/tbb_queuing_rw_mutex.hpp", oneTBB)
HANDOFF_LOCK(boost_spinlock, "locks/third_party/boost_spinlock.hpp", Boost)
HANDOFF_LOCK(boost_interprocess_mutex, "locks/third_party/boost_interprocess_mutex.hpp", Boost)
HANDOFF_LOCK(boost_sharable_mutex, "locks/third_party/boost_sharable_mutex.hpp", Boost)
HANDOFF_LOCK(boost_upgradable_mutex, "locks/third_party/boost_upgradable_mutex.hpp", Boost)

HANDOFF_BARRIER(std_barrier, "locks/std_barrier.hpp")
HANDOFF_BARRIER(std_latch_barrier, "locks/std_latch_barrier.hpp")
HANDOFF_BARRIER(sense_barrier, "locks/sense_barrier.hpp")
HANDOFF_BARRIER(futex_barrier, "locks/futex_barrier.hpp")

HANDOFF_DEQUE(mutex_deque, "deques/mutex_deque.hpp")
HANDOFF_DEQUE(chase_lev_seq_cst_deque, "deques/chase_lev_seq_cst_deque.hpp")
HANDOFF_DEQUE(chase_lev_deque, "deques/chase_lev_deque.hpp")
HANDOFF_DEQUE(chase_lev_bounded_deque, "deques/chase_lev_bounded_deque.hpp")
HANDOFF_DEQUE(abp_deque, "deques/abp_deque.hpp")
HANDOFF_DEQUE(the_deque, "deques/the_deque.hpp")
HANDOFF_DEQUE(split_deque, "deques/split_deque.hpp")
HANDOFF_DEQUE(bwos_deque, "deques/bwos_deque.hpp")

HANDOFF_SCHEDULER(serial_scheduler, "schedulers/serial_scheduler.hpp")
HANDOFF_SCHEDULER(tbb_scheduler, "schedulers/third_party/tbb_scheduler.hpp", oneTBB)
HANDOFF_SCHEDULER(openmp_scheduler, "schedulers/third_party/openmp_scheduler.hpp", OpenMP)

HANDOFF_POOL(locked_pool, "pools/locked_pool.hpp")
HANDOFF_POOL(work_stealing_pool, "pools/work_stealing_pool.hpp")
HANDOFF_POOL(lock_free_pool, "pools/lock_free_pool.hpp")
HANDOFF_POOL(round_robin_pool, "pools/round_robin_pool.hpp")
HANDOFF_POOL(least_loaded_pool, "pools/least_loaded_pool.hpp")
HANDOFF_POOL(two_choices_pool, "pools/two_choices_pool.hpp")
HANDOFF_POOL(consistent_hash_pool, "pools/consistent_hash_pool.hpp")
HANDOFF_POOL(priority_pool, "pools/priority_pool.hpp")
HANDOFF_POOL(elastic_pool, "pools/elastic_pool.hpp")
HANDOFF_POOL(bounded_pool, "pools/bounded_pool.hpp")
HANDOFF_POOL(tbb_group_pool, "pools/third_party/tbb_group_pool.hpp", oneTBB)
HANDOFF_POOL(tbb_arena_pool, "pools/third_party/tbb_arena_pool.hpp", oneTBB)
HANDOFF_POOL(asio_pool, "pools/third_party/asio_pool.hpp", Boost)
HANDOFF_POOL(glib_pool, "pools/third_party/glib_pool.hpp", GLib)
HANDOFF_POOL(rvaser_pool, "pools/third_party/rvaser_pool.hpp", rvaser)
HANDOFF_POOL(async_pool, "pools/third_party/async_pool.hpp")
HANDOFF_POOL(thread_per_task_pool, "pools/third_party/thread_per_task_pool.hpp")
// clang-format on
