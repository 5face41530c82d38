#include "shared/perturb.hpp"

#include <dlfcn.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/syscall.h>
#include <time.h>

#include <atomic>
#include <cstdarg>
#include <cstdint>

namespace handoff::tests {

namespace {

/// 0: nobody is disturbed.
std::atomic<unsigned> disturbance{0};
std::atomic<unsigned> threads_seen{0};

std::int64_t nanoseconds() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

/// Once in so many calls, up to 60 us; yielding, so that the others come to run.
void lose_time(unsigned once_in) {
    const unsigned seed = disturbance.load(std::memory_order_relaxed);
    if (seed == 0) {
        return;
    }
    thread_local unsigned random = 0;
    if (random == 0) {
        random = (seed + threads_seen.fetch_add(1, std::memory_order_relaxed)) * 2654435761U | 1U;
    }
    random ^= random << 13;
    random ^= random >> 17;
    random ^= random << 5;
    if (random % once_in != 0) {
        return;
    }
    const std::int64_t end = nanoseconds() + (random >> 8) % 60'000;
    do {
        sched_yield();
    } while (nanoseconds() < end);
}

}  // namespace

perturbed::perturbed(unsigned seed) {
    disturbance.store(seed | 1U);
}
perturbed::~perturbed() {
    disturbance.store(0);
}

void between_two_steps(unsigned once_in) {
    lose_time(once_in);
}

}  // namespace handoff::tests

#if !defined(__SANITIZE_THREAD__) && !defined(__SANITIZE_ADDRESS__) && !defined(__has_feature)
#define HANDOFF_DISTURBS
#elif defined(__has_feature)
#if !__has_feature(thread_sanitizer) && !__has_feature(address_sanitizer)
#define HANDOFF_DISTURBS
#endif
#endif

#ifdef HANDOFF_DISTURBS
// Functions of the program come before those of the same name in libraries, for libraries, too.
namespace {

/// The library's function. Not a local static: its guard may itself call what is replaced here.
template <class Function>
class original {
public:
    explicit constexpr original(const char* name) : name_(name) {}
    template <class... Arguments>
    auto operator()(Arguments... arguments) {
        Function* found = found_.load(std::memory_order_relaxed);  // relaxed: whoever looks finds the same
        if (found == nullptr) {
            found = reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name_));
            found_.store(found, std::memory_order_relaxed);
        }
        return found(arguments...);
    }

private:
    const char* name_;
    std::atomic<Function*> found_{nullptr};
};

constinit original<int(pthread_mutex_t*)> mutex_lock("pthread_mutex_lock");
constinit original<int(pthread_mutex_t*)> mutex_unlock("pthread_mutex_unlock");
constinit original<int(pthread_cond_t*)> cond_signal("pthread_cond_signal");
constinit original<int(pthread_cond_t*)> cond_broadcast("pthread_cond_broadcast");
constinit original<int(pthread_cond_t*, pthread_mutex_t*)> cond_wait("pthread_cond_wait");
constinit original<int(sem_t*)> semaphore_post("sem_post");
constinit original<int(sem_t*)> semaphore_wait("sem_wait");
constinit original<long(long, ...)> system_call("syscall");

constexpr unsigned seldom = 8;
constexpr unsigned often = 2;

}  // namespace

extern "C" {

int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    handoff::tests::lose_time(seldom);
    return mutex_lock(mutex);
}

int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    const int result = mutex_unlock(mutex);
    handoff::tests::lose_time(seldom);
    return result;
}

int pthread_cond_signal(pthread_cond_t* condition) noexcept {
    const int result = cond_signal(condition);
    handoff::tests::lose_time(often);
    return result;
}

int pthread_cond_broadcast(pthread_cond_t* condition) noexcept {
    const int result = cond_broadcast(condition);
    handoff::tests::lose_time(often);
    return result;
}

int pthread_cond_wait(pthread_cond_t* condition, pthread_mutex_t* mutex) {
    handoff::tests::lose_time(seldom);
    return cond_wait(condition, mutex);
}

int sem_post(sem_t* semaphore) noexcept {
    const int result = semaphore_post(semaphore);
    handoff::tests::lose_time(often);
    return result;
}

int sem_wait(sem_t* semaphore) {
    handoff::tests::lose_time(seldom);
    return semaphore_wait(semaphore);
}

/// Of the calls only futexes are disturbed: before a wait and after a wake.
long syscall(long number, ...) noexcept {
    std::va_list list;
    va_start(list, number);
    long argument[6];
    for (long& one : argument) {
        one = va_arg(list, long);
    }
    va_end(list);
    const bool is_futex = number == SYS_futex;
    const long what = argument[1] & FUTEX_CMD_MASK;
    if (is_futex && (what == FUTEX_WAIT || what == FUTEX_WAIT_BITSET)) {
        handoff::tests::lose_time(seldom);
    }
    const long result =
        system_call(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
    if (is_futex && (what == FUTEX_WAKE || what == FUTEX_WAKE_BITSET)) {
        handoff::tests::lose_time(often);
    }
    return result;
}

}  // extern "C"
#endif

bool handoff::tests::disturbs_libraries() {
#ifdef HANDOFF_DISTURBS
    return true;
#else
    return false;
#endif
}
