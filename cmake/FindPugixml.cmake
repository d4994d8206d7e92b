# SPDX-License-Identifier: Apache-2.0
# pugixml, built as a library. Its own package file has had two target names, and some distributions ship none.
# Gives the target Pugixml::Pugixml and honours one that the surrounding project already made.
if(NOT TARGET Pugixml::Pugixml)
  find_path(Pugixml_INCLUDE_DIR pugixml.hpp)
  find_library(Pugixml_LIBRARY NAMES pugixml)
  mark_as_advanced(Pugixml_INCLUDE_DIR Pugixml_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(Pugixml REQUIRED_VARS Pugixml_LIBRARY Pugixml_INCLUDE_DIR)
  if(Pugixml_FOUND)
    add_library(Pugixml::Pugixml UNKNOWN IMPORTED)
    set_target_properties(Pugixml::Pugixml PROPERTIES
      IMPORTED_LOCATION "${Pugixml_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${Pugixml_INCLUDE_DIR}")
  endif()
else()
  set(Pugixml_FOUND TRUE)
endif()
