# SPDX-License-Identifier: Apache-2.0
# Finds what varve's targets link. Included by varve's own build and, once installed, by find_package(varve), so the two
# can never disagree. `VARVE_COMPONENTS` lists what to find: base (always), blosc, gzip, yaml, network.
# Sets VARVE_MISSING to a sentence about the first thing that is not there.

set(VARVE_MISSING "")

# Boost's own package file first: CMake from 3.30 on warns about its built-in find module.
find_package(Boost 1.81 QUIET CONFIG)
if(NOT TARGET Boost::headers)
  find_package(Boost 1.81 QUIET)
endif()
if(NOT TARGET Boost::headers)
  set(VARVE_MISSING "Boost 1.81 or newer, headers only (Debian 12: libboost1.81-dev; later: libboost-dev)")
endif()

macro(varve_find package debian)
  find_package(${package} QUIET MODULE)
  if(NOT ${package}_FOUND AND VARVE_MISSING STREQUAL "")
    set(VARVE_MISSING "${package} (Debian, Ubuntu: ${debian})")
  endif()
endmacro()

varve_find(Threads libc6-dev)
varve_find(Zstd libzstd-dev)
varve_find(FlatBuffersHeaders libflatbuffers-dev)
varve_find(Simdjson libsimdjson-dev)
if("blosc" IN_LIST VARVE_COMPONENTS)
  varve_find(Blosc libblosc-dev)
endif()
if("gzip" IN_LIST VARVE_COMPONENTS)
  varve_find(Libdeflate libdeflate-dev)
endif()
if("yaml" IN_LIST VARVE_COMPONENTS)
  varve_find(YamlCpp libyaml-cpp-dev)
endif()
if("network" IN_LIST VARVE_COMPONENTS)
  varve_find(OpenSSL libssl-dev)
  varve_find(Pugixml libpugixml-dev)
endif()
