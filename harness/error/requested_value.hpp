// Values as users wrote them, in a flag or a file, and where: whatever is refused says both.
#pragma once

#include <string>
#include <string_view>

namespace handoff::harness {

/// A value as it was written, and where.
struct requested_value {
    std::string text;
    std::string place;  ///< `--capacity` or `sweeps/quick.json: blocks[0].capacity[1]`
};

/// Throws usage_error: what is wrong with the value, where it stands, and what is legal.
[[noreturn]] void refuse(std::string_view what, const requested_value& value, const std::string& legal);

/// A whole number in [least, most] written in digits. Throws usage_error naming `what` and the place.
unsigned long parse_count(std::string_view what, const requested_value& value, unsigned long least,
                          unsigned long most);
/// A positive number of seconds. Throws usage_error.
double parse_seconds(std::string_view what, const requested_value& value);

}  // namespace handoff::harness
