# For projects that bring their own implementations (docs/bring-your-own.md): benchmark binaries and tests from a catalog
# of theirs. The functions work in a build that has Handoff as a part, and with an installed one.
#
#   handoff_add_benchmarks(suite CATALOG file [PEERS names... | ALL | NONE] [WAITS names...] [LINK targets...])
#
# The target `suite` builds the binaries bench_<family> and bench_limits in the folder <current binary directory>/suite,
# for `handoff run SWEEP --binaries FOLDER`. A family has a binary where the catalog has an implementation of it, or PEERS
# names one of Handoff's. `make all` builds no suite.
#
#   handoff_add_tests(tests CATALOG file [PLANTED] [MODEL] [SANITIZE asan-ubsan | tsan] [WAITS names...] [LINK targets...])
#
# The target `tests` is a program with Handoff's conformance and stress tests of the catalog's implementations, and each of
# them is a ctest `tests.*`.
#
#   CATALOG   a list of the caller's implementations, with lines like those of impls/catalog.hpp. Headers are searched in
#             its folder and where LINK says.
#   PEERS     implementations of Handoff that are measured beside the caller's; ALL: all of the caller's families.
#             Default: NONE
#   WAITS     the wait strategies, Handoff's or the caller's, that queues and pools meet. Default: all. Fewer of them build
#             faster
#   LINK      libraries that the caller's headers need
#   PLANTED   more ctests, `tests.planted.*`: each queue of the catalog is given faults (it loses an item, repeats one, lets one
#             overtake), and the tests must name them
#   MODEL     more ctests, `tests.model.*`, and the program `tests_model`: each queue of the catalog runs in the model checker
#             (docs/proofs.md)
#   SANITIZE  builds this program, and what it uses of Handoff, with these sanitizers

# Sets, where it is called: HANDOFF_KINDS and what else cmake/Families.cmake has, what was found (cmake/Needs.cmake), the
# catalogs MINE and OURS, and the wait strategies that were chosen.
macro(handoff_suite_begin name)
    get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
    if(NOT suite_CATALOG)
        message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}(${name}): say which CATALOG lists the implementations")
    endif()
    if(suite_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}(${name}): unknown arguments: ${suite_UNPARSED_ARGUMENTS}")
    endif()
    get_filename_component(catalog ${suite_CATALOG} ABSOLUTE)
    if(NOT EXISTS ${catalog})
        message(FATAL_ERROR "${CMAKE_CURRENT_FUNCTION}(${name}): CATALOG ${suite_CATALOG}: no such file")
    endif()
    get_filename_component(catalog_folder ${catalog} DIRECTORY)
    set(HANDOFF_GENERATED ${CMAKE_CURRENT_BINARY_DIR}/${name}_generated)
    include(${root}/cmake/Families.cmake)
    get_property(HANDOFF_NEEDS GLOBAL PROPERTY HANDOFF_NEEDS)
    foreach(need IN LISTS HANDOFF_NEEDS)
        get_property(HANDOFF_MISSING_${need} GLOBAL PROPERTY HANDOFF_MISSING_${need})
        get_property(HANDOFF_OPTION_${need} GLOBAL PROPERTY HANDOFF_OPTION_${need})
    endforeach()
    handoff_read_catalog(MINE ${catalog})
    handoff_read_catalog(OURS ${root}/impls/catalog.hpp ${MINE_LAST})
    foreach(kind IN LISTS HANDOFF_KINDS)
        foreach(entry IN LISTS MINE_${kind}S)
            string(REGEX REPLACE "[|].*" "" own ${entry})
            if("${OURS_${kind}S}" MATCHES "(^|;)${own}[|]")
                message(FATAL_ERROR "${catalog}: Handoff has a ${kind} ${own}, too: take another name, so that nobody "
                                    "confuses their numbers")
            endif()
        endforeach()
    endforeach()
    set(HANDOFF_WAITS ${OURS_WAITS} ${MINE_WAITS})
    if(suite_WAITS)
        set(HANDOFF_WAITS "")
        handoff_choose(HANDOFF_WAITS "WAITS" "${suite_WAITS}" "${OURS_WAITS};${MINE_WAITS}")
    endif()
