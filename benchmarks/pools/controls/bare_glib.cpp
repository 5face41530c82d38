#include <glib.h>

#include <memory>
#include <type_traits>
#include <utility>

#include "detail/threads.hpp"
#include "pools/controls/bare.hpp"

namespace handoff::benchmarks {

namespace {

class bare_glib_pool : public bare_pool {
public:
    static constexpr std::string_view name = "glib_pool";

    bare_glib_pool(unsigned workers, const impls::pool_options& options)
        : bare_pool(workers),
          threads_(
              g_thread_pool_new(&bare_glib_pool::run, nullptr, static_cast<gint>(workers), TRUE, nullptr)) {
        impls::detail::start_each(name, workers, options.on_start,
                                  [this](auto task) { push(std::move(task)); });
    }
    ~bare_glib_pool() { g_thread_pool_free(threads_, FALSE, TRUE); }
    bare_glib_pool(const bare_glib_pool&) = delete;
    bare_glib_pool& operator=(const bare_glib_pool&) = delete;

    template <class F>
    impls::submission submit(F&& f) {
        push(std::forward<F>(f));
        return counted();
    }

private:
    /// The library passes a pointer; what it points to is its user's.
    struct work {
        void (*call)(work*);
    };
    template <class F>
    struct work_of : work {
        F f;
    };

    template <class F>
    void push(F&& f) {
        using made = work_of<std::decay_t<F>>;
        auto* const one = new made{{[](work* self) {
                                       const std::unique_ptr<made> mine(static_cast<made*>(self));
                                       mine->f();
                                   }},
                                   std::forward<F>(f)};
        g_thread_pool_push(threads_, static_cast<work*>(one), nullptr);
    }
    static void run(gpointer one, gpointer) {
        auto* const self = static_cast<work*>(one);
        self->call(self);
    }

    GThreadPool* const threads_;
};

const bool enrolled = enrol_bare_pool<bare_glib_pool>(1);

}  // namespace

}  // namespace handoff::benchmarks
