# What `cmake --install` installs:
#
#   bin/handoff, bin/handoff-plot      the commands
#   include/handoff/                   the implementations, headers that are usable alone
#   lib/, lib/cmake/Handoff/           the harness's libraries; find_package(Handoff)
#   share/handoff/                     what suites of other projects are generated from (cmake/Suite.cmake), in the folders
#                                      of the source tree; the plot program, sweeps and schemas
#
# The libraries are compiled for the machine that builds them, as all that is measured.

if(HANDOFF_SANITIZER OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    install(CODE "message(FATAL_ERROR \"only a release build without sanitizers can be installed: cmake --preset release\")")
    return()
endif()

include(CMakePackageConfigHelpers)
set(share ${CMAKE_INSTALL_DATADIR}/handoff)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Handoff)

install(TARGETS handoff RUNTIME)

install(DIRECTORY impls/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handoff FILES_MATCHING PATTERN *.hpp PATTERN catalog.hpp EXCLUDE)
install(FILES impls/catalog.hpp DESTINATION ${share}/impls)

get_property(exported GLOBAL PROPERTY HANDOFF_EXPORTED)
# Handoff::need_...: what the harness itself is linked with.
foreach(need IN ITEMS benchmark nlohmann_json hwloc)
    if(NOT HANDOFF_MISSING_${need})
        set_target_properties(handoff_need_${need} PROPERTIES EXPORT_NAME need_${need})
        list(APPEND exported handoff_need_${need})
    endif()
endforeach()
set(static "")
foreach(target IN LISTS exported)
    get_target_property(type ${target} TYPE)
    if(type STREQUAL "STATIC_LIBRARY")
        list(APPEND static ${target})
    endif()
endforeach()
install(TARGETS ${exported} EXPORT HandoffTargets ARCHIVE)
# All that is installed, without the benchmark binaries and the tests.
add_custom_target(installable DEPENDS handoff ${static})
install(EXPORT HandoffTargets NAMESPACE Handoff:: DESTINATION ${package})
configure_package_config_file(cmake/HandoffConfig.cmake.in ${HANDOFF_GENERATED}/HandoffConfig.cmake
                              INSTALL_DESTINATION ${package} PATH_VARS share)
# Minor versions of 0.x may differ in all that they offer.
write_basic_package_version_file(${HANDOFF_GENERATED}/HandoffConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${HANDOFF_GENERATED}/HandoffConfig.cmake ${HANDOFF_GENERATED}/HandoffConfigVersion.cmake DESTINATION ${package})

install(FILES cmake/BuildInfo.cmake cmake/Catalog.cmake cmake/Families.cmake cmake/Needs.cmake cmake/Suite.cmake
        DESTINATION ${share}/cmake)
install(FILES packages.txt DESTINATION ${share})
install(DIRECTORY harness DESTINATION ${share} FILES_MATCHING PATTERN *.hpp PATTERN build_info.cpp.in PATTERN cli EXCLUDE)
install(FILES benchmarks/main.cpp benchmarks/not_built.cpp.in benchmarks/ranks.cpp.in DESTINATION ${share}/benchmarks)
foreach(folder IN LISTS HANDOFF_FAMILIES ITEMS shared limits)
    install(DIRECTORY benchmarks/${folder} DESTINATION ${share}/benchmarks FILES_MATCHING PATTERN *.hpp PATTERN *.cpp.in
            PATTERN limits.cpp PATTERN controls EXCLUDE)
endforeach()
install(FILES tests/lsan.supp tests/tsan.supp DESTINATION ${share}/tests)
foreach(folder IN LISTS HANDOFF_FAMILIES ITEMS shared wait)
    install(DIRECTORY tests/${folder} DESTINATION ${share}/tests FILES_MATCHING PATTERN *.hpp PATTERN *.cpp.in
            PATTERN pool_*.cpp PATTERN shared/*.cpp PATTERN *faults.hpp EXCLUDE)
endforeach()
install(DIRECTORY sweeps DESTINATION ${share} FILES_MATCHING PATTERN *.json)
install(DIRECTORY results/ DESTINATION ${share}/results FILES_MATCHING PATTERN *.schema.json PATTERN gallery EXCLUDE)
install(DIRECTORY plot/handoff_plot DESTINATION ${share}/plot FILES_MATCHING PATTERN *.py PATTERN __pycache__ EXCLUDE)
install(FILES plot/style.json DESTINATION ${share}/plot)
install(PROGRAMS plot/plot.py DESTINATION ${share}/plot)
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

file(WRITE ${HANDOFF_GENERATED}/handoff-plot [=[
#!/bin/sh
# The plot program of Handoff, which lies in the share folder beside this one.
here=$(dirname "$(readlink -f "$0")")
exec "$here/../share/handoff/plot/plot.py" "$@"
]=])
install(PROGRAMS ${HANDOFF_GENERATED}/handoff-plot DESTINATION ${CMAKE_INSTALL_BINDIR})
