// The bare loop over moodycamel's ReaderWriterQueue.
#include "queues/controls/bare_control.hpp"
#include "queues/third_party/moodycamel_reader_writer_queue.hpp"

namespace handoff::benchmarks {

namespace {

const harness::enrolment enrolled(
    1 << 20, {bare_control<impls::moodycamel_reader_writer_queue>("moodycamel_reader_writer_queue")});

}  // namespace

}  // namespace handoff::benchmarks
