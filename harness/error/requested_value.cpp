#include "requested_value.hpp"

#include <charconv>
#include <cmath>

#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

[[noreturn]] void refuse(std::string_view what, const requested_value& value, const std::string& legal) {
    throw usage_error(std::string(what) + " " + (value.text.empty() ? "''" : printable(value.text)) + " (" +
                      value.place + "): " + legal);
}

unsigned long parse_count(std::string_view what, const requested_value& value, unsigned long least,
                          unsigned long most) {
    unsigned long number = 0;
    const char* const last = value.text.data() + value.text.size();
    const auto [end, error] = std::from_chars(value.text.data(), last, number);
    if (error != std::errc() || end != last || number < least || number > most) {
        refuse(what, value,
               "legal: a whole number from " + std::to_string(least) + " to " + std::to_string(most));
    }
    return number;
}

double parse_seconds(std::string_view what, const requested_value& value) {
    double number = 0;
    const char* const last = value.text.data() + value.text.size();
    const auto [end, error] = std::from_chars(value.text.data(), last, number);
    if (error != std::errc() || end != last || !std::isfinite(number) || number <= 0 || number > 86400) {
        refuse(what, value, "legal: seconds, more than 0 and at most 86400");
    }
    return number;
}

}  // namespace handoff::harness
