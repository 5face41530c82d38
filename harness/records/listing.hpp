// What a benchmark binary says of its points before any of them is run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "environment.hpp"
#include "limit_term.hpp"
#include "paced_rate.hpp"
#include "point.hpp"
#include "registry.hpp"

namespace handoff::harness {

/// The point whose throughput decides the rate of a paced one, and the share of it that is offered.
struct paced_by_point {
    std::string point;
    double share = 1;

    bool operator==(const paced_by_point&) const = default;
};

/// A point as its binary lists it.
struct listed_point {
    std::string name;
    harness::point point;
    std::size_t threads = 0;
    bool oversubscribed = false;
    std::map<std::string, std::string> guarantees;
    std::string
        rivals;  ///< its ranking group: points with the same words are ranked together; empty: a control
    std::string measure;  ///< what it is ranked by (measures.hpp)
    std::string fills;    ///< what ends a trial: `time` or `count`
    bool keeps_cpu = false;
    std::optional<paced_by_point> paced_by;
    std::vector<limit_term> limit;  ///< empty: no bound is known
    bool streams = false;           ///< each iteration hands one item from CPU to CPU
    bool reference = false;         ///< nobody asked for it: it decides the rate of other points
    bool light_check = false;       ///< its trials check lightly, and others of the same point in full
    std::string binary;             ///< in journals: the file that runs it

    /// It is offered a share of what another point reaches in the same run, and can only run after it.
    bool is_paced() const { return paced_by.has_value(); }
    /// The window of its trials, in seconds, where so much is asked for.
    double window_seconds(double min_time_seconds) const {
        return reference ? std::min(min_time_seconds, longest_for_a_rate) : min_time_seconds;
    }
    /// How many of its trials check in full, beside its repetitions. They are numbered after those.
    unsigned full_checks() const { return light_check ? 1 : 0; }
};

/// A number of combinations that are no points, for one reason.
struct left_out {
    std::string reason;
    std::size_t points = 0;
};

/// How a binary was built, as far as it says so: older ones say less.
struct stated_build {
    std::optional<std::string> compiler;
    std::optional<std::string> flags;
    std::optional<std::string> build_type;
    std::optional<std::map<std::string, std::string>> libraries;  ///< Debian package -> version
    std::optional<std::string> git_commit;
    std::optional<bool> git_dirty;

    stated_build() = default;
    stated_build(const build_description& all)
        : compiler(all.compiler),
          flags(all.flags),
          build_type(all.build_type),
          libraries(all.libraries),
          git_commit(all.git_commit),
          git_dirty(all.git_dirty) {}

    bool operator==(const stated_build&) const = default;
};

/// The answer to `--list_points`.
struct listing {
    std::vector<listed_point> points;
    std::vector<harness::left_out> left_out;
    std::vector<not_built_impl> not_built;
    std::vector<adapted_impl> adapted;
    std::vector<std::string> implementations;  ///< all of the binary's, in the order of the catalog
    std::optional<stated_build> build;         ///< older binaries do not say
};

}  // namespace handoff::harness
