// Threads of the program that run one at a time.
#pragma once

#include <cstddef>

namespace handoff::model {

/// Goes from one stack to another. `from` keeps what is needed to come back.
extern "C" void handoff_model_switch(void** from, void* to);

/// A stack on which `entry` begins when it is switched to; it must not return.
void* fresh_stack(std::byte* memory, std::size_t bytes, void (*entry)());

}  // namespace handoff::model
