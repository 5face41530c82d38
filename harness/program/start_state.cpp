#include "start_state.hpp"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "usage_error.hpp"

namespace handoff::harness {

namespace {

/// What a user, a shell or nohup decides of the program as a whole.
bool belongs_to_the_user(int number) {
    constexpr std::array theirs{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU, SIGKILL, SIGSTOP};
    return std::ranges::find(theirs, number) != theirs.end();
}

void default_signals(bool also_the_users) noexcept {
    struct sigaction action{};
    action.sa_handler = SIG_DFL;
    for (int number = 1; number < NSIG; ++number) {
        if (also_the_users || !belongs_to_the_user(number)) {
            sigaction(number, &action, nullptr);  // refused for a few: they cannot be ignored, either
        }
    }
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Programs do not start, find their libraries or report a fault without these. None changes what is measured
/// but LD_LIBRARY_PATH, and that is recorded.
constexpr std::array needed{"PATH",         "HOME",         "TMPDIR",       "TZ",           "LD_LIBRARY_PATH",
                            "ASAN_OPTIONS", "LSAN_OPTIONS", "TSAN_OPTIONS", "UBSAN_OPTIONS"};

std::vector<std::string>& passed_on() {
    static std::vector<std::string> names;
    return names;
}

template <class Take>
void for_each_variable(Take&& take) {
    for (const char* name : needed) {
        if (const char* value = std::getenv(name); value != nullptr) {
            take(std::string(name), std::string(value));
        }
    }
    for (const std::string& name : passed_on()) {
        if (const char* value = std::getenv(name.c_str()); value != nullptr) {
            take(name, std::string(value));
        }
    }
}

std::string scheduler_word() {
    constexpr int reset_on_fork = 0x40000000;
    switch (sched_getscheduler(0) & ~reset_on_fork) {
        case SCHED_OTHER:
            return "other";
        case SCHED_FIFO:
            return "fifo";
        case SCHED_RR:
            return "rr";
        case SCHED_BATCH:
            return "batch";
        case SCHED_IDLE:
            return "idle";
        case 6:
            return "deadline";
        default:
            return "unknown";
    }
}

std::map<std::string, std::string> finite_limits() {
    constexpr std::array<std::pair<const char*, int>, 8> known{{{"memory", RLIMIT_AS},
                                                                {"core", RLIMIT_CORE},
                                                                {"cpu_seconds", RLIMIT_CPU},
                                                                {"file_size", RLIMIT_FSIZE},
                                                                {"locked_memory", RLIMIT_MEMLOCK},
                                                                {"open_files", RLIMIT_NOFILE},
                                                                {"processes", RLIMIT_NPROC},
                                                                {"stack", RLIMIT_STACK}}};
    std::map<std::string, std::string> all;
    for (const auto& [name, which] : known) {
        rlimit limit{};
        if (getrlimit(static_cast<__rlimit_resource>(which), &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
            all.emplace(name, std::to_string(limit.rlim_cur));
        }
    }
    return all;
}

}  // namespace

void begin_in_known_state() {
    for (int fd = open("/dev/null", O_RDWR); fd >= 0; fd = open("/dev/null", O_RDWR)) {
        if (fd > STDERR_FILENO) {
            close(fd);
            break;
        }
    }
    default_signals(false);
    signal(SIGXFSZ, SIG_IGN);  // the write then fails with EFBIG, and says of which file
    const mode_t inherited = umask(0);
    umask(inherited & ~mode_t{S_IRWXU});
}

void begin_child_in_known_state() noexcept {
    default_signals(true);
}

start_state describe_start() {
    start_state now;
    errno = 0;
    now.nice = getpriority(PRIO_PROCESS, 0);
    now.scheduler = scheduler_word();
    now.limits = finite_limits();
    for_each_variable([&](const std::string& name, const std::string& value) {
        // Where a user's files are is nobody's business, and changes nothing.
        constexpr std::array<std::string_view, 4> private_ones{"PATH", "HOME", "TMPDIR", "TZ"};
        if (std::ranges::find(private_ones, std::string_view(name)) == private_ones.end()) {
            now.variables.emplace(name, value);
        }
    });
    return now;
}

void pass_on(const std::vector<std::string>& names) {
    for (const std::string& name : names) {
        if (name.empty() || name.find('=') != std::string::npos || std::getenv(name.c_str()) == nullptr) {
            throw usage_error("--env " + name + ": no such variable is set here; name one, as in: " +
                              (name.empty() || name.find('=') != std::string::npos ? "OMP_PLACES" : name) +
                              "=... handoff run --env " +
                              (name.empty() || name.find('=') != std::string::npos ? "OMP_PLACES" : name));
        }
        if (std::ranges::find(passed_on(), name) == passed_on().end()) {
            passed_on().push_back(name);
        }
    }
}

std::vector<std::string> trial_environment() {
    std::vector<std::string> all;
    for_each_variable(
        [&](const std::string& name, const std::string& value) { all.push_back(name + "=" + value); });
    return all;
}

}  // namespace handoff::harness
