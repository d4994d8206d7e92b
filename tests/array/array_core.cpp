// SPDX-License-Identifier: Apache-2.0
#include <varve/array/array_core.hpp>

#include <varve/storage/memory.hpp>
#include <varve/varve.hpp>

#include "array/support/history.hpp"
#include "support/doctest.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace {

using Repo = varve::Repository<varve::storage::Memory>;
using Session = decltype(std::declval<Repo>().writable_session("main"));

/// A session of a real repository: what is reopened has been committed, to be read back from snapshot and manifest.
struct Committed {
  explicit Committed(std::uint64_t seed)
      : repo(Repo::create({}, {.runtime = varve::Runtime(seed % 2 == 0 ? 2 : 0),
                               .inline_chunk_bytes = seed % 3 * 100})),
        session(repo.writable_session("main")) {}

  auto create(const varve::AnyArrayOptions& options) { return session.root().create_array("a", options); }
  auto reopen() {
    if (session.has_changes()) {
      session.commit("a step");
      session = repo.writable_session("main");
    }
    return session.open_array("/a");
  }
  std::vector<std::vector<std::uint32_t>> chunks() {
    std::vector<std::vector<std::uint32_t>> indices;
    for (const std::string& key : session.store().list_prefix("a/c")) {
      indices.push_back(varve::zarr::parse_key(key).value().index);
    }
    std::ranges::sort(indices);  // a store lists in any order
    return indices;
  }

  Repo repo;
  Session session;
};

}  // namespace

TEST_CASE("array/array_core: random histories in a repository agree with a plain model, across commits") {
  for (std::uint64_t seed = 1000; seed != 1150; ++seed) {
    Committed session(seed);
    support::run_history(session, seed);
  }
}

TEST_CASE("array/array_core: threads share a session") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<std::int32_t, 1>("/a", {.shape = {300}, .chunks = {110}, .codecs = {varve::codec::zstd(1)}});
  std::vector<std::thread> threads;
  for (std::uint64_t k = 0; k != 3; ++k) {
    threads.emplace_back([&session, k] {
      const auto array = session.open_array<std::int32_t, 1>("/a");
      for (std::uint64_t i = k; i < 300; i += 3) array.set({i}, static_cast<std::int32_t>(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  session.commit("all");
  const auto values = repo.readonly_session(varve::Branch{"main"}).open_array<std::int32_t, 1>("/a").read();
  for (std::size_t i = 0; i != 300; ++i) CHECK(values[i] == static_cast<std::int32_t>(i));
}

TEST_CASE("array/array_core: a handle outlives a commit and a rebase, and then sees what others did") {
  auto repo = Repo::create({});
  auto session = repo.writable_session("main");
  session.create_array<float, 1>("/a", {.shape = {4}, .chunks = {2}});
  session.create_array<float, 1>("/b", {.shape = {4}, .chunks = {2}});
  session.commit("two arrays");
  auto ours = repo.writable_session("main");
  const auto a = ours.open_array<float, 1>("/a");
  ours.open_array<float, 1>("/b").set({0}, 1.F);
  auto theirs = repo.writable_session("main");
  theirs.open_array<float, 1>("/a").resize({6});
  theirs.open_array<float, 1>("/a").write(std::vector<float>(6, 5.F));
  theirs.commit("longer");
  CHECK(a.read() == std::vector<float>(4));
  ours.rebase();
  CHECK(a.read() == std::vector<float>(6, 5.F));
  ours.commit("ours");
  CHECK(a.read() == std::vector<float>(6, 5.F));
}
