// Says why this build does not measure. Exit code 1 if it does.
#include <cstdio>

#include "environment.hpp"

int main() {
    std::puts(handoff::harness::build_info::why_not().c_str());
    return handoff::harness::build_info::measures() ? 1 : 0;
}
