// SPDX-License-Identifier: Apache-2.0
#include <varve/repository/repository.hpp>
#include <varve/storage/memory.hpp>
#include <varve/storage/metrics.hpp>

#include "support/doctest.hpp"

#include <array>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <vector>

using namespace varve;

namespace {

using Repo = Repository<storage::Memory>;
using Index = std::vector<std::uint32_t>;

/// The chunk object that stands for a number; nobody reads it.
ChunkPayload object(std::uint32_t number) {
  ChunkId id{};
  for (std::size_t i = 0; i != 4; ++i) id.bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return ChunkPayload::native(id, 0, number + 1);
}

Options sharing(std::uint64_t refs) {
  Options options;
  options.runtime = Runtime(0);
  options.chunk_refs_per_manifest = refs;
  return options;
}

/// What the newest snapshot of main says of the array /a.
struct Stored {
  struct One {
    ManifestId id;
    std::vector<format::ChunkRange> extents;
    std::uint64_t refs;
  };
  std::vector<One> manifests;

  static Stored of(storage::Memory store) {
    auto repo = Repo::open(store);
    const auto id = repo.lookup_branch("main");
    const auto fetched = block_on(store.get(format::snapshot_key(id), GetOptions())).value();
    const auto file = format::open_file(fetched.bytes, format::FileType::snapshot, "snapshot").value();
    const auto view = format::SnapshotView::open(file.body, file.version, "snapshot").value();
    Stored stored;
    for (const auto& manifest : format::copy_node(*view.find("/a")).manifests) {
      const auto body = block_on(store.get(format::manifest_key(manifest.id), GetOptions())).value().bytes;
      const auto opened = format::open_file(body, format::FileType::manifest, "manifest").value();
      const auto refs = format::ManifestView::open(opened.body, "manifest").value();
      CHECK(refs.check().has_value());
      const std::size_t count = refs.array(0).value().size();
      CHECK(view.find_manifest(manifest.id)->num_chunk_refs == count);
      stored.manifests.push_back({manifest.id, manifest.extents, count});
    }
    CHECK(view.manifest_count() == stored.manifests.size());
    return stored;
  }
  std::set<std::string> ids() const {
    std::set<std::string> all;
    for (const One& one : manifests) all.insert(one.id.to_string());
    return all;
  }
  /// Whether each lies in one box of a grid with those sides.
  bool on_grid(const std::vector<std::uint32_t>& sides) const {
    for (const One& one : manifests) {
      for (std::size_t axis = 0; axis != sides.size(); ++axis) {
        if (one.extents[axis].first / sides[axis] != (one.extents[axis].last - 1) / sides[axis]) return false;
      }
    }
    return true;
  }
  /// Readers take the first manifest that covers an index: two that overlap would hide chunks.
  bool disjoint() const {
    for (std::size_t i = 0; i != manifests.size(); ++i) {
      for (std::size_t k = 0; k != i; ++k) {
        bool apart = false;
        for (std::size_t axis = 0; axis != manifests[i].extents.size(); ++axis) {
          const auto& a = manifests[i].extents[axis];
          const auto& b = manifests[k].extents[axis];
          apart = apart || a.last <= b.first || b.last <= a.first;
        }
        if (!apart) return false;
      }
    }
    return true;
  }
};

std::vector<SplitDimension> axes(const std::vector<std::uint32_t>& sides) {
  std::vector<SplitDimension> dimensions;
  for (std::uint32_t axis = 0; axis != sides.size(); ++axis) dimensions.push_back(SplitDimension{sides[axis], axis});
  return dimensions;
}

/// Splits what is called /a along those axes.
Options splitting(const std::vector<std::uint32_t>& sides) {
  Options options = sharing(UINT64_MAX);
  options.config.manifest.splitting.split_sizes = {SplitRule{ArrayCondition::name("^a$"), axes(sides)}};
  return options;
}

template <std::size_t Rank>
ArrayOptions<std::uint8_t, Rank> one_by_one(const std::array<std::uint64_t, Rank>& shape) {
  ArrayOptions<std::uint8_t, Rank> options;
  options.shape = shape;
  options.chunks.fill(1);
  return options;
}

template <std::size_t Rank>
void random_commits(std::uint32_t seed) {
  CAPTURE(seed);
  CAPTURE(Rank);
  std::mt19937 random(seed);
  const auto below = [&](std::uint32_t limit) { return static_cast<std::uint32_t>(random() % limit); };
  storage::Memory store;
  const std::uint64_t most = 1 + below(12);
  Repo::create(store, sharing(most));
  std::array<std::uint64_t, Rank> shape{};
  for (auto& length : shape) length = 1 + below(20);
  std::map<Index, std::uint32_t> model;
  std::uint32_t number = 0;
  std::vector<std::uint32_t> sides;  // as a rule gives them
  for (int commit = 0; commit != 25; ++commit) {
    // Now and then another limit, as of another program, and every session knows nothing of the last one.
    Options options = sharing(below(4) == 0 ? 1 + below(40) : most);
    if (below(6) == 0) sides = below(2) == 0 ? std::vector<std::uint32_t>() : std::vector<std::uint32_t>(Rank, 0);
    for (std::uint32_t& side : sides) side = side == 0 ? 1 + below(8) : side;
    if (!sides.empty()) options.config.manifest.splitting.split_sizes = {SplitRule{{}, axes(sides)}};
    auto repo = Repo::open(store, options);
    if (commit != 0 && below(6) == 0) repo.rewrite_manifests("main", "anew");
    auto session = repo.writable_session("main");
    if (commit == 0) session.template create_array<std::uint8_t, Rank>("/a", one_by_one(shape));
    auto array = session.template open_array<std::uint8_t, Rank>("/a");
    if (Rank != 0 && below(5) == 0) {
      shape[below(static_cast<std::uint32_t>(Rank))] = 1 + below(30);
      array.resize(shape);
      std::erase_if(model, [&](const auto& chunk) {
        for (std::size_t axis = 0; axis != Rank; ++axis) {
          if (chunk.first[axis] >= shape[axis]) return true;
        }
        return false;
      });
    }
    const std::uint32_t edits = below(3) == 0 ? below(60) : below(4);
    for (std::uint32_t edit = 0; edit != edits; ++edit) {
      Index index;
      for (const std::uint64_t length : shape) index.push_back(below(static_cast<std::uint32_t>(length)));
      if (below(5) == 0) {
        std::string key = "a/c";
        for (const std::uint32_t at : index) key += '/' + std::to_string(at);
        session.store().erase(key);
        model.erase(index);
      } else {
        array.set_chunk_ref(index, object(++number));
        model[index] = number;
      }
    }
    if (!session.has_changes()) continue;
    session.commit("step");
    const Stored stored = Stored::of(store);
    CHECK(stored.disjoint());
    if (below(4) == 0) {
      repo.rewrite_manifests("main", "anew");
      const Stored anew = Stored::of(store);
      CHECK(anew.disjoint());
      CHECK(anew.on_grid(sides));
      std::uint64_t rewritten = 0;
      for (const auto& one : anew.manifests) rewritten += one.refs;
      CHECK(rewritten == model.size());
    }
    std::uint64_t refs = 0;
    for (const auto& one : stored.manifests) refs += one.refs;
    CHECK(refs == model.size());
    auto fresh = Repo::open(store, sharing(most)).readonly_session(Branch{"main"});
    auto seen = fresh.template open_array<std::uint8_t, Rank>("/a");
    Index index(Rank, 0);
    for (bool more = true; more;) {
      const auto at = seen.chunk_ref(index);
      const auto known = model.find(index);
      CHECK(at.length == (known == model.end() ? 0 : known->second + 1));
      more = false;
      for (std::size_t axis = Rank; axis-- != 0 && !more;) {
        more = ++index[axis] != shape[axis];
        if (!more) index[axis] = 0;
      }
    }
  }
}

}  // namespace

