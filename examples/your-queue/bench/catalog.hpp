// Our queues for Handoff: a name for results, the adaptor's header, the adaptor. One a line, nothing else;
// CMake reads it.

// clang-format off
HANDOFF_QUEUE(relay_ring, "adaptors.hpp", relay::measured::ring)
HANDOFF_QUEUE(relay_lanes, "adaptors.hpp", relay::measured::lanes)
HANDOFF_QUEUE(relay_pipe, "adaptors.hpp", relay::measured::pipe)
// clang-format on
