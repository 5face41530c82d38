// Forks are calls, one after the other: what a program costs without a scheduler.
//
// Progress: blocking; there is nobody to wait for.
// Order:    as written: the first piece, then the second; bodies by their index.
// Capacity: the caller's stack.
// Cost:     a call, which the compiler may inline.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "../concepts/fork_join.hpp"

namespace handoff::impls {

class serial_scheduler {
public:
    static constexpr std::string_view name = "serial_scheduler";
    static constexpr auto forks = forking::calls;
    static constexpr unsigned most_workers = 1;

    class context {
    public:
        template <class First, class Second>
        void fork2(First&& first, Second&& second) {
            first(*this);
            second(*this);
        }
        template <class Body>
        void fork_all(std::size_t n, Body&& body) {
            for (std::size_t i = 0; i < n; ++i) {
                body(*this, i);
            }
        }
    };

    explicit serial_scheduler(unsigned workers, const worker_options& = {}) {
        if (workers != 1) {
            throw std::invalid_argument("workers " + std::to_string(workers) +
                                        ": serial_scheduler has one, its caller");
        }
    }
    unsigned workers() const noexcept { return 1; }

    template <class Root>
    void run(Root&& root) {
        context here;
        std::forward<Root>(root)(here);
    }
};

}  // namespace handoff::impls