TEST_CASE("session/manifests: whatever is written, erased and resized, every chunk ref is found and no two manifests overlap") {
  for (std::uint32_t seed = 0; seed != 15; ++seed) {
    random_commits<0>(seed);
    random_commits<1>(seed);
    random_commits<2>(seed);
    random_commits<3>(seed);
  }
}

TEST_CASE("session/manifests: a commit writes the manifests that its changes meet, and no others") {
  storage::Memory store;
  auto repo = Repo::create(store, sharing(64));
  auto session = repo.writable_session("main");
  auto array = session.create_array<std::uint8_t, 2>("/a", {.shape = {64, 32}, .chunks = {1, 1}, .codecs = {}});
  for (std::uint32_t row = 0; row != 64; ++row) {
    for (std::uint32_t column = 0; column != 32; ++column) array.set_chunk_ref(Index{row, column}, object(row * 32 + column));
  }
  session.commit("all");
  const Stored all = Stored::of(store);
  CHECK(all.manifests.size() == 32);
  for (const auto& one : all.manifests) CHECK(one.refs == 64);

  auto one_more = repo.writable_session("main");
  one_more.open_array<std::uint8_t, 2>("/a").set_chunk_ref(Index{40, 3}, object(9999));
  one_more.commit("one");
  std::vector<std::string> gone;
  const auto after = Stored::of(store).ids();
  std::ranges::set_difference(all.ids(), after, std::back_inserter(gone));
  CHECK(gone.size() == 1);
  CHECK(after.size() == 32);

  auto longer = repo.writable_session("main");
  auto growing = longer.open_array<std::uint8_t, 2>("/a");
  growing.resize({66, 32});
  growing.set_chunk_ref(Index{65, 31}, object(1));
  longer.commit("appended");
  const auto appended = Stored::of(store);
  CHECK(appended.manifests.size() == 33);
  std::vector<std::string> replaced;
  std::ranges::set_difference(after, appended.ids(), std::back_inserter(replaced));
  CHECK(replaced.empty());
}

