// Waiting for descriptors with io_uring: each wait is one system call, which also hands over what to watch.
//
// Source: Linux, io_uring(7), io_uring_enter(2); J. Axboe, "Efficient IO with io_uring", 2019. Without a
// library.
//
// Cost:     one system call to wait and to watch again what was ready; one to remove.
#pragma once

#include <linux/io_uring.h>
// It comes with <linux/fs.h>, whose macros have names that others give to constants.
#undef BLOCK_SIZE
#undef BLOCK_SIZE_BITS
#include <linux/time_types.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <system_error>
#include <unordered_map>
#include <utility>

#include "../../atomic.hpp"
#include "descriptor.hpp"

namespace handoff::impls::detail {

class uring_poller {
public:
    uring_poller() : ring_(set_up(parameters_), "io_uring_setup"), waker_(new_waker(), "eventfd") {
        const std::size_t bytes_of_ring =
            std::max<std::size_t>(parameters_.sq_off.array + parameters_.sq_entries * sizeof(std::uint32_t),
                                  parameters_.cq_off.cqes + parameters_.cq_entries * sizeof(io_uring_cqe));
        rings_.map(ring_.number(), bytes_of_ring, IORING_OFF_SQ_RING);
        entries_.map(ring_.number(), parameters_.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
        auto* const numbers = rings_.at<std::uint32_t>(parameters_.sq_off.array);
        for (std::uint32_t i = 0; i < parameters_.sq_entries; ++i) {
            numbers[i] = i;
        }
        add(waker_.number(), nullptr);
    }
    uring_poller(const uring_poller&) = delete;
    uring_poller& operator=(const uring_poller&) = delete;

    /// Why this machine cannot run it; empty where it can.
    static std::string_view unavailable() {
        io_uring_params wanted{};
        const int ring = set_up(wanted);
        if (ring < 0) {
            return "the kernel grants no io_uring (kernel.io_uring_disabled, a filter of system calls, or "
                   "Linux "
                   "before 5.1)";
        }
        ::close(ring);
        constexpr std::uint32_t needed = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_EXT_ARG;
        return (wanted.features & needed) == needed ? "" : "its io_uring takes no deadline (Linux before 5.11)";
    }

    void add(int fd, void* tag) {
        const std::uint64_t number = ++last_;
        watched_.emplace(number, watch{fd, tag});
        if (tag != nullptr) {
            numbers_.emplace(tag, number);
        }
        ask(number, fd);
    }

    void remove(int, void* tag) {
        const auto found = numbers_.find(tag);
        io_uring_sqe& entry = next_entry();
        entry.opcode = IORING_OP_POLL_REMOVE;
        entry.fd = -1;
        entry.addr = found->second;
        entry.user_data = 0;  // nobody's number
        watched_.erase(found->second);
        numbers_.erase(found);
        enter(0, 0, nullptr, 0);  // now: the caller may close the descriptor
    }

    void wake() noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto written = ::write(waker_.number(), &one, sizeof one);
    }

    template <class See>
    void wait(std::chrono::nanoseconds longest, See&& see) {
        const bool sleeps = longest.count() > 0;
        __kernel_timespec time{};
        io_uring_getevents_arg deadline{};
        if (sleeps && longest != std::chrono::nanoseconds::max()) {
            time.tv_sec = longest.count() / 1'000'000'000;
            time.tv_nsec = longest.count() % 1'000'000'000;
            deadline.ts = reinterpret_cast<std::uintptr_t>(&time);
        }
        if (sleeps) {
            enter(1, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &deadline, sizeof deadline);
        } else {
            enter(0, IORING_ENTER_GETEVENTS, nullptr, 0);
        }
        auto* const head = rings_.at<std::uint32_t>(parameters_.cq_off.head);
        // acquire: with the kernel, which has written the completions before
        const std::uint32_t tail =
            atomic_ref(*rings_.at<std::uint32_t>(parameters_.cq_off.tail)).load(std::memory_order_acquire);
        const auto* const completions = rings_.at<io_uring_cqe>(parameters_.cq_off.cqes);
        for (std::uint32_t at = *head; at != tail;) {
            const io_uring_cqe& completion = completions[at & (parameters_.cq_entries - 1)];
            const std::uint64_t number = completion.user_data;
            const std::int32_t result = completion.res;
            ++at;
            atomic_ref(*head).store(at, std::memory_order_release);  // the kernel may use its place
            const auto found = watched_.find(number);
            if (found == watched_.end()) {
                continue;  // was removed
            }
            const watch ready = found->second;
            bool goes_on = true;
            if (result < 0) {
                // It is not ready: the request has failed, or was given up with the thread that had made it.
            } else if (ready.tag == nullptr) {
                std::uint64_t taken = 0;
                [[maybe_unused]] const auto read = ::read(waker_.number(), &taken, sizeof taken);
            } else {
                goes_on = see(ready.tag);
            }
            // One that cannot be watched, such as one that was closed, is not asked for again.
            if ((result >= 0 || result == -ECANCELED) && watched_.contains(number)) {
                ask(number, ready.fd);  // level-triggered: a new request finds what is still there
            }
            if (!goes_on) {
                return;
            }
        }
    }

private:
    static constexpr unsigned entries = 256;

