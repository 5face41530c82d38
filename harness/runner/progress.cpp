#include "progress.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "terminal.hpp"
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

/// 80 where the terminal does not know.
std::size_t terminal_width() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string progress_line(std::size_t done, std::size_t total, const std::string& eta, const std::string& name,
                          std::size_t width) {
    constexpr std::size_t most_cells = 24;
    constexpr std::size_t least_cells = 4;
    const std::string count = std::to_string(done) + "/" + std::to_string(total);
    std::string line = count;
    if (width >= count.size() + least_cells + 3) {
        const std::size_t cells = std::min(most_cells, width - count.size() - 3);
        const std::size_t filled = total == 0 ? cells : cells * done / total;
        line = "[" + std::string(filled, '#') + std::string(cells - filled, '.') + "] " + count;
    }
    if (!eta.empty() && line.size() + 2 + eta.size() <= width) {
        line += "  " + eta;
    }
    if (line.size() + 2 < width) {
        line += "  " + name.substr(0, width - line.size() - 2);
    }
    return line.substr(0, width);
}

std::string eta_text(double seconds, double done, double left) {
    return done > 0 ? "ETA " + duration_text(seconds / done * std::max(left, 0.0)) : "";
}

progress::progress(std::size_t total, std::size_t already, double expected_seconds)
    : total_(total), done_(already), seconds_left_(expected_seconds), terminal_(draws_on_terminal()) {}

progress::~progress() {
    clear();
}

std::string progress::eta() const {
    return eta_text(seconds_between(begin_, clock::now()), seconds_done_, seconds_left_);
}

void progress::show(const std::string& name) {
    if (terminal_) {
        std::cerr << "\r\033[K" << progress_line(done_, total_, eta(), name, terminal_width() - 1)
                  << std::flush;
    } else {
        const std::size_t tenth = total_ == 0 ? 10 : 10 * done_ / total_;
        if (tenth > last_tenth_) {
            last_tenth_ = tenth;
            std::cerr << done_ << "/" << counted(total_, "trial") << ", " << eta() << "\n";
        }
    }
}

void progress::advance(const std::string& next, double seconds) {
    ++done_;
    seconds_done_ += seconds;
    seconds_left_ -= seconds;
    show(next);
}

void progress::clear() {
    if (terminal_) {
        std::cerr << "\r\033[K" << std::flush;
    }
}

}  // namespace handoff::harness
