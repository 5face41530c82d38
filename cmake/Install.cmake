# What `cmake --install` installs:
#
#   bin/handoff, bin/handoff-plot      the commands, their man pages and bash's completion
#   include/handoff/                   the implementations, headers that are usable alone
#   lib/, lib/cmake/Handoff/           the harness's libraries; find_package(Handoff)
#   share/handoff/                     what suites of other projects are generated from (cmake/Suite.cmake), in the folders
#                                      of the source tree; the plot program, sweeps and schemas
#   share/doc/handoff/                 the documentation
#   libexec/handoff/                   the benchmark binaries, which need all that they adapt: `--component benchmarks`
#                                      installs them, and so does a package (cmake/Package.cmake)
#
# All of it is compiled for the processors of HANDOFF_ARCH: for those of the machine that builds it, if nobody says.

if(HANDOFF_SANITIZER OR NOT CMAKE_BUILD_TYPE STREQUAL "Release")
    install(CODE "message(FATAL_ERROR \"only a release build without sanitizers can be installed: cmake --preset release\")")
    return()
endif()

include(CMakePackageConfigHelpers)
set(share ${CMAKE_INSTALL_DATADIR}/handoff)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/Handoff)

install(TARGETS handoff RUNTIME)
list(TRANSFORM HANDOFF_FAMILIES PREPEND bench_ OUTPUT_VARIABLE bench_families)
install(TARGETS ${bench_families} bench_limits bench_races RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/handoff
        COMPONENT benchmarks EXCLUDE_FROM_ALL)

install(DIRECTORY impls/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/handoff FILES_MATCHING PATTERN *.hpp PATTERN catalog.hpp EXCLUDE)
install(FILES impls/catalog.hpp DESTINATION ${share}/impls)

get_property(exported GLOBAL PROPERTY HANDOFF_EXPORTED)
# Handoff::need_...: what the harness itself is linked with.
set(exported_needs benchmark nlohmann_json hwloc)
foreach(need IN LISTS exported_needs)
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

# The man pages are what the commands say for --help, so they are made when those are built.
find_program(HANDOFF_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
set(pages ${HANDOFF_GENERATED}/man)
file(RELATIVE_PATH to_plot ${CMAKE_INSTALL_FULL_BINDIR} ${CMAKE_INSTALL_FULL_DATADIR}/handoff/plot/plot.py)
file(MAKE_DIRECTORY ${HANDOFF_GENERATED}/installed ${HANDOFF_GENERATED}/here)
# handoff-plot is plot.py by another name: the interpreter finds its modules beside what the link points to.
file(CREATE_LINK ${to_plot} ${HANDOFF_GENERATED}/installed/handoff-plot SYMBOLIC)
file(CREATE_LINK ${PROJECT_SOURCE_DIR}/plot/plot.py ${HANDOFF_GENERATED}/here/handoff-plot SYMBOLIC)
install(PROGRAMS ${HANDOFF_GENERATED}/installed/handoff-plot DESTINATION ${CMAKE_INSTALL_BINDIR})
if(HANDOFF_PYTHON)
    file(STRINGS CITATION.cff released REGEX "^date-released: ")
    string(REGEX REPLACE "^date-released: " "" released "${released}")
    set(make_pages ${HANDOFF_PYTHON} ${PROJECT_SOURCE_DIR}/cmake/man_pages.py --version ${PROJECT_VERSION} --date ${released}
        --out ${pages})
    add_custom_command(OUTPUT ${pages}/handoff.1.gz DEPENDS handoff cmake/man_pages.py CITATION.cff
                       COMMAND ${make_pages} $<TARGET_FILE:handoff> VERBATIM COMMENT "Writing the man pages of handoff")
    set(made_pages ${pages}/handoff.1.gz)
    # Without these it does not even print its help.
    execute_process(COMMAND ${HANDOFF_PYTHON} -c "from importlib.util import find_spec as find; import sys; \
sys.exit(not (find('matplotlib') and find('numpy')))" RESULT_VARIABLE draws_nothing)
    if(draws_nothing)
        message(STATUS "left out: man page of handoff-plot: matplotlib not found (Debian: python3-matplotlib, python3-numpy)")
    else()
        add_custom_command(OUTPUT ${pages}/handoff-plot.1.gz DEPENDS plot/plot.py cmake/man_pages.py CITATION.cff
                           COMMAND ${make_pages} ${HANDOFF_GENERATED}/here/handoff-plot VERBATIM
                           COMMENT "Writing the man page of handoff-plot")
        list(APPEND made_pages ${pages}/handoff-plot.1.gz)
    endif()
    add_custom_target(man_pages ALL DEPENDS ${made_pages})
    add_dependencies(installable man_pages)
    install(DIRECTORY ${pages}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN *.1.gz)
else()
    message(STATUS "left out: man pages: python3 not found (Debian: python3)")
endif()
install(FILES harness/cli/completion.sh DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME handoff)

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
            PATTERN limits.cpp PATTERN steps.cpp PATTERN controls EXCLUDE)
endforeach()
install(FILES tests/lsan.supp tests/tsan.supp DESTINATION ${share}/tests)
foreach(folder IN LISTS HANDOFF_FAMILIES ITEMS shared wait)
    install(DIRECTORY tests/${folder} DESTINATION ${share}/tests FILES_MATCHING PATTERN *.hpp PATTERN *.cpp.in
            PATTERN pool_*.cpp PATTERN style_tests.cpp PATTERN shared/*.cpp PATTERN *faults.hpp EXCLUDE)
endforeach()
install(DIRECTORY tests/model DESTINATION ${share}/tests FILES_MATCHING PATTERN *.hpp PATTERN *.cpp PATTERN *.cpp.in
        PATTERN litmus EXCLUDE PATTERN programs/b*.cpp EXCLUDE PATTERN programs/*s.cpp EXCLUDE)
install(DIRECTORY sweeps DESTINATION ${share} FILES_MATCHING PATTERN *.json)
install(DIRECTORY results/ DESTINATION ${share}/results FILES_MATCHING PATTERN *.schema.json PATTERN gallery EXCLUDE)
install(DIRECTORY plot/handoff_plot DESTINATION ${share}/plot FILES_MATCHING PATTERN *.py PATTERN __pycache__ EXCLUDE)
install(FILES plot/style.json DESTINATION ${share}/plot)
install(PROGRAMS plot/plot.py DESTINATION ${share}/plot)
# The pages refer to each other, and to these.
install(FILES CHANGELOG.md CONTRIBUTING.md LICENSE README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR})
