# Where there is memory for it, 2 GB for each job that Ninja runs at once, g++ collects no garbage before it has taken 1.6 GB
# (twice the parameter): a tenth of its time.
if(PROJECT_IS_TOP_LEVEL AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    cmake_host_system_information(RESULT memory QUERY TOTAL_PHYSICAL_MEMORY)  # in MiB
    # What a container may take; "max" where it is not limited.
    foreach(file IN ITEMS /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes)
        if(EXISTS ${file})
            file(STRINGS ${file} limit LIMIT_COUNT 1)
            if(limit MATCHES "^[0-9]+$" AND limit LESS "${memory}000000")
                math(EXPR memory "${limit} / 1048576")
            endif()
        endif()
    endforeach()
    cmake_host_system_information(RESULT cpus QUERY NUMBER_OF_LOGICAL_CORES)
    math(EXPR memory_of_job "${memory} / (${cpus} + 2)")
    if(memory_of_job GREATER_EQUAL 2048)
        set(keeps_memory ON)
    else()
        set(keeps_memory OFF)
    endif()
    option(HANDOFF_KEEP_GARBAGE "Let g++ take up to 2 GB for each source, and less time" ${keeps_memory})
    if(HANDOFF_KEEP_GARBAGE)
        add_compile_options(--param=ggc-min-heapsize=800000)  # in KiB
    endif()
endif()
