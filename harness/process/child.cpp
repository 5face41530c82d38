#include "child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if __has_include(<linux/close_range.h>)
#include <linux/close_range.h>
#endif

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "start_state.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

volatile sig_atomic_t stop_asked = 0;

void on_signal(int) {
    stop_asked = 1;
}

class pipe_end {
public:
    explicit pipe_end(int fd = -1) : fd_(fd) {}
    pipe_end(pipe_end&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    pipe_end& operator=(pipe_end&& other) noexcept {
        close();
        fd_ = std::exchange(other.fd_, -1);
        return *this;
    }
    ~pipe_end() { close(); }
    int fd() const { return fd_; }
    void close() {
        if (fd_ >= 0) {
            ::close(std::exchange(fd_, -1));
        }
    }

private:
    int fd_;
};

/// Both ends close on exec, and lie above the descriptors that a child is given.
std::pair<pipe_end, pipe_end> make_pipe() {
    std::array<int, 2> fds{};
    if (pipe2(fds.data(), O_CLOEXEC) != 0) {
        throw std::system_error(errno, std::generic_category(), "pipe");
    }
    std::array<int, 2> moved{};
    for (std::size_t i = 0; i < 2; ++i) {
        moved[i] = fcntl(fds[i], F_DUPFD_CLOEXEC, 10);
        ::close(fds[i]);
        if (moved[i] < 0) {
            throw std::system_error(errno, std::generic_category(), "fcntl");
        }
    }
    return {pipe_end(moved[0]), pipe_end(moved[1])};
}

/// Reads what is there; closes the pipe at its end. Keeps the last `most` bytes.
void drain(pipe_end& from, std::string& into, std::size_t most) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(from.fd(), buffer.data(), buffer.size());
    if (got > 0) {
        into.append(buffer.data(), static_cast<std::size_t>(got));
        if (into.size() > most) {
            into.erase(0, into.size() - most);
        }
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
        from.close();
    }
}

/// What is executed; never returns. Only async-signal-safe calls.
[[noreturn]] void become(char* const* argv, char* const* environment, int out, int err, int measurement,
                         pid_t parent) {
    begin_child_in_known_state();
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(127);  // the parent died before the line above
    }
    const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    if (measurement >= 0) {
        dup2(measurement, 3);
    }
#ifdef CLOSE_RANGE_CLOEXEC
    // Whatever else we inherited is nothing of the child's. Where the kernel is too old for it, the child has
    // it.
    syscall(SYS_close_range, measurement >= 0 ? 4U : 3U, ~0U, CLOSE_RANGE_CLOEXEC);
#endif
    execve(argv[0], argv, environment);
    static constexpr char message[] = "cannot be executed\n";
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, message, sizeof message - 1);
    _exit(127);
}

double seconds_of(const timeval& t) {
    return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
}

/// As exec takes them.
std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
    std::vector<char*> all;
    for (const std::string& text : texts) {
        all.push_back(const_cast<char*>(text.c_str()));
    }
    all.push_back(nullptr);
    return all;
}

pid_t start(const std::vector<std::string>& argv, child_environment environment, int out, int err,
            int measurement) {
    const std::vector<char*> arguments = pointers_to(argv);
    const std::vector<std::string> variables = trial_environment();
    const std::vector<char*> of_trials = pointers_to(variables);
    char* const* const given = environment == child_environment::ours ? environ : of_trials.data();
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid == 0) {
        become(arguments.data(), given, out, err, measurement, parent);
    }
    setpgid(pid, pid);  // here too: whoever comes first
    return pid;
}

}  // namespace

void catch_interrupts() {
    struct sigaction action{};
    action.sa_handler = on_signal;  // without SA_RESTART: poll returns
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() {
    return stop_asked != 0;
}

child_result run_child(const std::vector<std::string>& argv, double timeout_seconds,
                       child_environment environment) {
    auto [said, say] = make_pipe();
    auto [measured, measure] = make_pipe();
    const auto begin = clock::now();
    const pid_t pid = start(argv, environment, say.fd(), say.fd(), measure.fd());
    say.close();
    measure.close();

    child_result result;
    bool killed_by_us = false;
    const auto end_it = [&](child_result::end how, bool ended) {
        if (!killed_by_us && !ended) {
            killed_by_us = true;
            result.how = how;
            kill(-pid, SIGKILL);
        }
    };
    int status = 0;
    bool reaped = false;
    while (!reaped || said.fd() >= 0 || measured.fd() >= 0) {
        // First whether it has ended by itself: we may have been stopped for longer than its timeout.
        rusage used{};
        const pid_t ended = reaped ? 0 : wait4(pid, &status, WNOHANG, &used);
        if (ended < 0 && errno != EINTR) {
            throw std::system_error(errno, std::generic_category(), "waiting for " + argv[0]);
        }
        if (ended == pid) {
            reaped = true;
            result.cpu_seconds = seconds_of(used.ru_utime) + seconds_of(used.ru_stime);
            result.wall_seconds = seconds_between(begin, clock::now());
            kill(-pid, SIGKILL);  // whatever it may have started
        }
        const double left = timeout_seconds - seconds_between(begin, clock::now());
        if (interrupted()) {
            end_it(child_result::end::interrupted, reaped);
        } else if (left <= 0) {
            end_it(child_result::end::timed_out, reaped);
        }
        std::array<pollfd, 2> watched{pollfd{said.fd(), POLLIN, 0}, pollfd{measured.fd(), POLLIN, 0}};
        // A child that closes its pipes before it ends is looked for every 10 ms.
        const bool open = said.fd() >= 0 || measured.fd() >= 0;
        const int patience = open ? static_cast<int>(std::ceil(std::clamp(left, 0.01, 1.0) * 1000)) : 10;
        if (poll(watched.data(), watched.size(), patience) > 0) {
            if (watched[0].revents != 0) {
                drain(said, result.output, 8192);
            }
            if (watched[1].revents != 0) {
                drain(measured, result.measurement, std::size_t{64} << 20);
            }
        }
        if (reaped && left < -1) {
            break;  // somebody who left the process group holds the pipes open
        }
    }
    if (!killed_by_us && WIFSIGNALED(status)) {
        result.how = child_result::end::killed;
        result.code = WTERMSIG(status);
    } else if (!killed_by_us) {
        result.code = WEXITSTATUS(status);
    }
    return result;
}

std::string output_of(const std::vector<std::string>& argv, child_environment environment) {
    auto [said, say] = make_pipe();
    auto [complained, complain] = make_pipe();
    const pid_t pid = start(argv, environment, say.fd(), complain.fd(), -1);
    say.close();
    complain.close();
    std::string out;
    std::string err;
    while (said.fd() >= 0 || complained.fd() >= 0) {
        std::array<pollfd, 2> watched{pollfd{said.fd(), POLLIN, 0}, pollfd{complained.fd(), POLLIN, 0}};
        if (poll(watched.data(), watched.size(), -1) > 0) {
            if (watched[0].revents != 0) {
                drain(said, out, std::size_t{256} << 20);
            }
            if (watched[1].revents != 0) {
                drain(complained, err, 8192);
            }
        } else if (interrupted()) {
            kill(-pid, SIGKILL);
        }
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    while (!err.empty() && err.back() == '\n') {
        err.pop_back();
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 2) {
        throw usage_error(err);
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error(argv[0] + " failed: " + err);
    }
    return out;
}

}  // namespace handoff::harness
