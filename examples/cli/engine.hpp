// SPDX-License-Identifier: Apache-2.0
// The library as the commands use it: a repository on the store that a URL names. Its templates are instantiated behind
// this header, once, so that a command is quick to compile.
#pragma once

#include <varve/array/options.hpp>
#include <varve/repository/clone.hpp>
#include <varve/repository/collect.hpp>
#include <varve/repository/expire.hpp>
#include <varve/repository/migrate.hpp>
#include <varve/repository/repair.hpp>
#include <varve/repository/settings.hpp>
#include <varve/repository/stats.hpp>
#include <varve/repository/verify.hpp>
#include <varve/session/rewrite_manifests.hpp>
#include <varve/repository/version.hpp>
#include <varve/session/diff.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace varve::cli {

using format::SnapshotInfo;

/// See varve::Session.
class Session {
 public:
  struct Impl;
  explicit Session(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

  SnapshotId snapshot_id() const;
  std::vector<NodeInfo> nodes(std::string_view below) const;
  bool exists(std::string_view path) const;

  /// Errors: those of opening the array.
  zarr::ArrayMetadata array(std::string_view path) const;
  Bytes read(std::string_view path, const BoxN& box) const;
  void create_array(std::string_view path, const AnyArrayOptions& options) const;
  void write(std::string_view path, const BoxN& box, ByteView elements) const;

  /// The keys of all chunks of an array.
  std::vector<std::string> chunk_keys(const Path& array) const;
  /// Hands the value of each key to `take`, which several threads call.
  void get_all(const std::vector<std::string>& keys,
               const std::function<void(const std::string&, ByteView)>& take) const;

  SnapshotId commit(const std::string& message, const Metadata& metadata) const;
  /// Replaces the newest commit by one with another message or other metadata.
  SnapshotId amend(const std::string& message, const Metadata& metadata) const;

 private:
  std::shared_ptr<Impl> impl_;
};

/// See varve::Repository, whose functions these are. All block, and throw an Error.
class Repo {
 public:
  struct Impl;
  static Repo create(const std::string& url);
  static Repo open(const std::string& url);
  /// Without reading anything: what is broken can be looked at.
  static Repo attach(const std::string& url);

  int spec_version() const;

  std::vector<std::string> branches() const;
  std::vector<std::string> tags() const;
  /// All branches with their newest snapshots, and all tags with theirs.
  std::map<std::string, SnapshotId> branch_tips() const;
  std::map<std::string, SnapshotId> tag_tips() const;
  SnapshotId resolve(const Version& version) const;
  void create_branch(const std::string& name, SnapshotId at) const;
  void reset_branch(const std::string& name, SnapshotId to, std::optional<SnapshotId> expected) const;
  void delete_branch(const std::string& name) const;
  void create_tag(const std::string& name, SnapshotId at) const;
  void delete_tag(const std::string& name) const;

  /// From a snapshot back to the root, until `visit` says false.
  void walk(SnapshotId from, const std::function<bool(const SnapshotInfo&)>& visit) const;
  /// The operations, newest first, until `visit` says false.
  void walk_log(const std::function<bool(const format::Update&)>& visit) const;
  Diff diff(SnapshotId from, SnapshotId to) const;

  Metadata metadata() const;
  void set_metadata(const Metadata& metadata) const;
  RepoStatus status() const;
  void set_status(RepoAvailability availability, const std::optional<std::string>& reason) const;
  std::vector<FeatureState> features() const;
  void set_feature(Feature feature, std::optional<bool> enabled) const;

  /// The configuration that the repository keeps, as JSON; see RepositoryConfig. Errors: `errc::corrupt` for a field that
  /// is not what it must be.
  Json config() const;
  void set_config(const Json& config) const;

  Expired expire(const ExpireOptions& options) const;
  Collected collect(const CollectOptions& options) const;
  RepositoryStats stats(std::optional<SnapshotId> version) const;
  VerifyReport verify(const VerifyOptions& options) const;
  RepairReport repair(const RepairOptions& options) const;
  SnapshotId rewrite(const std::string& branch, const std::string& message, const RewriteOptions& options) const;
  Json inspect(const std::string& key, std::size_t most_refs) const;

  Session read(SnapshotId version) const;
  Session write(const std::string& branch) const;

 private:
  explicit Repo(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<Impl> impl_;
};

/// See async_clone.
CloneReport clone(const std::string& from, const std::string& to, const CloneOptions& options);

/// See async_migrate.
Migrated migrate(const std::string& url, const MigrateOptions& options);

/// Deletes every object below a URL.
void remove_all(const std::string& url);

}  // namespace varve::cli
