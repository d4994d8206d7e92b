# SPDX-License-Identifier: Apache-2.0
# What the tests, examples and benchmarks share: warnings, and a compiler cache when there is one.

add_library(varve_warnings INTERFACE)
target_compile_options(varve_warnings INTERFACE -Wall -Wextra -Wconversion)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ (12 to 14) inlines only one half of Asio's pair of operators for coroutine frames, and takes them for a mismatch.
  target_compile_options(varve_warnings INTERFACE -Wno-mismatched-new-delete)
endif()
if(VARVE_WERROR)
  target_compile_options(varve_warnings INTERFACE -Werror)
endif()
# A sanitizer's optimiser takes minutes for one unit of coroutine templates, so tests build without it: the bodies, which
# are compiled once and do the work of codecs and parsers, can have their own flags.
set(VARVE_BODY_FLAGS "" CACHE STRING "Compiler flags of the compiled bodies alone, for example -O1")
separate_arguments(body_flags UNIX_COMMAND "${VARVE_BODY_FLAGS}")
set(compiled_libraries varve_compiled varve_compiled_network)
foreach(library IN LISTS compiled_libraries)
  target_compile_options(${library} PRIVATE
    $<BUILD_INTERFACE:$<TARGET_PROPERTY:varve_warnings,INTERFACE_COMPILE_OPTIONS>> ${body_flags})
endforeach()

# A program of this tree, linked with the bodies that are compiled once. Of object storage it takes what it calls.
function(varve_program name)
  add_executable(${name} ${ARGN})
  target_link_libraries(${name} PRIVATE varve_compiled varve_warnings $<LINK_ONLY:varve_compiled_network>)
endfunction()

find_program(VARVE_CCACHE ccache)
if(VARVE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  # Paths relative to the tree, so that another clone at another place finds the same entries.
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${PROJECT_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${VARVE_CCACHE}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  set_target_properties(${compiled_libraries} PROPERTIES CXX_COMPILER_LAUNCHER "${launcher}")
endif()
