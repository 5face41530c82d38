#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "text.hpp"

namespace handoff::harness {

namespace {

std::string duration_text(double seconds) {
    char text[32];
    const long whole = static_cast<long>(seconds + 0.5);
    if (whole >= 3600) {
        std::snprintf(text, sizeof text, "%ld h %02ld min", whole / 3600, whole / 60 % 60);
    } else if (whole >= 60) {
        std::snprintf(text, sizeof text, "%ld min %02ld s", whole / 60, whole % 60);
    } else {
        std::snprintf(text, sizeof text, "%ld s", whole);
    }
    return text;
}

std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

}  // namespace

progress::progress(std::size_t total, std::size_t already)
    : total_(total), already_(already), done_(already), terminal_(isatty(STDERR_FILENO) != 0) {}

progress::~progress() {
    clear();
}

std::string progress::eta() const {
    const std::size_t ours = done_ - already_;
    if (ours == 0) {
        return "";
    }
    const double each = seconds_between(begin_, clock::now()) / static_cast<double>(ours);
    return "ETA " + duration_text(each * static_cast<double>(total_ - done_));
}

void progress::show(const std::string& name) {
    if (terminal_) {
        constexpr std::size_t cells = 24;
        const std::size_t filled = total_ == 0 ? cells : cells * done_ / total_;
        std::string line = "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "] " +
                           std::to_string(done_) + "/" + std::to_string(total_) + "  " + eta() + "  " +
                           shown(name);
        line.resize(std::min(line.size(), terminal_width() - 1));
        std::cerr << "\r\033[K" << line << std::flush;
    } else {
        const std::size_t tenth = total_ == 0 ? 10 : 10 * done_ / total_;
        if (tenth > last_tenth_) {
            last_tenth_ = tenth;
            std::cerr << done_ << "/" << total_ << " trials, " << eta() << "\n";
        }
    }
}

void progress::advance(const std::string& next) {
    ++done_;
    show(next);
}

void progress::clear() {
    if (terminal_) {
        std::cerr << "\r\033[K" << std::flush;
    }
}

}  // namespace handoff::harness
