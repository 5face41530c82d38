#include <thread_pool/thread_pool.hpp>
#include <utility>

#include "detail/threads.hpp"
#include "pools/controls/bare.hpp"

namespace handoff::benchmarks {

namespace {

class bare_rvaser_pool : public bare_pool {
public:
    static constexpr std::string_view name = "rvaser_pool";

    bare_rvaser_pool(unsigned workers, const impls::pool_options& options)
        : bare_pool(workers), threads_(workers) {
        impls::detail::start_each(name, workers, options.on_start,
                                  [this](auto task) { threads_.Submit(std::move(task)); });
    }

    template <class F>
    impls::submission submit(F&& f) {
        threads_.Submit(std::forward<F>(f));
        return counted();
    }

private:
    ::thread_pool::ThreadPool threads_;
};

const bool enrolled = enrol_bare_pool<bare_rvaser_pool>(2);

}  // namespace

}  // namespace handoff::benchmarks
