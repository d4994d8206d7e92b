# SPDX-License-Identifier: Apache-2.0
# The headers of FlatBuffers: varve links nothing of it, while FlatBuffers' own package file insists on the library.
# Gives the target FlatBuffers::Headers and honours one that the surrounding project already made.
if(NOT TARGET FlatBuffers::Headers)
  find_path(FlatBuffersHeaders_INCLUDE_DIR flatbuffers/flexbuffers.h)
  mark_as_advanced(FlatBuffersHeaders_INCLUDE_DIR)
  include(FindPackageHandleStandardArgs)
  find_package_handle_standard_args(FlatBuffersHeaders REQUIRED_VARS FlatBuffersHeaders_INCLUDE_DIR)
  if(FlatBuffersHeaders_FOUND)
    add_library(FlatBuffers::Headers INTERFACE IMPORTED)
    set_target_properties(FlatBuffers::Headers PROPERTIES
      INTERFACE_INCLUDE_DIRECTORIES "${FlatBuffersHeaders_INCLUDE_DIR}")
  endif()
else()
  set(FlatBuffersHeaders_FOUND TRUE)
endif()
