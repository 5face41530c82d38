// Room for deep programs.
#pragma once

#include <pthread.h>

#include <algorithm>
#include <cstddef>

namespace handoff::benchmarks {

/// While it lives, new threads get stacks that hold programs which recurse some thousand calls deep, on top of
/// other such programs: who waits in a join may run anything meanwhile. What is not touched costs no memory.
class deep_stacks {
public:
    deep_stacks() {
        pthread_getattr_default_np(&before_);
        std::size_t size = 0;
        pthread_attr_getstacksize(&before_, &size);
        set(std::max(size, enough));
    }
    ~deep_stacks() {
        pthread_setattr_default_np(&before_);
        pthread_attr_destroy(&before_);
    }
    deep_stacks(const deep_stacks&) = delete;
    deep_stacks& operator=(const deep_stacks&) = delete;

private:
    static constexpr std::size_t enough = std::size_t{64} << 20;

    static void set(std::size_t size) {
        pthread_attr_t roomy;
        pthread_attr_init(&roomy);
        pthread_attr_setstacksize(&roomy, size);
        pthread_setattr_default_np(&roomy);
        pthread_attr_destroy(&roomy);
    }

    pthread_attr_t before_;
};

}  // namespace handoff::benchmarks
