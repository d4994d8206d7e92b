// SPDX-License-Identifier: Apache-2.0
// Bodies of repair.hpp.
#pragma once

#include <varve/repository/repair.hpp>

#include <varve/repository/impl/mend.ipp>
#include <varve/repository/impl/rebuild_log.ipp>
#include <varve/repository/impl/right_repo_info.ipp>

#include <varve/async/for_each.hpp>
#include <varve/format/file.hpp>
#include <varve/format/keys.hpp>
#include <varve/repository/refs.hpp>
#include <varve/session/commit.hpp>
#include <varve/session/objects.hpp>
#include <varve/session/repo_object.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

/// One repair, from what a verification found to what has been done about it.
class Repairer {
 public:
  Repairer(std::shared_ptr<Context> context, RepairOptions options)
      : shared_(std::move(context)), context_(*shared_), options_(std::move(options)) {}

  Awaitable<Result<RepairReport>> run() {
    VerifyOptions verifying;
    verifying.deep = options_.deep;
    auto before = co_await verify_repository(shared_, verifying, &evidence_);
    if (!before) co_return std::move(before).error();
    report_.before = *std::move(before);
    if (report_.before.counts.empty()) co_return std::move(report_);
    auto info = co_await repair_repo();
    if (!info) co_return std::move(info).error();
    if (*info) {
      auto done = co_await repair_refs(**info);
      if (done) done = co_await rebuild_logs(**info);
      if (done) done = co_await mend_branches(**info);
      if (!done) co_return std::move(done).error();
    }
    for (const Finding& finding : report_.before.findings) {
      if (finding.repair != Repair::none) continue;
      const bool of_log = finding.object.starts_with("transactions/") && finding.kind != Damage::missing_object;
      if (finding.severity == Severity::error || of_log || finding.kind == Damage::unknown_operation) {
        report_.left.push_back(finding.object + ": " + finding.what + (of_log ? "; an object that is there is never replaced" : ""));
      }
    }
    co_return std::move(report_);
  }

