# Every library that this suite uses, in one list: how it is found, what is linked, and its Debian package.
#
#   handoff_need(NAME DEBIAN package [REQUIRED | ADAPTED] [NOT_SANITIZED] [PACKAGE arguments of find_package...] [LINK targets...]
#                [HEADERS headers...] [HEADER_FOLDERS suffixes...] [LIBRARY name])
#   handoff_need(NAME CHECKOUT page [DEBIAN package] HEADERS headers... [HEADER_FOLDERS folders...]
#                [SOURCES patterns...] [LIBRARIES names...] [OPTION name] ADAPTED)
#
# NOT_SANITIZED: sanitizer builds leave it out.
#
# The second form is for libraries that have no package, or an old one. They are used when the user says where a checkout
# of the project is, with HANDOFF_WITH_<NAME in upper case> or OPTION. Without that they are looked for where DEBIAN
# installs them; those without a package nowhere. HEADER_FOLDERS and SOURCES are inside of the checkout; SOURCES are
# compiled into a library of ours. LIBRARIES are shared ones that are there already: such a project is built by its own means,
# and the folder is where it is installed (/usr, too), not a checkout.
#
# A library that is found becomes the target handoff_need_NAME, with its headers as system headers. For one that is not
# found HANDOFF_MISSING_NAME says so in words; the variable is empty for all others. HANDOFF_OPTION_NAME is the option that
# would have asked for it, where the user gave none: nobody misses such a library, so listings name it shortly. Catalog lines
# name needs (impls/catalog.hpp), and so do features of the harness. Global properties of the same names tell the functions
# that are called in other directories (cmake/Suite.cmake); HANDOFF_CHECKOUTS has the checkouts, as page=folder; those
# that come from their package are page=package:NAME.
#
# An installed Handoff (HANDOFF_ADAPTED_ONLY) looks for what is adapted; the rest is in its libraries.

set(HANDOFF_WITHOUT "" CACHE STRING
    "Libraries that are treated as not found, names from cmake/Needs.cmake; all: every optional one but GTest")
set(HANDOFF_NEEDS "")
set(HANDOFF_UNUSED_PACKAGES "")
if(NOT DEFINED HANDOFF_ADAPTED_ONLY)
    set(HANDOFF_ADAPTED_ONLY OFF)
endif()

function(handoff_came_from page place)
    get_property(known GLOBAL PROPERTY HANDOFF_CHECKOUTS)
    if(NOT "${page}=${place}" IN_LIST known)
        set_property(GLOBAL APPEND PROPERTY HANDOFF_CHECKOUTS "${page}=${place}")
    endif()
endfunction()

# The target of a library in a checkout. The user has asked for it, so a folder that is something else ends the configuration.
function(handoff_checkout name option page headers folders sources libraries)
    get_filename_component(checkout "${${option}}" ABSOLUTE)
    set(what "a checkout of ${page}")
    if(libraries)
        set(what "an installation of ${page}")
    endif()
    set(found "")
    foreach(header IN LISTS headers)
        unset(handoff_found)
        find_path(handoff_found ${header} PATHS ${checkout} PATH_SUFFIXES ${folders} NO_DEFAULT_PATH NO_CACHE)
        if(NOT handoff_found)
            list(JOIN folders "/, " places)
            message(FATAL_ERROR "${option}=${${option}}: no ${header} in it (looked in ${places}/): give the folder of ${what}, "
                                "or leave the option out")
        endif()
        list(APPEND found ${handoff_found})
    endforeach()
    set(linked "")
    foreach(library IN LISTS libraries)
        unset(handoff_found)
        find_library(handoff_found ${library} PATHS ${checkout} PATH_SUFFIXES lib/${CMAKE_LIBRARY_ARCHITECTURE} lib64 lib
                     NO_DEFAULT_PATH NO_CACHE)
        if(NOT handoff_found)
            message(FATAL_ERROR "${option}=${${option}}: no library ${library} in it (looked in lib/, lib64/): give the folder "
                                "of ${what}, or leave the option out")
        endif()
        list(APPEND linked ${handoff_found})
    endforeach()
    if(TARGET handoff_need_${name})
        return()
    endif()
    handoff_came_from(${page} ${checkout})
    add_library(handoff_need_${name} INTERFACE)
    target_include_directories(handoff_need_${name} SYSTEM INTERFACE ${found})
    target_link_libraries(handoff_need_${name} INTERFACE ${linked})
    if(sources)
        list(TRANSFORM sources PREPEND ${checkout}/)
        file(GLOB files CONFIGURE_DEPENDS ${sources})
        add_library(handoff_checkout_${name} STATIC EXCLUDE_FROM_ALL ${files})
        target_include_directories(handoff_checkout_${name} SYSTEM PRIVATE ${found})
        target_compile_features(handoff_checkout_${name} PRIVATE cxx_std_20)
        target_compile_options(handoff_checkout_${name} PRIVATE -w)  # its authors' warnings, not ours
        target_link_libraries(handoff_checkout_${name} PRIVATE Threads::Threads)
        target_link_libraries(handoff_need_${name} INTERFACE handoff_checkout_${name})
    endif()