    struct watch {
        int fd;
        void* tag;
    };

    /// Memory that is shared with the kernel.
    class mapping {
    public:
        mapping() = default;
        ~mapping() {
            if (memory_ != nullptr) {
                ::munmap(memory_, bytes_);
            }
        }
        mapping(const mapping&) = delete;
        mapping& operator=(const mapping&) = delete;

        void map(int ring, std::size_t bytes, std::uint64_t offset) {
            void* const got = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
                                     static_cast<off_t>(offset));
            if (got == MAP_FAILED) {
                throw std::system_error(errno, std::generic_category(), "mmap of an io_uring");
            }
            memory_ = static_cast<std::byte*>(got);
            bytes_ = bytes;
        }
        template <class T>
        T* at(std::uint32_t offset) const noexcept {
            return reinterpret_cast<T*>(memory_ + offset);
        }

    private:
        std::byte* memory_ = nullptr;
        std::size_t bytes_ = 0;
    };

    static int set_up(io_uring_params& p) noexcept {
        p.flags = IORING_SETUP_CQSIZE;
        p.cq_entries = 4096;
        return static_cast<int>(::syscall(SYS_io_uring_setup, entries, &p));
    }
    static int new_waker() noexcept { return ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC); }

    /// One request: a completion when the descriptor is readable.
    void ask(std::uint64_t number, int fd) {
        io_uring_sqe& entry = next_entry();
        entry.opcode = IORING_OP_POLL_ADD;
        entry.fd = fd;
        entry.poll32_events = POLLIN;
        entry.user_data = number;
    }

    /// The next entry, empty; handed over with the next call.
    io_uring_sqe& next_entry() {
        if (is_full()) {
            enter(0, 0, nullptr, 0);
            if (is_full()) {
                enter(0, IORING_ENTER_GETEVENTS, nullptr, 0);  // it takes none while completions overflow
            }
            if (is_full()) {
                throw std::system_error(EBUSY, std::generic_category(), "io_uring_enter");
            }
        }
        auto& tail = *rings_.at<std::uint32_t>(parameters_.sq_off.tail);
        io_uring_sqe& entry = entries_.at<io_uring_sqe>(0)[(tail + waiting_) & (parameters_.sq_entries - 1)];
        std::memset(&entry, 0, sizeof entry);
        ++waiting_;
        return entry;
    }

    /// Those that the kernel has not taken yet are still in their places.
    bool is_full() const noexcept { return waiting_ + left_ >= parameters_.sq_entries; }

    void enter(unsigned wanted, unsigned flags, const void* argument, std::size_t bytes) {
        auto& tail = *rings_.at<std::uint32_t>(parameters_.sq_off.tail);
        // release: the kernel reads the entries behind it
        atomic_ref(tail).store(tail + waiting_, std::memory_order_release);
        left_ += std::exchange(waiting_, 0);
        const long taken = ::syscall(SYS_io_uring_enter, ring_.number(), left_, wanted, flags, argument, bytes);
        if (taken >= 0) {
            left_ -= static_cast<unsigned>(taken);
        } else if (errno != ETIME && errno != EINTR && errno != EAGAIN && errno != EBUSY) {
            throw std::system_error(errno, std::generic_category(), "io_uring_enter");
        }
    }

    io_uring_params parameters_{};
    descriptor ring_;
    descriptor waker_;
    mapping rings_;
    mapping entries_;
    unsigned waiting_ = 0;  // entries that are filled and not yet shown to the kernel
    unsigned left_ = 0;     // shown, and not yet taken by it
    std::uint64_t last_ = 0;
    std::unordered_map<std::uint64_t, watch> watched_;  // by the number of the request
    std::unordered_map<void*, std::uint64_t> numbers_;
};

}  // namespace handoff::impls::detail
