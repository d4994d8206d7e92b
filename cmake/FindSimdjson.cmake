# SPDX-License-Identifier: Apache-2.0
# simdjson, built as a library.
# Gives the target Simdjson::Simdjson and honours one that the surrounding project already made.
if(NOT TARGET Simdjson::Simdjson)
  find_path(Simdjson_INCLUDE_DIR simdjson.h)
  find_library(Simdjson_LIBRARY NAMES simdjson)
  mark_as_advanced(Simdjson_INCLUDE_DIR Simdjson_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Simdjson REQUIRED_VARS Simdjson_LIBRARY Simdjson_INCLUDE_DIR)
  if(Simdjson_FOUND)
    add_library(Simdjson::Simdjson UNKNOWN IMPORTED)
    set_target_properties(Simdjson::Simdjson PROPERTIES
      IMPORTED_LOCATION "${Simdjson_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Simdjson_INCLUDE_DIR}")
  endif()
else()
  set(Simdjson_FOUND TRUE)
endif()
