# SPDX-License-Identifier: Apache-2.0
# libdeflate. Packages older than 1.15 ship no CMake file.
# Gives the target Libdeflate::Libdeflate and honours one that the surrounding project already made.
if(NOT TARGET Libdeflate::Libdeflate)
  find_path(Libdeflate_INCLUDE_DIR libdeflate.h)
  find_library(Libdeflate_LIBRARY NAMES deflate)
  mark_as_advanced(Libdeflate_INCLUDE_DIR Libdeflate_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Libdeflate REQUIRED_VARS Libdeflate_LIBRARY Libdeflate_INCLUDE_DIR)
  if(Libdeflate_FOUND)
    add_library(Libdeflate::Libdeflate UNKNOWN IMPORTED)
    set_target_properties(Libdeflate::Libdeflate PROPERTIES
      IMPORTED_LOCATION "${Libdeflate_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Libdeflate_INCLUDE_DIR}")
  endif()
else()
  set(Libdeflate_FOUND TRUE)
endif()
