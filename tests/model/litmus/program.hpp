// Litmus tests in a few words, and two ways to find out what they can do: the model, and brute force.
//
//   "x=1 rel; r=y acq"     a store, a load
//   "r=x+1 ar"             fetch_add
//   "r=x?0:1 ar rlx"       compare-exchange of 0 by 1, and its order if it fails; r is the value found
//   "F sc"                 a fence; "L" and "H": light and heavy asymmetric fences
//
// Orders: rlx, acq, rel, ar, sc. Locations are single letters and begin with 0; results are named by thread and
// place.
#pragma once

#include <atomic>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace handoff::model::litmus {

struct instruction {
    char is = ' ';  // W R A C F L H
    int location = -1;
    int value = 0;     // written, added, or desired
    int expected = 0;  // C
    std::memory_order order = std::memory_order_relaxed;
    std::memory_order otherwise = std::memory_order_relaxed;
};

struct program {
    std::vector<std::vector<instruction>> threads;
    std::vector<char> locations;  // their letters
};

program parse(const std::vector<std::string>& threads);
std::string to_text(const program& p);

/// An outcome: "1:0=1 2:0=0 x=1 y=1": thread, number of the read; last values.
struct outcomes {
    std::set<std::string> all;
    std::uint64_t executions = 0;
    bool complete = false;
};
outcomes by_model(const program& p);
/// From the definitions, with all choices of who reads from whom and all modification orders.
outcomes by_brute_force(const program& p);

}  // namespace handoff::model::litmus
