// The mutex and the condition variable inside implementations: the standard library's, or a model checker's
// (atomic.hpp).
#pragma once

#ifdef HANDOFF_MODEL
#include <handoff_model/mutex.hpp>
#else

#include <condition_variable>
#include <mutex>

namespace handoff::impls {

using std::condition_variable;
using std::mutex;

}  // namespace handoff::impls

#endif
