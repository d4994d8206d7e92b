// SPDX-License-Identifier: Apache-2.0
// The one unit of a program that defines VARVE_SEPARATE_COMPILATION.
#include <varve/src.hpp>
