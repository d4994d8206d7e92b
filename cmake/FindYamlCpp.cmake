# SPDX-License-Identifier: Apache-2.0
# yaml-cpp. Its target is called yaml-cpp or yaml-cpp::yaml-cpp, depending on the version.
# Gives the target YamlCpp::YamlCpp and honours one that the surrounding project already made.
if(NOT TARGET YamlCpp::YamlCpp)
  find_path(YamlCpp_INCLUDE_DIR yaml-cpp/yaml.h)
  find_library(YamlCpp_LIBRARY NAMES yaml-cpp)
  mark_as_advanced(YamlCpp_INCLUDE_DIR YamlCpp_LIBRARY)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(YamlCpp REQUIRED_VARS YamlCpp_LIBRARY YamlCpp_INCLUDE_DIR)
  if(YamlCpp_FOUND)
    add_library(YamlCpp::YamlCpp UNKNOWN IMPORTED)
    set_target_properties(YamlCpp::YamlCpp PROPERTIES
      IMPORTED_LOCATION "${YamlCpp_LIBRARY}"
      INTERFACE_INCLUDE_DIRECTORIES "${YamlCpp_INCLUDE_DIR}")
  endif()
else()
  set(YamlCpp_FOUND TRUE)
endif()
