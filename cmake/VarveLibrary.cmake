# SPDX-License-Identifier: Apache-2.0
# The targets that users link:
#   varve::varve     everything that <varve/varve.hpp> includes
#   varve::base      the headers with what every repository needs; enough for memory and local storage with zstd
#   varve::blosc, varve::gzip, varve::yaml   base, and the library that one optional header needs
#   varve::network   base, and what the headers of object storage need: OpenSSL and pugixml
#   varve::compiled  varve::varve with the heavy bodies compiled once
#   varve::compiled_network   varve::compiled and varve::network, with the bodies of object storage compiled once

set(VARVE_COMPONENTS blosc gzip)
if(VARVE_YAML)
  list(APPEND VARVE_COMPONENTS yaml)
endif()
if(VARVE_NETWORK)
  list(APPEND VARVE_COMPONENTS network)
endif()
include(VarveDependencies)
if(NOT VARVE_MISSING STREQUAL "")
  message(FATAL_ERROR "varve needs ${VARVE_MISSING}")
endif()

include(VarveNetwork)
set(include_dir "${PROJECT_SOURCE_DIR}/include")
file(GLOB_RECURSE all_headers CONFIGURE_DEPENDS RELATIVE "${include_dir}" "${include_dir}/varve/*.hpp" "${include_dir}/varve/*.h")
file(GLOB_RECURSE all_bodies CONFIGURE_DEPENDS RELATIVE "${include_dir}" "${include_dir}/varve/*.ipp")
foreach(kind headers bodies)
  set(${kind} ${all_${kind}})
  list(FILTER ${kind} EXCLUDE REGEX "${VARVE_NETWORK_FILES}")
  set(network_${kind} ${all_${kind}})
  list(FILTER network_${kind} INCLUDE REGEX "${VARVE_NETWORK_FILES}")
endforeach()

# The files that a target offers, as two sets: only headers stand alone.
function(varve_files target header_list body_list)
  list(TRANSFORM ${header_list} PREPEND "${include_dir}/")
  list(TRANSFORM ${body_list} PREPEND "${include_dir}/")
  target_sources(${target} INTERFACE
    FILE_SET HEADERS BASE_DIRS "${include_dir}" FILES ${${header_list}}
    FILE_SET bodies TYPE HEADERS BASE_DIRS "${include_dir}" FILES ${${body_list}})
  set_target_properties(${target} PROPERTIES INTERFACE_HEADER_SETS_TO_VERIFY HEADERS)
  if(NOT PROJECT_IS_TOP_LEVEL)
    set_property(TARGET ${target} PROPERTY SYSTEM ON)  # as an installed package would be: no warnings from these headers
  endif()
endfunction()

add_library(varve_base INTERFACE)
varve_files(varve_base headers bodies)
target_compile_features(varve_base INTERFACE cxx_std_20)
# See async/awaitable.hpp: clang must do without a cache of coroutine frames, in every unit of a program.
target_compile_definitions(varve_base INTERFACE
  $<$<CXX_COMPILER_ID:Clang,AppleClang>:BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING>)
target_link_libraries(varve_base INTERFACE
  Boost::headers Threads::Threads Zstd::Zstd FlatBuffers::Headers Simdjson::Simdjson)
set_target_properties(varve_base PROPERTIES EXPORT_NAME base)
add_library(varve::base ALIAS varve_base)
set(VARVE_TARGETS varve_base)

function(varve_component name)
  add_library(varve_${name} INTERFACE)
  target_link_libraries(varve_${name} INTERFACE varve_base ${ARGN})
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
if(VARVE_NETWORK)
  varve_component(network OpenSSL::SSL OpenSSL::Crypto Pugixml::Pugixml)
  target_compile_definitions(varve_network INTERFACE VARVE_NETWORK)
  varve_files(varve_network network_headers network_bodies)
endif()

add_library(varve INTERFACE)
target_link_libraries(varve INTERFACE varve_blosc varve_gzip)
add_library(varve::varve ALIAS varve)
list(APPEND VARVE_TARGETS varve)

# A library varve_<name> of the listed bodies, one unit a group: a change recompiles its group, and several cores share the work.
# A group is a room, or `of_stores` a folder or header of the room storage.
function(varve_compiled_library name grouping body_list)
  set(groups "")
  foreach(body IN LISTS ${body_list})
    if(grouping STREQUAL "of_stores")
      string(REGEX REPLACE "^varve/storage/(impl/)?([^/.]+).*" "\\2" group "${body}")
    else()
      string(REGEX REPLACE "^varve/([^/]+)/.*" "\\1" group "${body}")
    endif()
    string(APPEND unit_${group} "#include <${body}>\n")
    list(APPEND groups ${group})
  endforeach()
  list(REMOVE_DUPLICATES groups)
  set(sources "")
  foreach(group IN LISTS groups)
    set(unit "${PROJECT_BINARY_DIR}/${name}/${group}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT "${unit_${group}}")
    list(APPEND sources "${unit}")
  endforeach()
  add_library(varve_${name} STATIC ${sources})
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    target_compile_options(varve_${name} PRIVATE -Wno-subobject-linkage)  # see varve/src.hpp
  endif()
  set_target_properties(varve_${name} PROPERTIES EXPORT_NAME ${name} POSITION_INDEPENDENT_CODE ON)
  add_library(varve::${name} ALIAS varve_${name})
  set(VARVE_TARGETS ${VARVE_TARGETS} varve_${name} PARENT_SCOPE)
endfunction()

if(VARVE_COMPILED)
  if(NOT VARVE_YAML)
    list(FILTER bodies EXCLUDE REGEX yaml)
  endif()
  varve_compiled_library(compiled of_rooms bodies)
  target_compile_definitions(varve_compiled PUBLIC VARVE_SEPARATE_COMPILATION)
  target_link_libraries(varve_compiled PUBLIC varve)
  if(VARVE_YAML)
    target_link_libraries(varve_compiled PRIVATE varve_yaml)
  endif()
  set_target_properties(varve_compiled PROPERTIES OUTPUT_NAME varve)

  if(VARVE_NETWORK)
    varve_compiled_library(compiled_network of_stores network_bodies)
    target_link_libraries(varve_compiled_network PUBLIC varve_compiled varve_network)
    set_target_properties(varve_compiled_network PROPERTIES OUTPUT_NAME varve_network)
  endif()
endif()
