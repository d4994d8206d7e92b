// SPDX-License-Identifier: Apache-2.0
// The version of the library. CMake reads these three lines; files name it in their header.
#pragma once

#define VARVE_VERSION_MAJOR 0
#define VARVE_VERSION_MINOR 1
#define VARVE_VERSION_PATCH 0

namespace varve::inline v0 {

/// Left-aligned in bytes 12..35 of every Icechunk file that varve writes, for people who debug with a hex dump.
inline constexpr char implementation_name[] = "varve-0.1.0";

}  // namespace varve::inline v0
