# SPDX-License-Identifier: Apache-2.0
# The top level holds these entries and dot-files, and nothing else that git knows. CMakePresets.json has its place and
# name from CMake.
cmake_minimum_required(VERSION 3.24)

set(allowed CMakeLists.txt CMakePresets.json LICENSE README.md bench cmake examples include tests)
find_program(git git)
execute_process(COMMAND "${git}" -C "${ROOT}" ls-files RESULT_VARIABLE failed OUTPUT_VARIABLE files ERROR_QUIET)
if(NOT git OR NOT failed EQUAL 0)  # a release archive: all that is there
  file(GLOB files RELATIVE "${ROOT}" "${ROOT}/*")
  list(REMOVE_ITEM files build)
else()
  string(REPLACE "\n" ";" files "${files}")
endif()
foreach(file IN LISTS files)
  string(REGEX REPLACE "/.*" "" entry "${file}")
  if(NOT entry STREQUAL "" AND NOT entry MATCHES "^\\." AND NOT entry IN_LIST allowed)
    message(SEND_ERROR "${file}: '${entry}' does not belong at the top level")
  endif()
endforeach()
