# Reads a catalog (impls/catalog.hpp) and generates one translation unit per implementation and use. The kinds of its lines
# are those of cmake/Families.cmake.
#
#   handoff_read_catalog(PREFIX file [first place])
#                                       PREFIX_QUEUES, PREFIX_WAITS, PREFIX_COUNTERS, ...: lists of
#                                       "name|header|KIND|place in the catalog|type|need"; PREFIX_NOT_BUILT: those
#                                       whose need was not found, as "kind|name|reason|option", the last one empty where
#                                       the need is no checkout (cmake/Needs.cmake); PREFIX_LAST: the last place
#   handoff_generate(OUT entries waits template directory)
#                                       writes <directory>/<name>.cpp for each entry from the template, in which
#                                       @NAME@, @TYPE@, @HEADER@, @RANK@, @WAIT_INCLUDES@ and @WAIT_TYPES@ are replaced;
#                                       OUT: the files. @RANK@ is the name of a constant: a unit that had the number
#                                       itself would be compiled again for every new line above its own
#   handoff_ranks(target entries)       defines those constants for a target
#   handoff_family_units(target family catalog kinds...)
#                                       adds to a binary of this family the units of these kinds in the catalog that
#                                       was read under that prefix, and their places
#   handoff_not_built(target family kinds...)
#                                       compiles into a benchmark binary which implementations of these kinds the
#                                       catalog has and the build has not, and why
#
# Callers set HANDOFF_GENERATED, the folder of what is generated. Functions find the suite's files beside this one, in a
# source tree as where it is installed, so that they also work in somebody else's project.

function(handoff_read_catalog prefix file)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    file(STRINGS ${file} lines REGEX "^[ \t]*HANDOFF_")
    foreach(kind IN LISTS HANDOFF_KINDS)
        set(${kind} "")
        set(${kind}_names "")
    endforeach()
    set(not_built "")
    set(rank 0)
    if(ARGN)
        set(rank ${ARGN})
    endif()
    set(type_pattern "[A-Za-z0-9_]*::[A-Za-z0-9_:<>]+")
    foreach(line IN LISTS lines)
        if(NOT line MATCHES "^HANDOFF_([A-Z]+)\\(([a-z0-9_]+), \"([^\"]+)\"(, ([A-Za-z0-9_]+))?(, (${type_pattern}))?\\)$"
           OR NOT CMAKE_MATCH_1 IN_LIST HANDOFF_KINDS)
            list(JOIN HANDOFF_KINDS ", " kinds)
            message(FATAL_ERROR "${file}: cannot read the line\n  ${line}\n"
                                "expected HANDOFF_<kind>(name, \"header\"), and where they are needed a library and a type "
                                "behind them: HANDOFF_<kind>(name, \"header\", need, space::type); kinds: ${kinds}")
        endif()
        set(kind ${CMAKE_MATCH_1})
        set(name ${CMAKE_MATCH_2})
        set(header ${CMAKE_MATCH_3})
        set(need "${CMAKE_MATCH_5}")
        set(type "handoff::impls::${name}")
        if(CMAKE_MATCH_7)
            set(type "::${CMAKE_MATCH_7}")
            string(REGEX REPLACE "^::::" "::" type "${type}")
        endif()
        if(name IN_LIST ${kind}_names)
            message(FATAL_ERROR "${file}: ${kind} ${name} stands twice")
        endif()
        if(need AND NOT need IN_LIST HANDOFF_NEEDS)
            message(FATAL_ERROR "${file}: ${name} needs ${need}, which is not in cmake/Needs.cmake")
        endif()
        math(EXPR rank "${rank} + 1")
        list(APPEND ${kind}_names ${name})
        if(need AND HANDOFF_MISSING_${need})
            list(APPEND not_built "${kind}|${name}|${HANDOFF_MISSING_${need}}|${HANDOFF_OPTION_${need}}")
        else()
            list(APPEND ${kind} "${name}|${header}|${kind}|${rank}|${type}|${need}")
        endif()
    endforeach()
    foreach(kind IN LISTS HANDOFF_KINDS)
        set(${prefix}_${kind}S ${${kind}} PARENT_SCOPE)
    endforeach()
    set(${prefix}_NOT_BUILT ${not_built} PARENT_SCOPE)
    set(${prefix}_LAST ${rank} PARENT_SCOPE)