endmacro()

# handoff_choose(OUT argument names entries): the entries of these names, in the order of the entries.
function(handoff_choose out argument names entries)
    set(chosen "")
    set(left ${names})
    set(legal "")
    foreach(entry IN LISTS entries)
        string(REGEX REPLACE "[|].*" "" name "${entry}")
        list(APPEND legal ${name})
        if(name IN_LIST names)
            list(APPEND chosen ${entry})
            list(REMOVE_ITEM left ${name})
        endif()
    endforeach()
    if(left)
        list(REMOVE_DUPLICATES legal)
        list(JOIN legal ", " legal)
        list(JOIN left ", " left)
        message(FATAL_ERROR "${argument} ${left}: legal: ${legal}")
    endif()
    set(${out} ${chosen} PARENT_SCOPE)
endfunction()

# handoff_link_needs(target entries): links the libraries that the entries need.
function(handoff_link_needs target entries)
    foreach(entry IN LISTS entries)
        string(REGEX REPLACE "^.*[|]" "" need "${entry}")
        if(need)
            target_link_libraries(${target} PRIVATE handoff_need_${need})
        endif()
    endforeach()
endfunction()

# handoff_flags(OUT): the compiler's flags in this folder, without those that only say how much memory it may take.
function(handoff_flags out)
    string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
    get_directory_property(options COMPILE_OPTIONS)
    list(FILTER options EXCLUDE REGEX "ggc-min-")
    list(JOIN options " " options)
    string(STRIP "${CMAKE_CXX_FLAGS} ${CMAKE_CXX_FLAGS_${type}} ${options}" flags)
    set(${out} "${flags}" PARENT_SCOPE)
endfunction()

# The description of how the caller's binaries are built and at which commit: an object of theirs, which the linker takes
# before the one in Handoff's library.
function(handoff_suite_build_info suite)
    get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
    set(file ${HANDOFF_GENERATED}/build_info.cpp)
    handoff_flags(flags)
    set(sanitizer "")
    if(flags MATCHES "-fsanitize=([^ ]+)")
        set(sanitizer ${CMAKE_MATCH_1})
    endif()
    get_property(missing GLOBAL PROPERTY HANDOFF_UNUSED_PACKAGES)
    list(JOIN missing "," missing)
    get_property(checkouts GLOBAL PROPERTY HANDOFF_CHECKOUTS)
    list(JOIN checkouts "," checkouts)
    get_property(version GLOBAL PROPERTY HANDOFF_VERSION)
    add_custom_target(${suite}_commit
        COMMAND ${CMAKE_COMMAND} -DVERSION=${version} -DSOURCE=${PROJECT_SOURCE_DIR} -DPACKAGES=${root}/packages.txt
                -DTEMPLATE=${root}/harness/machine/build_info.cpp.in -DOUTPUT=${file}
                "-DCOMPILER=${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}" "-DFLAGS=-std=c++20 ${flags}"
                -DBUILD_TYPE=$<CONFIG> -DSANITIZER=${sanitizer} -DMISSING=${missing}
                "-DCHECKOUTS=${checkouts}" -P ${root}/cmake/BuildInfo.cmake
        BYPRODUCTS ${file} VERBATIM COMMENT "Noting the state of the source")
    add_library(${suite}_build_info OBJECT EXCLUDE_FROM_ALL ${file})
    target_link_libraries(${suite}_build_info PRIVATE Handoff::machine)
    add_dependencies(${suite}_build_info ${suite}_commit)
endfunction()

