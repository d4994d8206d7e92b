// SPDX-License-Identifier: Apache-2.0
// Bodies of build_snapshot.hpp.
#pragma once

#include <varve/session/build_snapshot.hpp>

#include <varve/session/impl/write_manifest.ipp>

#include <varve/zarr/metadata.hpp>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace varve::inline v0 {

namespace detail {

VARVE_DECL Result<void> describe(format::NodeData& node, std::string zarr_json) {
  node.zarr_json = std::move(zarr_json);
  if (node.kind != format::NodeKind::array) return {};
  auto outline = zarr::outline(node.zarr_json, node.path);
  if (!outline) return std::move(outline).error();
  node.shape.clear();
  for (std::size_t i = 0; i != outline->shape.size(); ++i) {
    node.shape.push_back(format::DimensionShape{outline->shape[i], outline->num_chunks[i]});
  }
  node.dimension_names = std::move(outline->dimension_names);
  return {};
}

}  // namespace detail

VARVE_DECL Awaitable<Result<NewSnapshot>> build_snapshot(Context& context, const Snapshot& base, const ChangeSet& changes,
                                                         const detail::HeldChunks& held, std::string message,
                                                         Metadata metadata, SnapshotOptions options) {
  format::SnapshotData data;
  const format::SnapshotView& view = base.view();
  data.nodes.reserve(view.node_count() + changes.new_nodes().size());  // `touched` points into it
  std::vector<detail::TouchedArray> touched;
  for (std::size_t i = 0; i != view.node_count(); ++i) {
    const format::NodeView old = view.node(i);
    const auto path = Path::parse(old.path());
    if (path) {
      const auto deleted = changes.deleted_nodes().find(*path);
      if (deleted != changes.deleted_nodes().end() && deleted->second.id == old.id()) continue;
    }
    format::NodeData& node = data.nodes.emplace_back(format::copy_node(old));
    if (const std::string* moved = changes.moves().path_of(node.id)) node.path = *moved;
    bool rewritten = options.manifests_anew || changes.has_chunks(node.id);
    if (const auto updated = changes.updated_nodes().find(node.id); updated != changes.updated_nodes().end()) {
      const auto before = node.shape;
      if (auto described = detail::describe(node, updated->second.zarr_json); !described) {
        co_return std::move(described).error();
      }
      rewritten = rewritten || !std::ranges::equal(before, node.shape, [](const auto& a, const auto& b) {
        return a.array_length == b.array_length && a.num_chunks == b.num_chunks;
      });
    }
    if (node.kind == format::NodeKind::array && rewritten) touched.push_back(detail::TouchedArray{&node});
  }
  for (const auto& [path, added] : changes.new_nodes()) {
    format::NodeData& node = data.nodes.emplace_back();
    node.id = added.id;
    node.path = path.text();
    node.kind = added.kind;
    if (auto described = detail::describe(node, added.zarr_json); !described) co_return std::move(described).error();
    if (node.kind == format::NodeKind::array && changes.has_chunks(node.id)) touched.push_back(detail::TouchedArray{&node});
  }
  std::map<ManifestId, format::ManifestFile> files;
  for (std::size_t i = 0; i != view.manifest_count(); ++i) files.emplace(view.manifest(i).id, view.manifest(i));
  static const ChunkEdits no_edits{0};
  const auto settings = context.settings();
  for (detail::TouchedArray& array : touched) {
    for (const format::DimensionShape& dimension : array.node->shape) array.num_chunks.push_back(dimension.num_chunks);
    array.cut = {context.options.chunk_refs_per_manifest, settings->splitting.sides(*array.node), options.manifests_anew};
    const auto edits = changes.chunk_edits().find(array.node->id);
    array.edits.emplace(edits == changes.chunk_edits().end() ? no_edits : edits->second);
    for (format::ManifestRefData& ref : array.node->manifests) {
      const auto file = files.find(ref.id);
      array.olds.push_back(detail::OldManifest{std::move(ref), file == files.end() ? 0 : file->second.num_chunk_refs});
    }
  }

  detail::ManifestWriter writer{context, held, touched, std::move(options.progress)};
  auto done = co_await writer.run();
  if (!done) co_return std::move(done).error();

  NewSnapshot made;
  for (detail::TouchedArray& array : touched) {
    array.node->manifests.clear();
    for (const auto& [kept, at] : array.plan->places) {
      if (kept) {
        array.node->manifests.push_back(std::move(array.olds[at].ref));
      } else if (auto& manifest = array.made[at]) {
        array.node->manifests.push_back(std::move(manifest->ref));
        files.emplace(manifest->file.id, manifest->file);
        if (manifest->object) made.objects.push_back(*std::move(manifest->object));
      }
    }
  }
  std::set<ManifestId> listed;
  for (const format::NodeData& node : data.nodes) {
    for (const format::ManifestRefData& ref : node.manifests) {
      if (!listed.insert(ref.id).second) continue;
      const auto file = files.find(ref.id);
      if (file == files.end()) {
        co_return Error(errc::corrupt, "commit", node.path, "its manifest " + ref.id.to_string() + " is not listed in the snapshot");
      }
      data.manifests.push_back(file->second);
    }
  }

  made.id = context.options.environment.new_id<SnapshotId>();
  const Timestamp now = context.options.environment.now();
  if (view.flushed_at() - now > most_clock_skew) {
    co_return Error(errc::clock_skew, "commit", view.id().to_string(),
                    "it was made at " + rfc3339(view.flushed_at()) + ", and here it is " + rfc3339(now) +
                        ": one of the two clocks is wrong; set this one if it is, or reset the branch to the snapshot before that one");
  }
  made.flushed_at = std::max(now, view.flushed_at() + std::chrono::microseconds(1));
  made.message = message;
  made.metadata = metadata;
  data.id = made.id;
  data.flushed_at = made.flushed_at;
  data.message = std::move(message);
  data.metadata = std::move(metadata);
  auto body = format::encode_snapshot(std::move(data));
  if (!body) co_return std::move(body).error();
  auto bytes = std::make_shared<const Bytes>(*std::move(body));
  auto opened = format::SnapshotView::open(*bytes, format::written_version, format::snapshot_key(made.id));
  if (!opened) co_return std::move(opened).error();
  made.snapshot = std::make_shared<const Snapshot>(bytes, *opened);
  auto snapshot = co_await seal_snapshot(context, made.id, std::move(bytes));
  if (!snapshot) co_return std::move(snapshot).error();
  made.objects.push_back(*std::move(snapshot));
  format::TransactionLogData changed = changes.log(made.id);
  if (options.amended != nullptr) {
    auto earlier = options.amended->view.copy();
    if (!earlier) co_return std::move(earlier).error();
    format::add_earlier(changed, *std::move(earlier));
  }
  auto log = co_await seal_transaction_log(context, std::move(changed));
  if (!log) co_return std::move(log).error();
  auto log_view = format::TransactionLogView::open(*log->entry.bytes, log->name);
  if (!log_view) co_return std::move(log_view).error();
  made.log = TransactionLog{log->entry.bytes, *std::move(log_view)};
  made.objects.push_back(*std::move(log));
  co_return made;
}

}  // namespace varve::inline v0
