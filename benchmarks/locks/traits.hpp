// What a lock and a barrier declare, without their types.
#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include "concepts/locks.hpp"
#include "shared/team_candidate.hpp"

namespace handoff::benchmarks {

struct lock_traits {
    std::string_view name;
    impls::admission admits;
    impls::waiting waits;
    std::string_view readers;  ///< are let in `together`, `one_by_one`, or never wait and are `validated`
    bool starvation_free;      ///< whoever asks gets in
    lack_function lack;

    /// As rankings say it.
    std::string admission_in_words() const;
};

struct barrier_traits {
    std::string_view name;
    impls::waiting waits;
    lack_function lack;
};

template <impls::lock Lock>
constexpr lock_traits traits_of_lock() {
    using end_type = std::remove_reference_t<impls::holder_end_t<Lock>>;
    return {Lock::name,
            Lock::admits,
            Lock::waits,
            impls::validates_reads<end_type> ? "validated"
            : impls::locks_shared<end_type>  ? "together"
                                             : "one_by_one",
            impls::is_starvation_free<Lock>(),
            lack_of<Lock>()};
}

template <impls::barrier Barrier>
constexpr barrier_traits traits_of_barrier() {
    return {Barrier::name, Barrier::waits, lack_of<Barrier>()};
}

}  // namespace handoff::benchmarks
