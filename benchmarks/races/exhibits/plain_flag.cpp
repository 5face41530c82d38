// A translation unit of its own, so that the undefined behaviour stays in it, compiled with -O2 whatever the
// build type.
#include "plain_flag.hpp"

namespace handoff::races {

namespace {

bool flag = false;

}  // namespace

void set_plain_flag(bool value) {
    flag = value;
}

void spin_on_plain_flag() {
    while (!flag) {
        // Does nothing, and is not nothing: the language lets a compiler delete a loop without effects, and
        // then there would be none to hang. It does not claim to change memory, so that the flag may be kept in
        // a register.
        asm volatile("");
    }
}

}  // namespace handoff::races
