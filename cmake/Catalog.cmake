# Reads a catalog (impls/catalog.hpp) and generates one translation unit per implementation and use.
#
#   handoff_read_catalog(PREFIX file)   PREFIX_QUEUES, PREFIX_WAITS, PREFIX_COUNTERS, ...: lists of
#                                       "name|header|place in the catalog"
#   handoff_generate(OUT entries waits template directory)
#                                       writes <directory>/<name>.cpp for each entry from the template, in which
#                                       @NAME@, @HEADER@, @RANK@, @WAIT_INCLUDES@ and @WAIT_TYPES@ are replaced;
#                                       OUT: the files

set(HANDOFF_KINDS QUEUE WAIT COUNTER LOCK BARRIER DEQUE SCHEDULER POOL)

function(handoff_read_catalog prefix file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} lines REGEX "^[ \t]*HANDOFF_")
    foreach(kind IN LISTS HANDOFF_KINDS)
        set(${kind} "")
        set(${kind}_names "")
    endforeach()
    set(rank 0)
    foreach(line IN LISTS lines)
        if(NOT line MATCHES "^HANDOFF_([A-Z]+)\\(([a-z0-9_]+), \"([^\"]+)\"\\)$" OR NOT CMAKE_MATCH_1 IN_LIST HANDOFF_KINDS)
            message(FATAL_ERROR "${file}: cannot read the line\n  ${line}\n"
                                "expected HANDOFF_<kind>(name, \"header\"); kinds: ${HANDOFF_KINDS}")
        endif()
        if(CMAKE_MATCH_2 IN_LIST ${CMAKE_MATCH_1}_names)
            message(FATAL_ERROR "${file}: ${CMAKE_MATCH_1} ${CMAKE_MATCH_2} stands twice")
        endif()
        math(EXPR rank "${rank} + 1")
        list(APPEND ${CMAKE_MATCH_1} "${CMAKE_MATCH_2}|${CMAKE_MATCH_3}|${rank}")
        list(APPEND ${CMAKE_MATCH_1}_names ${CMAKE_MATCH_2})
    endforeach()
    foreach(kind IN LISTS HANDOFF_KINDS)
        set(${prefix}_${kind}S ${${kind}} PARENT_SCOPE)
    endforeach()
endfunction()

function(handoff_generate out entries waits template directory)
    set(WAIT_INCLUDES "")
    set(WAIT_TYPES "")
    foreach(wait IN LISTS waits)
        string(REPLACE "|" ";" wait ${wait})
        list(GET wait 0 name)
        list(GET wait 1 header)
        string(APPEND WAIT_INCLUDES "#include \"${header}\"\n")
        string(APPEND WAIT_TYPES ", handoff::impls::${name}")
    endforeach()
    set(files "")
    foreach(entry IN LISTS entries)
        string(REPLACE "|" ";" entry ${entry})
        list(GET entry 0 NAME)
        list(GET entry 1 HEADER)
        list(GET entry 2 RANK)
        configure_file(${template} ${directory}/${NAME}.cpp @ONLY)
        list(APPEND files ${directory}/${NAME}.cpp)
    endforeach()
    set(${out} ${files} PARENT_SCOPE)
endfunction()
