#include "shared/hang.hpp"

#include <cxxabi.h>
#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <gtest/gtest.h>
#include <link.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace handoff::tests {

namespace {

constexpr auto between_looks = std::chrono::milliseconds(100);
constexpr int looks_asleep_of_a_hang = 50;
constexpr int looks_of_a_hang = 900;
constexpr int most_frames = 48;
constexpr std::size_t shown_frames = 14;

/// The implementation that a test is about: the first part of a typed suite's name, the parameter of a pool's.
std::string implementation_of(const std::string& suite, const std::string& test) {
    const auto slash = suite.find('/');
    if (slash == std::string::npos) {
        return suite;
    }
    const std::string first = suite.substr(0, slash);
    return first == "Pools" ? test.substr(test.rfind('/') + 1) : first;
}

std::string read_all(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The n-th field of a line of /proc/.../stat, counted as proc(5) does, from 3: those behind the name, which
/// may have blanks.
std::string field_of(const std::string& stat, int n) {
    const auto name_end = stat.rfind(')');
    if (name_end == std::string::npos) {
        return "";
    }
    std::istringstream rest(stat.substr(name_end + 1));
    std::string field;
    for (int i = 3; i <= n; ++i) {
        rest >> field;
    }
    return field;
}

/// Where the processes of one ctest (or shell) leave word for each other that an implementation hung. The
/// parent's start is part of the name: its number may have been another's.
std::filesystem::path word_of(const std::string& implementation) {
    std::error_code none;
    const auto program = std::filesystem::read_symlink("/proc/self/exe", none);
    const std::string parent = std::to_string(getppid());
    return program.parent_path() / "hung" /
           (implementation + "." + parent + "." + field_of(read_all("/proc/" + parent + "/stat"), 22));
}

std::vector<pid_t> other_threads() {
    std::vector<pid_t> all;
    if (DIR* folder = opendir("/proc/self/task")) {
        while (const dirent* entry = readdir(folder)) {
            const pid_t id = std::atoi(entry->d_name);
            if (id > 0 && id != gettid()) {
                all.push_back(id);
            }
        }
        closedir(folder);
    }
    return all;
}

/// How often the other threads gave up or lost a CPU.
std::int64_t switches_of_others() {
    rusage all{};
    rusage mine{};
    getrusage(RUSAGE_SELF, &all);
    getrusage(RUSAGE_THREAD, &mine);
    return all.ru_nvcsw + all.ru_nivcsw - mine.ru_nvcsw - mine.ru_nivcsw;
}

/// Nobody runs: no thread, and no child that one waits for.
bool all_asleep() {
    for (const pid_t id : other_threads()) {
        if (!read_all("/proc/self/task/" + std::to_string(id) + "/children").empty()) {
            return false;
        }
        const std::string state = field_of(read_all("/proc/self/task/" + std::to_string(id) + "/stat"), 3);
        if (!state.empty() && state != "S") {
            return false;
        }
    }
    return true;
}

/// What a thread writes of itself when it is asked where it stands.
struct stack {
    std::array<void*, most_frames> frames{};
    std::atomic<int> count{-1};
};
std::atomic<stack*> asked{nullptr};

void write_stack(int) {
    const int error = errno;
    if (stack* mine = asked.exchange(nullptr)) {
        mine->count.store(backtrace(mine->frames.data(), most_frames));
    }
    errno = error;
}

int asking_signal() {
    return SIGRTMIN + 7;
}

/// A name without what stands in its template brackets.
std::string without_arguments(const std::string& name) {
    std::string kept;
    int depth = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool is_operator = i >= 8 && name.compare(i - 8, 8, "operator") == 0;
        if (name[i] == '<' && !is_operator) {
            kept += depth++ == 0 ? "<" : "";
        } else if (name[i] == '>' && depth > 0) {
            kept += --depth == 0 ? ">" : "";
        } else if (depth == 0) {
            kept += name[i];
        }
    }
    return kept;
}

/// Of addresses in this program: addr2line, which knows also what the linker does not export.
std::vector<std::string> named_by_addr2line(const std::vector<std::uintptr_t>& offsets) {
    std::vector<std::string> lines;
    if (offsets.empty()) {
        return lines;
    }
    std::ostringstream command;
    command << "addr2line -f -C -p -e /proc/" << getpid() << "/exe" << std::hex;
    for (const std::uintptr_t offset : offsets) {
        command << " 0x" << offset;
    }
    command << " 2>/dev/null";
    if (std::FILE* answer = popen(command.str().c_str(), "r")) {
        std::array<char, 8192> line{};
        while (std::fgets(line.data(), static_cast<int>(line.size()), answer) != nullptr) {
            std::string text(line.data());
            text.erase(text.find_last_not_of('\n') + 1);
            const auto place = text.rfind(" at ");
            const std::string function = without_arguments(text.substr(0, place));
            const bool known = place != std::string::npos && text.compare(place + 4, 1, "?") != 0;
            lines.push_back(function + (known ? " at " + text.substr(text.rfind('/') + 1) : std::string()));
        }
        pclose(answer);
    }
    return lines;
}

std::vector<std::string> words_of(const stack& of) {
    struct place {
        std::uintptr_t offset = 0;  ///< in this program; 0: in a library
        std::string name;
    };
    std::vector<place> places;
    std::vector<std::uintptr_t> offsets;
    Dl_info self{};
    dladdr(reinterpret_cast<void*>(&write_stack), &self);
    // the first two are the signal's handler and what called it
    for (int i = 2; i < of.count.load(); ++i) {
        Dl_info where{};
        place& next = places.emplace_back();
        const auto at = reinterpret_cast<std::uintptr_t>(of.frames[static_cast<std::size_t>(i)]);
        if (dladdr(reinterpret_cast<void*>(at), &where) == 0) {
            next.name = "?";
        } else if (where.dli_fbase == self.dli_fbase) {
            // of the call, not of what comes after it
            next.offset = at - reinterpret_cast<std::uintptr_t>(where.dli_fbase) - (i == 2 ? 0 : 1);
            offsets.push_back(next.offset);
        } else {
            int status = -1;
            char* readable = where.dli_sname == nullptr
                                 ? nullptr
                                 : abi::__cxa_demangle(where.dli_sname, nullptr, nullptr, &status);
            next.name = readable != nullptr          ? without_arguments(readable)
                        : where.dli_sname != nullptr ? where.dli_sname
                                                     : std::string("in ") + where.dli_fname;
            std::free(readable);
        }
    }
    const std::vector<std::string> named = named_by_addr2line(offsets);
    std::vector<std::string> lines;
    std::size_t used = 0;
    for (place& one : places) {
        if (one.offset != 0) {
            one.name = used < named.size() ? named[used] : "?";
            ++used;
        }
        const bool of_interest = one.name.find("testing::") == std::string::npos &&
                                 one.name.find("std::thread::_") == std::string::npos &&
                                 one.name.find("std::__invoke") == std::string::npos;
        if (of_interest && lines.size() < shown_frames) {
            lines.push_back(one.name);
        }
    }
    return lines;
}

void write_where(pid_t thread) {
    const std::string folder = "/proc/self/task/" + std::to_string(thread);
    const std::string state = field_of(read_all(folder + "/stat"), 3);
    std::fprintf(stderr, "  thread %d%s, %s:\n", thread, thread == getpid() ? " (the test's own)" : "",
                 state == "S" ? "asleep" : "running");
    stack mine;
    asked.store(&mine);
    if (syscall(SYS_tgkill, getpid(), thread, asking_signal()) == 0) {
        for (int i = 0; i < 100 && mine.count.load() < 0; ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }
    if (mine.count.load() < 0 && asked.exchange(nullptr) == nullptr) {  // it writes just now
        std::this_thread::sleep_for(std::chrono::seconds(1));
    }
    if (mine.count.load() < 0) {  // under ThreadSanitizer, whose signals wait for the end of a system call
        std::fprintf(stderr, "    does not answer; in the kernel: %s\n", read_all(folder + "/wchan").c_str());
        return;
    }
    for (const std::string& line : words_of(mine)) {
        std::fprintf(stderr, "    %s\n", line.c_str());
    }
}

/// Never freed: its thread looks on until the process ends.
class watch {
public:
    void begin(const testing::TestInfo& info) {
        const std::lock_guard guard(mutex_);
        suite_ = info.test_suite_name();
        test_ = info.name();
        step_.clear();
        ++tests_begun_;
        running_ = true;
        if (!watching_ && !testing::internal::InDeathTestChild()) {  // that one must end by its own fault
            watching_ = true;
            std::array<void*, 2> ignored{};
            backtrace(ignored.data(), 2);  // loads what it needs, which a signal's handler must not
            struct sigaction action{};
            action.sa_handler = write_stack;
            action.sa_flags = SA_RESTART;
            sigaction(asking_signal(), &action, nullptr);
            std::thread([this] { look_on(); }).detach();
        }
    }
    void end() {
        const std::lock_guard guard(mutex_);
        running_ = false;
    }
    void step(std::string_view what) {
        const std::lock_guard guard(mutex_);
        step_ = what;
    }

private:
    /// Looks are counted, not the clock: while the whole process stands still, no time passes.
    [[noreturn]] void look_on() {
        std::uint64_t test = 0;
        int looks = 0;
        int asleep = 0;
        std::int64_t switches = -1;
        for (;;) {
            std::this_thread::sleep_for(between_looks);
            std::unique_lock lock(mutex_);
            if (!running_ || tests_begun_ != test) {
                test = tests_begun_;
                looks = 0;
                asleep = 0;
                continue;
            }
            lock.unlock();
            ++looks;
            const std::int64_t now = switches_of_others();
            asleep = now == switches && all_asleep() ? asleep + 1 : 0;
            switches = now;
            const bool dead = asleep >= looks_asleep_of_a_hang;
            lock.lock();
            if (running_ && tests_begun_ == test && (dead || looks >= looks_of_a_hang)) {
                give_up(dead);
            }
        }
    }

    [[noreturn]] void give_up(bool dead) {
        const std::string implementation = implementation_of(suite_, test_);
        std::fflush(stdout);
        std::fprintf(stderr, "\nhang: %s.%s: %s%s%s\n", suite_.c_str(), test_.c_str(),
                     dead ? "no thread has run for 5 s" : "not at its end after 90 s",
                     step_.empty() ? "" : "; its step: ", step_.c_str());
        for (const pid_t thread : other_threads()) {
            write_where(thread);
        }
        std::fprintf(stderr, "hang: what else is to be tested of %s is skipped\n\n", implementation.c_str());
        const std::filesystem::path word = word_of(implementation);
        std::error_code none;
        std::filesystem::create_directories(word.parent_path(), none);
        for (const auto& old : std::filesystem::directory_iterator(word.parent_path(), none)) {
            if (old.path().filename().string().starts_with(implementation + ".")) {
                std::filesystem::remove(old.path(), none);
            }
        }
        std::ofstream(word) << suite_ << "." << test_ << "\n";
        std::fprintf(stdout, "[  FAILED  ] %s.%s\n", suite_.c_str(), test_.c_str());
        std::fflush(stdout);
        _exit(1);
    }

    std::mutex mutex_;
    std::string suite_;
    std::string test_;
    std::string step_;
    std::uint64_t tests_begun_ = 0;
    bool running_ = false;
    bool watching_ = false;
};

/// The implementation that all tests which are to run are about, if it is one.
std::optional<std::string> only_implementation() {
    std::optional<std::string> only;
    const testing::UnitTest& all = *testing::UnitTest::GetInstance();
    for (int s = 0; s < all.total_test_suite_count(); ++s) {
        const testing::TestSuite& suite = *all.GetTestSuite(s);
        for (int t = 0; t < suite.total_test_count(); ++t) {
            const testing::TestInfo& info = *suite.GetTestInfo(t);
            if (info.should_run()) {
                const std::string one = implementation_of(suite.name(), info.name());
                if (only && *only != one) {
                    return std::nullopt;
                }
                only = one;
            }
        }
    }
    return only;
}

class skips_after_a_hang : public testing::Environment {
public:
    void SetUp() override {
        if (const auto implementation = only_implementation()) {
            std::string which = read_all(word_of(*implementation));
            which.erase(which.find_last_not_of('\n') + 1);
            if (!which.empty()) {
                GTEST_SKIP() << *implementation << " hung in " << which;
            }
        }
    }
};

/// GoogleTest frees it at the end of the program, when the watch still looks on.
class tells_the_watch : public testing::EmptyTestEventListener {
public:
    explicit tells_the_watch(watch& of) : watch_(of) {}
    void OnTestStart(const testing::TestInfo& info) override { watch_.begin(info); }
    void OnTestEnd(const testing::TestInfo&) override { watch_.end(); }

private:
    watch& watch_;
};

watch* const watching = [] {
    auto* made = new watch;
    testing::UnitTest::GetInstance()->listeners().Append(new tells_the_watch(*made));
    testing::AddGlobalTestEnvironment(new skips_after_a_hang);
    return made;
}();

}  // namespace

void at_step(std::string_view what) {
    watching->step(what);
}

}  // namespace handoff::tests
