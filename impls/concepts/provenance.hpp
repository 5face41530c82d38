// Where an implementation comes from that adapts somebody else's library.
#pragma once

#include <string_view>

namespace handoff::impls {

/// An adaptor has it as `static constexpr provenance adapted`. Results and reports state it: numbers of a
/// library are also numbers of who wrote its adaptor.
struct provenance {
    std::string_view library;  ///< as its authors call it
    std::string_view source;   ///< where a build has it from: a Debian package, or the project's page
    std::string_view version;  ///< that the adaptor was tested with
    std::string_view adapted_by = "Handoff";
    /// An author of the library has looked at the adaptor and agrees with how the library is used.
    bool reviewed_by_author = false;
};

}  // namespace handoff::impls
