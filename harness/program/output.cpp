#include "output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <iostream>
#include <streambuf>
#include <string_view>
#include <system_error>

#include "start_state.hpp"
#include "text.hpp"
#include "usage_error.hpp"

namespace handoff::harness {

namespace {

/// All of it, also to a pipe that is full and does not block. Returns errno, or 0.
int write_out(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = write(fd, text.data(), text.size());
        if (n >= 0) {
            text.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno == EAGAIN) {
            pollfd one{fd, POLLOUT, 0};
            poll(&one, 1, -1);
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

/// Standard output. Unlike the standard's own it remembers why a write failed.
class checked_buffer : public std::streambuf {
public:
    explicit checked_buffer(output_text how) : how_(how), terminal_(isatty(STDOUT_FILENO) != 0) {}

    int lost() const { return lost_; }  ///< errno; 0: nothing

protected:
    int_type overflow(int_type c) override {
        if (!traits_type::eq_int_type(c, traits_type::eof())) {
            const char one = traits_type::to_char_type(c);
            xsputn(&one, 1);
        }
        return lost_ == 0 ? traits_type::not_eof(c) : traits_type::eof();
    }
    std::streamsize xsputn(const char* text, std::streamsize size) override {
        const std::string_view piece(text, static_cast<std::size_t>(size));
        if (how_ == output_text::shown) {
            append_shown(held_, piece);
        } else {
            held_ += piece;
        }
        if (held_.size() >= most_held || (terminal_ && piece.find('\n') != std::string_view::npos)) {
            sync();
        }
        return lost_ == 0 ? size : 0;
    }
    int sync() override {
        lost_ = lost_ == 0 ? write_out(STDOUT_FILENO, held_) : lost_;
        held_.clear();
        return lost_ == 0 ? 0 : -1;
    }

private:
    static constexpr std::size_t most_held = 1 << 16;

    const output_text how_;
    const bool terminal_;
    std::string held_;
    int lost_ = 0;
};

checked_buffer* installed = nullptr;

int lost_output() {
    std::cout.flush();
    // What C's functions wrote (Google Benchmark's help).
    const bool stdio_is_fine = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (installed != nullptr && installed->lost() != 0) {
        return installed->lost();
    }
    return stdio_is_fine && std::cout ? 0 : EIO;
}

/// An error as it is said: of a very long one, which quotes somebody's file, the beginning and the end.
std::string said(const std::exception& error) {
    constexpr std::size_t most_of_beginning = 1200;
    constexpr std::size_t most_of_end = 500;
    const std::string whole = printable(error.what());
    if (whole.size() <= most_of_beginning + most_of_end) {
        return whole;
    }
    std::size_t end = whole.size() - most_of_end;
    while (end < whole.size() && (static_cast<unsigned char>(whole[end]) & 0xc0) == 0x80) {
        ++end;
    }
    return beginning_of(whole, most_of_beginning) + whole.substr(end);
}

}  // namespace

void flush_output() {
    if (const int lost = lost_output(); lost != 0) {
        throw std::system_error(lost, std::generic_category(), "standard output");
    }
}

int run_program(const std::string& name, output_text how, const std::function<int()>& body) {
    begin_in_known_state();
    checked_buffer checked(how);
    std::streambuf* const before = std::cout.rdbuf(&checked);
    installed = &checked;
    int code = 0;
    try {
        code = body();
    } catch (const usage_error& e) {
        std::cerr << name << ": " << said(e) << "\n";
        code = 2;
    } catch (const std::exception& e) {
        std::cerr << name << ": " << said(e) << "\n";
        code = 1;
    }
    if (const int lost = lost_output(); lost != 0) {
        std::cerr << name << ": standard output: " << std::generic_category().message(lost)
                  << "; what was said there is lost\n";
        code = code == 0 ? 1 : code;
    }
    installed = nullptr;
    std::cout.rdbuf(before);
    return code;
}

void write_all(int fd, const std::string& text, const std::string& what) {
    if (const int failed = write_out(fd, text); failed != 0) {
        throw std::system_error(failed, std::generic_category(), what);
    }
}

}  // namespace handoff::harness
