#include <cstddef>
#include <deque>
#include <future>
#include <utility>

#include "pools/controls/bare.hpp"

namespace handoff::benchmarks {

namespace {

/// Its user keeps the futures, and waits for the oldest when there are too many.
class bare_async_pool : public bare_pool {
public:
    static constexpr std::string_view name = "async_pool";
    static constexpr auto hidden_rejection = impls::rejection::block;
    static constexpr bool ignores_workers = true;

    bare_async_pool(unsigned workers, const impls::pool_options&) : bare_pool(workers) {}

    template <class F>
    impls::submission submit(F&& f) {
        constexpr std::size_t most = 256;
        futures_.push_back(std::async(std::launch::async, std::forward<F>(f)));
        if (futures_.size() > most) {
            futures_.front().wait();
            futures_.pop_front();
        }
        return counted();
    }
    void wait_idle() { futures_.clear(); }

private:
    std::deque<std::future<void>> futures_;
};

const bool enrolled = enrol_bare_pool<bare_async_pool>(5);

}  // namespace

}  // namespace handoff::benchmarks
