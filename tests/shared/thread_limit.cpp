#include "shared/thread_limit.hpp"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <climits>

namespace handoff::tests {
namespace {
std::atomic<int> left{INT_MAX};
}  // namespace

thread_limit::thread_limit(int more) {
    left = more;
}
thread_limit::~thread_limit() {
    left = INT_MAX;
}

}  // namespace handoff::tests

extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*start)(void*),
                              void* argument) noexcept {
    using function = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
    static const auto next = reinterpret_cast<function>(dlsym(RTLD_NEXT, "pthread_create"));
    if (handoff::tests::left.fetch_sub(1) <= 0) {
        return EAGAIN;
    }
    return next(thread, attributes, start, argument);
}
