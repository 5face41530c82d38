// What readers of other programs' files share. For the .cpp files of this room only.
#pragma once

#include "document.hpp"
#include "fields.hpp"
#include "foreign_rows.hpp"

namespace handoff::harness {

/// From the `context` of a file.
stated_context stated_context_of(const nlohmann::json& context);

/// Of a result file's `run`. Throws malformed where it is of a version that nobody here knows.
void check_schema(const nlohmann::json& run);

/// A value of any kind as a user reads it.
inline std::string words_of(const nlohmann::json& value) {
    return value.is_string() ? value.get<std::string>() : fields::text_of(value);
}

}  // namespace handoff::harness
