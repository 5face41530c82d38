# cpack runs this when all is in the folder of the package. CPACK_DEBIAN_PACKAGE_SHLIBDEPS would do the same, but first asks
# `file` about each of some 600 files what it is.

if(CPACK_GENERATOR STREQUAL "DEB")
    file(GLOB_RECURSE programs ${CPACK_TEMPORARY_DIRECTORY}/usr/bin/handoff ${CPACK_TEMPORARY_DIRECTORY}/usr/libexec/*)
    set(folder ${CPACK_TOPLEVEL_DIRECTORY}/shlibdeps)
    file(WRITE ${folder}/debian/control "")  # it must be there
    execute_process(COMMAND ${CPACK_HANDOFF_SHLIBDEPS} --ignore-missing-info -O ${programs} WORKING_DIRECTORY ${folder}
                    OUTPUT_VARIABLE found ERROR_VARIABLE said RESULT_VARIABLE failed)
    if(failed OR NOT found MATCHES "shlibs:Depends=([^\n]+)")
        message(FATAL_ERROR "dpkg-shlibdeps: ${failed}: ${said}")
    endif()
    set(CPACK_DEBIAN_PACKAGE_DEPENDS ${CMAKE_MATCH_1})
endif()
