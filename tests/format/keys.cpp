// SPDX-License-Identifier: Apache-2.0
#include <varve/format/keys.hpp>

#include <chrono>

#include "support/doctest.hpp"

using namespace varve::format;

TEST_CASE("format/keys: objects lie in a folder for each kind, under the canonical text of their id") {
  CHECK(snapshot_key(varve::initial_snapshot_id) == "snapshots/1CECHNKREP0F1RSTCMT0");
  CHECK(transaction_log_key(varve::initial_snapshot_id) == "transactions/1CECHNKREP0F1RSTCMT0");
  CHECK(manifest_key(varve::ManifestId{}) == "manifests/00000000000000000000");
  CHECK(chunk_key(varve::ChunkId{}) == "chunks/00000000000000000000");
  CHECK(overwritten_key("repo.x") == "overwritten/repo.x");
  CHECK(snapshot_key(varve::SnapshotId::parse("1cechnkrepOf1rstcmtf").value()) == "snapshots/1CECHNKREP0F1RSTCMT0");
}

TEST_CASE("format/keys: trap 12: names of backups count milliseconds down, so that the newest sorts first") {
  using namespace std::chrono;
  const varve::ObjectId<12, struct Backup> id{};
  const varve::Timestamp now(milliseconds(1795363200123));
  CHECK(backup_name(now, id) == "repo.30708316799877.00000000000000000000");
  CHECK(backup_name(now + microseconds(999), id) == backup_name(now, id));
  CHECK(backup_name(now + milliseconds(1), id) < backup_name(now, id));
  CHECK(backup_name(varve::Timestamp(milliseconds(32503680000000 - 5)), id) == "repo.00000000000005.00000000000000000000");
  CHECK(backup_time(backup_name(now + microseconds(999), id)) == now);
  for (const char* name : {"", "repo", "repo.30708316799877", "config.yaml.30708316799877.00000000000000000000",
                           "repo.3070831679987x.00000000000000000000", "repo.30708316799877.0000000000000000000U"}) {
    CHECK_FALSE(backup_time(name));
  }
}

TEST_CASE("format/keys: trap 30: a deleted tag of format 1 has a tombstone beside its ref") {
  CHECK(spec1_branch_key("main") == "refs/branch.main/ref.json");
  CHECK(spec1_tag_key("v1") == "refs/tag.v1/ref.json");
  CHECK(spec1_deleted_tag_key("v1") == "refs/tag.v1/ref.json.deleted");
}