function(handoff_add_benchmarks suite)
    cmake_parse_arguments(PARSE_ARGV 1 suite "" "CATALOG" "PEERS;WAITS;LINK")
    handoff_suite_begin(${suite})
    set(peers ${suite_PEERS})
    if(peers STREQUAL "NONE")
        set(peers "")
    endif()
    # Each kind's entries: the caller's, then the peers in the order of Handoff's catalog.
    set(all_ours "")
    set(missing_peers "")
    foreach(kind IN LISTS HANDOFF_KINDS)
        if(NOT kind STREQUAL "WAIT")
            list(APPEND all_ours ${OURS_${kind}S})
        endif()
    endforeach()
    foreach(entry IN LISTS OURS_NOT_BUILT)
        string(REGEX REPLACE "^[^|]*[|]([^|]*)[|].*$" "\\1" name "${entry}")
        if(name IN_LIST peers)
            list(REMOVE_ITEM peers ${name})
            string(REGEX REPLACE "[|][^|]*$" "|" entry "${entry}")  # whoever names it has asked for it
            list(APPEND missing_peers "${entry}")
            string(REGEX REPLACE "^[^|]*[|][^|]*[|](.*)[|]$" "\\1" reason "${entry}")
            message(STATUS "${suite}: left out: ${name}: ${reason}")
        endif()
    endforeach()
    if(peers STREQUAL "ALL")
        set(chosen ${all_ours})
        set(missing_peers ${OURS_NOT_BUILT})
    else()
        handoff_choose(chosen "handoff_add_benchmarks(${suite}): PEERS" "${peers}" "${all_ours}")
    endif()
    set(HANDOFF_NOT_BUILT ${MINE_NOT_BUILT} ${missing_peers})
    foreach(kind IN LISTS HANDOFF_KINDS)
        set(ours ${chosen})
        list(FILTER ours INCLUDE REGEX "^[^|]*[|][^|]*[|]${kind}[|]")
        set(SUITE_${kind}S ${MINE_${kind}S} ${ours})
    endforeach()
    set(SUITE_WAITS ${HANDOFF_WAITS})

    handoff_suite_build_info(${suite})
    add_custom_target(${suite})
    set(folder ${CMAKE_CURRENT_BINARY_DIR}/${suite})
    get_filename_component(root ${CMAKE_CURRENT_FUNCTION_LIST_DIR} DIRECTORY)
    foreach(family IN LISTS HANDOFF_FAMILIES)
        set(own "")
        set(entries "")
        foreach(kind IN LISTS HANDOFF_${family}_KINDS HANDOFF_${family}_ALSO)
            list(APPEND own ${MINE_${kind}S})
            list(APPEND entries ${SUITE_${kind}S})
        endforeach()
        if(NOT own AND (NOT entries OR peers STREQUAL "ALL"))
            continue()
        endif()
        set(binary ${suite}_bench_${family})
        add_executable(${binary} EXCLUDE_FROM_ALL ${root}/benchmarks/main.cpp)
        handoff_family_units(${binary} ${family} SUITE ${HANDOFF_${family}_KINDS} ${HANDOFF_${family}_ALSO})
        handoff_not_built(${binary} ${family} ${HANDOFF_${family}_KINDS} ${HANDOFF_${family}_ALSO})
        target_include_directories(${binary} PRIVATE ${catalog_folder})
        target_link_libraries(${binary} PRIVATE ${suite}_build_info ${suite_LINK} Handoff::headers Handoff::${family})
        handoff_link_needs(${binary} "${entries}")
        set_target_properties(${binary} PROPERTIES OUTPUT_NAME bench_${family} RUNTIME_OUTPUT_DIRECTORY ${folder}
                              CXX_EXTENSIONS OFF)
        add_dependencies(${suite} ${binary})
    endforeach()

    add_executable(${suite}_bench_limits EXCLUDE_FROM_ALL ${root}/benchmarks/limits/limits.cpp)
    target_link_libraries(${suite}_bench_limits PRIVATE ${suite}_build_info Handoff::limits)
    set_target_properties(${suite}_bench_limits PROPERTIES OUTPUT_NAME bench_limits RUNTIME_OUTPUT_DIRECTORY ${folder})
    add_dependencies(${suite} ${suite}_bench_limits)
endfunction()

