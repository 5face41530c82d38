#include "duel_command.hpp"

#include <iostream>

#include "arguments.hpp"
#include "gate.hpp"
#include "implementation_flags.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr const char* help_before = R"(usage: handoff duel IMPL IMPL [flags]

Measures two implementations against each other, pair by pair, and says of every point which one is faster and by how
much, that they tie, or that it could not be decided. docs/duel.md says what the verdicts promise.

what is compared
  --family F             where several families have both
)";

constexpr const char* help_after = R"(
what is said
  --json FILE            every pair, in the format of the gate's file: base is the first implementation
  --quiet                the last line only

A bounded queue meets an unbounded one at each of its capacities, and a queue that waits by itself meets each wait
strategy. Both sides of a paced point would be offered different rates, so those are left out.

exit codes: 0 decided, at one point at least; 1 a trial failed; 2 usage; 3 nothing was decided; 130 interrupted
)";

}  // namespace

int duel_command(const std::vector<std::string>& all) {
    arguments rest(all);
    implementation_flags flags("duel");
    gate_options options;
    options.sides = gate_sides::implementations;
    options.relink = relinks::none;
    std::vector<std::string> names;
    while (rest.next()) {
        if (!rest.is_flag()) {
            names.push_back(rest.text());
        } else if (rest.flag() == "--help" || rest.flag() == "-h") {
            std::cout << help_before << implementation_flags_help << help_after;
            return 0;
        } else {
            flags.read(rest, options);
        }
    }
    if (names.size() != 2) {
        throw usage_error("duel: name two implementations, such as vyukov_ring mutex_queue; there " +
                          std::string(names.size() == 1 ? "is 1" : "are " + std::to_string(names.size())) +
                          (names.size() > 2 ? " (handoff rank takes more)" : ""));
    }
    options.base = names[0];
    options.candidate = names[1];
    flags.check(options);
    return run_gate(options);
}

}  // namespace handoff::harness
