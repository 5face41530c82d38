// How a thread gives its core up for a while: the standard library's way, or a model checker's (atomic.hpp).
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/this_thread.hpp>
#else

#include <thread>

namespace handoff::impls::this_thread {

using std::this_thread::sleep_for;
using std::this_thread::yield;

}  // namespace handoff::impls::this_thread

#endif
