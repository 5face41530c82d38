// What every style of asynchronous steps must do: style_tests.cpp, which knows styles by their programs only,
// so that it is compiled once. The unit of a style, generated from the catalog, adds the style.
#pragma once

#include <gtest/gtest.h>

#include "async/style.hpp"

namespace handoff::tests {

class StyleConformance : public testing::TestWithParam<const benchmarks::style_traits*> {};

}  // namespace handoff::tests
