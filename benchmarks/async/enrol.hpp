// Where the unit of a style meets the family.
#pragma once

#include "async/style.hpp"
#include "shared/adapted.hpp"

namespace handoff::benchmarks {

/// Adds the candidates of a style, in all workloads that it has a program for. `rank`: the place of its line in
/// the catalog.
void enrol_style(int rank, const style_traits& style);

template <impls::async_style S>
bool enrol_style(int rank) {
    note_provenance<S>("async");
    static constexpr style_traits declared = traits_of_style<S>();
    enrol_style(rank, declared);
    return true;
}

}  // namespace handoff::benchmarks
