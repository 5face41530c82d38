// Series of ratios to a reference build: what `handoff history show` says (results/history.schema.json).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace handoff::harness {

/// One ratio of an add.
struct history_ratio {
    std::string point;
    double ratio = 0;
    std::optional<double> low;
    std::optional<double> high;
    std::size_t base_repetitions = 0;
    std::size_t candidate_repetitions = 0;

    bool operator==(const history_ratio&) const = default;
};

struct series_entry {
    std::string commit;
    std::string date;
    std::string id;  ///< of the run
    history_ratio ratio;

    bool operator==(const series_entry&) const = default;
};

/// Where a series changed.
struct series_change {
    std::size_t index = 0;  ///< of the first entry after the change
    double statistic = 0;
    double p = 0;
    double before = 0;  ///< the median ratio of the stretch before
    double after = 0;   ///< likewise after

    bool operator==(const series_change&) const = default;
};

/// The ratios of one point on one machine.
struct history_series {
    std::string point;
    std::string machine;
    std::vector<series_entry> entries;  ///< by date
    std::vector<series_change> changes;
    std::size_t first_tested = 0;  ///< older entries are shown, not tested
    double level = 0;              ///< of this series' tests; 0: too short to be tested

    bool operator==(const history_series&) const = default;
};

/// Errors over all series of one look: with m series that are long enough, each is tested at false_alarms / m
/// (Bonferroni), so that a history in which nothing changed shows a change in at most that share of looks.
struct look {
    double false_alarms = 0.05;
    std::size_t shortest = 4;
    std::size_t last = 200;  ///< adds of a series that are tested
    std::uint64_t seed = 1;

    bool operator==(const look&) const = default;
};

struct history_view {
    std::string reference;  ///< the build that ratios are to: commit; compiler; flags
    look how;
    std::vector<history_series> series;

    bool operator==(const history_view&) const = default;
};

}  // namespace handoff::harness
