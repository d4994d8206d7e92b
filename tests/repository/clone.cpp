// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/clone.hpp>

#include <varve/fwd.hpp>
#include <varve/repository/repository.hpp>
#include <varve/storage/faults.hpp>
#include <varve/storage/local.hpp>
#include <varve/storage/memory.hpp>

#include "support/doctest.hpp"
#include "support/temp_dir.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;

void commit_group(Repo& repo, const std::string& path) {
  auto session = repo.writable_session("main");
  session.create_group(path);
  auto array = session.create_array<float, 1>(path + "/a", {.shape = {300}, .chunks = {200}});
  array.write(std::vector<float>(300, 1.5F));
  session.commit("commit " + path);
}

/// A repository of a few commits.
storage::Memory some_repository(Options options = {}) {
  storage::Memory store;
  Repo repo = Repo::create(store, std::move(options));
  for (const char* path : {"/g1", "/g2", "/g3"}) commit_group(repo, path);
  return store;
}

Bytes get(storage::Memory& store, const std::string& key) { return block_on(store.get(key, GetOptions())).value().bytes; }
void put(storage::Memory& store, const std::string& key, ByteView bytes) {
  block_on(store.put(key, bytes, PutCondition::always())).value();
}
void remove(storage::Memory& store, const std::string& key) { block_on(store.remove(std::vector<std::string>{key})).value(); }

std::map<std::string, Bytes> objects(storage::Memory& store) {
  std::map<std::string, Bytes> found;
  std::optional<std::string> next;
  do {
    auto page = block_on(store.list("", next)).value();
    for (const ObjectInfo& object : page.objects) found.emplace(object.key, get(store, object.key));
    next = page.next;
  } while (next);
  return found;
}

errc code_of(storage::Memory& from, storage::Memory& to, CloneOptions options = {}) {
  auto done = block_on(async_clone(from, to, std::move(options)));
  REQUIRE_FALSE(done);
  return done.error().code();
}

}  // namespace

TEST_CASE("repository/clone: a clone holds the same objects, and later ones bring what is new") {
  storage::Memory source = some_repository(), target;
  const CloneReport first = varve::clone(source, target);
  CHECK(objects(target) == objects(source));
  CHECK(first.changed);
  CHECK(first.objects == objects(source).size() - 1);
  CHECK(first.objects == first.total_objects);
  CHECK(first.kept_objects == 0);

  const CloneReport again = varve::clone(source, target);
  CHECK_FALSE(again.changed);
  CHECK(again.objects == 0);
  CHECK(again.kept_bytes == first.bytes);

  Repo repo = Repo::open(source);
  commit_group(repo, "/g4");
  const CloneReport more = varve::clone(source, target);
  CHECK(more.changed);
  CHECK(more.objects > 0);
  CHECK(more.objects < first.objects);
  CHECK(objects(target) == objects(source));
  Repo copy = Repo::open(target);
  commit_group(copy, "/g5");
  CHECK(copy.readonly_session(Branch{"main"}).open_array<float, 1>("/g1/a").read() == std::vector<float>(300, 1.5F));
}

TEST_CASE("repository/clone: interrupted at any request, the clone is what it was, and is finished by the next") {
  storage::Memory source = some_repository();
  storage::Memory earlier;
  varve::clone(source, earlier);
  Repo repo = Repo::open(source);
  commit_group(repo, "/g4");
  const auto wanted = objects(source);
  for (const bool fresh : {true, false}) {
    for (const auto kind : {storage::Fault::Kind::fail_before, storage::Fault::Kind::lose_response}) {
      for (const bool at_source : {true, false}) {
        std::uint64_t nth = 1;
        for (bool failed = true; failed; ++nth) {
          REQUIRE(nth < 200);
          storage::Memory target;
          if (!fresh) varve::clone(earlier, target);
          const Bytes before = get(target, "repo");
          storage::FaultOptions faults;
          faults.plan.push_back({.kind = kind, .nth = nth, .operation = {}, .key_prefix = {}});
          storage::FaultOptions none;
          storage::Faults<storage::Memory> from(source, at_source ? faults : none), to(target, at_source ? none : faults);
          CloneOptions options;
          options.concurrency = 3;
          failed = !block_on(async_clone(from, to, options));
          // Only a lost response of the very last request leaves the new state there.
          const Bytes after = get(target, "repo");
          if (after == wanted.at("repo")) {
            CHECK(objects(target) == wanted);
          } else {
            CHECK(after == before);
          }
          varve::clone(source, target);
          CHECK(objects(target) == wanted);
        }
        CHECK(nth > 5);
      }
    }
  }
}

