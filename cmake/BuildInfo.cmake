# Run at every build: writes what git and dpkg say now, and touches the file only when it changed.
#   -DVERSION= -DSOURCE= -DPACKAGES= -DTEMPLATE= -DOUTPUT= -DCOMPILER= -DFLAGS= -DBUILD_TYPE= -DSANITIZER= -DMISSING=
#   -DCHECKOUTS=
# SOURCE: the repository whose commit is noted. PACKAGES: packages.txt. MISSING: packages whose libraries the build leaves out, with commas between them.
# CHECKOUTS: libraries that may come from checkouts, as page=folder, or page=package:NAME where they come from a package, with
# commas between them.

cmake_minimum_required(VERSION 3.25)

set(GIT_COMMIT "unknown")
set(GIT_DIRTY false)
find_program(GIT git)
if(GIT)
    # A hook's git says in the environment which repository and index it is at; we ask about another, and change none.
    execute_process(COMMAND ${GIT} rev-parse --local-env-vars OUTPUT_VARIABLE variables ERROR_QUIET)
    string(REGEX MATCHALL "[A-Z_]+" variables "${variables}")
    foreach(variable IN LISTS variables)
        if(NOT variable MATCHES "^GIT_CONFIG")  # the user's: safe.directory may stand there
            unset(ENV{${variable}})
        endif()
    endforeach()
    execute_process(COMMAND ${GIT} -C ${SOURCE} rev-parse --short=12 HEAD
                    OUTPUT_VARIABLE commit RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(NOT failed)
        set(GIT_COMMIT ${commit})
        execute_process(COMMAND ${GIT} --no-optional-locks -C ${SOURCE} status --porcelain
                        OUTPUT_VARIABLE changes ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
        if(changes)
            set(GIT_DIRTY true)
        endif()
    endif()
endif()

# The packages that packages.txt marks as adapted or linked, with their versions; without those that are not installed
# or not used.
string(REPLACE "," ";" MISSING "${MISSING}")
set(LIBRARIES "")
file(STRINGS ${PACKAGES} lines REGEX "^[a-z].*# library")
foreach(line IN LISTS lines)
    string(REGEX MATCH "^[^ ]+" package ${line})
    execute_process(COMMAND dpkg-query -W -f "\${Version}" ${package}
                    OUTPUT_VARIABLE version RESULT_VARIABLE failed ERROR_QUIET)
    if(NOT failed AND NOT package IN_LIST MISSING)
        string(APPEND LIBRARIES "        {\"${package}\", \"${version}\"},\n")
    endif()
endforeach()

# Checkouts: what git calls their commit, or the version that the project's CMake file states; installations: what its
# pkg-config file states.
string(REPLACE "," ";" CHECKOUTS "${CHECKOUTS}")
foreach(checkout IN LISTS CHECKOUTS)
    string(REGEX MATCH "^([^=]*)=(.*)$" both "${checkout}")
    set(page ${CMAKE_MATCH_1})
    set(folder ${CMAKE_MATCH_2})
    set(version unknown)
    if(folder MATCHES "^package:(.*)$")
        set(package ${CMAKE_MATCH_1})
        execute_process(COMMAND dpkg-query -W -f "\${Version}" ${package}
                        OUTPUT_VARIABLE packaged RESULT_VARIABLE failed ERROR_QUIET)
        if(NOT failed)
            set(version "${packaged} of ${package}")
        endif()
    elseif(EXISTS ${folder}/CMakeLists.txt)
        file(STRINGS ${folder}/CMakeLists.txt stated REGEX "VERSION +[0-9]+[.][0-9.]+")
        list(FILTER stated EXCLUDE REGEX "cmake_minimum_required|CMAKE_MINIMUM_REQUIRED")
        if(stated MATCHES "VERSION +([0-9]+[.][0-9.]+)")
            set(version ${CMAKE_MATCH_1})
        endif()
    else()
        get_filename_component(project ${page} NAME)
        file(GLOB stated ${folder}/lib*/pkgconfig/lib${project}.pc ${folder}/lib*/pkgconfig/${project}.pc
                         ${folder}/lib/*/pkgconfig/lib${project}.pc ${folder}/lib/*/pkgconfig/${project}.pc)
        if(stated)
            list(GET stated 0 stated)
            file(STRINGS ${stated} stated REGEX "^Version:" LIMIT_COUNT 1)
            string(REGEX REPLACE "^Version: *" "" version "${stated}")
        endif()
    endif()
    # A folder without a .git of its own may lie in somebody else's repository.
    if(GIT AND EXISTS ${folder}/.git)
        execute_process(COMMAND ${GIT} --no-optional-locks -C ${folder} describe --tags --always --dirty
                        OUTPUT_VARIABLE described RESULT_VARIABLE failed OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
        if(NOT failed)
            set(version ${described})
        endif()
    endif()
    string(APPEND LIBRARIES "        {\"${page}\", \"${version}\"},\n")
endforeach()

configure_file(${TEMPLATE} ${OUTPUT} @ONLY)
