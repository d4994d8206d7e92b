// SPDX-License-Identifier: Apache-2.0
// Bodies of verify.hpp: the walk over a whole repository, `repo` first, then what the store lists, then snapshots with their
// logs, then manifests with their chunks. What a commit adds meanwhile is not looked at, since nothing seen refers to it.
#pragma once

#include <varve/repository/verify.hpp>

#include <varve/repository/impl/verify_evidence.ipp>
#include <varve/repository/impl/verify_findings.ipp>
#include <varve/repository/impl/verify_inventory.ipp>
#include <varve/repository/impl/verify_log.ipp>
#include <varve/repository/impl/verify_manifest.ipp>
#include <varve/repository/impl/verify_repo_info.ipp>
#include <varve/repository/impl/verify_snapshot.ipp>

#include <varve/async/blocking.hpp>
#include <varve/async/for_each.hpp>
#include <varve/async/semaphore.hpp>
#include <varve/session/spec1_refs.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace varve::inline v0::detail {

class Verifier {
 public:
  Verifier(Context& context, VerifyOptions options, Evidence* evidence)
      : store_(context.storage), compile_(context.compile), runtime_(context.options.runtime), concurrency_(context.concurrency()),
        options_(std::move(options)), evidence_(evidence), findings_(options_.most_of_each_kind) {}

  Awaitable<Result<VerifyReport>> run() {
    GetOptions whole;
    auto repo = co_await store_.get(format::repo_key, whole);
    if (!repo) co_return std::move(repo).error();
    auto listed = co_await list_objects(store_, inventory_, findings_);
    if (!listed) co_return std::move(listed).error();
    auto known = co_await find_state(*repo);
    if (!known) co_return std::move(known).error();
    for (const auto& [name, id] : info_.branches) tips_.insert(id);
    for (const format::SnapshotInfo& snapshot : info_.snapshots) know_of(inventory_.snapshots, snapshot.id.bytes);

    auto snapshot = [&](std::size_t i) { return check_snapshot(info_.snapshots[i]); };
    auto done = co_await for_each(runtime_, info_.snapshots.size(), concurrency_, snapshot);
    if (!done) co_return std::move(done).error();
    std::vector<ManifestId> manifests;
    for (const auto& [id, use] : uses_.all()) {
      manifests.push_back(id);
      know_of(inventory_.manifests, id.bytes);
    }
    auto manifest = [&](std::size_t i) { return check_manifest(manifests[i], uses_.all().find(manifests[i])->second); };
    done = co_await for_each(runtime_, manifests.size(), concurrency_, manifest);
    if (!done) co_return std::move(done).error();
    count_orphans();

    whole.known = repo->version;
    auto again = co_await store_.get(format::repo_key, whole);
    const bool changed = again && again->status != Fetched::Status::unchanged && repo->status == Fetched::Status::found;
    VerifyReport report = findings_.take();
    report.changed_meanwhile = changed;
    if (evidence_ != nullptr) {
      evidence_->chunks = std::move(inventory_.chunks);
      evidence_->spec_version = spec_version_;
    }
    co_return report;
  }

 private:
  // `repo`.

  /// Finds out what refs and snapshots there are. Errors: `errc::repository_not_found`; those of the store.
  Awaitable<Result<void>> find_state(const Fetched& repo) {
    ObjectFindings findings(findings_, std::string(format::repo_key));
    if (repo.status == Fetched::Status::found) {
      if (auto read = read_repo_info(repo.bytes, findings)) {
        info_ = *std::move(read);
        check_repo_info(info_, findings);
        check_operations(info_, Timestamp::max(), findings);
        co_return co_await follow_ops_log();
      }
      co_return co_await stand_on_backup();
    }
    if (inventory_.spec1_refs.contains(format::spec1_branch_key("main"))) {
      spec_version_ = 1;
      co_return co_await read_spec1();
    }
    if (inventory_.backups.empty() && inventory_.snapshots.size() == 0) {
      co_return Error(errc::repository_not_found, "verify repository", {}, "the store has nothing of a repository there");
    }
    findings.set_repair(Repair::restore_repo);
    findings.error(Damage::missing_object, "there is no `repo`: nothing says what branches and snapshots there are");
    co_return co_await stand_on_backup();
  }

