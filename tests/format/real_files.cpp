// SPDX-License-Identifier: Apache-2.0
// Every metadata file of the real repositories is read whole, encoded again, and read again with the same contents.
#include <varve/format/file.hpp>
#include <varve/format/generated/icechunk.hpp>
#include <varve/format/keys.hpp>
#include <varve/format/manifest.hpp>
#include <varve/format/manifest_builder.hpp>
#include <varve/format/repo_info.hpp>
#include <varve/format/snapshot_builder.hpp>
#include <varve/format/transaction_log.hpp>

#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "support/data.hpp"
#include "support/doctest.hpp"

namespace fb = varve::format::fb;
using varve::Bytes;
using varve::format::FileType;

namespace {

/// Whether the strict verifier of the FlatBuffers library accepts a body, identifier included.
template <class Root>
bool verifies(const Bytes& body) {
  flatbuffers::Verifier verifier(reinterpret_cast<const std::uint8_t*>(body.data()), body.size(), 64, 50'000'000);
  return verifier.VerifyBuffer<Root>("Ichk");
}

Bytes body_of(const support::RealFile& file) {
  auto opened = varve::format::open_file(file.stored, file.type, file.key);
  REQUIRE_MESSAGE(opened, file.key);
  return std::move(opened->body);
}

}  // namespace

TEST_CASE("format/real files: snapshots of both formats are read whole and survive being encoded") {
  int seen = 0;
  for (const auto& file : support::real_files(FileType::snapshot)) {
    const auto opened = varve::format::open_file(file.stored, FileType::snapshot, file.key);
    REQUIRE(opened);
    CHECK(verifies<fb::Snapshot>(opened->body));
    const auto view = varve::format::SnapshotView::open(opened->body, opened->version, file.key);
    REQUIRE(view);
    CHECK(varve::format::snapshot_key(view->id()) == file.key);
    auto data = varve::format::copy_snapshot(*view);
    REQUIRE(data);
    for (const auto& node : data->nodes) {
      const auto found = view->find(node.path);
      REQUIRE(found);
      CHECK(found->id() == node.id);
      CHECK(view->find(node.id)->path() == node.path);
      for (const auto& ref : node.manifests) CHECK(view->find_manifest(ref.id));
    }
    CHECK_FALSE(view->find("/no such node"));
    const auto before = *data;
    auto encoded = varve::format::encode_snapshot(*std::move(data));
    REQUIRE(encoded);
    CHECK(verifies<fb::Snapshot>(*encoded));
    const auto again = varve::format::SnapshotView::open(*encoded, 2, file.key);
    REQUIRE(again);
    const auto copied = varve::format::copy_snapshot(*again);
    REQUIRE(copied);
    CHECK(copied->nodes == before.nodes);
    CHECK(*copied == before);
    ++seen;
  }
  CHECK(seen == 47);
}

TEST_CASE("format/real files: manifests are read whole and survive being encoded") {
  int seen = 0;
  std::map<varve::format::ChunkRefKind, int> kinds;
  for (const auto& file : support::real_files(FileType::manifest)) {
    const Bytes body = body_of(file);
    CHECK(verifies<fb::Manifest>(body));
    const auto view = varve::format::ManifestView::open(body, file.key);
    REQUIRE(view);
    CHECK(varve::format::manifest_key(view->id()) == file.key);
    const auto checked = view->check();
    CHECK(checked);
    varve::format::ManifestBuilder builder(view->id());
    std::uint32_t count = 0;
    for (std::size_t i = 0; i != view->array_count(); ++i) {
      builder.begin_array(view->array_id(i).value());
      const auto refs = view->array(i).value();
      CHECK(view->find(view->array_id(i).value()).value()->size() == refs.size());
      std::vector<std::uint32_t> index;
      for (std::size_t k = 0; k != refs.size(); ++k) {
        REQUIRE(refs.index(k, index));
        CHECK(refs.lower_bound(index).value() == k);
        const auto ref = refs.find(index).value();
        REQUIRE(ref);
        ++kinds[ref->kind];
        builder.add(index, *ref);
        ++count;
      }
      builder.end_array();
    }
    CHECK(builder.ref_count() == count);
    const auto encoded = builder.finish();
    REQUIRE(encoded);
    CHECK(verifies<fb::Manifest>(*encoded));
    const auto again = varve::format::ManifestView::open(*encoded, file.key).value();
    CHECK(again.check());
    REQUIRE(again.array_count() == view->array_count());
    for (std::size_t i = 0; i != again.array_count(); ++i) {
      const auto was = view->array(i).value(), is = again.array(i).value();
      REQUIRE(was.size() == is.size());
      for (std::size_t k = 0; k != is.size(); ++k) {
        const auto a = was.ref(k).value(), b = is.ref(k).value();
        CHECK(a.kind == b.kind);
        CHECK(a.chunk_id == b.chunk_id);
        CHECK(a.offset == b.offset);
        CHECK(a.length == b.length);
        CHECK(varve::as_text(a.inline_bytes) == varve::as_text(b.inline_bytes));
        CHECK(varve::format::full_location(a, file.key).value() == varve::format::full_location(b, file.key).value());
        CHECK(a.checksum_etag == b.checksum_etag);
        CHECK(a.checksum_last_modified == b.checksum_last_modified);
      }
    }
    ++seen;
  }
  CHECK(seen == 149);
  CHECK(kinds[varve::format::ChunkRefKind::inlined] > 0);
  CHECK(kinds[varve::format::ChunkRefKind::native] > 0);
  CHECK(kinds[varve::format::ChunkRefKind::virtual_location] == 33);
}

TEST_CASE("format/real files: transaction logs are read whole and survive being encoded") {
  int seen = 0;
  for (const auto& file : support::real_files(FileType::transaction_log)) {
    const Bytes body = body_of(file);
    CHECK(verifies<fb::TransactionLog>(body));
    const auto view = varve::format::TransactionLogView::open(body, file.key);
    REQUIRE(view);
    CHECK(varve::format::transaction_log_key(view->id()) == file.key);
    const auto data = view->copy();
    REQUIRE(data);
    for (const auto& id : data->new_arrays) CHECK(view->new_arrays().contains(id));
    const auto encoded = varve::format::encode_transaction_log(*data);
    REQUIRE(encoded);
    CHECK(verifies<fb::TransactionLog>(*encoded));
    const auto again = varve::format::TransactionLogView::open(*encoded, file.key);
    REQUIRE(again);
    CHECK(again->copy().value() == *data);
    ++seen;
  }
  CHECK(seen == 46);
}

TEST_CASE("format/real files: every state of repo is read whole and survives being encoded") {
  int seen = 0;
  std::set<std::string_view> operations;
  for (const auto& file : support::real_files(FileType::repo_info)) {
    const Bytes body = body_of(file);
    CHECK(verifies<fb::Repo>(body));
    const auto info = varve::format::decode_repo_info(body, file.key);
    REQUIRE(info);
    CHECK(info->branches.contains("main"));
    for (const auto& update : info->latest_updates) operations.insert(varve::format::name_of(update.kind));
    const auto encoded = varve::format::encode_repo_info(*info);
    REQUIRE(encoded);
    CHECK(verifies<fb::Repo>(*encoded));
    const auto again = varve::format::decode_repo_info(*encoded, file.key);
    REQUIRE(again);
    CHECK(*again == *info);
    ++seen;
  }
  CHECK(seen == 36);
  CHECK(operations.contains("new_commit"));
  CHECK(operations.contains("tag_deleted"));
  CHECK(operations.contains("commit_amended"));
  CHECK(operations.contains("feature_flag_changed"));
}
