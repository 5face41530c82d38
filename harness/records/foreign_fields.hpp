// What readers of other programs' files share. For the .cpp files of this room only.
#pragma once

#include "fields.hpp"
#include "foreign_rows.hpp"

namespace handoff::harness {

/// JSON in which NaN and Infinity are null. Throws no_json.
nlohmann::json parse_tolerantly(std::string_view text);

/// From the `context` of a file.
stated_context stated_context_of(const nlohmann::json& context);

/// A value of any kind as a user reads it.
inline std::string words_of(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : fields::text_of(value);
}

}  // namespace handoff::harness