 private:
  bool wants(Repair repair) const {
    const auto& findings = report_.before.findings;
    return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) { return finding.repair == repair; });
  }
  void act(Repair kind, std::string object, std::string what) {
    report_.actions.push_back({kind, std::move(object), std::move(what)});
  }

  /// The newest backups that can be read, the newest first, and where the log is cut, one that it may go on in.
  /// Errors: those of the store.
  Awaitable<Result<Backups>> read_backups() {
    constexpr std::string_view prefix = "overwritten/";
    std::set<std::string> names;
    std::optional<std::string> next;
    do {
      auto page = co_await context_.storage.list(prefix, next);
      if (!page) co_return std::move(page).error();
      for (const ObjectInfo& object : page->objects) {
        const std::string name = object.key.substr(prefix.size());
        if (format::backup_time(name)) names.insert(name);
      }
      next = std::move(page->next);
    } while (next);
    std::optional<std::string> behind;  // the backup that is to be replaced
    for (const Finding& finding : report_.before.findings) {
      if (finding.kind == Damage::ops_log_is_cut) behind = finding.object.substr(prefix.size());
    }
    Backups backups;
    for (const std::string& name : names) {
      const bool enough = backups.size() >= backups_compared;
      if (enough && (!behind || backups.back().first > *behind)) break;
      if (enough && name < *behind) continue;
      const std::string key = format::overwritten_key(name);
      auto fetched = co_await context_.storage.get(key, GetOptions());
      if (!fetched) co_return std::move(fetched).error();
      const auto file = format::open_file(fetched->bytes, format::FileType::repo_info, key);
      if (!file) continue;
      auto info = format::decode_repo_info(file->body, key);
      if (info && format::encode_repo_info(*info)) backups.emplace_back(name, *std::move(info));
    }
    std::stable_sort(backups.begin(), backups.end(), [](const auto& a, const auto& b) { return is_newer(a.second, b.second); });
    co_return backups;
  }

  /// Puts `repo` right, and returns what it says then; none if that cannot be done.
  Awaitable<Result<std::optional<format::RepoInfo>>> repair_repo() {
    if (evidence_.spec_version == 1) {
      report_.left.push_back("it has format 1, which is only read: migrate it, and repair it then");
      co_return std::optional<format::RepoInfo>();
    }
    auto repo = co_await context_.storage.get(format::repo_key, GetOptions());
    if (!repo) co_return std::move(repo).error();
    const bool found = repo->status == Fetched::Status::found;
    const auto broken = {Repair::restore_repo, Repair::rewrite_repo, Repair::move_branch, Repair::delete_tag};
    if (found && std::none_of(broken.begin(), broken.end(), [&](Repair repair) { return wants(repair); })) {
      auto state = co_await read_repo(context_);
      if (!state) co_return std::move(state).error();
      co_return std::optional((*state)->info);
    }
    auto backups = co_await read_backups();
    if (!backups) co_return std::move(backups).error();
    auto righted = right_repo_info(repo->bytes, *backups, evidence_, options_.drop_refs);
    if (righted) continue_log(*righted, *backups);
    if (righted && righted->what.empty()) co_return std::optional(std::move(righted->info));
    if (righted) {
      if (!righted->obstacle.empty()) {
        report_.left.insert(report_.left.end(), righted->obstacle.begin(), righted->obstacle.end());
        co_return std::optional<format::RepoInfo>();
      }
      auto body = format::encode_repo_info(righted->info);
      if (!body) {
        report_.left.push_back("repo: " + body.error().hint());
        co_return std::optional<format::RepoInfo>();
      }
      for (const std::string& what : righted->what) act(Repair::rewrite_repo, std::string(format::repo_key), what);
      auto put = co_await replace(*repo, format::seal_file(*body, format::FileType::repo_info, context_.settings()->compression_level));
      if (!put) co_return std::move(put).error();
      co_return std::optional(std::move(righted->info));
    }
    if (backups->empty()) {
      report_.left.push_back("repo: it cannot be read, and there is no backup that can");
      co_return std::optional<format::RepoInfo>();
    }
    auto& [name, info] = backups->front();
    const std::string key = format::overwritten_key(name);
    auto bytes = co_await context_.storage.get(key, GetOptions());
    if (!bytes) co_return std::move(bytes).error();
    act(Repair::restore_repo, std::string(format::repo_key),
        "put the backup " + name + " in its place: it is again as it was after " +
            format::describe(info.latest_updates.front().kind) + ", and what was done later is lost" + unlisted(info));
    auto put = co_await replace(*repo, bytes->bytes);
    if (!put) co_return std::move(put).error();
    co_return std::optional(std::move(info));
  }

  /// Where the backup in which the log goes on is gone or broken, it goes on in the newest one that can take its place.
  void continue_log(RightedInfo& righted, const Backups& backups) const {
    format::RepoInfo& info = righted.info;
    if (!info.repo_before_updates) return;
    const std::string broken = format::overwritten_key(*info.repo_before_updates);
    const auto& findings = report_.before.findings;
    const auto cuts = [&](const Finding& finding) { return finding.kind == Damage::ops_log_is_cut && finding.object == broken; };
    if (std::none_of(findings.begin(), findings.end(), cuts)) return;
    const Timestamp oldest = info.latest_updates.back().updated_at;
    const auto older = [&](const auto& backup) {
      return backup.first != *info.repo_before_updates && backup.second.latest_updates.front().updated_at < oldest;
    };
    const auto next = std::find_if(backups.begin(), backups.end(), older);
    if (next != backups.end()) {
      info.repo_before_updates = next->first;
      righted.what.push_back("its log of operations goes on in the backup " + next->first + " instead of one that is lost");
    } else {
      info.repo_before_updates.reset();
      righted.what.push_back("its log of operations ends where it was cut");
    }
  }

  /// The snapshots that `info` does not list, for whoever wants to look into them.
  std::string unlisted(const format::RepoInfo& info) const {
    std::string text;
    for (const SnapshotId id : evidence_.unlisted_snapshots) {
      if (find_snapshot_info(info, id) != nullptr) continue;
      text += (text.empty() ? "; snapshots in the store that it does not list: " : ", ") + id.to_string();
    }
    return text;
  }

  /// Puts `bytes` in the place of a `repo` that is broken or missing, whose bytes are kept as a backup.
  Awaitable<Result<void>> replace(const Fetched& broken, ByteView bytes) {
    if (options_.dry_run) co_return Result<void>();
    const bool found = broken.status == Fetched::Status::found;
    if (found) {
      const auto random = context_.options.environment.new_id<ObjectId<12, struct BackupRole>>();
      const std::string key = format::overwritten_key(format::backup_name(context_.options.environment.now(), random));
      auto kept = co_await context_.storage.put(key, broken.bytes, PutCondition::always());
      if (!kept) co_return std::move(kept).error();
    }
    const PutCondition condition = found ? PutCondition::if_version(broken.version) : PutCondition::if_absent();
    auto put = co_await context_.storage.put(format::repo_key, bytes, condition);
    if (!put) co_return std::move(put).error();
    if (!put->written) {
      co_return Error(errc::conflict, "repair", std::string(format::repo_key), "somebody else has changed it; verify again");
    }
    auto read = co_await read_repo(context_);  // nobody here goes on with what was known of the broken one
    if (!read) co_return std::move(read).error();
    co_return Result<void>();
  }

  /// Moves branches and deletes tags whose snapshot cannot be read, and updates `info` accordingly.
  Awaitable<Result<void>> repair_refs(format::RepoInfo& info) {
    const auto whole = [&](SnapshotId id) { return evidence_.whole_snapshots.contains(id); };
    for (auto& [name, tip] : info.branches) {
      if (whole(tip)) continue;
      std::optional<SnapshotId> to;
      for (const format::SnapshotInfo* at = find_snapshot_info(info, tip); at != nullptr && at->parent && !to;) {
        if (whole(*at->parent)) to = at->parent;
        at = find_snapshot_info(info, *at->parent);
      }
      const std::string lost = "its newest snapshot " + tip.to_string() + " cannot be read";
      if (!to || !options_.drop_refs) {
        const std::string remedy = to ? "; it is moved to " + to->to_string() + " if refs may be dropped" : "";
        report_.left.push_back("branch " + name + ": " + lost + remedy);
        continue;
      }
      act(Repair::move_branch, name, "moved to " + to->to_string() + ": " + lost);
      ResetBranch reset{name, *to, tip};
      auto done = co_await change(reset);
      if (!done) co_return done;
      tip = *to;
    }
    std::vector<std::string> lost_tags;
    for (const auto& [name, id] : info.tags) {
      if (!whole(id)) lost_tags.push_back(name);
    }
    for (const std::string& name : lost_tags) {
      if (!options_.drop_refs) {
        report_.left.push_back("tag " + name + ": its snapshot cannot be read; it is deleted if refs may be dropped");
        continue;
      }
      DeleteTag deletion{name};
      auto done = co_await change(deletion);
      if (!done && done.error().code() == errc::feature_disabled) {
        report_.left.push_back("tag " + name + ": its snapshot cannot be read, and the repository forbids deleting tags");
        continue;
      }
      if (!done) co_return done;
      act(Repair::delete_tag, name, "deleted: its snapshot cannot be read");
    }
    co_return Result<void>();
  }
  template <class Change>
  Awaitable<Result<void>> change(Change& edit) {
    if (options_.dry_run) co_return Result<void>();
    co_return co_await update_repo(context_, edit);
  }

  /// Makes logs that are missing again, one array at a time.
  Awaitable<Result<void>> rebuild_logs(const format::RepoInfo& info) {
    for (const SnapshotId id : evidence_.missing_logs) {
      const format::SnapshotInfo* const known = find_snapshot_info(info, id);
      if (known == nullptr) continue;
      const std::string key = format::transaction_log_key(id);
      auto log = co_await rebuild_log(context_, id, known->parent);
      auto body = log ? format::encode_transaction_log(*std::move(log)) : Result<Bytes>(std::move(log).error());
      if (!body) {
        if (is_of_the_moment(body.error().code())) co_return std::move(body).error();
        report_.left.push_back(key + ": it is missing, and cannot be made again: " + body.error().what());
        continue;
      }
      if (!options_.dry_run) {
        const int level = context_.settings()->compression_level;
        const Bytes sealed = format::seal_file(*body, format::FileType::transaction_log, level);
        auto put = co_await context_.storage.put(key, sealed, PutCondition::if_absent());
        if (!put) co_return std::move(put).error();
        if (!put->written) continue;  // somebody else has just done it
      }
      act(Repair::rebuild_log, key, "made again: it says how the snapshot differs from its parent");
    }
    co_return Result<void>();
  }

  Awaitable<Result<void>> mend_branches(const format::RepoInfo& info) {
    if (!wants(Repair::mend_branch) && !wants(Repair::move_branch)) co_return Result<void>();
    for (const auto& [name, tip] : info.branches) {
      if (!evidence_.whole_snapshots.contains(tip)) continue;
      std::vector<SnapshotId> ancestors;  // those that have parents have older ones
      for (const auto* at = find_snapshot_info(info, tip); at != nullptr && at->parent; at = find_snapshot_info(info, *at->parent)) {
        ancestors.push_back(*at->parent);
      }
      auto mended = co_await mend_snapshot(context_, tip, ancestors, evidence_);
      if (!mended) co_return std::move(mended).error();
      for (const std::string& left : mended->left) report_.left.push_back("branch " + name + ": " + left);
      if (!mended->changed) continue;
      mended->data.message = options_.message;
      auto done = co_await commit(name, tip, *std::move(mended), info);
      if (!done) co_return done;
    }
    co_return Result<void>();
  }

  Awaitable<Result<void>> commit(const std::string& branch, SnapshotId tip, MendedSnapshot mended, const format::RepoInfo& repo) {
    const std::string chunks = std::to_string(mended.chunks_dropped);
    std::string what;
    for (const std::string& done : mended.what) what += "; " + done;
    what += mended.chunks_dropped == 0 ? "; no chunk is lost" : "; without " + chunks + " chunks, which are lost";
    const SnapshotId id = mended.data.id;
    format::SnapshotInfo known;
    known.id = id;
    known.parent = tip;
    known.message = mended.data.message;
    known.metadata = mended.data.metadata;
    const format::SnapshotInfo* const before = find_snapshot_info(repo, tip);
    const Timestamp earliest = before == nullptr ? Timestamp() : before->flushed_at + std::chrono::microseconds(1);
    known.flushed_at = std::max(mended.data.flushed_at, earliest);
    mended.data.flushed_at = known.flushed_at;
    auto body = format::encode_snapshot(std::move(mended.data));
    if (!body) {
      report_.left.push_back("branch " + branch + ": " + body.error().what());
      co_return Result<void>();
    }
    act(Repair::mend_branch, branch, "committed " + id.to_string() + what);
    if (options_.dry_run) co_return Result<void>();
    mended.log.id = id;
    auto log = format::encode_transaction_log(std::move(mended.log));
    if (!log) co_return std::move(log).error();
    std::vector<std::pair<std::string, Bytes>> objects;
    for (auto& [manifest, stored] : mended.manifests) objects.emplace_back(format::manifest_key(manifest), std::move(stored));
    const int level = context_.settings()->compression_level;
    objects.emplace_back(format::snapshot_key(id), format::seal_file(*body, format::FileType::snapshot, level));
    objects.emplace_back(format::transaction_log_key(id), format::seal_file(*log, format::FileType::transaction_log, level));
    auto put = [&](std::size_t i) -> Awaitable<Result<void>> {
      auto stored = co_await context_.storage.put(objects[i].first, objects[i].second, PutCondition::always());
      if (!stored) co_return std::move(stored).error();
      co_return Result<void>();
    };
    auto done = co_await for_each(objects.size(), context_.concurrency(), put);
    if (!done) co_return done;
    auto land = [&](format::RepoInfo& info, Timestamp) -> Result<format::RepoUpdates> {
      const auto at = info.branches.find(branch);
      if (at == info.branches.end() || at->second != tip) {
        return Error(errc::conflict, "repair", branch, "the branch has moved meanwhile; repair again");
      }
      at->second = id;
      insert_snapshot(info, known);
      return format::RepoUpdates{format::NewCommit{branch, id}};
    };
    co_return co_await update_repo(context_, land);
  }

  std::shared_ptr<Context> shared_;
  Context& context_;
  RepairOptions options_;
  Evidence evidence_;
  RepairReport report_;
};

VARVE_DECL Awaitable<Result<RepairReport>> repair_repository(std::shared_ptr<Context> context, RepairOptions options) {
  Repairer repairer(std::move(context), std::move(options));
  co_return co_await repairer.run();
}

}  // namespace varve::inline v0::detail
