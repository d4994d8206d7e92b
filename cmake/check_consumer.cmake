# SPDX-License-Identifier: Apache-2.0
# Builds tests/consumer outside of the tree and runs it.
# Run as a test: cmake -D ROOT=<tree> -D BUILD=<build folder> -D CXX=<compiler> -D GENERATOR=<generator>
#   -D MODE=package|subdirectory -D TARGET=consumer|consumer_compiled [-D LAUNCHER=<ccache>] -P cmake/check_consumer.cmake
cmake_minimum_required(VERSION 3.24)

set(work "${BUILD}/consumer_test/${MODE}_${TARGET}")
file(REMOVE_RECURSE "${work}")
file(COPY "${ROOT}/tests/consumer/" DESTINATION "${work}/source")
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE failed OUTPUT_VARIABLE output ERROR_VARIABLE output)
  if(NOT failed EQUAL 0)
    message(FATAL_ERROR "${ARGN} failed:\n${output}")
  endif()
endfunction()

set(options -G "${GENERATOR}" -D "CMAKE_CXX_COMPILER=${CXX}" -D CMAKE_BUILD_TYPE=None -D CMAKE_CXX_FLAGS_NONE=-O0)
if(LAUNCHER)
  list(APPEND options -D "CMAKE_CXX_COMPILER_LAUNCHER=${LAUNCHER}")
endif()
if(MODE STREQUAL "package")
  run("${CMAKE_COMMAND}" --install "${BUILD}" --prefix "${work}/prefix")
  list(APPEND options -D "CMAKE_PREFIX_PATH=${work}/prefix")
else()
  list(APPEND options -D "VARVE_SOURCE=${ROOT}")
endif()
run("${CMAKE_COMMAND}" -S "${work}/source" -B "${work}/build" ${options})
run("${CMAKE_COMMAND}" --build "${work}/build" --target ${TARGET})
run("${work}/build/${TARGET}")