TEST_CASE("repository/clone: another repository, changes of the clone's own and foreign files are not overwritten") {
  storage::Memory source = some_repository(), other = some_repository(), target;
  const auto before = objects(other);
  CHECK(code_of(source, other) == errc::repository_exists);
  CHECK(objects(other) == before);

  varve::clone(source, target);
  Repo copy = Repo::open(target);
  commit_group(copy, "/own");
  CHECK(code_of(source, target) == errc::repository_exists);
  CHECK(Repo::open(target).readonly_session(Branch{"main"}).exists("/own"));
  CloneOptions options;
  options.overwrite = true;
  CHECK(varve::clone(source, target, options).changed);
  CHECK_FALSE(Repo::open(target).readonly_session(Branch{"main"}).exists("/own"));

  storage::Memory files;
  put(files, "notes.txt", Bytes(3));
  CHECK(code_of(source, files) == errc::prefix_not_empty);
}

TEST_CASE("repository/clone: a clone is recognised through the backups of a long ops log") {
  Options options;
  options.updates_per_repo_info = 2;
  storage::Memory source = some_repository(options), target;
  varve::clone(source, target);
  Repo repo = Repo::open(source, options);
  for (const char* path : {"/h1", "/h2", "/h3", "/h4", "/h5"}) commit_group(repo, path);
  CHECK(varve::clone(source, target).changed);
  CHECK(objects(target) == objects(source));
}

TEST_CASE("repository/clone: a change of either side meanwhile is a conflict, and the clone stays as it was") {
  storage::Memory source = some_repository(), target;
  std::string chunk;
  for (const auto& [key, bytes] : objects(source)) {
    if (key.starts_with("chunks/")) chunk = key;
  }
  const Bytes kept = get(source, chunk);
  CloneOptions options;
  options.progress = [&](const CloneReport& report) {
    if (report.objects == 0) remove(source, chunk);
  };
  CHECK(code_of(source, target, options) == errc::conflict);
  CHECK(get(target, "repo").empty());
  put(source, chunk, kept);

  options.progress = [&](const CloneReport& report) {
    if (report.objects == report.total_objects) put(target, "repo", Bytes(7));
  };
  CHECK(code_of(source, target, options) == errc::conflict);
  CHECK(get(target, "repo").size() == 7);
}

TEST_CASE("repository/clone: what is no sound repository of format 2 is not cloned") {
  storage::Memory nothing, target;
  CHECK(code_of(nothing, target) == errc::repository_not_found);
  storage::Memory spec1;
  put(spec1, "refs/branch.main/ref.json", Bytes(1));
  CHECK(code_of(spec1, target) == errc::unsupported_format);
  storage::Memory broken = some_repository();
  Bytes repo = get(broken, "repo");
  repo.resize(repo.size() / 2);
  put(broken, "repo", repo);
  CHECK(code_of(broken, target) == errc::corrupt);
  CHECK(objects(target).empty());

  // A clone whose `repo` is broken is replaced only where that is asked for.
  storage::Memory source = some_repository();
  varve::clone(source, target);
  put(target, "repo", repo);
  CHECK(code_of(source, target) == errc::corrupt);
  CloneOptions options;
  options.overwrite = true;
  varve::clone(source, target, options);
  CHECK(objects(target) == objects(source));
}

TEST_CASE("repository/clone: a configuration that only a folder can bear does not leave for another store") {
  const support::TempDir place;
  storage::Local folder(place.path() / "source");
  auto repo = LocalRepository::create(folder);
  RepositoryConfig config = repo.config();
  config.storage = Json(Json::Object{{"unsafe_use_conditional_update", false}});
  repo.save_config(config);
  storage::Memory store;
  auto refused = block_on(async_clone(folder, store));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == errc::invalid_argument);
  CHECK(refused.error().hint().find("unsafe_use_conditional_update") != std::string::npos);
  CHECK(objects(store).empty());
  storage::Local elsewhere(place.path() / "clone");
  CHECK(varve::clone(folder, elsewhere).changed);

  config.storage = Json(Json::Object{});
  repo.save_config(config);
  CHECK(varve::clone(folder, store).changed);
  CHECK(Repo::open(store).list_branches() == std::vector<std::string>{"main"});
}
