// SPDX-License-Identifier: Apache-2.0
#include "other.hpp"

#include <varve/varve.hpp>

#include <numeric>

double sum_in_another_unit(varve::MemoryRepository& repo) {
  const auto values = repo.readonly_session(varve::Branch{"main"}).open_array<float, 2>("/field").read();
  return std::accumulate(values.begin(), values.end(), 0.0);
}
