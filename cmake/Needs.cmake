# Every library that this suite uses, in one list: how it is found, what is linked, and its Debian package.
#
#   handoff_need(NAME DEBIAN package [REQUIRED] [PACKAGE arguments of find_package...] [LINK targets...]
#                [HEADERS headers...] [HEADER_FOLDERS suffixes...] [LIBRARY name])
#
# A library that is found becomes the target handoff_need_NAME, with its headers as system headers. For one that is not
# found HANDOFF_MISSING_NAME says so in words; the variable is empty for all others. Catalog lines name needs
# (impls/catalog.hpp), and so do features of the harness.

set(HANDOFF_WITHOUT "" CACHE STRING
    "Libraries that are treated as not found, names from cmake/Needs.cmake; all: every optional one but GTest")
set(HANDOFF_NEEDS "")

function(handoff_need name)
    cmake_parse_arguments(need "REQUIRED" "DEBIAN;LIBRARY" "PACKAGE;LINK;HEADERS;HEADER_FOLDERS" ${ARGN})
    set(HANDOFF_NEEDS ${HANDOFF_NEEDS} ${name} PARENT_SCOPE)
    set(HANDOFF_DEBIAN_${name} ${need_DEBIAN} PARENT_SCOPE)
    set(HANDOFF_MISSING_${name} "" PARENT_SCOPE)
    set(hidden OFF)
    if(name IN_LIST HANDOFF_WITHOUT)
        set(hidden ON)
    elseif("all" IN_LIST HANDOFF_WITHOUT AND NOT need_REQUIRED AND NOT name STREQUAL "GTest")
        set(hidden ON)
    endif()
    if(hidden AND need_REQUIRED)
        message(FATAL_ERROR "HANDOFF_WITHOUT=${HANDOFF_WITHOUT}: nothing can be built without ${name}")
    elseif(hidden)
        set(HANDOFF_MISSING_${name} "${name} not found (Debian: ${need_DEBIAN}): hidden by HANDOFF_WITHOUT" PARENT_SCOPE)
        return()
    endif()

    set(found ON)
    if(need_PACKAGE)
        list(GET need_PACKAGE 0 package)
        find_package(${need_PACKAGE} QUIET)
        set(found ${${package}_FOUND})
    endif()
    set(folders "")
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

    if(found)
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
handoff_need(oneTBB DEBIAN libtbb-dev PACKAGE TBB LINK TBB::tbb)
handoff_need(Boost DEBIAN libboost-dev PACKAGE Boost 1.74 LINK Boost::headers)
handoff_need(OpenMP DEBIAN ${openmp_package} PACKAGE OpenMP COMPONENTS CXX LINK OpenMP::OpenMP_CXX)
handoff_need(GLib DEBIAN libglib2.0-dev HEADERS glib.h glibconfig.h HEADER_FOLDERS glib-2.0 glib-2.0/include
             LIBRARY glib-2.0)
handoff_need(rvaser DEBIAN libthread-pool-dev HEADERS thread_pool/thread_pool.hpp)
handoff_need(concurrentqueue DEBIAN libconcurrentqueue-dev HEADERS concurrentqueue/concurrentqueue.h)
handoff_need(readerwriterqueue DEBIAN libreaderwriterqueue-dev HEADERS readerwriterqueue/readerwriterqueue.h)
set(adapted_needs ${HANDOFF_NEEDS})
list(REMOVE_ITEM adapted_needs ${harness_needs})

# Features of the harness.
handoff_need(hwloc DEBIAN libhwloc-dev HEADERS hwloc.h LIBRARY hwloc)
handoff_need(SQLite DEBIAN libsqlite3-dev PACKAGE SQLite3 LINK SQLite::SQLite3)

set(missing_packages "")
foreach(need IN LISTS HANDOFF_NEEDS)
    if(HANDOFF_MISSING_${need})
        message(STATUS "left out: ${HANDOFF_MISSING_${need}}")
        list(APPEND missing_packages ${HANDOFF_DEBIAN_${need}})
    endif()
endforeach()
foreach(name IN LISTS HANDOFF_WITHOUT)
    if(NOT name IN_LIST HANDOFF_NEEDS AND NOT name STREQUAL "all")
        list(JOIN HANDOFF_NEEDS ", " legal)
        message(FATAL_ERROR "HANDOFF_WITHOUT=${HANDOFF_WITHOUT}: '${name}' is no library of cmake/Needs.cmake: legal: all, ${legal}")
    endif()
endforeach()
