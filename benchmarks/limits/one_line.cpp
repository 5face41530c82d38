#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "kernels.hpp"
#include "line_transfer.hpp"

namespace handoff::limits {

namespace {

struct alignas(128) flag {
    std::atomic<bool> is_up{false};
    void raise() noexcept { is_up.store(true, std::memory_order_relaxed); }  // relaxed, both: carries no data
    explicit operator bool() const noexcept { return is_up.load(std::memory_order_relaxed); }
};

/// `add()` adds 1 and returns the number before. The first CPU's thread looks at the clock every `each`
/// additions of its own: how far the number has come by then is what all have added.
template <class Add>
std::vector<double> together(double seconds, const std::vector<int>& cpus, int each, Add add) {
    flag enough;
    std::atomic<std::size_t> arrived{0};
    std::vector<std::thread> others;
    const auto arrive = [&] {
        arrived.fetch_add(1, std::memory_order_relaxed);  // relaxed, both: a number, no data
        while (arrived.load(std::memory_order_relaxed) < cpus.size()) {
            pause();
        }
    };
    for (std::size_t i = 1; i < cpus.size(); ++i) {
        others.emplace_back([&, cpu = cpus[i]] {
            harness::pin_this_thread(cpu);
            arrive();
            while (!enough) {
                for (int n = 0; n < 64; ++n) {
                    add();
                }
            }
        });
    }
    std::vector<double> found;
    found.reserve(most_batches);
    std::thread first([&] {
        harness::pin_this_thread(cpus.front());
        arrive();
        const auto batch = [&] {
            std::uint64_t number = 0;
            for (int n = 0; n < each; ++n) {
                number = add();
            }
            return number;
        };
        std::uint64_t before = batch();  // warms up
        const auto begin = clock::now();
        auto last = begin;
        while (!limits::enough(found.size(), seconds_between(begin, last), seconds)) {
            const std::uint64_t number = batch();
            const auto now = clock::now();
            found.push_back(seconds_between(last, now) * 1e9 / static_cast<double>(number - before));
            before = number;
            last = now;
        }
        enough.raise();
    });
    first.join();
    for (std::thread& other : others) {
        other.join();
    }
    return found;
}

}  // namespace

std::vector<double> shared_add(double seconds, const std::vector<int>& cpus) {
    alignas(128) std::atomic<std::uint64_t> number{0};
    // relaxed: carries no data
    return together(seconds, cpus, 2000, [&] { return number.fetch_add(1, std::memory_order_relaxed); });
}

std::vector<double> mutex_shared(double seconds, int cpu_a, int cpu_b) {
    alignas(128) std::mutex lock;
    alignas(128) std::uint64_t number = 0;
    return together(seconds, {cpu_a, cpu_b}, 500, [&] {
        const std::lock_guard<std::mutex> inside(lock);
        return number++;
    });
}

std::vector<double> line_transfer(double seconds, int cpu_a, int cpu_b) {
    std::vector<double> found;
    const auto begin = clock::now();
    do {
        found.push_back(harness::line_transfer_ns(cpu_a, cpu_b));
    } while (!enough(found.size(), seconds_between(begin, clock::now()), seconds));
    return found;
}

std::vector<double> message(double seconds, int cpu_a, int cpu_b, bool one_line) {
    struct alignas(128) words {
        std::atomic<std::uint64_t> word[32]{};  // two lines
    };
    constexpr std::uint64_t over = ~std::uint64_t{0};
    const auto both = std::make_unique<words>();
    std::atomic<std::uint64_t>& question = both->word[0];
    std::atomic<std::uint64_t>& answer = both->word[one_line ? 1 : 16];
    // relaxed, all: the words carry no other data
    std::thread partner([&] {
        harness::pin_this_thread(cpu_b);
        for (std::uint64_t seen = 0;;) {
            const std::uint64_t asked = question.load(std::memory_order_relaxed);
            if (asked == over) {
                return;
            }
            if (asked != seen) {
                seen = asked;
                answer.store(seen, std::memory_order_relaxed);
            }
        }
    });
    std::vector<double> found;
    on_cpu(cpu_a, [&] {
        std::uint64_t trip = 0;
        found = batches_of(seconds, 100, [&](int count) {
            for (int i = 0; i < count; i += 2) {  // a trip is two ways
                question.store(++trip, std::memory_order_relaxed);
                while (answer.load(std::memory_order_relaxed) != trip) {
                }
            }
        });
        question.store(over, std::memory_order_relaxed);
    });
    partner.join();
    return found;
}

}  // namespace handoff::limits