TEST_CASE("session/manifests: one that holds everything, as the reference writes it, is shared out by the next commit") {
  storage::Memory store;
  {
    auto repo = Repo::create(store, sharing(UINT64_MAX));
    auto session = repo.writable_session("main");
    auto array = session.create_array<std::uint8_t, 1>("/a", {.shape = {1000}, .chunks = {1}, .codecs = {}});
    for (std::uint32_t i = 0; i != 1000; ++i) array.set_chunk_ref(Index{i}, object(i));
    session.commit("all");
    CHECK(Stored::of(store).manifests.size() == 1);
  }
  auto repo = Repo::open(store, sharing(100));
  auto session = repo.writable_session("main");
  auto array = session.open_array<std::uint8_t, 1>("/a");
  array.set_attributes("{\"a\": 1}");
  session.commit("nothing of it moves");
  CHECK(Stored::of(store).manifests.size() == 1);
  auto second = repo.writable_session("main");
  second.open_array<std::uint8_t, 1>("/a").set_chunk_ref(Index{500}, object(7));
  second.commit("one");
  const Stored stored = Stored::of(store);
  CHECK(stored.manifests.size() == 16);
  CHECK(stored.disjoint());
  for (std::uint32_t i = 0; i != 1000; ++i) {
    CHECK(second.open_array<std::uint8_t, 1>("/a").chunk_ref(Index{i}).length == (i == 500 ? 8 : i + 1));
  }
}

TEST_CASE("session/manifests: a rule cuts the grid into boxes, and a commit writes those that it changes") {
  storage::Memory store;
  auto repo = Repo::create(store, splitting({4, 3}));
  auto session = repo.writable_session("main");
  auto array = session.create_array<std::uint8_t, 2>("/a", one_by_one<2>({10, 7}));
  for (std::uint32_t row = 0; row != 10; ++row) {
    for (std::uint32_t column = 0; column != 7; ++column) array.set_chunk_ref(Index{row, column}, object(row * 7 + column));
  }
  session.commit("all");
  const Stored all = Stored::of(store);
  CHECK(all.manifests.size() == 9);
  CHECK(all.on_grid({4, 3}));
  CHECK(repo.readonly_session(Branch{"main"}).manifests().size() == 9);

  auto one = repo.writable_session("main");
  one.open_array<std::uint8_t, 2>("/a").set_chunk_ref(Index{5, 3}, object(9999));
  one.commit("one");
  const auto after = Stored::of(store).ids();
  std::vector<std::string> gone;
  std::ranges::set_difference(all.ids(), after, std::back_inserter(gone));
  CHECK(gone.size() == 1);

  auto longer = repo.writable_session("main");
  auto growing = longer.open_array<std::uint8_t, 2>("/a");
  growing.resize({13, 7});
  growing.set_chunk_ref(Index{12, 0}, object(1));
  longer.commit("a new box");
  const auto appended = Stored::of(store).ids();
  CHECK(appended.size() == 10);
  CHECK(std::ranges::includes(appended, after));

  auto shorter = repo.writable_session("main");
  shorter.open_array<std::uint8_t, 2>("/a").resize({6, 7});
  shorter.commit("boxes that are cut, and boxes that go");
  const Stored cut = Stored::of(store);
  CHECK(cut.manifests.size() == 6);
  std::vector<std::string> kept;
  std::ranges::set_intersection(appended, cut.ids(), std::back_inserter(kept));
  CHECK(kept.size() == 3);
}

