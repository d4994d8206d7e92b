# SPDX-License-Identifier: Apache-2.0
# A program that misuses a concept must fail to compile with a first error that says what to write, and compile once
# repaired (VARVE_REPAIRED). Its first line reads `// expect: <words of that error>`.
# Run as a test: cmake -D ROOT=<tree> -D CXX=<compiler> -D SOURCE=<file> -P cmake/check_refusal.cmake

cmake_minimum_required(VERSION 3.24)

file(STRINGS "${SOURCE}" first LIMIT_COUNT 1)
if(NOT first MATCHES "^// expect: (.+)$")
  message(FATAL_ERROR "${SOURCE}: the first line is not `// expect: <words of the error>`")
endif()
set(expected "${CMAKE_MATCH_1}")
set(compile "${CXX}" -std=c++20 -fsyntax-only -DVARVE_SEPARATE_COMPILATION "-I${ROOT}/include" "-I${ROOT}/tests" "${SOURCE}")
set(ENV{LC_ALL} C)

execute_process(COMMAND ${compile} RESULT_VARIABLE failed ERROR_VARIABLE output OUTPUT_QUIET)
if(failed EQUAL 0)
  message(FATAL_ERROR "${SOURCE} compiles, but should not")
endif()
string(REGEX MATCH "[^\n]*error:[^\n]*" error "${output}")
string(FIND "${error}" "${expected}" found)
if(found EQUAL -1)
  message(FATAL_ERROR "the first error does not say '${expected}' but\n${error}")
endif()

execute_process(COMMAND ${compile} -DVARVE_REPAIRED RESULT_VARIABLE failed ERROR_VARIABLE output OUTPUT_QUIET)
if(NOT failed EQUAL 0)
  message(FATAL_ERROR "the repaired program does not compile:\n${output}")
endif()
