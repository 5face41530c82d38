// From files to what a report's page reads.
#pragma once

#include <string>
#include <vector>

#include "page_record.hpp"
#include "report_source.hpp"

namespace handoff::harness {

/// A file that was read, and where from.
struct named_source {
    std::string path;
    report_source source;
};

/// Takes the sources: each is let go before the next one is turned.
page_data page_data_of(std::vector<named_source> sources);

}  // namespace handoff::harness
