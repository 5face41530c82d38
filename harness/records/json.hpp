// Records to and from JSON. Only this room knows the keys; everybody else uses members.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace handoff::harness {

/// JSON that is no such record. Says which key is wrong, and how.
struct malformed : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Text that is no JSON. Says from which line and column on, what is wrong there, and what helps.
struct no_json : malformed {
    using malformed::malformed;
};

/// A record as JSON, and back. A key that is absent, or null, leaves the member's default; a value of the wrong
/// kind throws `malformed`. Defined for: calibration, calibration_line, environment, estimate, file_comparison,
/// gate_pair, gate_point, gate_result, history_view, latency, listed_point, listing, machine_state,
/// measured_trial, result_file, result_point, result_row, run_header, scaling_series, self_test_result,
/// tests_file, summary_file (to JSON only), trial_line.
template <class Record>
nlohmann::json to_json(const Record& record);
template <class Record>
Record from_json(const nlohmann::json& value);

/// On one line, without its end. What is no UTF-8 is replaced: a crashing child may say anything.
template <class Record>
std::string line_of(const Record& record);
/// Throws `malformed`, also where the text is no JSON.
template <class Record>
Record parse_record(std::string_view text);

/// What a line of a journal is.
enum class journal_line { unreadable, header, trial, calibration };
journal_line kind_of_line(std::string_view text);
/// Of a header; 0 where it says none.
int journal_version_of(std::string_view header);

/// A file that people open, too: a line for each row, point and key of `run`. Numbers have ten significant
/// digits.
std::string file_text(nlohmann::json document);
template <class Record>
std::string file_text_of(const Record& record);

/// A file of the gate, of a comparison or of a history: every number in full, one key a line.
template <class Record>
std::string indented_text_of(const Record& record);

}  // namespace handoff::harness