  /// Goes on with what the newest backup that can be read says.
  Awaitable<Result<void>> stand_on_backup() {
    std::optional<std::string> newest;
    std::size_t read = 0;
    for (const auto& [name, size] : inventory_.backups) {
      if (read == backups_compared) break;
      auto fetched = co_await fetch(format::overwritten_key(name));
      if (!fetched) co_return std::move(fetched).error();
      if (!*fetched) continue;
      const auto file = format::open_file(**fetched, format::FileType::repo_info, name);
      if (!file) continue;
      auto info = format::decode_repo_info(file->body, name);
      if (!info) continue;
      ++read;
      if (newest && !is_newer(*info, info_)) continue;
      info_ = *std::move(info);
      newest = name;
    }
    if (!newest) co_return Result<void>();
    reached_backups_.insert(*newest);
    co_return co_await follow_ops_log();
  }

  /// Reads the backups in which the ops log goes on.
  Awaitable<Result<void>> follow_ops_log() {
    std::optional<std::string> next = info_.repo_before_updates;
    Timestamp oldest = Timestamp::max();
    const auto note = [&](const format::RepoInfo& info) {
      for (const format::Update& update : info.latest_updates) {
        if (update.backup_path) reached_backups_.insert(*update.backup_path);
        oldest = std::min(oldest, update.updated_at);
      }
    };
    note(info_);
    while (next) {
      reached_backups_.insert(*next);
      const Repair repair = next == info_.repo_before_updates ? Repair::rewrite_repo : Repair::none;  // backups are never changed
      ObjectFindings findings(findings_, format::overwritten_key(*next));
      auto fetched = co_await fetch(findings.object());
      if (!fetched) co_return std::move(fetched).error();
      findings.set_repair(repair);
      if (!*fetched) {
        log_is_cut_ = true;
        findings.warning(Damage::ops_log_is_cut, "the backup in which the log of operations goes on is not there");
        break;
      }
      findings_.count(&VerifyReport::backups);
      auto page = read_repo_info(**fetched, findings);
      findings.set_repair(repair);
      if (!page || page->latest_updates.empty() || page->latest_updates.front().updated_at >= oldest) {
        log_is_cut_ = true;
        findings.warning(Damage::ops_log_is_cut, "the log of operations goes on in this backup, and it cannot be used for that");
        break;
      }
      check_operations(*page, oldest, findings);
      note(*page);
      next = page->repo_before_updates;
    }
    co_return Result<void>();
  }

  /// Reads the refs of format 1, and the ancestry from the snapshots themselves.
  Awaitable<Result<void>> read_spec1() {
    for (const std::string& key : inventory_.spec1_refs) {
      ObjectFindings findings(findings_, key);
      std::string_view name = std::string_view(key).substr(5);
      const bool of_branch = name.starts_with("branch."), of_tag = name.starts_with("tag.");
      const auto slash = name.find('/');
      const std::string_view file = slash == name.npos ? std::string_view() : name.substr(slash + 1);
      if ((!of_branch && !of_tag) || (file != "ref.json" && !(of_tag && file == "ref.json.deleted"))) {
        findings.warning(Damage::unknown_object, "it is no branch and no tag: the reference cannot list refs beside it");
        continue;
      }
      std::string ref = decode_ref_name(name.substr(of_branch ? 7 : 4, slash - (of_branch ? 7 : 4)));
      if (file == "ref.json.deleted") {
        info_.deleted_tags.insert(std::move(ref));
        continue;
      }
      auto fetched = co_await fetch(key);
      if (!fetched) co_return std::move(fetched).error();
      if (!*fetched) continue;
      const auto json = zarr::parse_json(as_text(**fetched), key);
      const Json* const id = json ? json->find("snapshot") : nullptr;
      const auto parsed = id != nullptr && id->as_string() != nullptr ? SnapshotId::parse(*id->as_string())
                                                                      : Result<SnapshotId>(Error(errc::corrupt, "read ref"));
      if (!parsed) findings.error(Damage::bad_ref, "it does not name a snapshot", ref);
      else (of_branch ? info_.branches : info_.tags).emplace(std::move(ref), *parsed);
    }
    for (const std::string& deleted : info_.deleted_tags) info_.tags.erase(deleted);

    std::map<SnapshotId, format::SnapshotInfo> found;
    std::vector<SnapshotId> next;
    for (const auto* refs : {&info_.branches, &info_.tags}) {
      for (const auto& [name, id] : *refs) next.push_back(id);
    }
    while (!next.empty()) {
      const SnapshotId id = next.back();
      next.pop_back();
      if (found.contains(id)) continue;
      const std::string key = format::snapshot_key(id);
      format::SnapshotInfo known;
      known.id = id;
      auto fetched = co_await fetch(key);
      if (!fetched) co_return std::move(fetched).error();
      if (*fetched) {
        if (const auto file = format::open_file(**fetched, format::FileType::snapshot, key)) {
          format::Flaws flaws;
          if (const auto view = format::SnapshotView::open(file->body, file->version, key, &flaws)) {
            known.parent = view->parent();
            known.flushed_at = view->flushed_at();
            if (known.parent) next.push_back(*known.parent);
          }
        }
      }
      found.emplace(id, std::move(known));
    }
    for (auto& [id, known] : found) info_.snapshots.push_back(std::move(known));
    ObjectFindings findings(findings_, "refs/");
    check_repo_info(info_, findings);
    co_return Result<void>();
  }