endfunction()

function(handoff_need name)
    if(HANDOFF_ADAPTED_ONLY AND NOT "ADAPTED" IN_LIST ARGN)
        return()
    endif()
    cmake_parse_arguments(need "REQUIRED;ADAPTED;NOT_SANITIZED" "DEBIAN;CHECKOUT;LIBRARY;OPTION"
                          "PACKAGE;LINK;HEADERS;HEADER_FOLDERS;SOURCES;LIBRARIES" ${ARGN})
    set(HANDOFF_NEEDS ${HANDOFF_NEEDS} ${name} PARENT_SCOPE)
    set(HANDOFF_DEBIAN_${name} "${need_DEBIAN}" PARENT_SCOPE)
    set(HANDOFF_MISSING_${name} "" PARENT_SCOPE)
    set(HANDOFF_OPTION_${name} "" PARENT_SCOPE)
    set(hidden OFF)
    if(name IN_LIST HANDOFF_WITHOUT)
        set(hidden ON)
    elseif("all" IN_LIST HANDOFF_WITHOUT AND NOT need_REQUIRED AND NOT name STREQUAL "GTest")
        set(hidden ON)
    endif()
    if(hidden AND need_REQUIRED)
        message(FATAL_ERROR "HANDOFF_WITHOUT=${HANDOFF_WITHOUT}: nothing can be built without ${name}")
    elseif(need_CHECKOUT)
        string(TOUPPER HANDOFF_WITH_${name} option)
        if(need_OPTION)
            set(option ${need_OPTION})
        endif()
        set(without "what adapts it is not built")
        if(need_DEBIAN)
            set(without "its package is used")
        endif()
        set(kind checkout)
        if(need_LIBRARIES)
            set(kind installation)
        endif()
        set(${option} "" CACHE PATH "The folder of your ${kind} of ${need_CHECKOUT}; empty: ${without}")
        if(NOT hidden AND ${option})
            handoff_checkout(${name} ${option} ${need_CHECKOUT} "${need_HEADERS}" "${need_HEADER_FOLDERS}"
                             "${need_SOURCES}" "${need_LIBRARIES}")
            # The package, which may be installed, too, is not what is built.
            set(HANDOFF_DEBIAN_${name} "" PARENT_SCOPE)
            set(HANDOFF_UNUSED_PACKAGES ${HANDOFF_UNUSED_PACKAGES} ${need_DEBIAN} PARENT_SCOPE)
            return()
        elseif(NOT need_DEBIAN)
            set(HANDOFF_MISSING_${name} "${name} not found: -D${option}=<${kind} of ${need_CHECKOUT}>" PARENT_SCOPE)
            set(HANDOFF_OPTION_${name} ${option} PARENT_SCOPE)
            return()
        endif()
    endif()
    if(hidden)
        set(HANDOFF_MISSING_${name} "${name} not found (Debian: ${need_DEBIAN}): hidden by HANDOFF_WITHOUT" PARENT_SCOPE)
        return()
    elseif(need_NOT_SANITIZED AND HANDOFF_SANITIZER)
        set(HANDOFF_MISSING_${name} "${name} is left out: a sanitizer does not know its stacks" PARENT_SCOPE)
        return()
    endif()

    set(found ON)
    set(there ON)  # a project that has Handoff as a part may have built the library itself
    foreach(target IN LISTS need_LINK)
        if(NOT TARGET ${target})
            set(there OFF)
        endif()
    endforeach()
    if(need_PACKAGE AND NOT (need_LINK AND there))
        list(GET need_PACKAGE 0 package)
        find_package(${need_PACKAGE} QUIET)
        set(found ${${package}_FOUND})
    endif()
    set(folders "")
    # "." is a checkout's own folder; here it would make /usr/include/. of a folder that compilers know by its name only.
    list(REMOVE_ITEM need_HEADER_FOLDERS .)
    foreach(header IN LISTS need_HEADERS)
        string(MAKE_C_IDENTIFIER handoff_folder_of_${header} variable)
        find_path(${variable} ${header} PATHS /usr/lib/${CMAKE_LIBRARY_ARCHITECTURE} /usr/lib64 /usr/lib
                  PATH_SUFFIXES ${need_HEADER_FOLDERS})
        mark_as_advanced(${variable})
        list(APPEND folders ${${variable}})
        if(NOT ${variable})
            set(found OFF)
        endif()
    endforeach()
    if(need_LIBRARY)
        find_library(handoff_library_${name} ${need_LIBRARY})
        mark_as_advanced(handoff_library_${name})
        if(NOT handoff_library_${name})
            set(found OFF)
        endif()
    endif()

    if(found AND need_CHECKOUT)
        handoff_came_from(${need_CHECKOUT} package:${need_DEBIAN})
    endif()
    if(TARGET handoff_need_${name})
        return()
    elseif(found)
        add_library(handoff_need_${name} INTERFACE)
        target_include_directories(handoff_need_${name} SYSTEM INTERFACE ${folders})
        target_link_libraries(handoff_need_${name} INTERFACE ${need_LINK})
        if(need_LIBRARY)
            target_link_libraries(handoff_need_${name} INTERFACE ${handoff_library_${name}})
        endif()
    elseif(need_REQUIRED)
        message(FATAL_ERROR "${name} not found: install it (Debian: ${need_DEBIAN}) and configure again")
    else()
        set(HANDOFF_MISSING_${name} "${name} not found (Debian: ${need_DEBIAN})" PARENT_SCOPE)
    endif()