TEST_CASE("session/manifests: another rule takes hold where a commit changes an array, and everywhere by a rewrite") {
  storage::Memory store;
  {
    auto repo = Repo::create(store, splitting({5}));
    auto session = repo.writable_session("main");
    for (const char* name : {"/a", "/g/a"}) {
      auto array = session.create_array<std::uint8_t, 1>(name, one_by_one<1>({20}));
      for (std::uint32_t i = 0; i != 20; ++i) array.set_chunk_ref(Index{i}, object(i));
    }
    session.commit("fives");
    CHECK(session.manifests().size() == 8);
  }
  auto repo = Repo::open(store, splitting({10}));
  auto session = repo.writable_session("main");
  session.open_array<std::uint8_t, 1>("/a").set_chunk_ref(Index{0}, object(7));
  session.commit("in the first ten");
  CHECK(session.manifests().size() == 7);  // those of the first ten are one now
  std::vector<std::size_t> progress;
  RewriteOptions options;
  options.progress = [&](std::size_t arrays, std::size_t of) {
    CHECK(of == 2);
    progress.push_back(arrays);
  };
  options.metadata = {{"why", "tens"}};
  const auto tip = repo.lookup_branch("main");
  const auto rewritten = repo.rewrite_manifests("main", "tens", std::move(options));
  CHECK(progress.back() == 2);
  auto after = repo.readonly_session(rewritten);
  CHECK(after.manifests().size() == 4);
  for (const auto& file : after.manifests()) {
    CHECK(file.num_chunk_refs == 10);
    CHECK(file.size_bytes > 0);
  }
  CHECK(repo.diff(tip, rewritten).empty());
  const auto commit = *repo.ancestry(Branch{"main"}).next();
  CHECK(commit.id == rewritten);
  CHECK(commit.metadata.at("why") == Json("tens"));
  CHECK(commit.metadata.at("__icechunk").find("splitting_config")->text() ==
        R"({"split_sizes":[[{"name_matches":{"regex":"^a$"}},[{"condition":{"Axis":0},"num_chunks":10}]]]})");

  auto whole = Repo::open(store, sharing(UINT64_MAX));
  whole.save_config(RepositoryConfig());
  RewriteOptions amend;
  amend.amend = true;
  const auto amended = whole.rewrite_manifests("main", "whole", amend);
  CHECK(whole.readonly_session(amended).manifests().size() == 2);
  const auto last = *whole.ancestry(Branch{"main"}).next();
  CHECK(last.parent == tip);
  CHECK(std::holds_alternative<format::CommitAmended>(whole.ops_log().next()->kind));
  for (std::uint32_t i = 0; i != 20; ++i) {
    CHECK(whole.readonly_session(amended).open_array<std::uint8_t, 1>("/a").chunk_ref(Index{i}).length == (i == 0 ? 8 : i + 1));
  }
}