  // Snapshots.

  struct Body {
    format::File file;
    format::SnapshotView view;
  };
  /// Reads a snapshot; `findings`, if given, says what is wrong with it.
  Awaitable<Result<std::optional<Body>>> read_snapshot(SnapshotId id, ObjectFindings* findings) {
    const std::string key = format::snapshot_key(id);
    auto fetched = co_await fetch(key);
    if (!fetched) co_return std::move(fetched).error();
    std::optional<Body> body;
    if (!*fetched) co_return body;
    Findings nobody(0);
    ObjectFindings unheard(nobody, key);
    ObjectFindings& told = findings != nullptr ? *findings : unheard;
    auto open = [&]() -> Result<void> {
      auto file = open_envelope(**fetched, format::FileType::snapshot, told);
      if (!file) return {};
      format::Flaws flaws;
      auto view = format::SnapshotView::open(file->body, file->version, key, &flaws);
      told.flaws(flaws, Severity::error);
      if (view) body.emplace(Body{*std::move(file), *view});
      else add_refusal(told, view.error());
      if (evidence_ != nullptr && findings != nullptr && view) {
        const std::scoped_lock lock(mutex_);
        if (flaws.empty()) evidence_->whole_snapshots.insert(id);
        if (view->parent()) evidence_->parents.emplace(id, *view->parent());
      }
      return {};
    };
    auto opened = co_await blocking(runtime_, open);
    if (!opened) co_return std::move(opened).error();
    co_return body;
  }

  Awaitable<Result<void>> check_snapshot(const format::SnapshotInfo& known) {
    const SnapshotId id = known.id;
    ObjectFindings findings(findings_, format::snapshot_key(id));
    findings.set_repair(tips_.contains(id) ? Repair::move_branch : is_tagged(id) ? Repair::delete_tag : Repair::none);
    const auto size = inventory_.snapshots.reach(id.bytes);
    if (!size) {
      const bool unneeded = id == initial_snapshot_id && !tips_.contains(id);
      findings.add(unneeded ? Severity::warning : Severity::error, Damage::missing_object, "the snapshot is missing", {}, {});
    }
    std::optional<std::uint64_t> parent_size;
    if (known.parent) parent_size = inventory_.snapshots.size_of(known.parent->bytes);
    const Semaphore::Permit room = co_await memory_.take(blow_up * (size.value_or(0) + parent_size.value_or(0)));
    std::optional<Body> body;
    if (size) {
      auto read = co_await read_snapshot(id, &findings);
      if (!read) co_return std::move(read).error();
      body = *std::move(read);
      findings_.count(&VerifyReport::snapshots);
    }
    if (body) {
      auto check = [&]() -> Result<void> {
        SnapshotCheck(body->view, id, tips_.contains(id), inventory_.manifests, uses_, findings)
            .run(spec_version_ == 1 ? nullptr : &known);
        return {};
      };
      auto done = co_await blocking(runtime_, check);
      if (!done) co_return done;
    }
    co_return co_await check_logs(known, body ? &*body : nullptr, parent_size.has_value());
  }

