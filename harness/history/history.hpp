// Ratios to a frozen reference build, kept from commit to commit in one SQLite file.
//
// Ratios and no times: a machine's own drift moves both sides of a ratio. A history belongs to one reference;
// its series, one per point and machine, are looked through for change points.
#pragma once

#include <string>
#include <vector>

#include "history_record.hpp"
#include "measured_file.hpp"
#include "usage_error.hpp"

struct sqlite3;

namespace handoff::harness {

/// What one `history add` keeps.
struct history_add {
    std::string digest;  ///< of the result: the same one is added once
    std::string id;      ///< of the run
    std::string commit;
    std::string date;     ///< ISO 8601, with its offset
    std::string machine;  ///< what series are not pooled across: CPU model, CPUs, SMT, governor, virtualization
    std::string environment;  ///< JSON: all that the result states
    std::string reference;    ///< the reference build: commit, compiler, flags
    std::vector<history_ratio> ratios;
    std::vector<std::string> left_out;  ///< points without a ratio, and why; not kept
    std::vector<std::string> notes;     ///< what reading the files overlooked; not kept
};

/// From a result and the reference build's, of one machine and state. `reference_commit` names what the
/// reference was built from; empty: what its result says. `same_machine` as in compare. Throws usage_error.
history_add make_add(const whole_file& result, const whole_file& reference, const std::string& reference_commit,
                     bool same_machine);

/// Whether a file is what `handoff gate --json` writes. Throws usage_error where it is no JSON.
bool is_gate_result(const whole_file& file);

/// From a gate whose base is the reference build: its pairs were measured in turns, so that nothing has to be
/// compared with another day. What the two sides were built from: what is named here; empty: what they say,
/// which programs and commands do not. Throws usage_error.
history_add make_add_of_gate(const whole_file& file, const std::string& reference_commit,
                             const std::string& commit);

class history {
public:
    /// Why this build cannot keep one: SQLite was not found. Empty where it can.
    static const std::string not_built;

    /// Opens or, if allowed to, makes the file. Throws usage_error: not a history, corrupt, locked, of another
    /// version.
    history(const std::string& path, bool may_create);
    ~history();
    history(const history&) = delete;
    history& operator=(const history&) = delete;

    /// All of it or nothing. False: this very result is there already. Throws usage_error for another
    /// reference, and where another writer holds the file.
    bool add(const history_add& one);
    /// Every series, by point and machine, without change points.
    std::vector<history_series> series() const;
    /// The reference that the ratios are to; empty: no add yet.
    std::string reference() const;

private:
    std::string path_;
    [[maybe_unused]] sqlite3* file_ = nullptr;
};

/// Fills in where each series changed and at which level it was tested: at one that depends on how many series
/// the history has, whichever are shown. `point`: leaves that one's series only, and tests no others; empty:
/// all.
void find_changes(history_view& view, const std::string& point = "");

/// All series, a line each and their changes.
std::string overview_of(const history_view& view);
/// One point's series, add by add.
std::string listing_of(const history_view& view);

}  // namespace handoff::harness
