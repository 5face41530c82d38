# The families of implementations. Each has a folder of its name in benchmarks/ and in tests/, and a binary bench_<name>.
#
#   KINDS   the kinds of catalog lines that are its own (HANDOFF_<kind> in impls/catalog.hpp)
#   ALSO    kinds of another family that it measures, too
#
# The catalog's kinds, the generated units and the binaries follow from this list.

function(handoff_family name)
    cmake_parse_arguments(family "" "" "KINDS;ALSO" ${ARGN})
    set(HANDOFF_FAMILIES ${HANDOFF_FAMILIES} ${name} PARENT_SCOPE)
    set(HANDOFF_KINDS ${HANDOFF_KINDS} ${family_KINDS} PARENT_SCOPE)
    set(HANDOFF_${name}_KINDS ${family_KINDS} PARENT_SCOPE)
    set(HANDOFF_${name}_ALSO ${family_ALSO} PARENT_SCOPE)
endfunction()

set(HANDOFF_FAMILIES "")
set(HANDOFF_KINDS WAIT)

handoff_family(queues KINDS QUEUE)
handoff_family(counters KINDS COUNTER)
handoff_family(locks KINDS LOCK BARRIER)
handoff_family(deques KINDS DEQUE)
handoff_family(fork_join KINDS SCHEDULER ALSO DEQUE)
handoff_family(pools KINDS POOL)
handoff_family(channels KINDS CHANNEL)
handoff_family(buses KINDS BUS)
handoff_family(processors KINDS PROCESSOR)
handoff_family(async KINDS ASYNC)
handoff_family(loops KINDS LOOP)
