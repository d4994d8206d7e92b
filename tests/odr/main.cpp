// SPDX-License-Identifier: Apache-2.0
// Two units that use the whole of varve.hpp in one program: every definition in it must be the same in both.
#include <varve/varve.hpp>

#include <cstdio>
#include <vector>

#include "other.hpp"

int main() {
  const std::vector<float> written(24, 1.5F);
  auto repo = varve::Repository<varve::storage::Memory>::create(varve::storage::Memory());
  auto session = repo.writable_session("main");
  session.create_array<float, 2>("/field", {.shape = {4, 6}, .chunks = {2, 3}, .codecs = {varve::codec::zstd(3)}})
      .write(written);
  session.commit("a field");

  const double sum = sum_in_another_unit(repo);
  std::printf("the other unit read a sum of %g\n", sum);
  return sum == 36.0 ? 0 : 1;
}
