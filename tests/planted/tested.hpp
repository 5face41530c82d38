// Implementations for the conformance and stress tests themselves: planted faults that they must name, and
// correct ones that they must let pass (tests/cli/test_planted_in_tests.py).
HANDOFF_WAIT(yield, "wait/yield.hpp")
HANDOFF_WAIT(park, "wait/park.hpp")

HANDOFF_QUEUE(notifies_early, "queues/tested_faults.hpp")
HANDOFF_QUEUE(notifies_early_seldom, "queues/tested_faults.hpp")
HANDOFF_QUEUE(keeps_its_lock, "queues/tested_faults.hpp")
HANDOFF_QUEUE(two_lanes, "queues/tested_faults.hpp")
HANDOFF_QUEUE(relaxed_beyond_its_bound, "queues/tested_faults.hpp")
HANDOFF_QUEUE(faulty_ring, "queues/tested_faults.hpp")
HANDOFF_QUEUE(locked_slots, "queues/tested_faults.hpp")

HANDOFF_LOCK(lets_two_in_seldom, "locks/faults.hpp")

HANDOFF_CHANNEL(sound_channel, "channels/faults.hpp")
HANDOFF_CHANNEL(loses_the_last_at_close, "channels/faults.hpp")
HANDOFF_CHANNEL(hangs_a_receiver_at_close, "channels/faults.hpp")
HANDOFF_CHANNEL(accepts_after_close, "channels/faults.hpp")
HANDOFF_CHANNEL(keeps_the_oldest, "channels/faults.hpp")
HANDOFF_CHANNEL(selects_unfairly, "channels/faults.hpp")

HANDOFF_BUS(sound_bus, "buses/faults.hpp")
HANDOFF_BUS(calls_after_unsubscribe, "buses/faults.hpp")
HANDOFF_BUS(leaves_while_called, "buses/faults.hpp")
HANDOFF_BUS(skips_a_handler, "buses/faults.hpp")
HANDOFF_BUS(calls_twice, "buses/faults.hpp")
HANDOFF_BUS(stops_at_an_exception, "buses/faults.hpp")
HANDOFF_BUS(breaks_publishers_order, "buses/faults.hpp")
HANDOFF_BUS(forgets_a_new_subscriber, "buses/faults.hpp")
