// SPDX-License-Identifier: Apache-2.0
// The same for object storage, in two units. Nobody is asked over a network: a store of memory has a URL too, and any
// other is only made.
#include <varve/repository/repository.hpp>
#include <varve/storage/any.hpp>

#include <string>
#include <vector>

/// "s3://bucket/prefix", as the other unit's store says it.
std::string url_in_another_unit(const std::string& bucket, const std::string& prefix);

int main() {
  using Repo = varve::Repository<varve::storage::Any>;
  auto repo = Repo::create(varve::storage::Any("memory:consumer"));
  auto session = repo.writable_session("main");
  session.create_array<double, 1>("/time", {.shape = {3}, .chunks = {3}}).write(std::vector<double>{1, 2, 3});
  session.commit("three hours");
  auto same = Repo::open(varve::storage::Any("memory:consumer"));
  const auto read = same.readonly_session(varve::Branch{"main"}).open_array<double, 1>("/time").read();
  const varve::storage::Any bucket(url_in_another_unit("bucket", "prefix") + "?region=eu-central-1&anonymous=true");
  return read.back() == 3 ? 0 : 1;
}
