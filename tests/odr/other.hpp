// SPDX-License-Identifier: Apache-2.0
// What the two units of the ODR test share.
#pragma once

#include <varve/varve.hpp>

/// Reads "/field" of the branch main.
double sum_in_another_unit(varve::Repository<varve::storage::Memory>& repo);
