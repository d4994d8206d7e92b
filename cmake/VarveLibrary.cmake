# SPDX-License-Identifier: Apache-2.0
# The targets that users link:
#   varve::varve     everything that <varve/varve.hpp> includes
#   varve::base      the headers with what every repository needs; enough for memory and local storage with zstd
#   varve::blosc, varve::gzip, varve::yaml   base, and the library that one optional header needs
#   varve::compiled  varve::varve with the heavy bodies compiled once

set(VARVE_COMPONENTS blosc gzip)
if(VARVE_YAML)
  list(APPEND VARVE_COMPONENTS yaml)
endif()
include(VarveDependencies)
if(NOT VARVE_MISSING STREQUAL "")
  message(FATAL_ERROR "varve needs ${VARVE_MISSING}")
endif()

file(GLOB_RECURSE headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/varve/*.hpp"
     "${PROJECT_SOURCE_DIR}/include/varve/*.h")
file(GLOB_RECURSE bodies CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/varve/*.ipp")

add_library(varve_base INTERFACE)
target_sources(varve_base INTERFACE
  FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${headers}
  FILE_SET bodies TYPE HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/include" FILES ${bodies})
target_compile_features(varve_base INTERFACE cxx_std_20)
# See async/awaitable.hpp: clang must do without a cache of coroutine frames, in every unit of a program.
target_compile_definitions(varve_base INTERFACE
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING>)
target_link_libraries(varve_base INTERFACE
  Boost::headers Threads::Threads Zstd::Zstd FlatBuffers::Headers Simdjson::Simdjson)
set_target_properties(varve_base PROPERTIES EXPORT_NAME base INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
if(NOT PROJECT_IS_TOP_LEVEL)
  set_property(TARGET varve_base PROPERTY SYSTEM ON)  # as an installed package would be: no warnings from these headers
endif()
add_library(varve::base ALIAS varve_base)
set(VARVE_TARGETS varve_base)

function(varve_component name library)
  add_library(varve_${name} INTERFACE)
  target_link_libraries(varve_${name} INTERFACE varve_base ${library})
  set_target_properties(varve_${name} PROPERTIES EXPORT_NAME ${name})
  add_library(varve::${name} ALIAS varve_${name})
  set(VARVE_TARGETS ${VARVE_TARGETS} varve_${name} PARENT_SCOPE)
endfunction()
varve_component(blosc Blosc::Blosc)
varve_component(gzip Libdeflate::Libdeflate)
if(VARVE_YAML)
  varve_component(yaml YamlCpp::YamlCpp)
  target_compile_definitions(varve_yaml INTERFACE VARVE_YAML)
endif()

add_library(varve INTERFACE)
target_link_libraries(varve INTERFACE varve_blosc varve_gzip)
add_library(varve::varve ALIAS varve)
list(APPEND VARVE_TARGETS varve)

if(VARVE_COMPILED)
  # One unit a room rather than one for all: a change recompiles its room, and several cores share the work.
  set(units "")
  foreach(body IN LISTS bodies)
    file(RELATIVE_PATH include "${PROJECT_SOURCE_DIR}/include" "${body}")
    if(include MATCHES "yaml" AND NOT VARVE_YAML)
      continue()
    endif()
    string(REGEX REPLACE "^varve/([^/]+)/.*" "\\1" room "${include}")
    string(APPEND unit_${room} "#include <${include}>\n")
    list(APPEND units ${room})
  endforeach()
  list(REMOVE_DUPLICATES units)
  set(sources "")
  foreach(room IN LISTS units)
    file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/compiled/${room}.cpp" CONTENT "${unit_${room}}")
    list(APPEND sources "${PROJECT_BINARY_DIR}/compiled/${room}.cpp")
  endforeach()
  add_library(varve_compiled STATIC ${sources})
  target_compile_definitions(varve_compiled PUBLIC VARVE_SEPARATE_COMPILATION)
  target_link_libraries(varve_compiled PUBLIC varve)
  if(VARVE_YAML)
    target_link_libraries(varve_compiled PRIVATE varve_yaml)
  endif()
  set_target_properties(varve_compiled PROPERTIES EXPORT_NAME compiled OUTPUT_NAME varve
                        POSITION_INDEPENDENT_CODE ON)
  add_library(varve::compiled ALIAS varve_compiled)
  list(APPEND VARVE_TARGETS varve_compiled)
endif()
