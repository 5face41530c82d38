// A descriptor that is readable when it is told so.
#pragma once

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace handoff::benchmarks {

class event_descriptor {
public:
    event_descriptor() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (fd_ < 0) {
            throw std::runtime_error("no descriptor is left for an eventfd");
        }
    }
    ~event_descriptor() { ::close(fd_); }
    event_descriptor(const event_descriptor&) = delete;
    event_descriptor& operator=(const event_descriptor&) = delete;

    int fd() const noexcept { return fd_; }
    /// It is readable from now on.
    void raise() const noexcept {
        const std::uint64_t one = 1;
        // It fails only where it is readable anyway.
        [[maybe_unused]] const auto written = ::write(fd_, &one, sizeof one);
    }
    /// It is not readable any more; returns how often it was raised.
    std::uint64_t take() const noexcept {
        std::uint64_t count = 0;
        return ::read(fd_, &count, sizeof count) == sizeof count ? count : 0;
    }

private:
    int fd_;
};

}  // namespace handoff::benchmarks