endfunction()

# GCC brings its OpenMP library along; each clang has a package of its own.
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    string(REGEX MATCH "^[0-9]+" major ${CMAKE_CXX_COMPILER_VERSION})
    set(openmp_package libomp-${major}-dev)
else()
    set(openmp_package g++)
endif()

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
handoff_need(benchmark DEBIAN libbenchmark-dev REQUIRED PACKAGE benchmark LINK benchmark::benchmark)
handoff_need(nlohmann_json DEBIAN nlohmann-json3-dev REQUIRED PACKAGE nlohmann_json 3.11 LINK nlohmann_json::nlohmann_json)
handoff_need(GTest DEBIAN libgtest-dev PACKAGE GTest LINK GTest::gtest_main)

# What is adapted: measured code is linked with all of it that is found.
set(harness_needs ${HANDOFF_NEEDS})
handoff_need(oneTBB DEBIAN libtbb-dev ADAPTED PACKAGE TBB LINK TBB::tbb)
handoff_need(Boost DEBIAN libboost-dev ADAPTED PACKAGE Boost 1.74 LINK Boost::headers)
handoff_need(OpenMP DEBIAN ${openmp_package} ADAPTED PACKAGE OpenMP COMPONENTS CXX LINK OpenMP::OpenMP_CXX)
handoff_need(GLib DEBIAN libglib2.0-dev ADAPTED HEADERS glib.h glibconfig.h HEADER_FOLDERS glib-2.0 glib-2.0/include
             LIBRARY glib-2.0)
