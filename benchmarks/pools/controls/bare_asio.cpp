#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <utility>

#include "detail/threads.hpp"
#include "pools/controls/bare.hpp"

namespace handoff::benchmarks {

namespace {

class bare_asio_pool : public bare_pool {
public:
    static constexpr std::string_view name = "asio_pool";

    bare_asio_pool(unsigned workers, const impls::pool_options& options)
        : bare_pool(workers), threads_(workers) {
        impls::detail::start_each(name, workers, options.on_start,
                                  [this](auto task) { boost::asio::post(threads_, std::move(task)); });
    }
    ~bare_asio_pool() { threads_.join(); }

    template <class F>
    impls::submission submit(F&& f) {
        boost::asio::post(threads_, std::forward<F>(f));
        return counted();
    }

private:
    boost::asio::thread_pool threads_;
};

const bool enrolled = enrol_bare_pool<bare_asio_pool>(0);

}  // namespace

}  // namespace handoff::benchmarks
