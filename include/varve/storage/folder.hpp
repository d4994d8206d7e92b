// SPDX-License-Identifier: Apache-2.0
// Folder: the objects of a folder by blocking calls, which is Local without its coroutines. It stages, moves, reads and
// lists; the conditional replacement is put together in local.hpp.
#pragma once

#include <varve/core/bytes.hpp>
#include <varve/core/config.hpp>
#include <varve/core/result.hpp>
#include <varve/storage/backend.hpp>
#include <varve/storage/posix.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace varve::inline v0::storage {

/// What survives a power failure or a crash of the kernel. A crash of the program loses nothing in either case.
enum class Durability : std::uint8_t {
  none,    ///< what the kernel has written back by then, usually all but the last half minute
  commit,  ///< every acknowledged commit, whole: one sync of the file system before `repo` is replaced, one of its folder
           ///< after. Chunks and metadata files are never synced one by one.
};

/// Thread-safe; copies share nothing but the state of the sync.
class Folder {
 public:
  /// `root` is an absolute path without a slash at its end.
  Folder(std::string root, Durability durability) : root_(std::move(root)), durability_(durability) {}

  const std::string& root() const { return root_; }
  bool durable() const { return durability_ == Durability::commit; }

  VARVE_DECL Result<Fetched> get(std::string_view key, const GetOptions& options) const;
  VARVE_DECL Result<std::optional<std::size_t>> read_into(std::string_view key, std::uint64_t first,
                                                          MutableByteView buffer) const;
  /// A write whose condition is not on a version.
  VARVE_DECL Result<PutOutcome> put(std::string_view key, ByteView bytes, PutCondition::Kind kind) const;
  VARVE_DECL Result<CopyOutcome> copy(std::string_view from, std::string_view to, const VersionTag& version) const;
  VARVE_DECL Result<ListPage> list(std::string_view prefix, std::string_view after) const;
  VARVE_DECL Result<void> remove(std::span<const std::string> keys) const;
  VARVE_DECL Result<std::optional<ObjectInfo>> size(std::string_view key) const;
  VARVE_DECL Result<std::size_t> remove_orphans(Timestamp before) const;

  /// What of a conditional replacement can be done before others are kept waiting: the staged file, on disk together
  /// with all that it refers to; `nullopt` if the object has another version already.
  VARVE_DECL Result<std::optional<posix::Staged>> prepare(std::string_view key, ByteView bytes,
                                                          const VersionTag& base) const;

 private:
  static constexpr std::size_t page_size = 100'000;  // a page reads each folder that it touches whole

  /// The descriptor on which the file system is synced. It stays open, because the kernel reports a failed write-back
  /// once to each descriptor that was open at the time.
  struct Sync {
    std::mutex mutex;
    posix::File folder;
    std::optional<Error> failed;
  };

  std::string path_of(std::string_view key) const {
    std::string path;
    path.reserve(root_.size() + 1 + key.size());
    ((path += root_) += '/') += key;
    return path;
  }
  /// Makes durable what has been written so far. After one failure it fails for ever: what was lost is not known, and
  /// may belong to a commit still to come.
  VARVE_DECL Result<void> sync(std::string_view key) const;

  std::string root_;
  Durability durability_;
  std::shared_ptr<Sync> sync_ = std::make_shared<Sync>();
};

}  // namespace varve::inline v0::storage

#if !defined(VARVE_SEPARATE_COMPILATION)
#include <varve/storage/impl/folder.ipp>
#endif