  Awaitable<Result<void>> check_logs(const format::SnapshotInfo& known, const Body* body, bool has_parent) {
    LogCheck check;
    bool complete = true;
    for (const SnapshotId pruned : known.pruned_ancestor_tx_logs) {
      ObjectFindings findings(findings_, format::transaction_log_key(pruned));
      const bool listed = find_snapshot_info(info_, pruned) != nullptr;  // then it is told of elsewhere
      if (!inventory_.logs.reach(pruned.bytes)) {
        complete = false;
        if (!listed) {
          findings.warning(Damage::missing_object, "the log of a snapshot that has expired is missing: what it changed is no part of differences, "
                                                   "and commits from before it cannot be rebased");
        }
        continue;
      }
      auto read = co_await add_log(pruned, check, listed ? nullptr : &findings);
      if (!read) co_return std::move(read).error();
      complete = complete && *read;
    }
    ObjectFindings findings(findings_, format::transaction_log_key(known.id));
    if (!inventory_.logs.reach(known.id.bytes)) {
      const bool root_of_format_1 = !known.parent && (spec_version_ == 1 || (body != nullptr && body->file.version == 1));
      if (!root_of_format_1) {
        if (spec_version_ == 2 && body != nullptr && (!known.parent || has_parent)) {
          findings.set_repair(Repair::rebuild_log);
          if (evidence_ != nullptr) {
            const std::scoped_lock lock(mutex_);
            evidence_->missing_logs.insert(known.id);
          }
        }
        findings.add(known.parent ? Severity::error : Severity::warning, Damage::missing_object,
                     "the log of a snapshot is missing: it cannot be compared, nor can others be rebased on it", {}, {});
      }
      co_return Result<void>();
    }
    auto own = co_await add_log(known.id, check, &findings);
    if (!own) co_return std::move(own).error();
    if (!*own || !complete || body == nullptr || !known.parent || !has_parent) co_return Result<void>();
    auto parent = co_await read_snapshot(*known.parent, nullptr);
    if (!parent) co_return std::move(parent).error();
    if (*parent) check.run((*parent)->view, body->view, findings);
    co_return Result<void>();
  }

  /// Adds a log to what is compared; false if it cannot be read, of which `findings` tell.
  Awaitable<Result<bool>> add_log(SnapshotId id, LogCheck& check, ObjectFindings* findings) {
    const std::string key = format::transaction_log_key(id);
    auto fetched = co_await fetch(key);
    if (!fetched) co_return std::move(fetched).error();
    if (!*fetched) co_return false;
    Findings nobody(0);
    ObjectFindings unheard(nobody, key);
    ObjectFindings& told = findings != nullptr ? *findings : unheard;
    findings_.count(&VerifyReport::transaction_logs);
    const auto file = open_envelope(**fetched, format::FileType::transaction_log, told);
    if (!file) co_return false;
    format::Flaws flaws;
    const auto view = format::TransactionLogView::open(file->body, key, &flaws);
    if (!view) add_refusal(told, view.error());
    if (!view) co_return false;
    told.flaws(flaws, Severity::error);
    if (view->id() != id) told.warning(Damage::wrong_id, "it says that its id is " + view->id().to_string());
    check.add(*view);
    co_return true;
  }

  // Manifests and chunks.

  Awaitable<Result<void>> check_manifest(ManifestId id, const ManifestUse& use) {
    ObjectFindings findings(findings_, format::manifest_key(id));
    findings.set_repair(use.at_tip ? Repair::mend_branch : Repair::none);
    const auto size = inventory_.manifests.reach(id.bytes);
    if (!size) {
      const std::string path = use.arrays.empty() ? "" : use.arrays.front().path;
      findings.error(Damage::missing_object, "the manifest is missing, with the refs of all chunks in it", path);
      lose(id);
      co_return Result<void>();
    }
    const Semaphore::Permit room = co_await memory_.take(blow_up * *size);
    auto fetched = co_await fetch(findings.object());
    if (!fetched) co_return std::move(fetched).error();
    if (!*fetched) {
      lose(id);
      co_return Result<void>();
    }
    findings_.count(&VerifyReport::manifests);
    std::optional<format::File> file;
    std::optional<format::ManifestView> view;
    auto check = [&]() -> Result<void> {
      file = open_envelope(**fetched, format::FileType::manifest, findings);
      if (!file) return {};
      auto opened = format::ManifestView::open(file->body, findings.object());
      if (!opened) {
        add_refusal(findings, opened.error());
        return {};
      }
      view = *std::move(opened);
      ManifestCheck look(*view, file->body.size(), id, use, inventory_.chunks, findings_, findings);
      look.run();
      findings_.count(&VerifyReport::chunk_refs, look.ref_count());
      findings_.count(&VerifyReport::virtual_chunk_refs, look.virtual_ref_count());
      return {};
    };
    auto done = co_await blocking(runtime_, check);
    if (!done) co_return done;
    if (!view) {
      lose(id);
    } else if (options_.deep) {
      co_return co_await decode_chunks(id, *view, use);
    }
    co_return Result<void>();
  }
  void lose(ManifestId id) {
    if (evidence_ == nullptr) return;
    const std::scoped_lock lock(mutex_);
    evidence_->lost_manifests.insert(id);
  }

