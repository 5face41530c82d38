#include "queue.hpp"
#include "queues/batch_ring.hpp"
#include "queues/bbq.hpp"
#include "queues/cached_ring.hpp"
#include "queues/d_choice.hpp"
#include "queues/faa_array_queue.hpp"
#include "queues/flag_ring.hpp"
#include "queues/jiffy.hpp"
#include "queues/k_fifo.hpp"
#include "queues/lamport_ring.hpp"
#include "queues/lane_queue.hpp"
#include "queues/lcrq.hpp"
#include "queues/lprq.hpp"
#include "queues/michael_scott_queue.hpp"
#include "queues/mpsc_array.hpp"
#include "queues/mpsc_list.hpp"
#include "queues/multicast_ring.hpp"
#include "queues/multiqueue.hpp"
#include "queues/mutex_heap.hpp"
#include "queues/mutex_queue.hpp"
#include "queues/phase_ring.hpp"
#include "queues/scq.hpp"
#include "queues/spinlock_ring.hpp"
#include "queues/spmc_ring.hpp"
#include "queues/ticket_ring.hpp"
#include "queues/vyukov_ring.hpp"
#include "queues/wcq.hpp"

// Of words every put of an index asks for help; of items those that have failed once.
template <>
inline constexpr handoff::impls::detail::wcq_patience
    handoff::impls::detail::wcq_patience_for<handoff::model::queues::word>{
        .puts = 0, .takes = 1, .between_looks = 1};

namespace handoff::model::queues {
namespace {

const registered all[] = {
    registered(programs<impls::lamport_ring<item>>()),
    registered(programs<impls::cached_ring<item>>()),
    registered(programs<impls::flag_ring<item>>()),
    registered(programs<impls::batch_ring<item>>()),
    registered(programs<impls::phase_ring<item>>()),
    registered(programs<impls::mpsc_list<item>>()),
    registered(programs<impls::mpsc_array<item>>()),
    registered(programs<impls::jiffy<item>>()),
    registered(programs_of_stopped_pushes<impls::jiffy<item>>()),
    registered(programs<impls::spmc_ring<item>>()),
    registered(programs<impls::vyukov_ring<item>>()),
    registered(programs<impls::scq<item>>()),
    registered(programs<impls::bbq<item>>()),
    registered(programs<impls::michael_scott_queue<item>>()),
    registered(programs<impls::faa_array_queue<item>>()),
    registered(programs_without_membarrier<impls::faa_array_queue<item>>()),
    registered(programs<impls::lprq<item>>()),
    registered(programs_without_membarrier<impls::lprq<item>>()),
    registered(programs<impls::lcrq<item>>()),
    registered(programs_without_membarrier<impls::lcrq<item>>()),
    registered(programs<impls::wcq<item>>()),
    registered(programs<impls::wcq<word>>()),
    registered(programs<impls::lane_queue<item>>()),
    registered(programs<impls::spinlock_ring<item>>()),
    registered(programs_of_emptiness<impls::spinlock_ring<item>>()),
    registered(programs<impls::ticket_ring<item>>()),
    registered(programs_of_waits<impls::ticket_ring<item>>()),
    registered(programs<impls::mutex_queue<item>>()),
    registered(programs_of_waits<impls::mutex_queue<item>>()),
    registered(programs_of_emptiness<impls::mutex_queue<item>>()),
    registered(programs<impls::k_fifo<item>>()),
    registered(programs<impls::d_choice<item>>()),
    registered(programs_of_choices<impls::d_choice<item>>()),
    registered(programs<impls::multicast_ring<item>>()),
    registered(programs<impls::mutex_heap<item>>()),
    registered(programs_of_emptiness<impls::mutex_heap<item>>()),
    registered(programs<impls::multiqueue<item>>()),
    registered(programs_of_choices<impls::multiqueue<item>>()),
    registered(programs<impls::multiqueue<word>>()),
};

}  // namespace
}  // namespace handoff::model::queues
