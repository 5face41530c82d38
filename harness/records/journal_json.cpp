#include <unistd.h>

#include "journal_fields.hpp"

namespace handoff::harness {

namespace {

constexpr std::pair<trial_status, const char*> words[] = {{trial_status::ok, "ok"},
                                                          {trial_status::invalid, "invalid"},
                                                          {trial_status::timeout, "timeout"},
                                                          {trial_status::crashed, "crashed"},
                                                          {trial_status::interrupted, "interrupted"}};

}  // namespace

const char* word(trial_status s) {
    return words[static_cast<std::size_t>(s)].second;
}

double trial_line::steal_seconds() const {
    return static_cast<double>(steal_ticks) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

trial_status fields::codec<trial_status>::read(const json& value) {
    for (const auto& [status, text] : words) {
        if (value == text) {
            return status;
        }
    }
    expected("the status of a trial", value);
}

journal_line kind_of_line(std::string_view text) {
    nlohmann::json value;
    try {
        value = read_line(text);
    } catch (const no_json&) {
        return journal_line::unreadable;
    }
    if (!value.is_object()) {
        return journal_line::unreadable;
    }
    return value.contains("handoff_journal") ? journal_line::header
           : value.contains("calibration")   ? journal_line::calibration
                                             : journal_line::trial;
}

int journal_version_of(std::string_view header) {
    const nlohmann::json value = read_line(header);
    const auto found = value.find("handoff_journal");
    return found != value.end() && found->is_number_integer() ? found->get<int>() : 0;
}

HANDOFF_JSON_RECORD(run_header);
HANDOFF_JSON_RECORD(tests_file);
HANDOFF_JSON_RECORD(trial_line);

}  // namespace handoff::harness
