// Adapted: moodycamel::ReaderWriterQueue, a single-producer single-consumer queue of linked ring blocks, used
// through try_enqueue, so that it never grows.
//
// Source: Desrochers, "A Fast Lock-Free Queue for C++", moodycamel.com, 2013.
//
// Progress: wait-free.
// Order:    FIFO.
// Capacity: at least what was asked: blocks are powers of two of at most 512; allocated once.
// Cost:     no RMW.
#pragma once

#include <readerwriterqueue/readerwriterqueue.h>

#include <cstddef>
#include <string_view>
#include <utility>

#include "../../concepts/provenance.hpp"
#include "../../concepts/queues.hpp"

namespace handoff::impls {

template <nothrow_movable T>
class moodycamel_reader_writer_queue {
public:
    using value_type = T;
    static constexpr std::string_view name = "moodycamel_reader_writer_queue";
    static constexpr auto producers = cardinality::one;
    static constexpr auto consumers = cardinality::one;
    static constexpr auto order = ordering::fifo;
    static constexpr auto progress = progress_guarantee::wait_free;
    static constexpr auto capacity_is = capacity_rule::at_least;
    static constexpr std::size_t largest_capacity = std::size_t{1}
                                                    << 30;  // more takes all memory, block by block
    static constexpr provenance adapted{
        .library = "moodycamel::ReaderWriterQueue", .source = "libreaderwriterqueue-dev", .version = "1.0.6"};

    explicit moodycamel_reader_writer_queue(std::size_t capacity) : queue_(capacity) {}

    std::size_t capacity() const noexcept { return queue_.max_capacity(); }
    bool try_push(T&& value) { return queue_.try_enqueue(std::move(value)); }
    bool try_pop(T& out) { return queue_.try_dequeue(out); }

private:
    moodycamel::ReaderWriterQueue<T> queue_;
};

}  // namespace handoff::impls