handoff_need(rvaser DEBIAN libthread-pool-dev ADAPTED HEADERS thread_pool/thread_pool.hpp)
handoff_need(concurrentqueue DEBIAN libconcurrentqueue-dev ADAPTED HEADERS concurrentqueue/concurrentqueue.h)
handoff_need(readerwriterqueue DEBIAN libreaderwriterqueue-dev ADAPTED HEADERS readerwriterqueue/readerwriterqueue.h)
handoff_need(ck DEBIAN libck-dev ADAPTED HEADERS ck_ring.h)
handoff_need(libcds DEBIAN libcds-dev ADAPTED HEADERS cds/init.h LIBRARY cds)
handoff_need(Boost_thread DEBIAN libboost-thread-dev ADAPTED PACKAGE Boost 1.74 COMPONENTS thread LINK Boost::thread)
handoff_need(Boost_fiber DEBIAN libboost-fiber-dev ADAPTED NOT_SANITIZED HEADERS boost/fiber/buffered_channel.hpp
             LIBRARY boost_fiber)
handoff_need(ZeroMQ DEBIAN libzmq3-dev ADAPTED HEADERS zmq.h LIBRARY zmq)
handoff_need(nng DEBIAN libnng-dev ADAPTED HEADERS nng/nng.h LIBRARY nng)
handoff_need(Asio DEBIAN libasio-dev ADAPTED HEADERS asio/experimental/concurrent_channel.hpp)
handoff_need(Boost_context DEBIAN libboost-fiber-dev ADAPTED NOT_SANITIZED HEADERS boost/coroutine2/coroutine.hpp
             LIBRARY boost_context)
handoff_need(libcds_fc DEBIAN libcds-dev ADAPTED PACKAGE Boost 1.74 COMPONENTS thread LINK Boost::thread
             HEADERS cds/container/fcqueue.h LIBRARY cds)
handoff_need(sigc DEBIAN libsigc++-3.0-dev ADAPTED HEADERS sigc++/sigc++.h sigc++config.h
             HEADER_FOLDERS sigc++-3.0 sigc++-3.0/include LIBRARY sigc-3.0)
handoff_need(urcu DEBIAN liburcu-dev ADAPTED HEADERS urcu/wfcqueue.h LIBRARY urcu-common)
handoff_need(urcu_lfq DEBIAN liburcu-dev ADAPTED HEADERS urcu/rculfqueue.h LIBRARY urcu-cds LINK urcu-memb)
# libev exports some of libevent's names: libevent stands first, so that they are its own.
handoff_need(libevent DEBIAN libevent-dev ADAPTED HEADERS event2/event.h event2/thread.h LINK event_pthreads LIBRARY event_core)
handoff_need(libuv DEBIAN libuv1-dev ADAPTED HEADERS uv.h LIBRARY uv)
handoff_need(libev DEBIAN libev-dev ADAPTED HEADERS ev.h LIBRARY ev)
# What no Debian package has, or an old one (docs/adapted.md).
handoff_need(rigtorp_spsc CHECKOUT github.com/rigtorp/SPSCQueue ADAPTED HEADERS rigtorp/SPSCQueue.h HEADER_FOLDERS include)
handoff_need(rigtorp_mpmc CHECKOUT github.com/rigtorp/MPMCQueue ADAPTED HEADERS rigtorp/MPMCQueue.h HEADER_FOLDERS include)
handoff_need(atomic_queue CHECKOUT github.com/max0x7ba/atomic_queue DEBIAN libatomic-queue-dev ADAPTED
             HEADERS atomic_queue/atomic_queue.h HEADER_FOLDERS include)
handoff_need(xenium CHECKOUT github.com/mpoeter/xenium DEBIAN libxenium-dev ADAPTED
             HEADERS xenium/vyukov_bounded_queue.hpp HEADER_FOLDERS .)
handoff_need(xenium_nikolaev CHECKOUT github.com/mpoeter/xenium OPTION HANDOFF_WITH_XENIUM ADAPTED
             HEADERS xenium/nikolaev_bounded_queue.hpp HEADER_FOLDERS .)
