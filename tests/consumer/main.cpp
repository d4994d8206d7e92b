// SPDX-License-Identifier: Apache-2.0
// The smallest program that shows a consumer has all it needs: a commit, and reading it back.
#include <varve/varve.hpp>

#include <vector>

int main() {
  auto repo = varve::Repository<varve::storage::Memory>::create(varve::storage::Memory());
  auto session = repo.writable_session("main");
  session.create_array<double, 1>("/time", {.shape = {3}, .chunks = {3}, .codecs = {varve::codec::zstd(1)}})
      .write(std::vector<double>{1, 2, 3});
  session.commit("three hours");
  return repo.readonly_session(varve::Branch{"main"}).open_array<double, 1>("/time").read().back() == 3 ? 0 : 1;
}
