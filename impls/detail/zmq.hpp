// What all implementations over ZeroMQ have in common.
#pragma once

#include <zmq.h>

#include <system_error>
#include <utility>

namespace handoff::impls::detail {

inline void expect_zmq(bool holds, const char* what) {
    if (!holds) {
        throw std::system_error(zmq_errno(), std::generic_category(), what);
    }
}

/// One of the process, as the library advises; it stays until the process ends.
inline void* zmq_context() {
    static void* const shared = [] {
        void* const made = zmq_ctx_new();
        expect_zmq(made != nullptr, "zmq_ctx_new");
        zmq_ctx_set(made, ZMQ_IO_THREADS, 0);  // inproc needs none
        zmq_ctx_set(made, ZMQ_MAX_SOCKETS, 16'384);
        return made;
    }();
    return shared;
}

/// Used by one thread at a time.
class zmq_end {
public:
    /// `limit_option`: ZMQ_SNDHWM or ZMQ_RCVHWM; a limit of 0 is none.
    zmq_end(int type, int limit_option, int limit) : zmq_end(type) {
        expect_zmq(zmq_setsockopt(socket_, limit_option, &limit, sizeof limit) == 0, "zmq_setsockopt");
    }
    ~zmq_end() { close(); }
    zmq_end(const zmq_end&) = delete;
    zmq_end& operator=(const zmq_end&) = delete;

    void* get() const noexcept { return socket_; }
    /// It is of no use afterwards.
    void close() noexcept {
        if (socket_ != nullptr) {
            zmq_close(std::exchange(socket_, nullptr));
        }
    }

private:
    /// By itself, so that the destructor closes it where what follows throws.
    explicit zmq_end(int type) : socket_(zmq_socket(zmq_context(), type)) {
        expect_zmq(socket_ != nullptr, "zmq_socket");
    }

    void* socket_;
};

}  // namespace handoff::impls::detail
