// park promises: no system call when nobody waits. The kernel is asked: under a seccomp filter any system call
// but the exit ends the process.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <thread>

#include "wait/hybrid.hpp"
#include "wait/park.hpp"

namespace handoff::impls {
namespace {

/// From now on every system call of this thread but exit_group kills the process with SIGSYS.
void forbid_system_calls() {
    sock_filter program[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const sock_fprog filter{sizeof program / sizeof program[0], program};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0) {
        _exit(3);
    }
}

/// Notifies in a child that may make no system calls; returns how the child ended.
template <class Wait>
int status_of_notifying(bool somebody_waits) {
    const pid_t child = fork();
    if (child == 0) {
        static Wait wait;
        static std::atomic<bool> never{false};
        if (somebody_waits) {
            std::thread([] { wait.wait_until([] { return never.load(); }); }).detach();
            std::this_thread::sleep_for(std::chrono::milliseconds(500));
        }
        forbid_system_calls();
        for (int i = 0; i < 100000; ++i) {
            wait.notify();
        }
        wait.notify_all();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

template <class Wait>
class Notify : public testing::Test {};
using sleeping_strategies = testing::Types<park, hybrid>;
TYPED_TEST_SUITE(Notify, sleeping_strategies);

TYPED_TEST(Notify, MakesNoSystemCallWhenNobodyWaits) {
    const int status = status_of_notifying<TypeParam>(false);
    EXPECT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0) << "no filter could be set";
}

TYPED_TEST(Notify, MakesOneWhenSomebodyWaits) {  // or the test above could not fail
    const int status = status_of_notifying<TypeParam>(true);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS);
}

}  // namespace
}  // namespace handoff::impls
