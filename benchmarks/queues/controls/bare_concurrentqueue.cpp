// The bare loop over ConcurrentQueue with tokens. It holds any number of items, so only a regime in which the
// producer works has no backlog.
#include <concurrentqueue/concurrentqueue.h>

#include "queues/controls/bare_control.hpp"

namespace handoff::benchmarks {

namespace {

/// Both ends with their tokens, made before any thread begins.
template <class T>
class with_tokens {
public:
    bool try_push(T&& value) { return queue_.enqueue(producer_, std::move(value)); }
    bool try_pop(T& out) { return queue_.try_dequeue(consumer_, out); }

private:
    moodycamel::ConcurrentQueue<T> queue_;
    moodycamel::ProducerToken producer_{queue_};
    moodycamel::ConsumerToken consumer_{queue_};
};

const harness::enrolment enrolled(1 << 20, {bare_control<with_tokens>("moodycamel_token_queue")});

}  // namespace

}  // namespace handoff::benchmarks
