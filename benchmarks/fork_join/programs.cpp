// What the programs prepare outside anything measured: inputs and known answers.
#include <mutex>
#include <stdexcept>

#include "fork_join/workloads/matrix.hpp"
#include "fork_join/workloads/nqueens.hpp"
#include "fork_join/workloads/quicksort.hpp"
#include "fork_join/workloads/sum.hpp"

namespace handoff::benchmarks {

std::vector<std::uint32_t> random_array(std::uint64_t size, std::uint64_t seed) {
    random_numbers next(seed);
    std::vector<std::uint32_t> numbers(size);
    for (std::uint32_t& number : numbers) {
        number = static_cast<std::uint32_t>(next());
    }
    return numbers;
}

nqueens::nqueens(const settings& s) : all_((1U << s.size) - 1) {
    static constexpr std::array<std::uint64_t, 19> known{
        1,   1,    0,     0,     2,      10,      4,        40,       92,       352,
        724, 2680, 14200, 73712, 365596, 2279184, 14772512, 95815104, 666090624};
    calls plain;
    expected_ = {known[s.size], run(plain).tasks};
}

sum::sum(const settings& s) : grain_(s.grain), numbers_(random_array(s.size, s.seed)) {
    std::uint64_t total = 0;
    for (const std::uint32_t number : numbers_) {
        total += number;
    }
    calls plain;
    expected_ = {total, run(plain).tasks};
}

quicksort::quicksort(const settings& s) : grain_(s.grain), sorted_(s.size) {
    // The rehearsal of a trial and the trial itself have the same input.
    static std::mutex mutex;
    static std::shared_ptr<const input> last;
    const std::lock_guard lock(mutex);
    if (!last || last->size != s.size || last->grain != s.grain || last->seed != s.seed) {
        auto made = std::make_shared<input>(input{s.size, s.grain, s.seed, random_array(s.size, s.seed)});
        input_ = made;
        calls plain;
        made->expected = run(plain);
        if (!std::ranges::is_sorted(sorted_) || kernels::sum(sorted_) != kernels::sum(made->numbers)) {
            throw std::logic_error("quicksort by plain calls does not sort");
        }
        last = std::move(made);
    }
    input_ = last;
}

matrix::matrix(const settings& s)
    : size_(s.size),
      grain_(s.grain),
      a_(size_ * size_),
      b_(size_ * size_),
      c_(size_ * size_),
      vector_(size_),
      product_(size_) {
    random_numbers next(s.seed);
    // Whole numbers so small that every sum below is exact: at most 8 * 8 * 4096 * 1000 * 4096, some 2^40.
    const auto small = [&](double least, std::uint64_t range) {
        return least + static_cast<double>(next() % range);
    };
    for (double& x : a_) {
        x = small(-8, 17);
    }
    for (double& x : b_) {
        x = small(-8, 17);
    }
    // None is 0: a single element that is wrong is always seen.
    for (double& x : vector_) {
        x = small(1, 1000);
    }
    const auto times = [&](const std::vector<double>& m, const std::vector<double>& v) {
        std::vector<double> result(size_);
        for (std::size_t i = 0; i < size_; ++i) {
            for (std::size_t j = 0; j < size_; ++j) {
                result[i] += m[i * size_ + j] * v[j];
            }
        }
        return result;
    };
    product_ = times(a_, times(b_, vector_));
}

}  // namespace handoff::benchmarks
