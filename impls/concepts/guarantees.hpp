// What implementations of several families promise, in constants that the harness reads. Rankings compare
// equals by these words.
#pragma once

namespace handoff::impls {

/// Who can be delayed by a thread that stops in the middle of an operation.
enum class progress_guarantee {
    wait_free,  ///< nobody; every operation ends in a bounded number of own steps
    lock_free,  ///< some thread always advances
    blocking,   ///< others may have to wait for the stopped thread
};

/// What a requested capacity becomes.
enum class capacity_rule {
    exact,         ///< any capacity from 1, held exactly
    power_of_two,  ///< powers of two from 2, held exactly
    at_least,      ///< any capacity from 1; holds at least that many, `capacity()` says how many
    unbounded,     ///< takes no capacity
};

}  // namespace handoff::impls