handoff_need(dpdk CHECKOUT github.com/DPDK/dpdk ADAPTED HEADERS rte_ring.h rte_config.h
             HEADER_FOLDERS include/dpdk include include/${CMAKE_LIBRARY_ARCHITECTURE}/dpdk
             LIBRARIES rte_ring rte_eal rte_telemetry rte_kvargs)
handoff_need(taskflow CHECKOUT github.com/taskflow/taskflow ADAPTED HEADERS taskflow/taskflow.hpp HEADER_FOLDERS .)
handoff_need(bs_thread_pool CHECKOUT github.com/bshoshany/thread-pool ADAPTED HEADERS BS_thread_pool.hpp
             HEADER_FOLDERS include)
handoff_need(dp_thread_pool CHECKOUT github.com/DeveloperPaul123/thread-pool ADAPTED HEADERS thread_pool/thread_pool.h
             HEADER_FOLDERS include)
handoff_need(dispenso CHECKOUT github.com/facebookincubator/dispenso ADAPTED
             HEADERS dispenso/thread_pool.h moodycamel/concurrentqueue.h HEADER_FOLDERS . dispenso/third-party
             SOURCES dispenso/*.cpp dispenso/detail/*.cpp)
handoff_need(concurrencpp CHECKOUT github.com/David-Haim/concurrencpp ADAPTED HEADERS concurrencpp/concurrencpp.h
             HEADER_FOLDERS include
             SOURCES source/*.cpp source/executors/*.cpp source/results/impl/*.cpp source/runtime/*.cpp source/threads/*.cpp
                     source/timers/*.cpp)
set(adapted_needs ${HANDOFF_NEEDS})
if(harness_needs)
    list(REMOVE_ITEM adapted_needs ${harness_needs})
endif()

# Features of the harness.
handoff_need(hwloc DEBIAN libhwloc-dev HEADERS hwloc.h LIBRARY hwloc)
handoff_need(SQLite DEBIAN libsqlite3-dev PACKAGE SQLite3 LINK SQLite::SQLite3)
handoff_need(zlib DEBIAN zlib1g-dev PACKAGE ZLIB LINK ZLIB::ZLIB)

set(missing_packages ${HANDOFF_UNUSED_PACKAGES})
set(not_asked_for "")
set(used_packages "")
set_property(GLOBAL PROPERTY HANDOFF_NEEDS ${HANDOFF_NEEDS})
foreach(need IN LISTS HANDOFF_NEEDS)
    set_property(GLOBAL PROPERTY HANDOFF_MISSING_${need} "${HANDOFF_MISSING_${need}}")
    set_property(GLOBAL PROPERTY HANDOFF_OPTION_${need} "${HANDOFF_OPTION_${need}}")
    if(NOT HANDOFF_MISSING_${need})
        list(APPEND used_packages ${HANDOFF_DEBIAN_${need}})
    elseif(HANDOFF_OPTION_${need})
        list(APPEND not_asked_for ${need})
    else()
        if(NOT HANDOFF_ADAPTED_ONLY)
            message(STATUS "left out: ${HANDOFF_MISSING_${need}}")
        endif()
        list(APPEND missing_packages ${HANDOFF_DEBIAN_${need}})
    endif()
endforeach()
if(missing_packages AND used_packages)
    list(REMOVE_ITEM missing_packages ${used_packages})  # one package may be what several needs look for
endif()
set_property(GLOBAL PROPERTY HANDOFF_UNUSED_PACKAGES ${missing_packages})
if(not_asked_for AND NOT HANDOFF_ADAPTED_ONLY)
    list(JOIN not_asked_for ", " not_asked_for)
    message(STATUS "not asked for: ${not_asked_for} (docs/adapted.md)")
endif()
foreach(name IN LISTS HANDOFF_WITHOUT)
    if(NOT HANDOFF_ADAPTED_ONLY AND NOT name IN_LIST HANDOFF_NEEDS AND NOT name STREQUAL "all")
        list(JOIN HANDOFF_NEEDS ", " legal)
        message(FATAL_ERROR "HANDOFF_WITHOUT=${HANDOFF_WITHOUT}: '${name}' is no library of cmake/Needs.cmake: legal: all, ${legal}")
    endif()
endforeach()
