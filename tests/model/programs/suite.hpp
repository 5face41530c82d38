// The programs that the model runs: small uses of implementations, each with its own check.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "../explorer.hpp"
#include "handoff_model/engine.hpp"

namespace handoff::model {

struct program {
    std::string implementation;
    std::string shape;       ///< threads x operations, in words
    std::string operations;  ///< for tables: "2x2"
    std::function<void()> body;
    bool must_fail = false;  ///< a broken algorithm, which is to be found
};

std::vector<program>& suite();

struct registered {
    explicit registered(std::vector<program> programs) {
        for (program& one : programs) {
            suite().push_back(std::move(one));
        }
    }
};

}  // namespace handoff::model
