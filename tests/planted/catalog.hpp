// Implementations with a planted fault each: what the harness must catch, by name and by status.
HANDOFF_WAIT(yield, "wait/yield.hpp")

HANDOFF_QUEUE(loses_an_item, "faults.hpp")
HANDOFF_QUEUE(duplicates_an_item, "faults.hpp")
HANDOFF_QUEUE(breaks_order, "faults.hpp")
HANDOFF_QUEUE(tears_an_item, "faults.hpp")
HANDOFF_QUEUE(hangs, "faults.hpp")
HANDOFF_QUEUE(crashes, "faults.hpp")
HANDOFF_QUEUE(throws, "faults.hpp")
HANDOFF_QUEUE(has_no_fault, "faults.hpp")

HANDOFF_COUNTER(loses_an_increment, "team_faults.hpp")
HANDOFF_COUNTER(falls, "team_faults.hpp")
HANDOFF_COUNTER(lags, "team_faults.hpp")
HANDOFF_LOCK(lets_two_in, "team_faults.hpp")
HANDOFF_LOCK(reads_unlocked, "team_faults.hpp")
HANDOFF_BARRIER(stays_open, "team_faults.hpp")

HANDOFF_DEQUE(gives_an_item_twice, "deque_faults.hpp")
HANDOFF_DEQUE(forgets_an_item, "deque_faults.hpp")
HANDOFF_DEQUE(mixes_two_items, "deque_faults.hpp")
HANDOFF_DEQUE(gives_another_item, "deque_faults.hpp")
