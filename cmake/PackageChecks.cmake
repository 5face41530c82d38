# cpack reads this for each kind of package, before it makes one.

if(CPACK_HANDOFF_NATIVE)
    if(NOT HANDOFF_PACKAGE_NATIVE)
        message(FATAL_ERROR
            "This build is for the processor of this machine alone (${CPACK_HANDOFF_NATIVE}): elsewhere its programs may end "
            "with SIGILL. Build for all machines, and package that: cmake --preset package; cmake --build build/package; "
            "cpack --config build/package/CPackConfig.cmake. For machines that have this very processor: cpack -D "
            "HANDOFF_PACKAGE_NATIVE=ON")
    endif()
    # Nobody takes it for the one that runs everywhere.
    set(CPACK_PACKAGE_VERSION ${CPACK_PACKAGE_VERSION}+native)
    set(CPACK_PACKAGE_FILE_NAME ${CPACK_PACKAGE_FILE_NAME}-native)
endif()

if(CPACK_GENERATOR STREQUAL "DEB")
    list(GET CPACK_INSTALL_CMAKE_PROJECTS 0 build)
    list(APPEND CPACK_INSTALL_CMAKE_PROJECTS ${build} handoff debian /)
endif()
