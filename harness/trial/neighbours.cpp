#include "neighbours.hpp"

#include <pthread.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <set>

#include "scheduling.hpp"
#include "topology.hpp"

namespace handoff::harness {

namespace {

std::vector<int> distinct(const std::vector<int>& cpus) {
    std::set<int> seats(cpus.begin(), cpus.end());
    if (seats.contains(-1)) {
        seats.clear();
        for (const processor& p : processors()) {
            seats.insert(p.cpu);
        }
    }
    return {seats.begin(), seats.end()};
}

double cpu_seconds_of(pthread_t thread) {
    clockid_t own{};
    timespec used{};
    if (pthread_getcpuclockid(thread, &own) != 0 || clock_gettime(own, &used) != 0) {
        return 0;
    }
    return static_cast<double>(used.tv_sec) + static_cast<double>(used.tv_nsec) * 1e-9;
}

}  // namespace

neighbours::neighbours(const std::vector<int>& cpus, std::size_t on_each)
    : cpus_(distinct(cpus)),
      numbers_(cpus_.size() * on_each),
      begun_(static_cast<std::ptrdiff_t>(cpus_.size() * on_each)) {
    try {
        for (std::size_t i = 0; i < cpus_.size() * on_each; ++i) {
            threads_.emplace_back([this, i] {
                take_no_policy();
                numbers_[i] = gettid();
                begun_.count_down();
                while (!done_.load(std::memory_order_relaxed)) {  // relaxed: carries no data
                }
            });
        }
        begun_.wait();
        // From outside: a real-time thread may have the CPU already, and would let no neighbour come to do it.
        for (std::size_t i = 0; i < threads_.size(); ++i) {
            pin_thread(numbers_[i], cpus_[i % cpus_.size()]);
        }
    } catch (...) {
        end();
        throw;
    }
}

neighbours::~neighbours() {
    end();
}

void neighbours::end() noexcept {
    done_.store(true, std::memory_order_relaxed);  // relaxed: as above
    for (std::thread& one : threads_) {
        one.join();
    }
}

double neighbours::cpu_seconds() const {
    double sum = 0;
    for (const std::thread& one : threads_) {
        // The standard's handle is the system's, here as everywhere on Linux.
        sum += cpu_seconds_of(const_cast<std::thread&>(one).native_handle());
    }
    return sum;
}

}  // namespace handoff::harness
