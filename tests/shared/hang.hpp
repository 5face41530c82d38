// Where a test hangs. Linked with every test of implementations.
//
// A thread looks at the others ten times a second. A test hangs when for 5 s none of them has run at all, or
// when it goes on for 90 s. Then the program says which test it was, at which step, and where each thread
// stands; it ends, and leaves word for the other processes of the same ctest, which skip what else is to be
// tested of this implementation: it would most likely hang, too.
#pragma once

#include <string_view>

namespace handoff::tests {

/// What the test does now, for the words of a hang. Empty at the begin of each test.
void at_step(std::string_view what);

}  // namespace handoff::tests
