// An execution in words, and as a line that brings it back.
#pragma once

#include <string>
#include <vector>

#include "explorer.hpp"
#include "graph.hpp"

namespace handoff::model {

struct operation {
    const char* name = "";
    long argument = 0;
};

std::string describe(const graph& g, const std::vector<operation>& operations, const std::vector<site>& sites);

std::string write_seed(const graph& g);
graph read_seed(const std::string& text);

}  // namespace handoff::model