endfunction()

function(handoff_generate out entries waits template directory)
    set(WAIT_INCLUDES "")
    set(WAIT_TYPES "")
    foreach(wait IN LISTS waits)
        string(REPLACE "|" ";" wait ${wait})
        list(GET wait 1 header)
        list(GET wait 4 type)
        string(APPEND WAIT_INCLUDES "#include \"${header}\"\n")
        string(APPEND WAIT_TYPES ", ${type}")
    endforeach()
    set(files "")
    foreach(entry IN LISTS entries)
        string(REPLACE "|" ";" entry ${entry})
        list(GET entry 0 NAME)
        list(GET entry 1 HEADER)
        list(GET entry 2 kind)
        list(GET entry 4 TYPE)
        string(TOLOWER "rank_of_${kind}_${NAME}" RANK)
        configure_file(${template} ${directory}/${NAME}.cpp @ONLY)
        list(APPEND files ${directory}/${NAME}.cpp)
    endforeach()
    set(${out} ${files} PARENT_SCOPE)
endfunction()

function(handoff_ranks target entries)
    list(TRANSFORM entries REPLACE "^([^|]*)[|][^|]*[|]([^|]*)[|]([^|]*)[|].*$" "\\3|rank_of_\\2_\\1")
    list(SORT entries COMPARE NATURAL)  # by place: kinds may stand between each other
    set(LINES "")
    set(rank 0)
    foreach(entry IN LISTS entries)
        # Counted here: a place in the catalog would also change with the lines of other families.
        math(EXPR rank "${rank} + 1")
        string(REGEX REPLACE "^.*[|]" "" constant ${entry})
        string(TOLOWER ${constant} constant)
        string(APPEND LINES "extern const int ${constant} = ${rank};\n")
    endforeach()
    set(file ${HANDOFF_GENERATED}/${target}/ranks.cpp)
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../benchmarks/ranks.cpp.in ${file} @ONLY)
    target_sources(${target} PRIVATE ${file})
endfunction()

function(handoff_family_units target family catalog)
    set(folder ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../benchmarks/${family})
    set(entries "")
    foreach(kind IN LISTS ARGN)
        string(TOLOWER ${kind} template)
        if(NOT EXISTS ${folder}/${template}.cpp.in)
            set(template unit)
        endif()
        handoff_generate(units "${${catalog}_${kind}S}" "${${catalog}_WAITS}" ${folder}/${template}.cpp.in
                         ${HANDOFF_GENERATED}/${target}/${template})
        target_sources(${target} PRIVATE ${units})
        list(APPEND entries ${${catalog}_${kind}S})
    endforeach()
    handoff_ranks(${target} "${entries}")
endfunction()

function(handoff_not_built target family)
    set(TARGET ${target})
    set(LINES "")
    foreach(entry IN LISTS HANDOFF_NOT_BUILT)
        string(REPLACE "|" ";" entry "${entry}")
        list(GET entry 0 kind)
        list(GET entry 1 impl)
        list(GET entry 2 reason)
        list(GET entry 3 option)
        if(kind IN_LIST ARGN)
            string(APPEND LINES "        {\"${family}\", \"${impl}\", \"${reason}\", \"${option}\"},\n")
        endif()
    endforeach()
    set(file ${HANDOFF_GENERATED}/${target}/not_built.cpp)
    configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/../benchmarks/not_built.cpp.in ${file} @ONLY)
    target_sources(${target} PRIVATE ${file})
endfunction()
