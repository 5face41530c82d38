#include "process_tree.hpp"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

namespace handoff::harness {

namespace {

namespace fs = std::filesystem;

/// Every process and its parent.
std::map<pid_t, pid_t> parents() {
    std::map<pid_t, pid_t> all;
    std::error_code gone;
    for (fs::directory_iterator entry("/proc", gone), end; !gone && entry != end; entry.increment(gone)) {
        const std::string name = entry->path().filename();
        pid_t pid = 0;
        if (std::from_chars(name.data(), name.data() + name.size(), pid).ptr != name.data() + name.size()) {
            continue;
        }
        std::ifstream file(entry->path() / "stat");
        const std::string stat((std::istreambuf_iterator<char>(file)), {});
        // "pid (name) state parent ...": the name may contain anything
        if (const auto at = stat.rfind(") "); at != std::string::npos && at + 4 < stat.size()) {
            all[pid] = static_cast<pid_t>(std::strtol(stat.c_str() + at + 4, nullptr, 10));
        }
    }
    return all;
}

/// Takes in children that have ended; false: there are no children any more.
bool reap() {
    for (;;) {
        const pid_t ended = waitpid(-1, nullptr, WNOHANG);
        if (ended == 0) {
            return true;
        }
        if (ended < 0 && errno != EINTR) {
            return false;
        }
    }
}

}  // namespace

void adopt_orphans() {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

void end_all_below() {
    const pid_t self = getpid();
    while (reap()) {
        const std::map<pid_t, pid_t> all = parents();
        for (const auto& [pid, parent] : all) {
            pid_t above = parent;
            for (auto it = all.find(above); above != self && above > 1 && it != all.end();
                 it = all.find(above)) {
                above = it->second;
            }
            if (above == self) {
                kill(pid, SIGKILL);
            }
        }
        poll(nullptr, 0, 2);
    }
}

void guard(pid_t child, int lifeline) {
    adopt_orphans();
    int status = 0;
    bool has_ended = false;
    for (bool is_cut = false; !is_cut && !has_ended;) {
        pollfd watched{lifeline, 0, 0};  // an end that is closed is reported unasked
        is_cut = poll(&watched, 1, 20) > 0 && watched.revents != 0;
        has_ended = waitpid(child, &status, WNOHANG) == child;
    }
    end_all_below();
    if (has_ended && WIFSIGNALED(status)) {
        prctl(PR_SET_DUMPABLE, 0);
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    _exit(has_ended ? WEXITSTATUS(status) : 127);
}

}  // namespace handoff::harness
