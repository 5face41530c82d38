// Waiting for descriptors with epoll, and an eventfd that ends the wait.
//
// Source: Linux, epoll(7), eventfd(2), epoll_pwait2(2).
//
// Cost:     one system call to wait, one more to take up a wake-up; one to add or remove.
#pragma once

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <system_error>

#include "descriptor.hpp"

namespace handoff::impls::detail {

class epoll_poller {
public:
    epoll_poller()
        : set_(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1"),
          waker_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), "eventfd") {
        add(waker_.number(), nullptr);
    }

    void add(int fd, void* tag) {
        epoll_event wanted{};
        wanted.events = EPOLLIN;
        wanted.data.ptr = tag;
        if (::epoll_ctl(set_.number(), EPOLL_CTL_ADD, fd, &wanted) != 0) {
            throw std::system_error(errno, std::generic_category(), "epoll_ctl");
        }
    }
    void remove(int fd, void*) noexcept { ::epoll_ctl(set_.number(), EPOLL_CTL_DEL, fd, nullptr); }

    void wake() noexcept {
        const std::uint64_t one = 1;
        // It fails only where the count is full: then the loop is woken anyway.
        [[maybe_unused]] const auto written = ::write(waker_.number(), &one, sizeof one);
    }

    template <class See>
    void wait(std::chrono::nanoseconds longest, See&& see) {
        std::array<epoll_event, 256> ready;
        const int count = wait_for(ready.data(), static_cast<int>(ready.size()), longest);
        for (int i = 0; i < count; ++i) {
            if (ready[static_cast<std::size_t>(i)].data.ptr == nullptr) {
                std::uint64_t taken = 0;
                [[maybe_unused]] const auto read = ::read(waker_.number(), &taken, sizeof taken);
            } else if (!see(ready[static_cast<std::size_t>(i)].data.ptr)) {
                return;  // what is left is found again: level-triggered
            }
        }
    }

private:
    /// Less than 0 when a signal came first.
    int wait_for(epoll_event* ready, int most, std::chrono::nanoseconds longest) noexcept {
        if (longest == std::chrono::nanoseconds::max() || longest.count() == 0) {
            return ::epoll_wait(set_.number(), ready, most, longest.count() == 0 ? 0 : -1);
        }
        if (has_pwait2_) {
            const timespec time{static_cast<time_t>(longest.count() / 1'000'000'000),
                                static_cast<long>(longest.count() % 1'000'000'000)};
            const int count = ::epoll_pwait2(set_.number(), ready, most, &time, nullptr);
            if (count >= 0 || (errno != ENOSYS && errno != EPERM)) {
                return count;
            }
            // before Linux 5.11, or forbidden by a filter of system calls: whole milliseconds, rounded up
            has_pwait2_ = false;
        }
        const auto whole = std::chrono::ceil<std::chrono::milliseconds>(longest).count();
        return ::epoll_wait(set_.number(), ready, most,
                            static_cast<int>(std::min<std::int64_t>(whole, 3'600'000)));
    }

    descriptor set_;
    descriptor waker_;
    bool has_pwait2_ = true;
};

}  // namespace handoff::impls::detail
