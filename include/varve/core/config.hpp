// SPDX-License-Identifier: Apache-2.0
// Build switches. varve is header-only; a program that defines VARVE_SEPARATE_COMPILATION everywhere and compiles one
// unit holding <varve/src.hpp> builds the heavy bodies (impl/*.ipp) once, as Boost.Asio does.
#pragma once

#include <cassert>

#if defined(VARVE_SEPARATE_COMPILATION)
#define VARVE_DECL
#else
#define VARVE_DECL inline
#endif

/// Checks an invariant of the library itself; a caller's mistake is `errc::invalid_argument` instead.
#ifndef VARVE_ASSERT
#define VARVE_ASSERT(condition) assert(condition)
#endif
