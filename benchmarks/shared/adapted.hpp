// Implementations that adapt a library say which, and so do binaries and results.
#pragma once

#include <string>
#include <string_view>

#include "concepts/provenance.hpp"
#include "registry.hpp"

namespace handoff::benchmarks {

/// Notes what an implementation says of the library that it adapts; one that adapts none says nothing.
template <class Implementation>
void note_provenance(std::string_view family) {
    if constexpr (requires { Implementation::adapted; }) {
        constexpr impls::provenance from = Implementation::adapted;
        harness::adapted().push_back({std::string(family), std::string(Implementation::name),
                                      std::string(from.library), std::string(from.source),
                                      std::string(from.version), std::nullopt, std::string(from.adapted_by),
                                      from.reviewed_by_author});
    }
}

}  // namespace handoff::benchmarks
