// A file descriptor of a loop's own.
#pragma once

#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

namespace handoff::impls::detail {

class descriptor {
public:
    /// Takes what a system call returned. Throws std::system_error where that is none.
    descriptor(int number, const char* call) : number_(number) {
        if (number < 0) {
            throw std::system_error(errno, std::generic_category(), call);
        }
    }
    ~descriptor() { ::close(number_); }
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;

    int number() const noexcept { return number_; }

private:
    int number_;
};

}  // namespace handoff::impls::detail
