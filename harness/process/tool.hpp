// Programs of the system that the harness calls.
#pragma once

#include <filesystem>
#include <string>

namespace handoff::harness {

/// A program in PATH. Throws usage_error that ends with `remedy`: what needs it, and what to do without it.
std::filesystem::path tool(const std::string& name, const std::string& remedy);

}  // namespace handoff::harness
