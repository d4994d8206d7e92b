// SPDX-License-Identifier: Apache-2.0
// Forks of sessions, without their checksum, which would keep the fuzzer out: it is put right first. What is accepted is
// also merged, into a session that has changes of its own.
#include <varve/change/fork.hpp>
#include <varve/change/merge.hpp>
#include <varve/core/content_hash.hpp>
#include <varve/format/snapshot_builder.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

#include "fuzz/walk.hpp"

namespace {

using namespace varve;

Bytes with_hash(ByteView content) {
  Bytes bytes = copy_bytes(content);
  const std::uint64_t hash = content_hash(bytes);
  for (int i = 0; i != 8; ++i) bytes.push_back(static_cast<std::byte>(hash >> 8 * i & 255));
  return bytes;
}

void insist_refusal(const Error& error) {
  walk::insist(!error.hint().empty() || !error.conflicts().empty(), "an error does not say what is wrong");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes bytes = with_hash(std::as_bytes(std::span(data, size)));
  for (const auto direction : {Fork::Direction::out, Fork::Direction::back}) {
    auto fork = decode_fork(bytes, direction);
    if (!fork) {
      insist_refusal(fork.error());
      continue;
    }
    const Bytes again = encode_fork(*fork);
    const auto twice = decode_fork(again, direction);
    walk::insist(twice && encode_fork(*twice) == again, "a fork changes when it is written again");
    static const Bytes body = format::encode_snapshot(format::initial_snapshot(Timestamp())).value();
    static const auto base = format::SnapshotView::open(body, 2, "snapshots/base").value();
    const auto find = [](NodeId) { return std::optional<format::NodeView>(); };
    ChangeSet ours;
    walk::insist(ours.add_node(Path::parse("/a").value(), NodeId{}, format::NodeKind::group, "{}").has_value(), "no node");
    if (auto merged = merge_changes(ours, *fork, base, find); !merged) {
      insist_refusal(merged.error());
      walk::insist(ours.new_nodes().size() == 1 && ours.chunk_edits().empty(), "a refused merge has changed the session");
    }
  }
  return 0;
}
