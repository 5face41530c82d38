// A command's arguments, one after the other: `--flag value`, `--flag=value`, and names.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "usage_error.hpp"

namespace handoff::harness {

class arguments {
public:
    explicit arguments(std::vector<std::string> all) : all_(std::move(all)) {}

    /// Goes on to the next one. False: there is none.
    bool next() {
        if (at_ == all_.size()) {
            return false;
        }
        current_ = all_[at_++];
        const auto equals = current_.starts_with("--") ? current_.find('=') : std::string::npos;
        has_value_ = equals != std::string::npos;
        value_ = has_value_ ? current_.substr(equals + 1) : "";
        name_ = current_.substr(0, equals);
        return true;
    }
    const std::string& text() const { return current_; }
    const std::string& flag() const { return name_; }
    bool is_flag() const { return current_.starts_with("-") && current_ != "-"; }
    /// What belongs to the flag. Throws usage_error.
    std::string value() {
        if (!has_value_ && at_ < all_.size()) {
            has_value_ = true;
            value_ = all_[at_++];
        }
        if (!has_value_ || value_.empty()) {
            throw usage_error(name_ + ": needs a value");
        }
        return value_;
    }
    /// A flag that is there or is not. Throws usage_error.
    bool on() const {
        if (has_value_) {
            throw usage_error(name_ + ": takes no value, and has " + value_);
        }
        return true;
    }

private:
    std::vector<std::string> all_;
    std::size_t at_ = 0;
    std::string current_;
    std::string name_;
    std::string value_;
    bool has_value_ = false;
};

}  // namespace handoff::harness
