# What cpack makes of an installed Handoff (docs/packages.md): a Debian package and a .tar.gz, each with the benchmark
# binaries and with all that `cmake --install` installs.
#
# Names of packages come from packages.txt and cmake/Needs.cmake. Depends: what dpkg-shlibdeps finds in the programs.
# Recommends: what suites of others cannot be linked without, and what the plot program needs. Suggests: what else these
# suites can use.

if(HANDOFF_SANITIZER OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    return()  # cannot be installed either
endif()

handoff_flags(flags)
string(REGEX MATCH "-m(arch|cpu)=native" CPACK_HANDOFF_NATIVE "${flags}")

set(CPACK_GENERATOR TGZ)
find_program(CPACK_HANDOFF_SHLIBDEPS dpkg-shlibdeps)
if(CPACK_HANDOFF_SHLIBDEPS)
    list(PREPEND CPACK_GENERATOR DEB)
else()
    message(STATUS "left out: Debian packages: dpkg-shlibdeps not found (Debian: dpkg-dev)")
endif()

set(CPACK_PACKAGE_NAME handoff)
set(CPACK_PACKAGE_VENDOR "Handoff developers")
set(CPACK_PACKAGE_CONTACT "Handoff developers")
set(CPACK_PACKAGE_DESCRIPTION "\
Handoff runs queues, channels, event buses, processors and loops, counters,
locks, barriers, thread pools, deques, fork-join schedulers and styles of
asynchronous steps through the same workloads, checks every item, and ranks
what makes the same promises. It also compares two builds of a program, and
measures implementations of other projects beside its own.
.
Flags: ${flags}")
set(CPACK_RESOURCE_FILE_LICENSE ${PROJECT_SOURCE_DIR}/LICENSE)
string(TOLOWER ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR} system)
set(CPACK_PACKAGE_FILE_NAME handoff-${PROJECT_VERSION}-${system})
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_PRE_BUILD_SCRIPTS ${PROJECT_SOURCE_DIR}/cmake/PackageDepends.cmake)
set(CPACK_PROJECT_CONFIG_FILE ${PROJECT_SOURCE_DIR}/cmake/PackageChecks.cmake)
# What the default installs, and a component that it leaves out.
set(CPACK_INSTALL_CMAKE_PROJECTS "${PROJECT_BINARY_DIR};handoff;ALL;/;${PROJECT_BINARY_DIR};handoff;benchmarks;/")
set(CPACK_SOURCE_IGNORE_FILES "/build/;/[.]git/;/[.]git$")

# handoff_packages(OUT needs...): the Debian packages of those that the build has found.
function(handoff_packages out)
    set(packages "")
    foreach(need IN LISTS ARGN)
        if(NOT HANDOFF_MISSING_${need})
            list(APPEND packages ${HANDOFF_DEBIAN_${need}})
        endif()
    endforeach()
    list(REMOVE_DUPLICATES packages)  # some libraries of one package are needs of their own
    set(${out} ${packages} PARENT_SCOPE)
endfunction()

file(STRINGS packages.txt lines REGEX "^[a-z]")
list(FILTER lines EXCLUDE REGEX "# check")
list(TRANSFORM lines REPLACE "[ #].*" "")
set(to_plot ${lines})
list(FILTER to_plot INCLUDE REGEX "^python3")
handoff_packages(to_link ${exported_needs})
set(recommended ${to_link} ${to_plot})
# What only the command is linked with: the package depends on the libraries themselves.
set(own_needs ${HANDOFF_NEEDS})
list(REMOVE_ITEM own_needs ${exported_needs} ${adapted_needs} GTest)
handoff_packages(own ${own_needs})
set(suggested ${lines})
list(REMOVE_ITEM suggested ${recommended} ${own})
list(JOIN recommended ", " CPACK_DEBIAN_PACKAGE_RECOMMENDS)
list(JOIN suggested ", " CPACK_DEBIAN_PACKAGE_SUGGESTS)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)

# What Python puts beside its modules when root runs handoff-plot is not in the package, and goes with it.
set(prerm ${HANDOFF_GENERATED}/prerm)
file(WRITE ${prerm} [=[
#!/bin/sh
set -e
find /usr/share/handoff/plot -name __pycache__ -prune -exec rm -rf {} +
]=])
file(CHMOD ${prerm} PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${prerm})

# The licence under Debian's name and with a notice; only its packages have this component.
file(READ LICENSE license)
file(WRITE ${HANDOFF_GENERATED}/copyright "Copyright: the developers of Handoff\n\n${license}")
install(FILES ${HANDOFF_GENERATED}/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT debian EXCLUDE_FROM_ALL)

include(CPack)
