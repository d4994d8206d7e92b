// SPDX-License-Identifier: Apache-2.0
// What the two units of the ODR test share.
#pragma once

#include <varve/fwd.hpp>

/// Reads "/field" of the branch main.
double sum_in_another_unit(varve::MemoryRepository& repo);