  /// The decoder of an array; none if it cannot be had, of which a finding tells once.
  std::shared_ptr<ChunkDecoder> decoder_of(const ArrayUse& array, ObjectFindings& findings) {
    const std::scoped_lock lock(mutex_);
    const auto [at, added] = decoders_.try_emplace(array.zarr_json);
    if (added) {
      constexpr std::size_t too_large = std::size_t{1} << 30;
      auto made = ChunkDecoder::make(compile_, array.zarr_json, array.path);
      const bool bad = !made && made.error().code() == errc::bad_metadata;
      const std::string chunks = "the chunks of `" + array.path + "` have not been decoded: ";
      if (made && (*made)->plain_size() <= too_large) at->second = *std::move(made);
      else if (made) findings.note(Damage::unchecked_array, chunks + "they are larger than 1 GiB", array.path);
      else if (bad) findings.error(Damage::bad_zarr_json, chunks + made.error().hint(), array.path);
      else findings.note(Damage::unchecked_array, chunks + made.error().hint(), array.path);
    }
    return at->second;
  }

  Awaitable<Result<void>> decode_chunks(ManifestId id, const format::ManifestView& manifest, const ManifestUse& use) {
    constexpr std::size_t chunks_at_once = 16;
    ObjectFindings findings(findings_, format::manifest_key(id));
    std::unordered_set<NodeId> seen;
    for (const ArrayUse& array : use.arrays) {
      if (!seen.insert(array.node).second) continue;
      const auto refs = manifest.find(array.node);
      if (!refs || !*refs) continue;
      const auto decoder = decoder_of(array, findings);
      if (!decoder) continue;
      auto decode = [&](std::size_t k) { return decode_chunk(id, **refs, k, array, *decoder, use.at_tip); };
      auto done = co_await for_each(runtime_, (*refs)->size(), chunks_at_once, decode);
      if (!done) co_return done;
    }
    co_return Result<void>();
  }

  Awaitable<Result<void>> decode_chunk(ManifestId manifest, const format::ArrayRefsView& refs, std::size_t k, const ArrayUse& array,
                                       ChunkDecoder& decoder, bool at_tip) {
    std::vector<std::uint32_t> index;
    const auto ref = refs.ref(k);
    if (!ref || !refs.index(k, index) || ref->length == 0 || ref->kind == format::ChunkRefKind::virtual_location) co_return Result<void>();
    const bool native = ref->kind == format::ChunkRefKind::native;
    std::string key;
    Fetched fetched;
    ByteView encoded = ref->inline_bytes;
    Semaphore::Permit room;
    if (native) {
      const auto size = inventory_.chunks.size_of(ref->chunk_id.bytes);
      if (!size || ref->offset > *size || ref->length > *size - ref->offset) co_return Result<void>();  // that has been told
      if (ref->offset == 0 && ref->length == *size && inventory_.chunks.mark(ref->chunk_id.bytes)) co_return Result<void>();
      room = co_await chunk_memory_.take(ref->length + decoder.plain_size());
      key = format::chunk_key(ref->chunk_id);
      GetOptions range;
      range.range = ByteRange{ref->offset, ref->offset + ref->length};
      auto read = co_await get(key, range);
      if (!read) co_return std::move(read).error();
      if (!*read) co_return Result<void>();
      fetched = *std::move(*read);
      encoded = fetched.bytes;
    }
    auto work = [&] { return decoder.decode(index, encoded); };
    auto decoded = co_await blocking(runtime_, work);
    findings_.count(&VerifyReport::chunks_decoded);
    if (decoded) co_return Result<void>();
    ObjectFindings findings(findings_, native ? key : format::manifest_key(manifest));
    findings.set_repair(at_tip ? Repair::mend_branch : Repair::none);
    findings.error(Damage::undecodable_chunk, "a chunk of `" + array.path + "` cannot be decoded: " + decoded.error().hint(), array.path, index);
    if (evidence_ != nullptr) {
      const std::scoped_lock lock(mutex_);
      if (native) evidence_->undecodable_chunks.insert(ref->chunk_id);
      else evidence_->undecodable_inline.emplace(array.node, index);
    }
    co_return Result<void>();
  }

  // Requests.

