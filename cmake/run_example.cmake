# SPDX-License-Identifier: Apache-2.0
# Runs an example in an empty folder, on fresh copies of the test repositories it works on.
# cmake -D PROGRAM=<file> -D SCRATCH=<folder> -D "DATA=<folder;...>" -P cmake/run_example.cmake
cmake_minimum_required(VERSION 3.24)

file(REMOVE_RECURSE "${SCRATCH}")
file(MAKE_DIRECTORY "${SCRATCH}")
set(arguments "")
foreach(folder IN LISTS DATA)
  file(COPY "${folder}" DESTINATION "${SCRATCH}")
  get_filename_component(name "${folder}" NAME)
  list(APPEND arguments "${name}")
endforeach()
execute_process(COMMAND "${PROGRAM}" ${arguments} WORKING_DIRECTORY "${SCRATCH}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "${PROGRAM} ended with ${result}")
endif()
