// zlib, as far as it was found when this was built.
#pragma once

#include <optional>
#include <string>

namespace handoff::harness {

/// The bytes in the format of gzip, the same for the same bytes; nothing where this build has no zlib. Throws
/// std::bad_alloc.
std::optional<std::string> gzip(const std::string& bytes);

}  // namespace handoff::harness
