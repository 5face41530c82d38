// A build without SQLite keeps no history: HANDOFF_SQLITE_MISSING says what was not found.
#include "history.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

const std::string history::not_built = HANDOFF_SQLITE_MISSING;

history::history(const std::string&, bool) {
    throw usage_error("history: not built: " + not_built);
}

history::~history() = default;

std::string history::reference() const {
    return "";
}

bool history::add(const history_add&) {
    return false;
}

std::vector<history_series> history::series() const {
    return {};
}

}  // namespace handoff::harness
