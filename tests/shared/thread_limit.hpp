// A process that may have no more threads than so many, as under ulimit -u or a cgroup's pids.max (which does
// not hold for root).
#pragma once

namespace handoff::tests {

/// While it lives the process can make `more` threads; each further one fails as the kernel lets it fail. The
/// executable has thread_limit.cpp, whose pthread_create() is found before the library's.
class thread_limit {
public:
    explicit thread_limit(int more);
    ~thread_limit();
    thread_limit(const thread_limit&) = delete;
    thread_limit& operator=(const thread_limit&) = delete;
};

}  // namespace handoff::tests
