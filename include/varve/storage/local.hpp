// SPDX-License-Identifier: Apache-2.0
// Local: a repository in a folder, laid out as the reference lays it out, so that both work on the same files. An object
// is staged under a name that listings leave out, and renamed; a file is never written once it has its final name, since
// backups of `repo` are hard links to it. What the reference lacks is here: a conditional replacement that holds among
// processes (swap.hpp), and a commit that survives a power failure.
#pragma once

#include <varve/async/blocking.hpp>
#include <varve/async/for_each.hpp>
#include <varve/async/sleep.hpp>
#include <varve/core/config.hpp>
#include <varve/core/environment.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/folder.hpp>
#include <varve/storage/posix.hpp>
#include <varve/storage/swap.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

struct LocalOptions {
  Durability durability = Durability::commit;
  /// How long a conditional write waits for another writer. One that was stopped in the middle is never pushed aside.
  std::chrono::milliseconds wait_limit{60'000};
  /// The pauses between the tries of a writer that waits. Others hold the repository for some microseconds, so the first
  /// pauses are short; their random lengths keep the waiting apart.
  Backoff wait{0, std::chrono::milliseconds(1), std::chrono::milliseconds(20)};
  Environment environment{};  ///< draws those random lengths
};

/// A folder, which need not exist before the first write. `Swap` is the way objects are replaced conditionally; swap.hpp
/// says what each promises.
///
/// Blocking calls run on the repository's Runtime, or at once on a thread that may block. A read is four system calls
/// (open, fstat, pread, close), a write seven. Waiting for another writer holds no thread.
/// Thread-safe; a copy is the same folder.
/// Errors: `errc::no_space`, `denied`, or `io_error` with the name of the errno as the backend's code; `invalid_key`;
/// `unreachable`, if another writer was in the middle of a write for longer than `wait_limit`.
/// Cancellation: a conditional write can be cancelled while it waits, and has not happened then.
template <class Swap = KernelLock>
class BasicLocal {
  static_assert(FileSwap<Swap>, "BasicLocal needs a FileSwap: Result<Swapped> swap(root, staged, base) const and "
                                "std::string holder(root) const");

 public:
  using Options = LocalOptions;

  explicit BasicLocal(const std::filesystem::path& root, Options options = {}, Swap swap = {})
      : folder_(text_of(root), options.durability), options_(std::move(options)), swap_(std::move(swap)) {}

  /// The folder, as an absolute path.
  const std::string& root() const { return folder_.root(); }
  bool is_folder() const { return true; }
  /// Where calls block when the caller's thread must not.
  void use_runtime(const Runtime& runtime) { runtime_ = runtime; }

  Awaitable<Result<Fetched>> get(std::string_view key, GetOptions options) {
    auto work = [this, key, &options] { return folder_.get(key, options); };
    co_return co_await blocking(runtime_, work);
  }

  Awaitable<Result<std::optional<std::size_t>>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) {
    return blocking(runtime_, [this, key, first, buffer] { return folder_.read_into(key, first, buffer); });
  }

  Awaitable<Result<PutOutcome>> put(std::string_view key, ByteView bytes, PutCondition condition) {
    if (condition.kind == PutCondition::Kind::matches) co_return co_await replace(key, bytes, condition.version);
    auto work = [this, key, bytes, kind = condition.kind] { return folder_.put(key, bytes, kind); };
    co_return co_await blocking(runtime_, work);
  }

  Awaitable<Result<CopyOutcome>> copy(std::string_view from, std::string_view to, VersionTag version) {
    auto work = [this, from, to, &version] { return folder_.copy(from, to, version); };
    co_return co_await blocking(runtime_, work);
  }

  Awaitable<Result<ListPage>> list(std::string_view prefix, std::optional<std::string> next) {
    const std::string after = next.value_or(std::string());
    auto work = [this, prefix, &after] { return folder_.list(prefix, after); };
    co_return co_await blocking(runtime_, work);
  }

  Awaitable<Result<void>> remove(std::span<const std::string> keys) {
    auto work = [this, keys](std::size_t i) -> Awaitable<Result<void>> {
      const auto some = keys.subspan(i * share, std::min(share, keys.size() - i * share));
      return blocking(runtime_, [this, some] { return folder_.remove(some); });
    };
    if (keys.size() <= share) co_return co_await work(0);
    co_return co_await for_each(runtime_, (keys.size() + share - 1) / share, runtime_.parallelism(), work);
  }

  Awaitable<Result<std::optional<ObjectInfo>>> size(std::string_view key) {
    auto work = [this, key] { return folder_.size(key); };
    co_return co_await blocking(runtime_, work);
  }

  /// Deletes staged files that were last changed before `before`, which killed writers leave behind, and returns how
  /// many. A write that has been under way since before then fails.
  Awaitable<Result<std::size_t>> remove_orphans(Timestamp before) {
    auto work = [this, before] { return folder_.remove_orphans(before); };
    co_return co_await blocking(runtime_, work);
  }

 private:
  /// Files that a thread deletes before it takes more: every deletion waits for a disk or a server.
  static constexpr std::size_t share = 64;

  static std::string text_of(const std::filesystem::path& root) {
    std::string text = std::filesystem::absolute(root).lexically_normal().string();
    while (text.size() > 1 && text.ends_with('/')) text.pop_back();
    return text;
  }

  Awaitable<Result<PutOutcome>> replace(std::string_view key, ByteView bytes, const VersionTag& base) {
    PutOutcome outcome;
    auto preparing = [this, key, bytes, &base] { return folder_.prepare(key, bytes, base); };
    auto prepared = co_await blocking(runtime_, preparing);
    if (!prepared) co_return std::move(prepared).error();
    if (!*prepared) co_return outcome;
    posix::Staged& staged = **prepared;
    auto trying = [this, &staged, &base] { return try_swap(staged, base); };
    const auto deadline = std::chrono::steady_clock::now() + options_.wait_limit;
    for (std::size_t attempt = 1;; ++attempt) {
      auto swapped = co_await blocking(runtime_, trying);
      if (!swapped) co_return std::move(swapped).error();
      if (*swapped == Swapped::outdated) co_return outcome;
      if (*swapped == Swapped::yes) break;
      if (std::chrono::steady_clock::now() >= deadline) co_return waited_too_long(key);
      co_await sleep_for(options_.wait.pause(attempt, options_.environment));
    }
    outcome.written = true;
    outcome.version = std::move(staged.version);
    co_return outcome;
  }

  Result<Swapped> try_swap(posix::Staged& staged, const VersionTag& base) const {
    auto swapped = swap_.swap(root(), staged, base);
    if (!swapped || *swapped != Swapped::yes || !folder_.durable()) return swapped;
    auto synced = posix::sync_folder_of(staged.final_path, staged.object_key);
    if (!synced) return std::move(synced).error();
    return swapped;
  }

  Error waited_too_long(std::string_view key) const {
    return Error(errc::unreachable, "replace object", std::string(key),
                 swap_.holder(root()) + " is in the middle of a write and may be stopped; continue or end it")
        .from_backend("EAGAIN", true);
  }

  Folder folder_;
  Options options_;
  Swap swap_;
  Runtime runtime_;
};

/// A folder on a file system whose locks are coherent.
using Local = BasicLocal<>;

static_assert(Backend<Local> && Backend<BasicLocal<ExclusiveRename>>);

}  // namespace varve::inline v0::storage
