// Schedulers that lose, repeat or mix up a piece of work in 10^5.
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <thread>

#include "concepts/fork_join.hpp"

namespace handoff::impls {

/// Calls every piece on the caller; `Fault::perform(work, index)` is what becomes of one in 10^5.
template <class Fault>
class fails_at_times {
public:
    class context {
    public:
        explicit context(std::uint64_t& performed) : performed_(performed) {}
        template <class First, class Second>
        void fork2(First&& first, Second&& second) {
            first(*this);
            perform([&](std::size_t) { second(*this); }, 0);
        }
        template <class Body>
        void fork_all(std::size_t n, Body&& body) {
            for (std::size_t i = 0; i < n; ++i) {
                perform([&](std::size_t index) { body(*this, index); }, i);
            }
        }

    private:
        template <class Work>
        void perform(Work work, std::size_t index) {
            if (++performed_ % 100'000 == 0) {
                Fault::perform(work, index);
            } else {
                work(index);
            }
        }

        std::uint64_t& performed_;
    };

    /// Its threads come and go; nobody needs them.
    fails_at_times(unsigned workers, const worker_options& options) : workers_(workers) {
        for (unsigned number = 0; number + 1 < workers; ++number) {
            std::thread([&] { options.on_start(number); }).join();
        }
    }
    unsigned workers() const noexcept { return workers_; }
    template <class Root>
    void run(Root&& root) {
        context here(performed_);
        root(here);
    }

private:
    const unsigned workers_;
    std::uint64_t performed_ = 0;
};

struct loses_a_piece : fails_at_times<loses_a_piece> {
    static constexpr std::string_view name = "loses_a_piece";
    using fails_at_times::fails_at_times;
    static void perform(auto&, std::size_t) {}
};

struct runs_a_piece_twice : fails_at_times<runs_a_piece_twice> {
    static constexpr std::string_view name = "runs_a_piece_twice";
    using fails_at_times::fails_at_times;
    static void perform(auto& work, std::size_t index) {
        work(index);
        work(index);
    }
};

/// Of a fork into many it runs the first piece in place of another; a fork into two has no such pieces.
struct mixes_up_pieces : fails_at_times<mixes_up_pieces> {
    static constexpr std::string_view name = "mixes_up_pieces";
    using fails_at_times::fails_at_times;
    static void perform(auto& work, std::size_t) { work(0); }
};

/// Has one worker fewer than it says.
class makes_too_few : public fails_at_times<makes_too_few> {
public:
    static constexpr std::string_view name = "makes_too_few";
    makes_too_few(unsigned workers, const worker_options& options)
        : fails_at_times(workers - 1, options), says_(workers) {}
    unsigned workers() const noexcept { return says_; }
    static void perform(auto& work, std::size_t index) { work(index); }

private:
    const unsigned says_;
};

/// Cannot have its threads, and says so.
struct cannot_be_made : fails_at_times<cannot_be_made> {
    static constexpr std::string_view name = "cannot_be_made";
    cannot_be_made(unsigned workers, const worker_options& options) : fails_at_times(workers, options) {
        throw std::system_error(EAGAIN, std::system_category(), "cannot_be_made: thread 1 of 1 cannot be made");
    }
    static void perform(auto&, std::size_t) {}
};

}  // namespace handoff::impls
