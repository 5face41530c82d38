// What came of a step: a value, or what it threw.
#pragma once

#include <exception>
#include <functional>
#include <optional>
#include <utility>

namespace handoff::impls::async {

/// What a chain that was told to stop ends with, where nobody asks for an empty result instead.
class cancelled : public std::exception {
public:
    const char* what() const noexcept override { return "cancelled"; }
};

namespace detail {

/// Empty, a value or an exception.
template <class T>
class outcome {
public:
    bool failed() const noexcept { return error_ != nullptr; }
    bool has_come() const noexcept { return failed() || value_.has_value(); }
    const std::exception_ptr& error() const noexcept { return error_; }

    template <class U>
    void set_value(U&& value) {
        value_.emplace(std::forward<U>(value));
    }
    void set_error(std::exception_ptr error) noexcept { error_ = std::move(error); }

    /// Calls `make`, and keeps what it returns or throws.
    template <class Make>
    void set_from(Make&& make) noexcept {
        try {
            value_.emplace(std::forward<Make>(make)());
        } catch (...) {
            error_ = std::current_exception();
        }
    }

    /// Moves the value out, or throws.
    T take() {
        if (error_) {
            std::rethrow_exception(std::exchange(error_, nullptr));
        }
        return *std::move(value_);
    }
    /// Only of a value.
    T& value() noexcept { return *value_; }

private:
    std::optional<T> value_;
    std::exception_ptr error_;
};

}  // namespace detail

}  // namespace handoff::impls::async
