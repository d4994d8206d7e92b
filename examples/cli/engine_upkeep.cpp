// SPDX-License-Identifier: Apache-2.0
#include "engine_impl.hpp"

namespace varve::cli {

Expired Repo::expire(const ExpireOptions& options) const { return impl_->repository.expire_snapshots(options); }
Collected Repo::collect(const CollectOptions& options) const { return impl_->repository.garbage_collect(options); }
RepositoryStats Repo::stats(std::optional<SnapshotId> version) const {
  if (!version) return impl_->repository.stats();
  return impl_->repository.stats(Version(*version));
}
VerifyReport Repo::verify(const VerifyOptions& options) const { return impl_->repository.verify(options); }

RepairReport Repo::repair(const RepairOptions& options) const { return impl_->repository.repair(options); }

SnapshotId Repo::rewrite(const std::string& branch, const std::string& message, const RewriteOptions& options) const {
  return impl_->repository.rewrite_manifests(branch, message, options);
}

Migrated migrate(const std::string& url, const MigrateOptions& options) {
  return varve::migrate(storage::Any(url), options);
}

CloneReport clone(const std::string& from, const std::string& to, const CloneOptions& options) {
  storage::Any source(from), target(to);
  return varve::clone(source, target, options);
}

void remove_all(const std::string& url) {
  storage::Any store(url);
  const auto work = [&]() -> Awaitable<Result<void>> {
    for (;;) {
      auto page = co_await store.list("", std::nullopt);
      if (!page) co_return std::move(page).error();
      if (page->objects.empty()) co_return Result<void>();
      std::vector<std::string> keys;
      for (ObjectInfo& object : page->objects) keys.push_back(std::move(object.key));
      auto removed = co_await store.remove(keys);
      if (!removed) co_return removed;
    }
  };
  block_on(guarded(work())).value();
}

}  // namespace varve::cli
