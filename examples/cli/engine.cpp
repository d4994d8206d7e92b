// SPDX-License-Identifier: Apache-2.0
#include "engine_impl.hpp"
#include "frame.hpp"

#include <varve/async/for_each.hpp>

#include <algorithm>
#include <thread>

namespace varve::cli {

namespace {

std::shared_ptr<Repo::Impl> held(Repository<storage::Any> repository) {
  return std::make_shared<Repo::Impl>(Repo::Impl{std::move(repository)});
}

/// Files are copied and deleted by calls that wait for a disk or a server, and there is nobody here to disturb.
varve::Options opening() {
  varve::Options options;
  options.runtime = Runtime(std::max(16U, std::thread::hardware_concurrency()));
  return options;
}

/// What `look_up(name)` says of each name. A ref that is deleted meanwhile is left out.
template <class LookUp>
std::map<std::string, SnapshotId> tips(const std::vector<std::string>& names, const LookUp& look_up) {
  std::map<std::string, SnapshotId> found;
  const auto work = [&](std::size_t i) -> Awaitable<Result<void>> {
    auto id = co_await look_up(names[i]);
    if (id) found.emplace(names[i], *id);
    if (!id && exit_of(id.error().code()) != Exit::not_found) co_return std::move(id).error();
    co_return Result<void>();
  };
  block_on(guarded(for_each(names.size(), 32, work))).value();
  return found;
}

}  // namespace

Repo Repo::create(const std::string& url) { return Repo(held(Repository<storage::Any>::create(storage::Any(url), opening()))); }
Repo Repo::open(const std::string& url) { return Repo(held(Repository<storage::Any>::open(storage::Any(url), opening()))); }
Repo Repo::attach(const std::string& url) { return Repo(held(Repository<storage::Any>::attach(storage::Any(url), opening()))); }

int Repo::spec_version() const { return impl_->repository.spec_version(); }

std::vector<std::string> Repo::branches() const { return impl_->repository.list_branches(); }
std::vector<std::string> Repo::tags() const { return impl_->repository.list_tags(); }
std::map<std::string, SnapshotId> Repo::branch_tips() const {
  return tips(branches(), [this](const std::string& name) { return impl_->repository.async_lookup_branch(name); });
}
std::map<std::string, SnapshotId> Repo::tag_tips() const {
  return tips(tags(), [this](const std::string& name) { return impl_->repository.async_lookup_tag(name); });
}
SnapshotId Repo::resolve(const Version& version) const { return impl_->repository.resolve(version); }
void Repo::create_branch(const std::string& name, SnapshotId at) const { impl_->repository.create_branch(name, at); }
void Repo::reset_branch(const std::string& name, SnapshotId to, std::optional<SnapshotId> expected) const {
  impl_->repository.reset_branch(name, to, expected);
}
void Repo::delete_branch(const std::string& name) const { impl_->repository.delete_branch(name); }
void Repo::create_tag(const std::string& name, SnapshotId at) const { impl_->repository.create_tag(name, at); }
void Repo::delete_tag(const std::string& name) const { impl_->repository.delete_tag(name); }

void Repo::walk(SnapshotId from, const std::function<bool(const SnapshotInfo&)>& visit) const {
  for (const SnapshotInfo& snapshot : impl_->repository.ancestry(from)) {
    if (!visit(snapshot)) break;
  }
}
void Repo::walk_log(const std::function<bool(const format::Update&)>& visit) const {
  for (const format::Update& update : impl_->repository.ops_log()) {
    if (!visit(update)) break;
  }
}
Diff Repo::diff(SnapshotId from, SnapshotId to) const { return impl_->repository.diff(from, to); }

Metadata Repo::metadata() const { return impl_->repository.metadata(); }
void Repo::set_metadata(const Metadata& metadata) const { impl_->repository.set_metadata(metadata); }
RepoStatus Repo::status() const { return impl_->repository.status(); }
void Repo::set_status(RepoAvailability availability, const std::optional<std::string>& reason) const {
  impl_->repository.set_status(availability, reason);
}
std::vector<FeatureState> Repo::features() const { return impl_->repository.features(); }
void Repo::set_feature(Feature feature, std::optional<bool> enabled) const {
  impl_->repository.set_feature(feature, enabled);
}

Json Repo::config() const { return format::config_json(impl_->repository.config()); }
void Repo::set_config(const Json& config) const {
  impl_->repository.save_config(format::parse_config(config, "configuration").value());
}

Json Repo::inspect(const std::string& key, std::size_t most_refs) const {
  return impl_->repository.inspect(key, most_refs);
}

}  // namespace varve::cli
