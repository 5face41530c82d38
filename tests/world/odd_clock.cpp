// To be preloaded: the wall clock of a program reads what ODD_CLOCK says, in seconds since 1970, when it
// starts, and from then on leaps by ODD_CLOCK_LEAP seconds, there and back, with every 50 readings. The other
// clocks are as they are.
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <ctime>

namespace {

long number(const char* name, long otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::atol(text);
}

timespec real_time() {
    timespec now{};
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return now;
}

timespec odd_time() {
    static const long shift = number("ODD_CLOCK", real_time().tv_sec) - real_time().tv_sec;
    static const long leap = number("ODD_CLOCK_LEAP", 0);
    static std::atomic<long> readings{0};
    timespec now = real_time();
    now.tv_sec += shift + (readings.fetch_add(1) / 50 % 2 == 1 ? leap : 0);
    return now;
}

}  // namespace

extern "C" {

int clock_gettime(clockid_t which, timespec* into) noexcept {
    if (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE) {
        *into = odd_time();
        return 0;
    }
    return static_cast<int>(syscall(SYS_clock_gettime, which, into));
}

time_t time(time_t* into) noexcept {
    const time_t now = odd_time().tv_sec;
    if (into != nullptr) {
        *into = now;
    }
    return now;
}

int gettimeofday(timeval* into, void*) noexcept {
    const timespec now = odd_time();
    *into = {now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

}  // extern "C"