TEST_CASE("session/manifests: a rewrite of a branch that moves meanwhile is a conflict, and of none an error") {
  storage::Memory store;
  auto repo = Repo::create(store, splitting({5}));
  auto session = repo.writable_session("main");
  session.create_array<std::uint8_t, 1>("/a", one_by_one<1>({20})).set_chunk_ref(Index{3}, object(1));
  session.commit("one");
  const auto error_of = [](auto&& call) -> std::optional<Error> {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  };
  RewriteOptions options;
  options.progress = [&](std::size_t, std::size_t) {
    auto other = repo.writable_session("main");
    other.create_group("/g");
    other.commit("faster");
  };
  const auto conflict = error_of([&] { repo.rewrite_manifests("main", "late", std::move(options)); });
  REQUIRE(conflict);
  CHECK(conflict->code() == errc::conflict);
  CHECK(conflict->doing() == "rewrite manifests");
  CHECK(error_of([&] { repo.rewrite_manifests("none", "x"); })->code() == errc::branch_not_found);
  auto empty = Repo::create({});
  CHECK(empty.readonly_session(empty.rewrite_manifests("main", "nothing to rewrite")).manifests().empty());
  RewriteOptions amend;
  amend.amend = true;
  auto fresh = Repo::create({});
  CHECK(error_of([&] { fresh.rewrite_manifests("main", "x", amend); })->code() == errc::cannot_amend_initial);
  repo.set_status(RepoAvailability::read_only, "a freeze");
  CHECK(error_of([&] { repo.rewrite_manifests("main", "x"); })->code() == errc::read_only_repository);
}

TEST_CASE("session/manifests: what a configuration wants at hand comes with a read-only session, and nothing else does") {
  const storage::Memory memory;
  auto writing = Repo::create(memory);
  auto session = writing.writable_session("main");
  for (const char* name : {"/time", "/data"}) {
    session.create_array<std::uint8_t, 1>(name, one_by_one<1>({20})).set_chunk_ref(Index{3}, object(1));
  }
  session.commit("two arrays");
  RepositoryConfig config;
  const auto cached = [&] {
    storage::MetricsCounters counters;
    auto repo = Repository<storage::Metrics<storage::Memory>>::open(storage::Metrics<storage::Memory>(memory, counters));
    repo.readonly_session(Branch{"main"});
    return counters.snapshot()[storage::Operation::get].calls;
  };
  const auto plain = cached();
  config.manifest.preload.preload_if = ArrayCondition::name("^time$");
  writing.save_config(config);
  CHECK(cached() == plain + 1);
  config.manifest.preload.preload_if = ArrayCondition{};
  writing.save_config(config);
  CHECK(cached() == plain + 2);
  config.manifest.preload.max_total_refs = 1;
  writing.save_config(config);
  CHECK(cached() == plain + 1);
  config.manifest.preload.max_arrays_to_scan = 0;
  writing.save_config(config);
  CHECK(cached() == plain);
}

