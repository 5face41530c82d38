// JSON to and from text.
#include <cstdio>
#include <cstdlib>

#include "fields.hpp"

namespace handoff::harness {

std::string fields::text_of(const json& value, int indent) {
    return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

namespace {

/// What is measured is not known to more than ten significant digits, and shorter to read and to store.
void round_numbers(nlohmann::json& value) {
    if (value.is_number_float()) {
        char text[40];
        std::snprintf(text, sizeof text, "%.10g", value.get<double>());
        value = std::strtod(text, nullptr);
    } else if (value.is_structured()) {
        for (nlohmann::json& inner : value) {
            round_numbers(inner);
        }
    }
}

}  // namespace

std::string file_text(nlohmann::json document) {
    using nlohmann::json;
    round_numbers(document);
    // Objects are broken into lines on two levels, lists on three: a row, a point, or a key of `run` is a line.
    std::string text;
    const auto put = [&](const auto& self, const json& value, std::size_t depth) -> void {
        const bool broken =
            !value.empty() && ((value.is_object() && depth < 2) || (value.is_array() && depth < 3));
        if (!broken) {
            text += fields::text_of(value);
            return;
        }
        const std::string indent(depth + 1, ' ');
        text += value.is_object() ? "{" : "[";
        bool first = true;
        for (const auto& [key, inner] : value.items()) {
            text += (first ? "\n" : ",\n") + indent;
            if (value.is_object()) {
                text += fields::text_of(json(key)) + ": ";
            }
            self(self, inner, depth + 1);
            first = false;
        }
        text += "\n" + std::string(depth, ' ') + (value.is_object() ? "}" : "]");
    };
    put(put, document, 0);
    return text + "\n";
}

}  // namespace handoff::harness
