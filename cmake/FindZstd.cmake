# SPDX-License-Identifier: Apache-2.0
# libzstd. Its own package file has had several target names, and some distributions ship none.
# Gives the target Zstd::Zstd and honours one that the surrounding project already made.
if(NOT TARGET Zstd::Zstd)
  find_path(Zstd_INCLUDE_DIR zstd.h)
  find_library(Zstd_LIBRARY NAMES zstd)
  mark_as_advanced(Zstd_INCLUDE_DIR Zstd_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Zstd REQUIRED_VARS Zstd_LIBRARY Zstd_INCLUDE_DIR)
  if(Zstd_FOUND)
    add_library(Zstd::Zstd UNKNOWN IMPORTED)
    set_target_properties(Zstd::Zstd PROPERTIES
      IMPORTED_LOCATION "${Zstd_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Zstd_INCLUDE_DIR}")
  endif()
else()
  set(Zstd_FOUND TRUE)
endif()