  /// An object that must be there; none, with a finding, if the store does not give it out. Errors: those for which it is not
  /// the object's fault.
  Awaitable<Result<std::optional<Fetched>>> get(const std::string& key, GetOptions options) {
    auto fetched = co_await store_.get(key, std::move(options));
    ObjectFindings findings(findings_, key);
    if (!fetched) {
      if (is_of_the_moment(fetched.error().code())) co_return std::move(fetched).error();
      findings.error(Damage::unreadable_object, std::string("the store does not give it out: ") + fetched.error().what());
      co_return std::optional<Fetched>();
    }
    advance(fetched->bytes.size());
    if (fetched->status != Fetched::Status::found) co_return std::optional<Fetched>();
    co_return std::optional<Fetched>(*std::move(fetched));
  }
  Awaitable<Result<std::optional<Bytes>>> fetch(std::string key) {
    auto fetched = co_await get(key, GetOptions());
    if (!fetched) co_return std::move(fetched).error();
    if (!*fetched) co_return std::optional<Bytes>();
    co_return std::optional<Bytes>(std::move((*fetched)->bytes));
  }

  void know_of(const ObjectTable& table, const ObjectTable::Id& id) {
    const auto size = table.size_of(id);
    if (!size) return;
    ++progress_.objects_known;
    progress_.bytes_known += *size;
  }
  void advance(std::uint64_t bytes) {
    const std::scoped_lock lock(progress_mutex_);
    ++progress_.objects;
    progress_.bytes += bytes;
    progress_.objects_known = std::max(progress_.objects_known, progress_.objects);
    progress_.bytes_known = std::max(progress_.bytes_known, progress_.bytes);
    if (options_.progress) options_.progress(progress_);
  }

  bool is_tagged(SnapshotId id) const {
    return std::any_of(info_.tags.begin(), info_.tags.end(), [&](const auto& tag) { return tag.second == id; });
  }

  void count_orphans() {
    const auto tell = [&](const char* prefix, std::uint64_t objects, std::uint64_t bytes) {
      if (objects == 0) return;
      findings_.count(&VerifyReport::orphans, objects);
      findings_.count(&VerifyReport::orphan_bytes, bytes);
      ObjectFindings findings(findings_, prefix);
      findings.set_repair(Repair::collect);
      findings.note(Damage::orphans, "nothing leads to " + std::to_string(objects) + " objects of " + std::to_string(bytes) + " bytes");
    };
    for (const auto& [prefix, table] : {std::pair("snapshots/", &inventory_.snapshots), std::pair("transactions/", &inventory_.logs),
                                        std::pair("manifests/", &inventory_.manifests), std::pair("chunks/", &inventory_.chunks)}) {
      std::uint64_t objects = 0, bytes = 0;
      table->for_each_orphan([&](const ObjectTable::Id& id, std::uint64_t size) {
        ++objects;
        bytes += size;
        constexpr std::uint64_t most = 100;
        if (evidence_ != nullptr && table == &inventory_.snapshots && objects <= most) evidence_->unlisted_snapshots.push_back(SnapshotId{id});
      });
      tell(prefix, objects, bytes);
    }
    if (log_is_cut_) return;  // what lies behind the gap cannot be told from orphans
    std::uint64_t objects = 0, bytes = 0;
    for (const auto& [name, size] : inventory_.backups) {
      if (reached_backups_.contains(name)) continue;
      ++objects;
      bytes += size;
    }
    tell("overwritten/", objects, bytes);
  }

  static constexpr std::uint64_t blow_up = 6;  // of a metadata file and what is made of it, about

  storage::erased::Store& store_;
  const codec::ErasedCompile compile_;
  Runtime runtime_;
  std::size_t concurrency_;
  VerifyOptions options_;
  Evidence* evidence_;
  Findings findings_;
  Inventory inventory_;
  int spec_version_ = 2;
  format::RepoInfo info_;
  std::unordered_set<SnapshotId> tips_;
  std::set<std::string, std::less<>> reached_backups_;
  bool log_is_cut_ = false;
  ManifestUses uses_;
  Semaphore memory_{std::uint64_t{256} << 20};
  Semaphore chunk_memory_{std::uint64_t{256} << 20};
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<ChunkDecoder>, std::less<>> decoders_;
  std::mutex progress_mutex_;
  VerifyProgress progress_;
};

VARVE_DECL Awaitable<Result<VerifyReport>> verify_repository(std::shared_ptr<Context> context, VerifyOptions options, Evidence* evidence) {
  Verifier verifier(*context, std::move(options), evidence);
  co_return co_await verifier.run();
}

}  // namespace varve::inline v0::detail