TEST_CASE("session/manifests: a few chunks of an endless grid share a manifest") {
  storage::Memory store;
  auto repo = Repo::create(store, sharing(100));
  auto session = repo.writable_session("main");
  auto array = session.create_array<std::uint8_t, 3>("/a", {.shape = {4'000'000'000, 4'000'000'000, 4'000'000'000}, .chunks = {1, 1, 1}, .codecs = {}});
  std::mt19937 random(1);
  std::vector<Index> indices;
  for (std::uint32_t i = 0; i != 90; ++i) {
    indices.push_back({static_cast<std::uint32_t>(random()) % 4'000'000'000U, static_cast<std::uint32_t>(random()) % 4'000'000'000U, i});
    array.set_chunk_ref(indices.back(), object(i));
  }
  session.commit("few");
  CHECK(Stored::of(store).manifests.size() == 1);
  auto more = repo.writable_session("main");
  for (std::uint32_t i = 90; i != 300; ++i) {
    indices.push_back({static_cast<std::uint32_t>(random()) % 4'000'000'000U, static_cast<std::uint32_t>(random()) % 4'000'000'000U, i});
    more.open_array<std::uint8_t, 3>("/a").set_chunk_ref(indices.back(), object(i));
  }
  more.commit("more");
  CHECK(Stored::of(store).manifests.size() <= 8);
  auto seen = repo.readonly_session(Branch{"main"}).open_array<std::uint8_t, 3>("/a");
  for (std::uint32_t i = 0; i != 300; ++i) CHECK(seen.chunk_ref(indices[i]).length == i + 1);
}

TEST_CASE("session/manifests: chunk refs are set all or none, and say what is wrong with them") {
  auto repo = Repo::create({}, sharing(100));
  auto session = repo.writable_session("main");
  auto array = session.create_array<std::uint8_t, 2>("/a", {.shape = {4, 4}, .chunks = {1, 1}, .codecs = {}});
  session.commit("empty");
  auto writing = repo.writable_session("main");
  auto target = writing.open_array<std::uint8_t, 2>("/a");
  const auto code_of = [](auto&& call) -> std::optional<errc> {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return std::nullopt;
  };
  const std::vector<ChunkPayload> two{object(1), object(2)};
  CHECK(code_of([&] { target.set_chunk_refs(Index{0, 0, 4, 0}, two); }) == errc::out_of_bounds);
  CHECK(code_of([&] { target.set_chunk_refs(Index{0, 0, 1}, two); }) == errc::invalid_argument);
  CHECK(code_of([&] { target.set_chunk_ref(Index{0, 0}, ChunkPayload::erased()); }) == errc::invalid_argument);
  CHECK(code_of([&] { target.set_chunk_ref(Index{0, 0}, ChunkPayload::inlined({})); }) == errc::invalid_argument);
  CHECK(code_of([&] { target.set_chunk_ref(Index{0, 0}, ChunkPayload::native(ChunkId{}, 0, 0)); }) == errc::invalid_argument);
  CHECK(code_of([&] { array.set_chunk_ref(Index{0, 0}, object(1)); }) == errc::session_committed);
  CHECK_FALSE(writing.has_changes());
  target.set_chunk_refs({}, {});
  CHECK_FALSE(writing.has_changes());
  CHECK(target.chunk_ref(Index{0, 0}).kind == ChunkLocation::Kind::missing);
  CHECK(target.chunk_ref(Index{7, 7}).kind == ChunkLocation::Kind::missing);
  target.set_chunk_ref(Index{3, 3}, ChunkPayload::virtual_location("s3://elsewhere/file.nc", 10, 20));
  CHECK(target.chunk_ref(Index{3, 3}).kind == ChunkLocation::Kind::virtual_location);
  writing.commit("virtual");
  const auto after = repo.readonly_session(Branch{"main"}).open_array<std::uint8_t, 2>("/a").chunk_ref(Index{3, 3});
  CHECK(after.offset == 10);
  CHECK(after.length == 20);
}

TEST_CASE("session/manifests: an array that takes over another's chunk refs is a copy of it that moves no bytes") {
  storage::Memory store;
  auto repo = Repo::create(store);
  auto session = repo.writable_session("main");
  const ArrayOptions<int, 1> options{.shape = {4000}, .chunks = {1000}, .codecs = {codec::zstd(1)}};
  std::vector<int> values(4000);
  for (std::size_t i = 0; i != values.size(); ++i) values[i] = static_cast<int>(i * 7919 % 100'003);
  session.create_array<int, 1>("/a", options).write(values);
  session.commit("original");
  const auto objects = [&] { return block_on(store.list("chunks/", std::nullopt)).value().objects.size(); };
  const std::size_t before = objects();
  auto copying = repo.writable_session("main");
  auto from = copying.open_array<int, 1>("/a");
  auto to = copying.create_array<int, 1>("/b", options);
  for (std::uint32_t i = 0; i != 4; ++i) {
    const ChunkLocation at = from.chunk_ref(Index{i});
    to.set_chunk_ref(Index{i}, ChunkPayload::native(at.id, at.offset, at.length));
  }
  CHECK(to.read() == values);
  copying.commit("copy");
  CHECK(repo.readonly_session(Branch{"main"}).open_array<int, 1>("/b").read() == values);
  CHECK(objects() == before);
}

TEST_CASE("session/manifests: opened refs are found while somebody keeps them, and asked for anew now and then") {
  OpenedRefs opened;
  CHECK_FALSE(opened.find());
  auto body = std::make_shared<const Bytes>();
  opened.keep(ArrayRefs{body, std::nullopt});
  std::size_t found = 0;
  for (int i = 0; i != 640; ++i) {
    const auto refs = opened.find();
    if (!refs) continue;
    CHECK(refs->body == body);
    ++found;
  }
  CHECK(found == 630);
  body.reset();
  for (int i = 0; i != 64; ++i) CHECK_FALSE(opened.find());
}