function(handoff_add_tests name)
    cmake_parse_arguments(PARSE_ARGV 1 suite "PLANTED;MODEL" "CATALOG;SANITIZE" "WAITS;LINK")
    handoff_suite_begin(${name})
    find_package(GTest REQUIRED)
    include(GoogleTest)
    set(flags "")
    set(environment "")
    if(suite_SANITIZE STREQUAL "asan-ubsan")
        set(flags -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -g1)
        set(environment "LSAN_OPTIONS=suppressions=${root}/tests/lsan.supp:print_suppressions=0")
    elseif(suite_SANITIZE STREQUAL "tsan")
        # A copy that the compiler expands from memcpy may escape ThreadSanitizer; the library's does not.
        set(flags -fsanitize=thread -fno-builtin-memcpy -g1 $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
        set(environment "TSAN_OPTIONS=suppressions=${root}/tests/tsan.supp:atexit_sleep_ms=0")
    elseif(suite_SANITIZE)
        message(FATAL_ERROR "handoff_add_tests(${name}): SANITIZE ${suite_SANITIZE}: legal: asan-ubsan, tsan")
    endif()

    set(units "")
    foreach(use IN ITEMS WAIT:wait/stress QUEUE:queues/conformance QUEUE:queues/stress COUNTER:counters/unit LOCK:locks/lock
            BARRIER:locks/barrier DEQUE:deques/unit DEQUE:fork_join/deque SCHEDULER:fork_join/scheduler POOL:pools/unit
            CHANNEL:channels/unit BUS:buses/unit PROCESSOR:processors/unit ASYNC:async/unit LOOP:loops/unit)
        string(REPLACE ":" ";" use ${use})
        list(GET use 0 kind)
        list(GET use 1 template)
        if(MINE_${kind}S)
            handoff_generate(generated "${MINE_${kind}S}" "${HANDOFF_WAITS}" ${root}/tests/${template}.cpp.in
                             ${HANDOFF_GENERATED}/${template})
            list(APPEND units ${generated})
        endif()
    endforeach()
    set(by_hand "")
    if(MINE_POOLS)
        handoff_generate(generated "waits|waits||||" "${HANDOFF_WAITS}" ${root}/tests/pools/waits.cpp.in
                         ${HANDOFF_GENERATED}/pools)
        list(APPEND units ${generated})
        foreach(file IN ITEMS pool_conformance pool_of_any_kind pool_promises pool_stress)
            list(APPEND by_hand ${root}/tests/pools/${file}.cpp)
        endforeach()
    endif()
    if(MINE_ASYNCS)
        list(APPEND by_hand ${root}/benchmarks/async/steps.cpp ${root}/tests/async/style_tests.cpp)
    endif()
    if(NOT units)
        message(FATAL_ERROR "handoff_add_tests(${name}): ${catalog} has no line")
    endif()
    # What says where a test hangs, what judges histories, what disturbs a waiting protocol, allocations that fail, and
    # what registers typed suites.
    foreach(file IN ITEMS failing_new hang linearizability perturb thread_limit typed_suites)
        list(APPEND by_hand ${root}/tests/shared/${file}.cpp)
    endforeach()

    set(programs ${name})
    add_executable(${name} ${units} ${by_hand})
    if(suite_PLANTED AND MINE_QUEUES)
        # Nobody waits in these tests for long: one strategy is enough.
        list(GET HANDOFF_WAITS 0 one_wait)
        handoff_generate(planted "${MINE_QUEUES}" "${one_wait}" ${root}/tests/queues/planted.cpp.in
                         ${HANDOFF_GENERATED}/queues/planted)
        list(APPEND programs ${name}_planted)
        add_executable(${name}_planted ${planted})
        foreach(file IN ITEMS failing_new hang typed_suites)
            target_sources(${name}_planted PRIVATE ${root}/tests/shared/${file}.cpp)
        endforeach()
        add_dependencies(${name} ${name}_planted)
    endif()
    set_source_files_properties(${by_hand} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    foreach(program IN LISTS programs)
        # Generated units are mostly the same headers: together they build in less time.
        set_target_properties(${program} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 3)
        target_include_directories(${program} PRIVATE ${catalog_folder})
        # Of the harness only headers: nothing that is compiled without the sanitizer, and no malloc that counts.
        target_include_directories(${program} SYSTEM PRIVATE ${root}/tests ${root}/benchmarks)
        foreach(room IN ITEMS error program statistics machine points trial)
            target_include_directories(${program} SYSTEM PRIVATE ${root}/harness/${room})
        endforeach()
        target_link_libraries(${program} PRIVATE ${suite_LINK} Handoff::headers Handoff::impls GTest::gtest_main
                              ${CMAKE_DL_LIBS})
        foreach(kind IN LISTS HANDOFF_KINDS)
            handoff_link_needs(${program} "${MINE_${kind}S}")
        endforeach()
        # The tests look at what the code does, not at how fast: less optimisation halves their build.
        target_compile_options(${program} PRIVATE -O1 ${flags})
        set_target_properties(${program} PROPERTIES CXX_EXTENSIONS OFF)
        target_link_options(${program} PRIVATE ${flags})
    endforeach()
    if(TARGET ${name}_planted)
        foreach(entry IN LISTS MINE_QUEUES)
            string(REGEX REPLACE "[|].*" "" queue ${entry})
            foreach(fault IN ITEMS loses_an_item repeats_an_item overtakes)
                set(test ${queue}_${fault}/QueueConformance/0.KeepsItsOrderForOneProducerOverManyLaps)
                add_test(NAME ${name}.planted.${queue}.${fault} COMMAND ${name}_planted --gtest_filter=${test} --gtest_color=no)
                set_tests_properties(${name}.planted.${queue}.${fault} PROPERTIES TIMEOUT 60
                                     PASS_REGULAR_EXPRESSION "\\[  FAILED  \\] ${test}")
            endforeach()
        endforeach()
    endif()
    if(environment)
        set(environment ENVIRONMENT "${environment}")
    endif()
    gtest_discover_tests(${name} TEST_PREFIX ${name}. DISCOVERY_TIMEOUT 60 NO_PRETTY_TYPES NO_PRETTY_VALUES
                         PROPERTIES TIMEOUT 120 ${environment})
    if(suite_MODEL AND MINE_QUEUES)
        handoff_add_model(${name})
    endif()
endfunction()

# The queues of the catalog MINE in the model checker: its engine, and programs that are instrumented so that it sees plain
# memory. No sanitizer is linked.
macro(handoff_add_model name)
    set(engine "")
    foreach(file IN ITEMS engine fiber graph memory place plain trace)
        list(APPEND engine ${root}/tests/model/${file}.cpp)
    endforeach()
    add_library(${name}_model_engine OBJECT ${engine})
    handoff_generate(in_model "${MINE_QUEUES}" "" ${root}/tests/model/queue.cpp.in ${HANDOFF_GENERATED}/model)
    add_executable(${name}_model ${in_model} ${root}/tests/model/programs/main.cpp)
    target_compile_definitions(${name}_model PRIVATE HANDOFF_MODEL)
    target_compile_options(${name}_model PRIVATE -O1 -g1 -fsanitize=thread $<$<CXX_COMPILER_ID:GNU>:-Wno-tsan>)
    target_compile_options(${name}_model_engine PRIVATE -O2)
    target_include_directories(${name}_model PRIVATE ${catalog_folder})
    target_link_libraries(${name}_model PRIVATE ${name}_model_engine ${suite_LINK} Handoff::headers Handoff::impls)
    foreach(target IN ITEMS ${name}_model ${name}_model_engine)
        target_include_directories(${target} SYSTEM PRIVATE ${root}/tests ${root}/tests/model ${root}/tests/model/include)
        set_target_properties(${target} PROPERTIES CXX_STANDARD 20 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)
    endforeach()
    add_dependencies(${name} ${name}_model)
    foreach(entry IN LISTS MINE_QUEUES)
        string(REGEX REPLACE "[|].*" "" queue ${entry})
        add_test(NAME ${name}.model.${queue} COMMAND ${name}_model --seconds 2 ${queue})
        set_tests_properties(${name}.model.${queue} PROPERTIES TIMEOUT 300)
    endforeach()
endmacro()
