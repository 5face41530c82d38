#include "rank_command.hpp"

#include <algorithm>
#include <iostream>
#include <string_view>

#include "arguments.hpp"
#include "implementation_flags.hpp"
#include "rank.hpp"
#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

constexpr const char* help_before = R"(usage: handoff rank [IMPL,IMPL,...] [flags]

Ranks implementations at each point, fastest first. Each is compared with the one above it, pair by pair, as handoff
duel does: it is slower and by how much, they tie, or it could not be decided. Without names, all implementations that
have the points are ranked. docs/rank.md says what the ranks promise.

    handoff rank --workload transfer --producers 1 --consumers 1 --capacity 1024 --bytes 8 --wait yield
    handoff rank cached_ring,lamport_ring,boost_spsc_queue --workload transfer --budget 2m

what is compared
  --family F             where several families have them
)";

constexpr const char* help_after = R"(
what is said
  --ours IMPL,...        also compare the best of these with the best of the others at each point, and print the
                         geometric mean over the points with its interval
  --json FILE            the ranking and every pair (results/rank.schema.json); - is standard output
  --quiet                the last line only

A rank is shared by implementations that tie with the first of it. 3? is a rank that is not decided.

exit codes: 0 every neighbour is decided or ties; 1 a trial failed; 2 usage; 3 a neighbour was not decided;
130 interrupted
)";

void add_names(std::vector<std::string>& to, const std::string& list, const std::string& where) {
    for (const std::string_view name : split(list, ',')) {
        if (name.empty()) {
            throw usage_error(where + " " + list + ": a name is empty");
        }
        if (std::ranges::find(to, name) != to.end()) {
            throw usage_error(where + " " + list + ": " + std::string(name) + " stands twice");
        }
        to.emplace_back(name);
    }
}

}  // namespace

int rank_command(const std::vector<std::string>& all) {
    arguments rest(all);
    implementation_flags flags("rank");
    rank_options options;
    options.gate.sides = gate_sides::ranking;
    options.gate.relink = relinks::none;
    while (rest.next()) {
        if (!rest.is_flag()) {
            add_names(options.names, rest.text(), "rank");
        } else if (rest.flag() == "--help" || rest.flag() == "-h") {
            std::cout << help_before << implementation_flags_help << help_after;
            return 0;
        } else if (rest.flag() == "--ours") {
            add_names(options.ours, rest.value(), "--ours");
        } else {
            flags.read(rest, options.gate);
        }
    }
    if (options.names.size() == 1) {
        throw usage_error("rank " + options.names.front() +
                          ": one implementation has no rank; name two or more, or none for all");
    }
    flags.check(options.gate);
    return run_rank(options);
}

}  // namespace handoff::harness
