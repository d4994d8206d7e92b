// SPDX-License-Identifier: Apache-2.0
// varve's values as the JSON that varve_interop answers with.
#pragma once

#include <varve/repository/verify.hpp>
#include <varve/repository/version.hpp>
#include <varve/session/diff.hpp>

#include "interop/programs/wire.hpp"

namespace interop {

inline std::int64_t microseconds(varve::Timestamp time) { return time.time_since_epoch().count(); }

inline Json index_list(const auto& indices) {
  Json::Array out;
  for (const auto& index : indices) out.push_back(list(index));
  return Json(std::move(out));
}

inline Json answer(const varve::Diff& diff) {
  Json::Object chunks;
  for (const auto& [path, indices] : diff.updated_chunks) chunks.emplace_back(path, index_list(indices));
  Json::Array moved;
  for (const auto& node : diff.moved_nodes) moved.push_back(Json::Array{Json(node.from), Json(node.to)});
  return Json::Object{{"new_groups", texts(diff.new_groups)},         {"new_arrays", texts(diff.new_arrays)},
                      {"deleted_groups", texts(diff.deleted_groups)}, {"deleted_arrays", texts(diff.deleted_arrays)},
                      {"updated_groups", texts(diff.updated_groups)}, {"updated_arrays", texts(diff.updated_arrays)},
                      {"updated_chunks", std::move(chunks)},          {"moved_nodes", std::move(moved)}};
}

inline Json answer(const varve::format::SnapshotInfo& snapshot) {
  Json::Object metadata;
  for (const auto& [name, value] : snapshot.metadata) metadata.emplace_back(name, value);
  Json::Array pruned;
  for (const auto& id : snapshot.pruned_ancestor_tx_logs) pruned.emplace_back(id.to_string());
  return Json::Object{{"id", snapshot.id.to_string()},
                      {"pruned", std::move(pruned)},
                      {"parent", snapshot.parent ? Json(snapshot.parent->to_string()) : Json()},
                      {"flushed_at", microseconds(snapshot.flushed_at)},
                      {"message", snapshot.message},
                      {"metadata", std::move(metadata)}};
}

inline Json answer(const varve::format::Update& update) {
  return Json::Object{{"kind", varve::format::name_of(update.kind)},
                      {"text", varve::format::describe(update.kind)},
                      {"updated_at", microseconds(update.updated_at)},
                      {"backup", update.backup_path ? Json(*update.backup_path) : Json()}};
}

inline Json answer(const varve::VerifyReport& report) {
  Json::Array findings;
  for (const varve::Finding& finding : report.findings) {
    findings.push_back(Json::Object{{"kind", varve::format::name_of(finding.kind)}, {"severity", varve::name_of(finding.severity)},
                                    {"object", finding.object}, {"path", finding.path}, {"index", list(finding.index)},
                                    {"what", finding.what}, {"repair", varve::name_of(finding.repair)}});
  }
  return Json::Object{{"findings", std::move(findings)}, {"errors", report.errors}, {"warnings", report.warnings},
                      {"snapshots", report.snapshots}, {"manifests", report.manifests}, {"chunks_decoded", report.chunks_decoded},
                      {"orphans", report.orphans}};
}

inline Json answer(const varve::Error& error) {
  Json::Array conflicts;
  for (const varve::Conflict& conflict : error.conflicts()) {
    conflicts.push_back(Json::Object{{"kind", varve::name_of(conflict.kind)},
                                     {"path", conflict.path},
                                     {"snapshot", conflict.snapshot},
                                     {"chunks", index_list(conflict.chunks)}});
  }
  return Json::Object{{"error", error.kind()}, {"message", error.what()}, {"conflicts", std::move(conflicts)}};
}

inline varve::SnapshotId snapshot_id(const std::string& text) { return varve::SnapshotId::parse(text).value(); }

/// The version that a request names in one of the members `branch`, `tag`, `snapshot`, or `branch` and `as_of`; each
/// with a prefix where one request names two versions.
inline varve::Version version(const Request& request, const std::string& prefix = "") {
  if (request.find(prefix + "tag") != nullptr) return varve::Tag{request.text(prefix + "tag")};
  if (request.find(prefix + "snapshot") != nullptr) return snapshot_id(request.text(prefix + "snapshot"));
  if (request.find(prefix + "as_of") != nullptr) {
    const std::chrono::microseconds time(request.number(prefix + "as_of"));
    return varve::AsOf{request.text(prefix + "branch"), varve::Timestamp(time)};
  }
  return varve::Branch{request.text(prefix + "branch")};
}

}  // namespace interop
