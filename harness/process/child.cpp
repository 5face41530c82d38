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
#include <cstring>
#include <optional>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "clock.hpp"
#include "process_tree.hpp"
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

/// Reads what is there; closes the pipe at its end. Keeps the last `most` bytes, and some more.
void drain(pipe_end& from, std::string& into, std::size_t most) {
    std::array<char, 65536> buffer{};
    const ssize_t got = read(from.fd(), buffer.data(), buffer.size());
    if (got > 0) {
        into.append(buffer.data(), static_cast<std::size_t>(got));
        if (into.size() > 2 * most + buffer.size()) {  // seldom: erasing moves all that is kept
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

constexpr std::size_t most_said = 8192;
constexpr std::size_t most_measured = std::size_t{64} << 20;

void keep_last(std::string& text, std::size_t most) {
    text.erase(0, text.size() - std::min(text.size(), most));
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

/// With a lifeline, the process that is started guards the command and all that it starts, and ends with them.
pid_t start(const std::vector<std::string>& argv, child_environment environment, int out, int err,
            int measurement, const std::pair<pipe_end, pipe_end>* lifeline = nullptr) {
    const std::vector<char*> arguments = pointers_to(argv);
    const std::vector<std::string> variables = trial_environment();
    const std::vector<char*> of_trials = pointers_to(variables);
    char* const* const given = environment == child_environment::ours ? environ : of_trials.data();
    const pid_t parent = getpid();
    const pid_t pid = fork();
    if (pid < 0) {
        throw std::system_error(errno, std::generic_category(), "fork");
    }
    if (pid == 0 && lifeline != nullptr) {
        setpgid(0, 0);
        const pid_t guardian = getpid();
        const pid_t child = fork();
        if (child == 0) {
            become(arguments.data(), given, out, err, measurement, guardian);
        }
        for (const int fd : {out, err, measurement, lifeline->second.fd()}) {
            ::close(fd);  // the readers would wait for us
        }
        if (child < 0) {
            _exit(127);
        }
        guard(child, lifeline->first.fd());
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

namespace {

/// A descriptor that becomes readable as soon as the process has ended; none: the kernel has no such thing.
pipe_end end_of_process([[maybe_unused]] pid_t pid) {
#ifdef SYS_pidfd_open
    return pipe_end(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
#else
    return pipe_end();
#endif
}

child_result run(const std::vector<std::string>& argv, double timeout_seconds, child_environment environment,
                 bool whole_tree, std::size_t most_output = most_said) {
    std::optional<std::pair<pipe_end, pipe_end>> lifeline;
    if (whole_tree) {
        lifeline = make_pipe();
    }
    auto [said, say] = make_pipe();
    auto [measured, measure] = make_pipe();
    const auto begin = clock::now();
    const pid_t pid =
        start(argv, environment, say.fd(), say.fd(), measure.fd(), lifeline ? &*lifeline : nullptr);
    say.close();
    measure.close();
    const pipe_end ended_descriptor = end_of_process(pid);
    const auto kill_all = [&] {
        if (lifeline) {
            lifeline->second.close();  // the guardian sees it
        } else {
            kill(-pid, SIGKILL);
        }
    };

    child_result result;
    bool killed_by_us = false;
    const auto end_it = [&](child_result::end how, bool ended) {
        if (!killed_by_us && !ended) {
            killed_by_us = true;
            result.how = how;
            kill_all();
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
            kill_all();  // whatever it may have started
        }
        const double left = timeout_seconds - seconds_between(begin, clock::now());
        if (interrupted()) {
            end_it(child_result::end::interrupted, reaped);
        } else if (left <= 0) {
            end_it(child_result::end::timed_out, reaped);
        }
        std::array<pollfd, 3> watched{pollfd{said.fd(), POLLIN, 0}, pollfd{measured.fd(), POLLIN, 0},
                                      pollfd{reaped ? -1 : ended_descriptor.fd(), POLLIN, 0}};
        // Without that descriptor, a child that closes its pipes before it ends is looked for every 10 ms.
        const bool open = said.fd() >= 0 || measured.fd() >= 0 || watched[2].fd >= 0;
        const int patience = reaped ? 0
                             : open ? static_cast<int>(std::ceil(std::clamp(left, 0.01, 1.0) * 1000))
                                    : 10;
        if (poll(watched.data(), watched.size(), patience) > 0) {
            if (watched[0].revents != 0) {
                drain(said, result.output, most_output);
            }
            if (watched[1].revents != 0) {
                drain(measured, result.measurement, most_measured);
            }
        } else if (reaped) {
            break;  // all has been read; somebody who left the process group holds the pipes open
        }
    }
    keep_last(result.output, most_output);
    keep_last(result.measurement, most_measured);
    if (!killed_by_us && WIFSIGNALED(status)) {
        result.how = child_result::end::killed;
        result.code = WTERMSIG(status);
    } else if (!killed_by_us) {
        result.code = WEXITSTATUS(status);
    }
    return result;
}

}  // namespace

child_result run_child(const std::vector<std::string>& argv, double timeout_seconds,
                       child_environment environment, std::size_t most_output) {
    return run(argv, timeout_seconds, environment, false, most_output);
}

child_result run_tree(const std::vector<std::string>& argv, double timeout_seconds) {
    return run(argv, timeout_seconds, child_environment::ours, true);
}

std::string output_of(const std::vector<std::string>& argv, child_environment environment,
                      const output_limits& limits) {
    auto [said, say] = make_pipe();
    auto [complained, complain] = make_pipe();
    const auto begin = clock::now();
    const pid_t pid = start(argv, environment, say.fd(), complain.fd(), -1);
    say.close();
    complain.close();
    std::string out;
    std::string err;
    std::string ended_by_us;
    const auto end_it = [&](const std::string& why) {
        if (ended_by_us.empty()) {
            ended_by_us = why;
            kill(-pid, SIGKILL);
        }
    };
    int status = 0;
    bool reaped = false;
    while (!reaped || said.fd() >= 0 || complained.fd() >= 0) {
        reaped = reaped || waitpid(pid, &status, WNOHANG) == pid;
        const double left = limits.seconds - seconds_between(begin, clock::now());
        if (reaped) {
            kill(-pid, SIGKILL);
        } else if (interrupted()) {
            end_it("interrupted");
        } else if (left <= 0) {
            char text[64];
            std::snprintf(text, sizeof text, "did not end in %g s", limits.seconds);
            end_it(text);
        }
        std::array<pollfd, 2> watched{pollfd{said.fd(), POLLIN, 0}, pollfd{complained.fd(), POLLIN, 0}};
        const bool open = said.fd() >= 0 || complained.fd() >= 0;
        const int patience = reaped ? 0
                             : open ? static_cast<int>(std::ceil(std::clamp(left, 0.01, 1.0) * 1000))
                                    : 10;
        if (poll(watched.data(), watched.size(), patience) > 0) {
            if (watched[0].revents != 0) {
                drain(said, out, limits.bytes);
            }
            if (watched[1].revents != 0) {
                drain(complained, err, most_said);
            }
        } else if (reaped) {
            break;
        }
        if (out.size() > limits.bytes) {
            end_it("said more than " + std::to_string(limits.bytes >> 20) + " MB");
            said.close();
        }
    }
    keep_last(err, most_said);
    while (!err.empty() && err.back() == '\n') {
        err.pop_back();
    }
    if (ended_by_us == "interrupted") {
        throw std::runtime_error(ended_by_us);
    }
    const bool exited = ended_by_us.empty() && WIFEXITED(status);
    if (exited && WEXITSTATUS(status) == 2) {
        throw usage_error(err);
    }
    if (!exited || WEXITSTATUS(status) != 0) {
        const std::string why =
            !ended_by_us.empty() ? ended_by_us
            : exited             ? "exit code " + std::to_string(WEXITSTATUS(status))
                     : "signal " + std::to_string(WTERMSIG(status)) + " (" + strsignal(WTERMSIG(status)) + ")";
        throw std::runtime_error(argv.front() + (argv.size() > 1 ? " " + argv.back() : "") + ": " + why +
                                 (err.empty() ? "" : ": " + err));
    }
    return out;
}

}  // namespace handoff::harness
