# SPDX-License-Identifier: Apache-2.0
# c-blosc 1. It ships a pkg-config file at most.
# Gives the target Blosc::Blosc and honours one that the surrounding project already made.
if(NOT TARGET Blosc::Blosc)
  find_path(Blosc_INCLUDE_DIR blosc.h)
  find_library(Blosc_LIBRARY NAMES blosc)
  mark_as_advanced(Blosc_INCLUDE_DIR Blosc_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Blosc REQUIRED_VARS Blosc_LIBRARY Blosc_INCLUDE_DIR)
  if(Blosc_FOUND)
    add_library(Blosc::Blosc UNKNOWN IMPORTED)
    set_target_properties(Blosc::Blosc PROPERTIES
      IMPORTED_LOCATION "${Blosc_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Blosc_INCLUDE_DIR}")
  endif()
else()
  set(Blosc_FOUND TRUE)
endif()
